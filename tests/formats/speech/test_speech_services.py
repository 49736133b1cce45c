"""Recognised speech as services and programs write it: their layouts, the quirks of each, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]


def _word(text: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    alternatives = [{"confidence": "0.99", "content": text}]
    return {"type": "pronunciation", "start_time": start, "end_time": end, "alternatives": alternatives, **more}


def _sign(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": text}], **more}


def _aws(items: list[dict[str, Any]], **more: Any) -> str:
    results = {"transcripts": [{"transcript": "…"}], "items": items, **more}
    return json.dumps({"jobName": "call", "accountId": "1", "results": results, "status": "COMPLETED"})


JOB = [_word("I", "0.2", "0.4"), _word("won", "0.4", "0.9"), _sign("!")]
FINE = [_word("Wow", "1.1", "1.5"), _sign(",")]


def test_aws_words_get_their_speakers_from_segments_in_older_files(read_content: ReadContent) -> None:
    segments = [
        {
            "start_time": "0.2",
            "speaker_label": "spk_0",
            "end_time": "0.9",
            "items": [
                {"start_time": "0.2", "speaker_label": "spk_0", "end_time": "0.4"},
                {"start_time": "0.4", "speaker_label": "spk_0", "end_time": "0.9"},
            ],
        },
        {"start_time": "1.1", "speaker_label": "spk_1", "end_time": "1.5", "items": [{"start_time": "1.1"}]},
    ]
    content = _aws([*JOB, *FINE], speaker_labels={"speakers": 2, "segments": segments})
    [talk], _ = read_content(content, "call.json")
    assert [(turn.speaker, turn.text, turn.start, turn.end) for turn in talk.utterances] == [
        ("spk_0", "I won!", 0.2, 0.9),
        ("spk_1", "Wow,", 1.1, 1.5),
    ]


def test_aws_channels_are_speakers_and_talk_at_once(read_content: ReadContent) -> None:
    first = [*JOB, _word("really", "2.0", "2.4"), _sign(".")]
    second = [_word("Oh", "0.5", "0.7"), *FINE]
    channels = [{"channel_label": "ch_0", "items": first}, {"channel_label": "ch_1", "items": second}]
    content = _aws([*first, *second], channel_labels={"channels": channels, "number_of_channels": 2})
    [talk], _ = read_content(content, "call.json")
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [
        ("ch_0", "I won!"),
        ("ch_1", "Oh Wow,"),
        ("ch_0", "really."),
    ]


def test_aws_without_speakers_is_parted_by_its_segments_or_at_pauses(read_content: ReadContent) -> None:
    late = [_word("So", "9.0", "9.2"), _word("tired", "12.0", "12.2")]
    [talk], _ = read_content(_aws([*JOB, *late]), "call.json")
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Speaker", "I won!"), ("Speaker", "So tired")]
    segments = [{"id": 0, "transcript": "I won! So tired", "start_time": "0.2", "end_time": "12.2", "items": [0, 1]}]
    [talk], _ = read_content(_aws([*JOB, *late], audio_segments=segments), "call.json")
    assert [(turn.text, turn.start, turn.end) for turn in talk.utterances] == [("I won! So tired", 0.2, 12.2)]


def test_aws_joins_chinese_words_without_blanks(read_content: ReadContent) -> None:
    [talk], _ = read_content(_aws([_word("我", "0.1", "0.2"), _word("很高兴", "0.3", "0.9"), _sign("。")]), "call.json")
    assert talk.utterances[0].text == "我很高兴。"


def test_aws_analysis_of_calls_and_chats(read_content: ReadContent) -> None:
    turns = [
        {"ParticipantRole": "AGENT", "BeginOffsetMillis": 250, "EndOffsetMillis": 2000, "Content": "Hello."},
        {"ParticipantRole": "CUSTOMER", "BeginOffsetMillis": 2100, "EndOffsetMillis": 4000, "Content": "I'm furious."},
    ]
    [talk], _ = read_content(json.dumps({"LanguageCode": "en-US", "Transcript": turns}), "call.json")
    assert [(turn.speaker, turn.start, turn.end) for turn in talk.utterances] == [
        ("AGENT", 0.25, 2.0),
        ("CUSTOMER", 2.1, 4.0),
    ]
    chat: list[dict[str, Any]] = [
        {"AbsoluteTime": "2024-03-11T09:05:00.000Z", "ParticipantRole": "CUSTOMER", "Type": "EVENT", "Id": "1"},
        {
            "AbsoluteTime": "2024-03-11T09:05:07.000Z",
            "Content": "Hi",
            "DisplayName": "Mia",
            "ParticipantRole": "CUSTOMER",
            "Type": "MESSAGE",
        },
    ]
    [talk], report = read_content(json.dumps({"Version": "2019", "Transcript": chat}), "chat.json")
    assert [(turn.speaker, turn.text, turn.start) for turn in talk.utterances] == [("Mia", "Hi", 7.0)]
    assert "1 event(s) of the call or chat" in report.notes[0]


def _azure(begin: int, text: str, **more: Any) -> dict[str, Any]:
    times = {"offset": "PT1S", "duration": "PT1S", "offsetInTicks": begin * 1e7, "durationInTicks": 1.5e7}
    best = [{"confidence": 0.9, "lexical": text.lower(), "display": text}, {"confidence": 0.2, "display": "Hm."}]
    return {"recognitionStatus": "Success", "channel": 0, **times, "nBest": best, **more}


def test_azure_batches_say_who_speaks_or_on_which_channel(read_content: ReadContent) -> None:
    phrases = [_azure(1, "I won!", speaker=2), _azure(4, "Wow.", speaker=1), _azure(6, "Really.", speaker=2)]
    phrases.insert(1, {"recognitionStatus": "Failure", "channel": 0, "offsetInTicks": 3e7, "nBest": []})
    [talk], report = read_content(json.dumps({"source": "a.wav", "recognizedPhrases": phrases}), "call.json")
    assert [(turn.speaker, turn.text, turn.start, turn.end) for turn in talk.utterances] == [
        ("Speaker 2", "I won!", 1, 2.5),
        ("Speaker 1", "Wow.", 4, 5.5),
        ("Speaker 2", "Really.", 6, 7.5),
    ]
    assert any("1 phrase(s) that the service could not recognise: left out" in note for note in report.notes)
    phrases = [_azure(1, "I won!"), _azure(6, "Really."), _azure(4, "Wow.", channel=1)]
    [talk], _ = read_content(json.dumps({"source": "a.wav", "recognizedPhrases": phrases}), "call.json")
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [
        ("channel 0", "I won!"),
        ("channel 1", "Wow."),
        ("channel 0", "Really."),
    ]


def test_azure_fast_transcription_counts_milliseconds(read_content: ReadContent) -> None:
    phrase = {"channel": 0, "offsetMilliseconds": 40, "durationMilliseconds": 960, "text": "I won!", "speaker": 1}
    other = phrase | {"offsetMilliseconds": 2000, "text": "Wow.", "speaker": 2}
    [talk], report = read_content(json.dumps({"combinedPhrases": [], "phrases": [phrase, other]}), "call.json")
    assert [(turn.speaker, turn.start, turn.end) for turn in talk.utterances] == [
        ("Speaker 1", 0.04, 1.0),
        ("Speaker 2", 2.0, 2.96),
    ]
    assert report.format == "azure-speech"


def test_rev_names_speakers_and_leaves_sounds_out(read_content: ReadContent) -> None:
    elements = [
        {"type": "text", "value": "Hello", "ts": 0.5, "end_ts": 1.5, "confidence": 1},
        {"type": "punct", "value": ", "},
        {"type": "text", "value": "you", "ts": 1.75, "end_ts": 2.85},
        {"type": "punct", "value": "."},
        {"type": "unknown", "value": "<laugh>"},
    ]
    monologues = [{"speaker": 1, "elements": elements}, {"speaker": 2, "elements": [{"type": "punct", "value": " "}]}]
    content = json.dumps({"speakers": [{"id": 1, "name": "Mia Kern"}], "monologues": monologues})
    [talk], report = read_content(content, "call.json")
    assert [(turn.speaker, turn.text, turn.start, turn.end) for turn in talk.utterances] == [
        ("Mia Kern", "Hello, you.", 0.5, 2.85)
    ]
    assert [note.split(": ", 1)[1] for note in report.notes] == [
        "1 sound(s) that are not words, such as <laugh>: left out",
        "1 utterance(s) without words: left out",
    ]


def _cpp(*segments: tuple[int, int, str], **more: Any) -> str:
    items = [{"offsets": {"from": start, "to": end}, "text": text, **more} for start, end, text in segments]
    return json.dumps({"systeminfo": "AVX = 1", "result": {"language": "en"}, "transcription": items})


def test_whisper_cpp_leaves_silence_out_and_joins_single_words(read_content: ReadContent) -> None:
    [talk], report = read_content(_cpp((0, 2000, " [BLANK_AUDIO]"), (2000, 4500, " I won! [SPEAKER_TURN]")), "a.json")
    assert [(turn.text, turn.start, turn.end) for turn in talk.utterances] == [("I won!", 2.0, 4.5)]
    assert "1 segment(s) of silence or sounds: left out" in report.notes[0]
    words = _cpp((0, 100, " I"), (100, 200, " w"), (200, 300, "on"), (300, 300, "!"), (400, 500, " Wow"))
    [talk], report = read_content(words, "a.json")
    assert [(turn.text, turn.start, turn.end) for turn in talk.utterances] == [("I won!", 0.0, 0.3), ("Wow", 0.4, 0.5)]
    assert "joined to sentences" in report.notes[0]


def test_whisper_cpp_speakers_and_letters_that_are_cut(read_content: ReadContent) -> None:
    [talk], _ = read_content(
        _cpp((0, 1000, "(speaker 1) I won the cup!"), (1000, 2000, "(speaker ?) So it is")), "a.json"
    )
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("1", "I won the cup!"), ("Speaker", "So it is")]
    cut = _cpp((0, 1000, " das ist sch@"), (1000, 2000, "#n so")).encode().replace(b"@", b"\xc3").replace(b"#", b"\xb6")
    [talk], report = read_content(cut, "a.json")
    assert [(turn.text, turn.end) for turn in talk.utterances] == [("das ist schön so", 2.0)]
    assert any("end within a letter" in note for note in report.notes)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_whisper_tsv_has_milliseconds_also_where_little_is_said(read_content: ReadContent, mark: str, end: str) -> None:
    rows = ["start\tend\ttext", "0\t1500\tYes.", '1500\t2500\t"No"']
    [talk], report = read_content(mark + end.join(rows) + end, "whisper.tsv")
    assert report.format == "whisper-tsv"
    assert [(turn.text, turn.start, turn.end) for turn in talk.utterances] == [("Yes.", 0.0, 1.5), ("No", 1.5, 2.5)]


def test_a_table_of_seconds_is_not_whispers(read_content: ReadContent) -> None:
    [talk], report = read_content("start\tend\ttext\n0\t2\tYes.\n2\t4\tNo.\n", "a.tsv")
    assert report.format == "table"
    assert [turn.start for turn in talk.utterances] == [0.0, 2.0]


def test_teams_and_otter(read_content: ReadContent) -> None:
    entries = [
        {
            "text": "I won!",
            "speakerDisplayName": "Mia Kern",
            "startOffset": "00:00:03.1200000",
            "endOffset": "PT1M5.5S",
        },
        {"text": " ", "speakerDisplayName": "Theo", "startOffset": "PT1M6S", "endOffset": "PT1M7S"},
    ]
    [talk], report = read_content(json.dumps({"type": "Transcript", "entries": entries, "events": []}), "a.json")
    assert [(turn.speaker, turn.start, turn.end) for turn in talk.utterances] == [("Mia Kern", 3.12, 65.5)]
    assert "without words" in report.notes[0]
    transcripts = [
        {"transcript": "I won!", "speaker_id": 3, "start_offset": 16000, "end_offset": 24000},
        {"transcript": "wow", "speaker_id": None, "speaker_model_label": "Speaker 2", "start_offset": 32000},
    ]
    speech = {"transcripts": transcripts, "speakers": [{"id": 3, "speaker_name": "Mia"}]}
    [talk], _ = read_content(json.dumps({"speech": speech}), "a.json")
    assert [(turn.speaker, turn.start, turn.end) for turn in talk.utterances] == [
        ("Mia", 1.0, 1.5),
        ("Speaker 2", 2.0, None),
    ]


MEET = """Weekly sync (2024-03-11 10:00 GMT+1) - Transcript
Attendees
Mia Kern, Theo Baum, Theo Baum's Presentation

