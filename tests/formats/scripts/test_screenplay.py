"""Screenplays: Fountain and exported text; what is said, what is left out, and what is none."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts.scripts import in_capitals

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]

FOUNTAIN = """\
Title: Late Bread
Credit: written by

FADE IN:

INT. KITCHEN - NIGHT

MIA, 30, kneads dough. The radio hums.

MIA
(to herself)
It will never *rise*: so late.

THEO enters. HE IS WET.

THEO (O.S.)
Mia? Are you
still up?

MIA (CONT'D)
HELP

SLAM! The door closes.

CUT TO:

ext. street - day #2#

THEO ^
Look! [[cut this?]]
\x20\x20
A bakery.

/* MIA
Cut long ago
*/

@McAda
(laughing,
hard) Oh no.

.LATER

Nobody is left.

> THE END <
"""
EXPORTED = """\
                         LATE BREAD

                                            FADE IN:

1     INT. KITCHEN - NIGHT                                   1

      MIA, 30, kneads dough.
      THE DOOR OPENS.

                          MIA
                    (to herself)
               It will never rise, and I will
               not sleep.

                          THEO (V.O.)
               Are you still up?
      He comes in.

      THE CELLAR DOOR
      It is open, too.

2     EXT. STREET - DAY                                      2

                          MIA (CONT'D)
               Look!

                          THEO
               A bakery.
                                                        (MORE)

                                                            2.
                          THEO (CONT'D)
               And it is open.
"""


def test_fountain(read_content: ReadContent) -> None:
    talks, report = read_content(FOUNTAIN, "late.fountain")
    assert [(talk.id, [(turn.speaker, turn.text) for turn in talk.utterances]) for talk in talks] == [
        (
            "late/1 INT. KITCHEN - NIGHT",
            [("MIA", "It will never rise: so late."), ("THEO", "Mia? Are you still up?"), ("MIA", "HELP")],
        ),
        ("late/2 ext. street - day", [("THEO", "Look! A bakery."), ("McAda", "Oh no.")]),
    ]
    assert report.format == "screenplay"
    assert "2 stage direction(s): left out" in report.notes[0]
    assert "9 line(s) of action, headings and transitions: left out" in report.notes[1]
    assert "please check: a speaker seen once: line 38" in report.notes[2]


def test_an_exported_one(read_content: ReadContent) -> None:
    talks, report = read_content(EXPORTED, "a.txt")
    assert report.format == "screenplay"
    assert [(talk.id, [(turn.speaker, turn.text) for turn in talk.utterances]) for talk in talks] == [
        (
            "a/1 INT. KITCHEN - NIGHT",
            [("MIA", "It will never rise, and I will not sleep."), ("THEO", "Are you still up?")],
        ),
        ("a/2 EXT. STREET - DAY", [("MIA", "Look!"), ("THEO", "A bakery."), ("THEO", "And it is open.")]),
    ]


def test_without_blank_lines_between_speeches_and_in_acts(read_content: ReadContent) -> None:
    content = "ACT TWO\n\nMIA\nHi.\nTHEO\nHo.\nMIA\nSo?\n\nTHEO\nWell.\n\nMIA\nYes.\n\nTHEO\nNo.\n"
    [talk], report = read_content(content, "a.txt")
    assert (report.format, talk.id, len(talk)) == ("screenplay", "a/ACT TWO", 6)


@pytest.mark.parametrize(("one", "other"), [("INTERVIEWER", "PARTICIPANT 3"), ("ANNA", "TOM")])
def test_interviews_in_which_turns_have_paragraphs_are_none(read_content: ReadContent, one: str, other: str) -> None:
    content = (
        f"{one}\nHow was it?\n\n{other}\nI cried.\n\nIt was bad.\n\n{one}\nWhy?\n\n{other}\nI was alone.\n\n"
        f"{one}\nAnd you left?\n\n{other}\nYes, I did.\n"
    )
    [talk], report = read_content(content, "a.txt")
    assert report.format == "names-above"
    assert [turn.text for turn in talk.utterances][1] == "I cried.\nIt was bad."


@pytest.mark.parametrize(
    "content",
    [
        # People who shout, in chats and forums.
        "10:02 Mia: WHAT IS THIS\n10:03 Theo: no idea\n\n10:04 Mia: HELLO EVERYONE\nso\n",
        "Mia: HELLO\n\nTHIS IS TOO MUCH\nreally\n\nTheo: ok\nMia: no\n",
        # Prose and manuals with heads in capitals.
        "CHAPTER ONE\nIt was late.\n\nThe house was dark.\n\nCHAPTER TWO\nIt was early.\n\nNobody came.\n",
        "NAME\nmake - builds\n\nUSAGE\nmake FILE\n\nNOTES\nnone\n\nSEE ALSO\nmore\n",
        # A song, and pages of a manual one after another.
        "VERSE\nThe sun is up\n\nCHORUS\nOh yes\n\nVERSE\nThe moon is up\n\nCHORUS\nOh yes\n\nBRIDGE\nOh no\n",
        "NAME\nmake\n\nUSAGE\nmake FILE\n\nSEE ALSO\nso\n\n" * 3,
        "The INT. and EXT. of a house are INT. and EXT. only in scripts.\n\nNOTE\nthat is all\n\nEND\nreally\n",
    ],
)
def test_what_is_none(read_content: ReadContent, content: str) -> None:
    try:
        _, report = read_content(content, "a.txt")
    except InputError:
        return
    assert report.format == "plain"


@pytest.mark.parametrize(
    "content", ["", "INT. A - B\n", "INT. A\n\nMIA\n(", "MIA\n[[\n\nINT. X\n\nMIA\nHi /*\n*/", "((((\n"]
)
def test_hostile_files_end_in_an_answer_or_an_error(content: str) -> None:
    try:
        talks = list(read_conversations(io.StringIO(content), input_format="screenplay", report=ReadReport()))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert all(turn.text for talk in talks for turn in talk.utterances)


NAMES = st.sampled_from(["Mia Kern", "Theo", "Dr. Øre", "The Old Man", "Zoë", "First Guard"])
WORDS = (
    st.text("abc xyzäüé,?!'-", min_size=1)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text[:1].isalnum())
)


@settings(max_examples=40)
@given(st.lists(st.lists(st.tuples(NAMES, WORDS), min_size=2, max_size=5), min_size=1, max_size=4))
def test_scenes_come_back(scenes: list[list[tuple[str, str]]]) -> None:
    content = "".join(
        f"INT. ROOM {n} - DAY\n\nThey sit.\n\n"
        + "".join(f"{in_capitals(name)} (V.O.)\n(softly)\n{text}\n\n" for name, text in scene)
        for n, scene in enumerate(scenes)
    )
    report = ReadReport()
    talks = list(read_conversations(io.StringIO(content), report=report))
    assert report.format == "screenplay"
    assert [[(turn.speaker, turn.text) for turn in talk.utterances] for talk in talks] == [
        [(in_capitals(name), text) for name, text in scene] for scene in scenes
    ]
