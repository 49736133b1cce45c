"""Transcripts by Gong, Genesys, Speechmatics, Soniox, Recall.ai and Google: names, times, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from layouts import LAYOUTS
from layouts.talks import TALKS

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]


def _said(talk: Conversation) -> list[tuple[str, str, float | None, float | None]]:
    return [(turn.speaker, turn.text, turn.start, turn.end) for turn in talk.utterances]


def test_gong_calls_have_names_where_the_parties_stand_beside_them(read_content: ReadContent) -> None:
    transcript = [
        {"speakerId": "71", "topic": "Intro", "sentences": [_sentence(0, "Hi."), _sentence(2000, "How are you?")]},
        {"speakerId": "72", "topic": None, "sentences": [_sentence(4000, "Angry.")]},
        {"speakerId": "72", "sentences": []},
    ]
    document: dict[str, Any] = {"requestId": "r", "callTranscripts": [{"callId": "9", "transcript": transcript}] * 2}
    [talk, other], report = read_content(json.dumps(document), "calls.json")
    assert (report.format, talk.id, other.id) == ("gong", "9", "9/2")
    assert _said(talk) == [("71", "Hi. How are you?", 0.0, 3.5), ("72", "Angry.", 4.0, 5.5)]
    assert len(report.notes) == 2
    document["calls"] = [{"parties": [{"speakerId": "71", "name": "Kim"}, {"speakerId": None, "name": "x"}]}]
    [talk, _], _ = read_content(json.dumps(document), "calls.json")
    assert [turn.speaker for turn in talk.utterances] == ["Kim", "72"]
    [alone], _ = read_content(json.dumps(document["callTranscripts"][0]), "call.json")
    assert alone.id == "9"


def _sentence(start: int, text: str) -> dict[str, Any]:
    return {"start": start, "end": start + 1500, "text": text}


def test_genesys_puts_both_sides_in_order_of_time(read_content: ReadContent) -> None:
    def phrase(second: float, who: str, text: str, **more: Any) -> dict[str, Any]:
        start = 1710147900000 + int(1000 * second)
        return {
            "text": text,
            "startTimeMs": start,
            "duration": {"milliseconds": 900},
            "participantPurpose": who,
            **more,
        }

    phrases = [
        phrase(1, "external", "call me at five"),
        phrase(9, "external", "bye"),
        phrase(4, "internal", "five p m", decoratedText="5 pm"),
    ]
    document = {"conversationId": "c", "startTime": 1710147900000, "transcripts": [{"phrases": phrases}]}
    [talk], report = read_content(json.dumps(document), "call.json")
    assert report.format == "genesys"
    assert _said(talk) == [
        ("external", "call me at five", 1.0, 1.9),
        ("internal", "5 pm", 4.0, 4.9),
        ("external", "bye", 9.0, 9.9),
    ]


def _word(text: str, start: float, speaker: str | None, kind: str = "word") -> dict[str, Any]:
    return {
        "type": kind,
        "start_time": start,
        "end_time": start + 0.4,
        "alternatives": [{"content": text, "confidence": 1.0, "speaker": speaker}],
    }


def test_speechmatics_joins_words_and_signs_by_speaker(read_content: ReadContent) -> None:
    results = [
        *(_word("I", 0.1, "S1"), _word("won", 0.6, "S1"), _word("!", 1.0, "S1", "punctuation")),
        *(_word("Great", 2.0, "S2"), _word(".", 2.4, "UU", "punctuation")),
    ]
    [talk], report = read_content(json.dumps({"format": "2.9", "results": results}), "call.json")
    assert report.format == "speechmatics"
    assert _said(talk) == [("S1", "I won!", 0.1, 1.4), ("S2", "Great.", 2.0, 2.8)]


def test_speechmatics_without_speakers_is_parted_at_pauses_and_channels(read_content: ReadContent) -> None:
    results = [_word("Hi", 0.1, None), _word(".", 0.5, None, "punctuation"), _word("Oh", 3.0, None)]
    [talk], _ = read_content(json.dumps({"results": results}), "call.json")
    assert [turn.text for turn in talk.utterances] == ["Hi.", "Oh"]
    results = [{**_word("Hi", 0.1, None), "channel": "agent"}, {**_word("Oh", 0.4, "UU"), "channel": "client"}]
    [talk], _ = read_content(json.dumps({"results": results}), "call.json")
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("agent", "Hi"), ("client", "Oh")]


def test_soniox_joins_parts_of_words_and_leaves_translations_out(read_content: ReadContent) -> None:
    tokens = [
        {"text": "I", "start_ms": 100, "end_ms": 200, "speaker": "1"},
        {"text": " wo", "start_ms": 300, "end_ms": 400, "speaker": "1"},
        {"text": "n!", "start_ms": 400, "end_ms": 500, "speaker": "1"},
        {"text": "Ich", "start_ms": None, "end_ms": None, "speaker": "1", "translation_status": "translation"},
        {"text": " Great.", "start_ms": 2000, "end_ms": 2100, "speaker": "2"},
    ]
    [talk], report = read_content(json.dumps({"id": "x", "text": "I won! Great.", "tokens": tokens}), "call.json")
    assert report.format == "soniox"
    assert _said(talk) == [("1", "I won!", 0.1, 0.5), ("2", "Great.", 2.0, 2.1)]
    assert "1 part(s) of a translation" in report.notes[0]


def test_recall_ai_with_participants_and_with_speakers(read_content: ReadContent) -> None:
    def words(start: Any, end: Any) -> list[dict[str, Any]]:
        return [{"text": "so", "start_timestamp": start}, {"text": "happy", "end_timestamp": end}]

    new = {"participant": {"id": 1, "name": "Mia"}, "words": words({"relative": 0.5, "absolute": "x"}, {"relative": 2})}
    old = {"speaker": "Theo", "words": words(3.0, 4.5)}
    [talk], report = read_content(json.dumps([new, old]), "call.json")
    assert report.format == "recall-ai"
    assert _said(talk) == [("Mia", "so happy", 0.5, 2.0), ("Theo", "so happy", 3.0, 4.5)]


def test_google_loses_no_words_of_results_that_do_not_repeat_the_others(read_content: ReadContent) -> None:
    def result(*words: tuple[str, int, str]) -> dict[str, Any]:
        return {
            "alternatives": [
                {"words": [{"word": word, "startOffset": f"{at}s", "speakerLabel": who} for word, at, who in words]}
            ]
        }

    one, two = (("I", 0, "1"), ("won", 1, "1")), (("Great", 2, "2"), ("job", 3, "2"))
    for results in ([result(*one), result(*two)], [result(*one), result(*two), result(*one, *two)]):
        [talk], report = read_content(json.dumps({"results": results}), "call.json")
        assert report.format == "speaker-words"
        assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("1", "I won"), ("2", "Great job")]


@pytest.mark.parametrize("name", ["speechmatics", "soniox", "recall-ai"])
def test_a_wrong_document_is_refused(name: str, read_content: ReadContent) -> None:
    content = LAYOUTS[name](TALKS["english"])
    for whole in ("{}", "null", '{"results": 3, "tokens": 3}', '[{"words": 3}]', content[:-20]):
        with pytest.raises(InputError):
            read_content(whole, "talk.json", name)
    wrong = content.replace("0.1,", '"soon",').replace('_ms": 0,', '_ms": "soon",').replace("0.5}", '"soon"}')
    with pytest.raises(InputError, match="soon"):
        read_content(wrong, "talk.json")


@pytest.mark.parametrize("name", ["gong", "genesys"])
def test_what_is_broken_stops(name: str, read_content: ReadContent) -> None:
    content = LAYOUTS[name](TALKS["english"])
    for whole in ("[]", "{}", "null", '{"callTranscripts": 3, "transcripts": [3]}', content[:-20]):
        with pytest.raises(InputError):
            read_content(whole, "talk.json", name)
    wrong = content.replace('"start": 0', '"start": "soon"').replace('"text": "I got the job!"', '"text": 3')
    with pytest.raises(InputError, match=r"soon|got \{"):
        read_content(wrong, "talk.json")


def test_segments_have_the_speakers_that_other_programs_give_them(read_content: ReadContent) -> None:
    segments = [
        {"speaker_id": "s1", "text": "I won!", "start": 0.0, "end": 1.0},
        {"speaker": 2, "text": "Great.", "start": 1.0, "end": 2.0},
        {"text": "Oh", "start": 2.0, "end": 3.0},
    ]
    for speakers, names in (([], ["s1", "2", "Speaker"]), ([{"id": "s1", "name": "Mia"}], ["Mia", "2", "Speaker"])):
        [talk], report = read_content(json.dumps({"speakers": speakers, "segments": segments}), "call.json")
        assert report.format == "whisper"
        assert [turn.speaker for turn in talk.utterances] == names


def test_contact_lens_names_people_by_their_roles(read_content: ReadContent) -> None:
    participants = [{"ParticipantId": "a", "ParticipantRole": "CUSTOMER"}, {"ParticipantId": "b"}]
    said = [
        {"ParticipantId": person, "Content": "Hi", "BeginOffsetMillis": at, "EndOffsetMillis": at + 900}
        for at, person in ((0, "a"), (1000, "b"))
    ]
    [talk], _ = read_content(json.dumps({"Participants": participants, "Transcript": said}), "call.json")
    assert [turn.speaker for turn in talk.utterances] == ["CUSTOMER", "b"]