Transcript
This editable transcript was computer generated and might contain errors.

00:00:00

Mia Kern: I want one thing: peace.
Theo Baum: Okay.
And then some.
00:05:10

Mia Kern: Thanks.
Transcription ended after 00:06:00
"""
MEET_MARKDOWN = r"""### **📝 Notes**

Mia was sad: she said so (00:00:00).

# **📖 Transcript**

Mar 11, 2024

## **Weekly sync \- Transcript**

### 00:00:00

**Mia Kern:** I won\!

**Theo Baum:** That is fantastic\.

### Transcription ended after 00:06:00

*This editable transcript was computer generated and might contain errors.*
"""


def test_google_meet(read_content: ReadContent) -> None:
    [talk], report = read_content(MEET.replace("\n", "\r\n"), "meet.txt")
    assert report.format == "google-meet"
    assert [(turn.speaker, turn.text, turn.start) for turn in talk.utterances] == [
        ("Mia Kern", "I want one thing: peace.", 0.0),
        ("Theo Baum", "Okay.\nAnd then some.", None),
        ("Mia Kern", "Thanks.", 310.0),
    ]
    [talk], _ = read_content(MEET_MARKDOWN, "meet.md")
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [
        ("Mia Kern", "I won!"),
        ("Theo Baum", "That is fantastic."),
    ]
    [talk], report = read_content(MEET.replace("00:00:00\n", "").replace("00:05:10\n", ""), "meet.txt")
    assert (report.format, talk.cast, len(talk)) == ("google-meet", ("Mia Kern", "Theo Baum"), 3)
    german = "Sync – Transkript\n00:00:00\nMia: Hallo\nTheo: Na\nTranskription beendet nach 00:01:00\n"
    [talk], _ = read_content(german, "meet.txt")
    assert [turn.text for turn in talk.utterances] == ["Hallo", "Na"]


@pytest.mark.parametrize(
    ("form", "advice"),
    [
        ("aws-transcribe", "give the JSON that Amazon Transcribe writes"),
        ("rev-ai", "give the JSON transcript of Rev"),
        ("azure-speech", "has no list 'recognizedPhrases' or 'phrases'"),
        ("whisper-cpp", "give the JSON that whisper.cpp writes"),
        ("teams-json", "give the JSON of a Teams transcript"),
        ("otter", "give Otter's JSON"),
        ("google-meet", "has no time such as 00:00:00"),
    ],
)
def test_other_files_are_refused(read_content: ReadContent, form: str, advice: str) -> None:
    with pytest.raises(InputError, match=advice):
        read_content('{"a": 1}', "a.json", input_format=form)
