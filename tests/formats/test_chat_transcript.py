"""CHAT transcripts: names, times, codes, and what is none."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.chat_transcript import said

FILE = (
    "@UTF8\n@Begin\n@Languages:\teng\n@Participants:\tCHI Ann Target_Child, MOT Mother\n"
    "*CHI:\tthe <big dog> [//] cat &=laughs is\n\tgone . \x15100_2500\x15\n%mor:\tdet|the\n%emo:\tsadness\n"
    "*MOT:\t&-um (.) what is xxx it +...\n*INV:\tyes !\n@End\n"
)


def test_a_transcript_is_one_conversation():
    [talk] = read_conversations(io.StringIO(FILE))
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [
        ("Ann", "the big dog cat [laughs] is gone."),
        ("MOT", "what is it"),
        ("INV", "yes!"),
    ]
    first = talk.utterances[0]
    assert (first.start, first.end, first.emotion) == (0.1, 2.5, "sadness")
    assert talk.utterances[1].start is None


@pytest.mark.parametrize(
    ("coded", "words"),
    [
        ("I gonna [: going to] go .", "I gonna go."),
        ("&=imit:dog woof", "[dog] woof"),
        ("ice_cream ‡ 0is good (1.5) ?", "ice cream good?"),
        ("pero@s:spa I@s:eng am@s enojada@s:spa&eng .", "pero I am enojada."),
        ("&+ba &-uh &~gaga back www home , yyy yes .", "back home, yes."),
        ("I'm cry(ing) (be)cause he (h)as gone .", "I'm crying because he has gone."),
        ("ice+cream no:: wai:t at 12:30 .", "ice cream no wait at 12:30."),
        ("++ really ?", "really?"),
        ("⌈2 so ⌉2 °quiet° ↑yes ∆fast∆ &*MOT:mhm &{l=laughs ha &}l=laughs .", "so quiet yes fast ha."),
        ("0 .", "."),
        ("mail me at ten", "mail me at ten"),
        ("he does(n't) know , it('s) fine .", "he doesn't know, it's fine."),
        ("a rhi^noceros b^ut no .", "a rhinoceros but no."),
        ("↫r-r↫run ↫wh↫where to ?", "run where to?"),
        ("ye:[s I kno:[w .", "yes I know."),
    ],
)
def test_codes_are_not_words(coded, words):
    assert said(coded) == words


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("*CHI:\twow . ^U17651_20428^U", (17.651, 20.428)),
        ("*CHI:\twow . •17651_20428•", (17.651, 20.428)),
        ("*CHI:   wow. 0_2443", (0.0, 2.443)),
        ("*CHI: wow 0 .", (None, None)),
    ],
)
def test_bullets_as_copied_text_shows_them(line, times):
    [talk] = read_conversations(io.StringIO(f"@UTF8\n@Begin\n{line}\n*MOT:\t0 .\n@End\n"))
    [turn] = talk.utterances
    assert turn.text.rstrip(".") == "wow"
    assert (turn.start, turn.end) == times


def test_a_line_of_another_kind_is_told_with_its_place():
    with pytest.raises(InputError, match=r"<stream>:5: a CHAT line begins with @, \*, % or a tab"):
        list(read_conversations(io.StringIO(FILE.replace("*CHI:", "CHI:"))))
    report, options = ReadReport(), ReadOptions(skip_bad=True)
    [talk] = read_conversations(io.StringIO(FILE.replace("*CHI:", "CHI:")), options=options, report=report)
    assert [error.line for error in report.skipped] == [5]
    assert talk.cast == ("MOT", "INV")


@given(st.binary(max_size=400))
def test_whatever_follows_the_head_ends_in_an_answer_or_an_error(rest):
    stream = io.BytesIO(b"@UTF8\n@Begin\n" + rest)
    with contextlib.suppress(InputError):
        talks = list(read_conversations(stream, input_format="chat"))
        assert all(turn.speaker for talk in talks for turn in talk.utterances)
