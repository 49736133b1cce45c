"""WebVTT and SubRip: voices, names, dashes, times, and back."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.shared.empty import is_blank
from instructerc.formats.subtitles.writer import write_srt, write_vtt

VTT = """WEBVTT - a talk

STYLE
::cue { color: red }

NOTE made by hand

intro
00:01.000 --> 00:02.500 align:start
<v.loud Ann>We <i>won</i> &amp; how!</v>

01:00:03.000 --> 01:00:04.000
<v.emotion-no_emotion Bo>No way</v>
<v Cy &amp; Di>Way.

00:05.000 --> 00:06.000
Just words
over two lines: or so
"""
SRT = """1
00:00:01,000 --> 00:00:02,500
ANN: <i>We won!</i>
At last.

2
00:00:03,000 --> 00:00:04,000
- Really?
- {\\an8}Yes. It is 12:30.

3
00:00:05,000 --> 00:00:06,000
Bo [joy]: http://example.org is up
"""
LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
# \N is a line's end that converters leave, and no text.
TEXT = (
    st.lists(st.text(LETTERS, min_size=1, max_size=12), max_size=3)
    .map(lambda lines: "\n".join(line for line in (" ".join(line.split()) for line in lines) if not is_blank(line)))
    .filter(lambda text: "\\N" not in text)
)
# SubRip cannot say of these signs that they are text.
PLAIN = (
    TEXT.map(lambda text: "".join(letter for letter in text if letter not in "<>{}&:-–—[]"))
    .map(lambda text: "\n".join(line.strip() for line in text.split("\n") if not is_blank(line)))
    .filter(lambda text: "\\N" not in text)
)


def _turns(texts: st.SearchStrategy[str], names: list[str]) -> st.SearchStrategy[list[Utterance]]:
    one = st.tuples(st.sampled_from(names), texts, st.sampled_from([None, "joy", "no emotion"]), st.integers(0, 10**7))
    return st.lists(one, min_size=1, max_size=5).map(
        lambda rows: [Utterance(name, text, label, at / 1000, at / 1000 + 1) for name, text, label, at in rows]
    )


def _read(text: str, **options):
    return list(read_conversations(io.StringIO(text), **options))


def _times(talk: Conversation) -> list[tuple[float | None, float | None]]:
    return [(turn.start, turn.end) for turn in talk.utterances]


def test_webvtt():
    [talk] = _read(VTT)
    assert [(turn.speaker, turn.text, turn.emotion) for turn in talk.utterances] == [
        ("Ann", "We won & how!", None),
        ("Bo", "No way", "no emotion"),
        ("Cy & Di", "Way.", None),
        ("Speaker", "Just words\nover two lines: or so", None),
    ]
    assert _times(talk)[:3] == [(1.0, 2.5), (3603.0, 3604.0), (3603.0, 3604.0)]


def test_subrip():
    [talk] = _read(SRT)
    assert [(turn.speaker, turn.text, turn.emotion) for turn in talk.utterances] == [
        ("ANN", "We won!\nAt last.", None),
        ("Speaker", "Really?", None),
        ("Speaker", "Yes. It is 12:30.", None),
        ("Bo", "http://example.org is up", "joy"),
    ]
    assert _times(talk) == [(1.0, 2.5), (3.0, 4.0), (3.0, 4.0), (5.0, 6.0)]


@pytest.mark.parametrize(
    ("line", "speaker", "words", "emotion"),
    [
        ("<c.emotion-joy>Ann: We won!</c>", "Ann", "We won!", "joy"),
        ("Ann: <c.loud.emotion-no_joy>We</c> won!", "Ann", "We won!", "no joy"),
        ("Ann [joy] : We won!", "Ann", "We won!", "joy"),
        ("[emotion: joy] We won!", "Speaker", "We won!", "joy"),
        ("<i>- [emotion: no joy] We won!</i>", "Speaker", "We won!", "no joy"),
        ("[emotion: joy] Ann: We won!", "Ann", "We won!", "joy"),
        # Sounds, and words that only look like an emotion.
        ("[laughs] We won!", "Speaker", "[laughs] We won!", None),
        ("- [laughs]", "Speaker", "[laughs]", None),
        ("[emotion: joy]", "Speaker", "[emotion: joy]", None),
        ("We [emotion: joy] won!", "Speaker", "We [emotion: joy] won!", None),
    ],
)
def test_emotions_of_lines(line, speaker, words, emotion):
    [talk] = _read(f"1\n00:00:01,000 --> 00:00:02,000\n{line}\n")
    assert [(turn.speaker, turn.text, turn.emotion) for turn in talk.utterances] == [(speaker, words, emotion)]


def test_tags_without_words_are_no_turn():
    head = "WEBVTT\n\n00:01.000 --> 00:02.000\n"
    [talk] = _read(f"{head}<i></i>\n\n00:01.000 --> 00:02.000\n<i>\n<v Ann>Hi</v></i>\n\n{head[8:]}<b>\nHo</b>\n")
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Ann", "Hi"), ("Speaker", "Ho")]


def _assert_reads_as_written(write, turns):
    stream = io.StringIO()
    write(Conversation("conversation", turns), stream)
    [found] = _read(stream.getvalue())
    assert [(turn.speaker, turn.text, turn.emotion) for turn in found.utterances] == [
        (turn.speaker, turn.text, turn.emotion) for turn in turns
    ]
    assert _times(found) == [(pytest.approx(turn.start), pytest.approx(turn.end)) for turn in turns]


@given(_turns(TEXT, ["Ann", "Bo & Cy", "D > E", "F: G"]))
def test_webvtt_reads_as_it_was_written(turns):
    _assert_reads_as_written(write_vtt, turns)


@given(_turns(PLAIN, ["Ann", "Bo & Cy", "Mr X"]))
def test_subrip_reads_as_it_was_written(turns):
    _assert_reads_as_written(write_srt, turns)


def test_an_end_that_is_not_known_is_the_next_beginning():
    stream = io.StringIO()
    write_srt(Conversation("c", [Utterance("A", "a", None, 1.0), Utterance("B", "b", None, 4.5)]), stream)
    [talk] = _read(stream.getvalue())
    assert _times(talk) == [(1.0, 4.5), (4.5, 7.5)]


@pytest.mark.parametrize("write", [write_vtt, write_srt])
def test_a_turn_without_a_time_cannot_be_written(write):
    with pytest.raises(InputError, match="needs the start time of each turn; turn 2 of 'c' has none"):
        write(Conversation("c", [Utterance("A", "a", None, 1.0), Utterance("B", "b")]), io.StringIO())


def test_text_outside_of_a_cue_is_told_and_can_be_passed_over():
    wrong = VTT + "\n00:06.500 --> soon\nhere\n\n00:07.000 --> 00:08.000\nlast\n"
    with pytest.raises(InputError, match="<stream>:20: text outside of a cue; a cue begins with times"):
        _read(wrong)
    report = ReadReport()
    [talk] = _read(wrong, options=ReadOptions(skip_bad=True), report=report)
    assert [error.line for error in report.skipped] == [20]
    assert talk.utterances[-1].text == "last"


@given(st.binary(max_size=300), st.sampled_from([b"WEBVTT\n\n", b"1\n00:00:01,000 --> 00:00:02,000\n"]))
def test_whatever_follows_ends_in_an_answer_or_an_error(rest, head):
    with contextlib.suppress(InputError):
        talks = list(read_conversations(io.BytesIO(head + rest)))
        assert all(turn.speaker for talk in talks for turn in talk.utterances)


def test_the_files_of_zoom():
    [talk] = _read(
        "WEBVTT\r\n\r\n1\r\n00:00:03.120 --> 00:00:05.000\r\nAnn Lee: Hello. So: who is there?\r\n\r\n"
        "2\r\n00:00:05.120 --> 00:00:06.000\r\nEmelia S.: Me.\r\n\r\n"
        "3\r\n00:00:06.120 --> 00:00:07.000\r\nDr. Bo O'Neil (he/him): And me. This is it: good\r\n\r\n"
        "4\r\n00:00:07.120 --> 00:00:08.000\r\nno name. It is: so\r\n"
    )
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [
        ("Ann Lee", "Hello. So: who is there?"),
        ("Emelia S.", "Me."),
        ("Dr. Bo O'Neil (he/him)", "And me. This is it: good"),
        ("Speaker", "no name. It is: so"),
    ]
    assert _times(talk)[0] == (3.12, 5.0)


def test_the_files_of_teams():
    [talk] = _read(
        "WEBVTT\n\n6fd1d2b4-aaaa-4bbb-8ccc-1234567890ab/12-0\n00:00:03.120 --> 00:00:05.000\n"
        "<v Ann Lee>Hello. So: who\nis there?</v>\n\n"
        "NOTE Confidence: 0.89\n\n6fd1d2b4-aaaa-4bbb-8ccc-1234567890ab\n00:00:05.120 --> 00:00:06.000\n"
        "<v Lee, Bo (Ext)>Me.</v>\n"
    )
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [
        ("Ann Lee", "Hello. So: who\nis there?"),
        ("Lee, Bo (Ext)", "Me."),
    ]


def _cue_lines(*lines: str) -> str:
    return "".join(
        f"{place}\n00:00:{place:02},000 --> 00:00:{place:02},900\n{line}\n\n" for place, line in enumerate(lines, 1)
    )


def _named(text: str) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for talk in _read(text) for turn in talk.utterances]


HEADINGS = (
    "Rule Number One: never run.",
    "London: the capital of anger.",
    "Breaking News: he left me.",
    "Chapter Two: The Storm",
    "Day One: we cried.",
    "Kapitel Drei: Der Sturm",
)


@pytest.mark.parametrize(
    "others", [[], ["I hate it.", "So do I."], ["MIA: No.", "THEO: Oh.", "MIA: Why?", "THEO: So."]]
)
def test_a_heading_with_a_colon_is_a_whole_sentence(others):
    said = _named(_cue_lines(*others, *HEADINGS))
    assert said[len(others) :] == [("Speaker", line) for line in HEADINGS]
    if others and ":" in others[0]:
        assert [speaker for speaker, _ in said[:4]] == ["MIA", "THEO", "MIA", "THEO"]


def test_who_speaks_once_among_nameless_cues_is_doubtful():
    report = ReadReport()
    text = _cue_lines("I hate it.", "London: The fog again!", "So do I.", "What?")
    [talk] = read_conversations(io.StringIO(text), report=report)
    assert talk.utterances[1].speaker == "London"
    assert "a speaker seen once: line 6" in report.notes[-1]


@pytest.mark.parametrize(
    ("lines", "speakers"),
    [
        (["[Mia] I see", "[Mia] I see", "[Mia] I see"], ["Mia", "Mia", "Mia"]),
        (["SPEAKER_00 I see", "SPEAKER_01 I see"], ["SPEAKER_00", "SPEAKER_01"]),
        (["Speaker 1 - I see", "Speaker 2 – I see"], ["Speaker 1", "Speaker 2"]),
        (['{"name": "Mia", "content": "I see"}', '{"speaker": "Bo", "text": "I see"}'], ["Mia", "Bo"]),
    ],
)
def test_who_speaks_in_cues_of_programs(lines, speakers):
    assert _named(_cue_lines(*lines)) == [(speaker, "I see") for speaker in speakers]


def test_sounds_in_brackets_and_a_speaker_in_a_sentence_are_no_names():
    lines = ["[Laughs] I see", "[Music] I see", "[Laughs] I see", "Speaker 1 is late"]
    assert _named(_cue_lines(*lines)) == [("Speaker", line) for line in lines]


def test_webex_names_who_speaks_above_the_times():
    cues = '1 "Mia Kern" (3891)\n00:01.000 --> 00:02.000\nI see\n\n2 "Bo" (3)\n00:02.000 --> 00:03.000\n<v Al>Oh\n'
    assert _named(f"WEBVTT\n\n{cues}") == [("Mia Kern", "I see"), ("Al", "Oh")]


def test_a_cue_that_is_json_has_its_emotion_before_it():
    text = _cue_lines('{"speaker": "Mia", "text": "I see"}', '[emotion: joy] {"name": "Bo", "content": "Oh"}')
    [talk] = _read(text)
    assert [(turn.speaker, turn.text, turn.emotion) for turn in talk.utterances] == [
        ("Mia", "I see", None),
        ("Bo", "Oh", "joy"),
    ]


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("00:00:02,600 --> 00:00:04,000 THEO: That is fantastic.", ["That is fantastic."]),
        ("00:00:02,600 --> 00:00:04,000\tTHEO: That is fantastic.\nReally.", ["That is fantastic.\nReally."]),
        ("00:02.600 --> 00:04.000   THEO: 7:30 it is", ["7:30 it is"]),
        ("00:00:02,600 --> 00:00:04,000 X1:100 X2:200 Y1:100 Y2:200\nTHEO: Fine.", ["Fine."]),
        ("00:02.600 --> 00:04.000 align:start position:0% line:-1\nTHEO: Fine.", ["Fine."]),
        ("00:02.600 --> 00:04.000 D:vertical A:start L:50%\nTHEO: Fine.", ["Fine."]),
    ],
)
def test_words_in_the_line_of_times_are_said(line, texts):
    report = ReadReport()
    text = f"1\n00:00:01,000 --> 00:00:02,500\nTHEO: So.\n\n2\n{line}\n"
    [talk] = _read(text, report=report)
    assert [(turn.speaker, turn.text) for turn in talk.utterances[1:]] == [("THEO", one) for one in texts]
    assert any("words in the line of their times" in note for note in report.notes) == ("Fine" not in texts[0])


def test_lines_that_nobody_sees_are_no_turns():
    unseen = "".join(
        f"{n}\n00:00:0{n},000 --> 00:00:0{n},500\n{text}\n\n" for n, text in enumerate("\u200b\u2060\ufeffa")
    )
    [talk] = _read(unseen)
    assert [turn.text for turn in talk.utterances] == ["a"]


def _srt(cues):
    def clock(time):
        return f"00:00:{int(time):02},{round(time * 1000) % 1000:03}"

    return "".join(f"{n}\n{clock(a)} --> {clock(b)}\n{text}\n\n" for n, (a, b, text) in enumerate(cues, 1))


LINES = ["I got the job", "at the bank", "in the old town", "and so I am happy", "as I never was"]


@pytest.mark.parametrize("is_mixed", [True, False])
def test_cues_that_stand_twice_are_said_once(is_mixed):
    cues = [(n * 2, n * 2 + 1.5, line) for n, line in enumerate(LINES)]
    report = ReadReport()
    [talk] = _read(_srt([one for cue in cues for one in (cue, cue)] if is_mixed else cues + cues), report=report)
    assert [turn.text for turn in talk.utterances] == LINES
    assert any("5 caption(s) that show again" in note for note in report.notes)


def test_what_two_people_say_at_once_is_said_twice():
    [talk] = _read(_srt([(1, 2, "Mia: Yes!"), (1, 2, "Theo: Yes!"), (3, 4, "- Yes!\n- Yes!"), (5, 6, "Mia: Yes!")]))
    assert [turn.text for turn in talk.utterances] == ["Yes!"] * 5


@pytest.mark.parametrize("pause", [-1.0, 0.5, 0.9])
def test_captions_that_roll_with_a_pause_or_an_overlap_are_said_once(pause):
    cues = [(n * 2 + 1, n * 2 + 3 - pause, "\n".join(LINES[max(n - 1, 0) : n + 1])) for n in range(5)]
    [talk] = _read(_srt(cues))
    assert [turn.text for turn in talk.utterances] == LINES


@pytest.mark.parametrize("pause", [-1.0, 0.0, 0.5])
def test_words_that_slide_through_a_window_are_said_once(pause):
    words = " ".join(LINES).split()
    cues = [(n + 1, n + 2 - pause, " ".join(words[n * 3 : n * 3 + 6])) for n in range(6)]
    [talk] = _read(_srt(cues))
    assert " ".join(turn.text for turn in talk.utterances) == " ".join(words[:21])


@pytest.mark.parametrize(
    "texts",
    [
        ["No.", "No. Never.", "I said no.", "So what is it?", "Tell me."],
        ["Help!", "Help!", "Help!", "Help!", "Help!"],
        ["I do not know", "know what", "what he wants", "he wants it all", "so be it"],
    ],
)
def test_people_who_repeat_themselves_are_heard(texts):
    [talk] = _read(_srt([(n * 2 + 1, n * 2 + 2.5, text) for n, text in enumerate(texts)]))
    assert [turn.text for turn in talk.utterances] == texts


def test_what_is_not_sure_is_told():
    report = ReadReport()
    backwards = "2\n00:00:00,500 --> 00:00:01,000\n- Where? - Home.\n"
    [talk] = _read(f"{_cue_lines('Ann: Hi')}{backwards}", report=report)
    assert [turn.start for turn in talk.utterances] == [1.0, 0.5]
    assert "a cue that begins before the one above it, kept in the file's order: line 6" in report.notes[-1]
    assert "two people in one line read as one turn: line 6" in report.notes[-1]


@pytest.mark.parametrize(
    ("mark", "emotion"),
    [("[WHISPERS]", None), ("[on phone]", None), ("[in French] [joy]", "joy"), ("[in love]", "in love")],
)
def test_how_somebody_speaks_is_no_emotion(mark, emotion):
    [talk] = _read(_cue_lines(f"ANN {mark}: No!", "BO: Yes."))
    assert [(turn.speaker, turn.text, turn.emotion) for turn in talk.utterances] == [
        ("ANN", "No!", emotion),
        ("BO", "Yes.", None),
    ]
