"""Plays: names in capitals with a point, acts and scenes, directions; and what is no play."""

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

PLAY = """\
The Project Gutenberg eBook of The Grey House

*** START OF THE PROJECT GUTENBERG EBOOK THE GREY HOUSE ***

THE GREY HOUSE

Contents

ACT I
Scene I. A garden.

Dramatis Personæ

ANNA, a widow.

ACT I

SCENE I. A garden.

 Enter ANNA and the OLD MAN.

ANNA.
Who’s there?
Is it _you_?

THE OLD MAN.
[_Aside._] She sees me. [_To her._] It is I: nobody.

ANNA. Nobody! [_She laughs,
and then cries._] Go away.

 [_Exit OLD MAN._]

SCENE II. A room.

MR. GREY [rising, and
going to the door]. Anna!

ANNA (_coldly_). Sir.

MR. GREY. You (of all people) are late.

A long silence falls between them.

ANNA. I am.
 [Exeunt.

*** END OF THE PROJECT GUTENBERG EBOOK THE GREY HOUSE ***

LICENSE. All rights are
free.
"""


def test_a_play(read_content: ReadContent) -> None:
    talks, report = read_content(PLAY, "house.txt")
    assert [(talk.id, [(turn.speaker, turn.text) for turn in talk.utterances]) for talk in talks] == [
        (
            "house/ACT I, SCENE I",
            [
                ("ANNA", "Who’s there? Is it you?"),
                ("THE OLD MAN", "She sees me. It is I: nobody."),
                ("ANNA", "Nobody! Go away."),
            ],
        ),
        (
            "house/ACT I, SCENE II",
            [
                ("MR. GREY", "Anna!"),
                ("ANNA", "Sir."),
                ("MR. GREY", "You (of all people) are late."),
                ("ANNA", "I am."),
            ],
        ),
    ]
    assert report.format == "stage-play"
    notes = "\n".join(report.notes)
    assert "5 line(s) before and after the book: left out" in notes
    assert "6 stage direction(s): left out" in notes
    assert "line(s) that are not speech, such as headings and directions: left out" in notes


def test_other_languages_and_no_headings(read_content: ReadContent) -> None:
    content = "Erster Akt\n\nZweite Szene\n\nANNA. Wer da?\n\nBÖRGE. Ich: wer sonst.\n\nANNA. Gut.\n\nBÖRGE. Gut.\n"
    [talk], _ = read_content(content, "a.txt")
    assert (talk.id, talk.cast) == ("a/Erster Akt, Zweite Szene", ("ANNA", "BÖRGE"))
    content = content.partition("Szene\n\n")[2]
    [talk], report = read_content(content * 2, "a.txt")
    assert (report.format, talk.id, len(talk)) == ("stage-play", "a", 8)


def test_names_in_small_letters_that_come_again(read_content: ReadContent) -> None:
    begin = "FIRST ACT\n\nSCENE: A room in Mia's flat.\n\n[Mia is at the window.]\n\n"
    said = "Mia. So: it rains.\n\nMrs. Kern. [Sighs.] It does.\nTheo. Is he here?\n\nTheo. Yes. I am.\n\n"
    talks, report = read_content(begin + said * 3, "a.txt")
    assert (report.format, [talk.id for talk in talks]) == ("stage-play", ["a/FIRST ACT"])
    assert [(turn.speaker, turn.text) for turn in talks[0].utterances[:3]] == [
        ("Mia", "So: it rains."),
        ("Mrs. Kern", "It does. Theo. Is he here?"),
        ("Theo", "Yes. I am."),
    ]
    assert len(talks[0]) == 9


def test_colons_are_of_plays_only_below_acts(read_content: ReadContent) -> None:
    said = "MIA: It rains.\n\nTHEO: Yes: it does.\n\n" * 4
    _, report = read_content(said, "a.txt")
    assert report.format == "plain"
    talks, report = read_content(f"ACT 1\n\n{said}ACT 2\n\n{said}", "a.txt")
    assert (report.format, [(talk.id, len(talk)) for talk in talks]) == ("stage-play", [("a/ACT 1", 8), ("a/ACT 2", 8)])


@pytest.mark.parametrize(
    "content",
    [
        # A glossary, a contract, a chat and a hearing.
        "HTML. A language.\n\nHTTP. A protocol.\n\nURL. An address.\n\nXML. A language.\n\nJSON. A notation.\n",
        "SECTION 1. Rent.\n\nSECTION 2. Term.\n\nNOTE. None.\n\nNOTE. More.\n\nSECTION 1. Rent.\n\nSECTION 2. Term.\n",
        "OK. fine\n\nNO. I won't\n\nYES. you will\n\nNO. never\n\nYES. you\n\nOK. so\n\nNO. no\n",
        "Mia: WOW. that is a lot\nTheo: LOL. really\nMia: WOW. yes\nTheo: LOL. no\n",
        "Q. Did you see it?\n\nA. No.\n\nQ. Did you hear it?\n\nA. I did.\n\nQ. So?\n\nA. So what?\n",
    ],
)
def test_what_is_none(read_content: ReadContent, content: str) -> None:
    try:
        _, report = read_content(content, "a.txt")
    except InputError:
        return
    assert report.format == "plain"


@pytest.mark.parametrize(
    "content",
    ["", "ACT I\n", "ANNA. [\n\nBO. (_", "ANNA. [_x_]\n", "ANNA [[[[\n]]]. Hi\n", "_ANNA._" * 3, "ANNA.\n\n\nHi"],
)
def test_hostile_files_end_in_an_answer_or_an_error(content: str) -> None:
    try:
        talks = list(read_conversations(io.StringIO(content), input_format="stage-play", report=ReadReport()))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert all(turn.text for talk in talks for turn in talk.utterances)


NAMES = st.sampled_from(["Mia Kern", "Theo", "Mr. Øre", "The Old Man", "Zoë", "First Guard"])
WORDS = (
    st.text("abc xyzäüé,?!'-", min_size=1)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text[:1].isalnum())
)


@settings(max_examples=40)
@given(st.lists(st.lists(st.tuples(NAMES, WORDS), min_size=2, max_size=5), min_size=1, max_size=4), st.booleans())
def test_scenes_come_back(scenes: list[list[tuple[str, str]]], above: bool) -> None:
    opening = [("Ann", "hi"), ("Bo", "ho"), ("Ann", "so"), ("Bo", "no")]
    content = "ACT I\n\n" + "".join(
        f"SCENE {n}. A room.\n\n[_Enter all._]\n\n"
        + "".join(f"{in_capitals(name)}.{' ' if not above else chr(10)}{text}\n\n" for name, text in scene)
        for n, scene in enumerate([opening, *scenes])
    )
    report = ReadReport()
    _, *talks = read_conversations(io.StringIO(content), report=report)
    assert report.format == "stage-play"
    assert [[(turn.speaker, turn.text) for turn in talk.utterances] for talk in talks] == [
        [(in_capitals(name), text) for name, text in scene] for scene in scenes
    ]
