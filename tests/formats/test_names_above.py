"""Interviews with names on lines of their own: ways of marking them, what is left out, and what is no conversation."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts.spoken import called_in_research, names_bare, names_bold, names_in_headings

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]

SAID = [
    "How did you start?",
    "My aunt got me in.",
    "And then?",
    "They closed it.\n\nI cried for a week.",
    "Why?",
    "So.",
]
TURNS = [text.replace("\n\n", "\n") for text in SAID]


def _below(one: str, other: str, blank: str = "\n") -> str:
    return "".join(f"{(other if n % 2 else one)}\n{blank}{text}\n\n" for n, text in enumerate(SAID))


def _turns(talks: list[Conversation]) -> list[tuple[str, str]]:
    [talk] = talks
    return [(turn.speaker, turn.text) for turn in talk.utterances]


def _expected(one: str, other: str) -> list[tuple[str, str]]:
    return [(other if n % 2 else one, text) for n, text in enumerate(TURNS)]


@pytest.mark.parametrize("blank", ["", "\n"])
@pytest.mark.parametrize(
    "marks",
    [
        "### %s",
        "## %s:",
        "# **%s**",
        "## 1. %s",
        "**%s**",
        "***%s***",
        "__%s__",
        "*%s*",
        "%s",
        "[%s]",
        "(%s)",
        "== %s ==",
        "- **%s**",
        "> **%s**",
        "[3] %s",
        "%s\n----",
    ],
)
def test_names_in_every_way_of_marking_them(read_content: ReadContent, marks: str, blank: str) -> None:
    talks, report = read_content(_below(marks % "Interviewer", marks % "P3", blank), "a.txt")
    assert report.format == "names-above"
    assert _turns(talks) == _expected("Interviewer", "P3")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Interviewerin", "Frau Müller"),
        ("Enquêtrice", "Mme Dupont"),
        ("Entrevistador", "Lucía"),
        ("THERAPIST", "CLIENT"),
        ("Moderator 2", "Ben"),
        ("Anna Berg", "Tom Lee"),
        ("Anna", "Tom"),
        ("INTERVIEWER", "TOM"),
        ("Q", "A"),
        ("I", "B1"),
    ],
)
@pytest.mark.parametrize("marks", ["### %s", "**%s**", "%s"])
def test_names_that_people_have(read_content: ReadContent, one: str, other: str, marks: str) -> None:
    talks, report = read_content(_below(marks % one, marks % other), "a.txt")
    assert (report.format, _turns(talks)) == ("names-above", _expected(one, other))


def test_remarks_behind_names_are_not_part_of_them(read_content: ReadContent) -> None:
    content = _below("**Interviewer**", "**P3**").replace("**P3**", "**P3** (laughing)", 1)
    talks, _ = read_content(content, "a.txt")
    assert _turns(talks) == _expected("Interviewer", "P3")


def test_who_asks_may_be_marked_and_who_answers_not(read_content: ReadContent) -> None:
    for one, other in (("**Interviewer**", "*Ann*"), ("**Interviewer**", "Ann")):
        talks, _ = read_content(_below(one, other), "a.txt")
        assert _turns(talks) == _expected("Interviewer", "Ann")


def test_titles_sections_rules_and_pages_are_left_out_and_counted(read_content: ReadContent) -> None:
    content = (
        "# Interview P3\n\nRecorded on 3 May.\n\n## Childhood\n\n### Interviewer\n\nHow was it?\n\n### P3\n\nCold, and"
        "\n\nPage 3 of 12\n\nlong ago.\n\n---\n\n## Work\n\nWe take a break.\n\n### Interviewer\n\nAnd work?\n\n"
        "### P3\n\nHard.\n\n### Notes\n\nP3 was calm.\n"
    )
    talks, report = read_content(content, "a.md")
    assert _turns(talks) == [
        ("Interviewer", "How was it?"),
        ("P3", "Cold, and\nlong ago."),
        ("Interviewer", "And work?"),
        ("P3", "Hard."),
    ]
    assert [note.partition(": ")[2] for note in report.notes] == [
        "5 heading(s) or rule(s): left out",
        "1 line(s) before the first speaker: left out",
        "1 line(s) with the number of a page, or beside it on each page: left out",
        "2 line(s) below a heading that names nobody: left out",
    ]


def test_somebody_seen_once_is_told(read_content: ReadContent) -> None:
    said = ["Interviewer", "Hi?", "Ann", "Hi.", "Bob Lee", "May I?", "Interviewer", "So?", "Ann", "Yes."]
    more = "".join(f"{text if n % 2 else f'### {text}'}\n\n" for n, text in enumerate(said))
    talks, report = read_content(more, "a.md")
    assert [speaker for speaker, _ in _turns(talks)] == ["Interviewer", "Ann", "Bob Lee", "Interviewer", "Ann"]
    assert "please check: a speaker seen once: line 9" in report.notes[0]
    talks, report = read_content(more.replace("### ", ""), "a.txt")
    assert _turns(talks)[1] == ("Ann", "Hi.\nBob Lee\nMay I?")
    assert "please check: a line that may be a name, read as words: line 9" in report.notes[0]
    once = "**Interviewer** Hi?\n**Ann** Hi.\n**Bob Lee** May I?\n**Interviewer** So?\n**Ann** Yes.\n"
    talks, report = read_content(once, "a.md")
    assert _turns(talks)[2] == ("Bob Lee", "May I?")
    assert "please check: a speaker seen once: line 3" in report.notes[0]


@pytest.mark.parametrize("marks", ["**%s** ", "**%s.** ", "**%s** – ", "%s – ", "%s - ", "%s — "])
@pytest.mark.parametrize("names", [("Interviewer", "P3"), ("Anna Berg", "Tom")])
def test_names_before_the_words_without_a_colon(read_content: ReadContent, marks: str, names: tuple[str, str]) -> None:
    content = "".join(f"{marks % names[n % 2]}{text}\n\n" for n, text in enumerate(SAID))
    talks, report = read_content(content, "a.md")
    assert (report.format, _turns(talks)) == ("names-above", _expected(*names))


def test_numbers_above_the_names_and_heads_of_pages_are_nobodys(read_content: ReadContent) -> None:
    heads = [f"{n + 1}\n00:0{n}:03\n{'Interviewer' if n % 2 == 0 else 'P3'}" for n in range(4)]
    page = "Interview with P3, 3 May\nPage {} of 9\n"
    said = ["How was it?", f"Cold and\n\n{page.format(2)}\nlong.", "And then?", f"It was\n\n{page.format(3)}\nbad."]
    [talk], report = read_content("".join(f"{a}\n{b}\n\n" for a, b in zip(heads, said, strict=True)), "a.txt")
    assert [turn.text for turn in talk.utterances] == ["How was it?", "Cold and\nlong.", "And then?", "It was\nbad."]
    assert [turn.start for turn in talk.utterances] == [3.0, 63.0, 123.0, 183.0]
    assert [note.partition(": ")[2] for note in report.notes] == [
        "1 line(s) before the first speaker: left out",
        "4 line(s) with the number of a page, or beside it on each page: left out",
        "3 line(s) with the number of a turn: left out",
    ]


def test_times_before_the_words_are_starts(read_content: ReadContent) -> None:
    content = "".join(f"SPREKER {1 + n % 2}\n[00:0{n}:01] {text}\n\n" for n, text in enumerate(SAID))
    [talk], report = read_content(content, "a.txt")
    assert [(turn.text, turn.start) for turn in talk.utterances] == [
        (text, 60.0 * n + 1) for n, text in enumerate(TURNS)
    ]
    assert report.format == "names-above"


@pytest.mark.parametrize(
    "marks",
    [
        "### %s — %s",
        "**%s** (%s)",
        "**%s (%s)**",
        "[%s %s]",
        "**%s**\n*%s*",
        "**%s**\n%s",
        "**[{1}] {0}**",
        "[{1}]\n{0}",
        "[{1}]\n**{0}**",
    ],
)
def test_times_beside_the_names_are_starts(read_content: ReadContent, marks: str) -> None:
    def head(name: str, clock: str) -> str:
        return marks.format(name, clock) if "{" in marks else marks % (name, clock)

    content = (
        f"{head('Interviewer', '00:00:03')}\nHow was it?\n\n{head('P3', '00:00:07')}\nCold. [00:00:09] Very.\n\n"
        f"{head('Interviewer', '00:01:12')}\nAnd then?\n\n{head('P3', '00:01:20')}\nWarm.\n\n00:02:00\n\nLater.\n"
    )
    [talk], report = read_content(content, "a.md")
    assert report.format == "names-above"
    assert [(turn.speaker, turn.start) for turn in talk.utterances] == [
        ("Interviewer", 3.0),
        ("P3", 7.0),
        ("Interviewer", 72.0),
        ("P3", 80.0),
    ]
    assert [turn.text for turn in talk.utterances][1::2] == ["Cold. [00:00:09] Very.", "Warm.\nLater."]
    assert "1 line(s) with nothing but a time: left out" in report.notes[0]


def test_answers_of_programs_have_headings_lists_and_code(read_content: ReadContent) -> None:
    answer = "# Steps\n\n1. Do it\n\n## Dough\n\nFlour.\n\n## Dough\n\nWater.\n\n```\n# run\n```\n\n"
    content = f"## User\n\nHow?\n\n## Assistant\n\n{answer}## User\n\nThanks\n\n## Assistant\n\nWelcome\n"
    talks, report = read_content(content, "a.md")
    assert _turns(talks) == [
        ("User", "How?"),
        ("Assistant", "1. Do it\nFlour.\nWater.\n```\n# run\n```"),
        ("User", "Thanks"),
        ("Assistant", "Welcome"),
    ]
    assert "3 heading(s) or rule(s): left out" in report.notes[0]


def test_a_quoted_turn_and_a_name_without_words(read_content: ReadContent) -> None:
    content = (
        "**Ann**\n> Why me?\n> You know.\n\n**P3**\n\n**Ann**\n> I see\n\n**P3**\n> No.\n\n"
        + "**Ann**\n> I do?\n\n**P3**\nOk\n" * 2
    )
    talks, report = read_content(content, "a.md")
    assert _turns(talks)[:3] == [("Ann", "Why me?\nYou know."), ("Ann", "I see"), ("P3", "No.")]
    assert "1 heading(s) without words: left out" in report.notes[0]


def _by_parts(*parts: str, n: int = 4, above: str = "## Part {n}\n\n") -> str:
    said = "\n\n".join(parts)
    return "".join(f"{above.format(n=number)}{said}\n\n" for number in range(n))


NO_TALKS = {
    "change log": _by_parts("### Added", "- You may like it?", "### Fixed", "- A bug."),
    "change log in words": _by_parts("### New Things", "Do you like it?", "### Bug Fixes", "I fixed it.", above=""),
    "manual": _by_parts("### Client", "It is fast.", "### Server", "It is safe."),
    "manual with lists": _by_parts("### Client", "- Faster.", "### Server", "- Safer?"),
    "reference": _by_parts("### Parameters", "your name?", "### Returns", "what you want", above=""),
    "requests": _by_parts("### Request", "GET it", "### Response", "What do you get?"),
    "questions": _by_parts("**Question**", "How do I do it?", "**Answer**", "You run it.", above=""),
    "other questions": "## How do I install it?\n\nYou run it.\n\n## How do I remove it?\n\nYou do not.\n",
    "test": "".join(f"{n}. What do you say?\n\nA\n\nI am.\n\nB\n\nYou are?\n\nC\n\nWe.\n\n" for n in range(4)),
    "song": "Chorus\nWhy do you cry?\n\nVerse 1\nI see the sun\n\nChorus\nWhy do you cry?\n\nVerse 1\nI do\n",
    "song in brackets": "[Chorus]\nWhy do you cry?\n\n[Verse]\nI see\n\n[Chorus]\nWhy do you?\n\n[Verse]\nI do\n",
    "refrain": "Roxanne\nYou are here\nRoxanne\nI see\nBaby\nDo you hear me?\nRoxanne\nI do\nBaby\nOh yes\n",
    "poem": "Nevermore\nSaid you\nWhy so late?\n\nLenore\nI lost you\n\nNevermore\nSaid I\n\nLenore\nWhere are you?\n",
    "meals": _by_parts("### Breakfast", "Oats as you like?", "### Dinner", "Soup for you"),
    "recipes": _by_parts(
        "## Dough", "Flour, if you have it?", "## Filling", "Cheese for you", n=2, above="# Cake {n}\n\n"
    ),
    "reviews": _by_parts("**Pros**", "I love it. Do you?", "**Cons**", "I do not.", above=""),
    "parties": _by_parts("### Labour", "They want tax.", "### Tories", "They want less. Who pays?", above=""),
    "dictionary": "Haus\nhouse\n\nBaum\ntree?\n\nHaus\nbuilding\n\nBaum\nplant\n",
    "web page": "Ana left.\n\n" + "Advertisement\n\nDo I see you?\n\nRead more\n\nYou do.\n\n" * 3,
    "report of who did what": _by_parts("## Alice", "- did X for you\n- why not?", "## Bob", "- I did", above=""),
    "addresses": "Anna Berg\n1 Main Street\n\nTom Lee\n4 High Street\n\nAnna Berg\na@x.org\n\nTom Lee\nt@x.org\n",
    "timetable": "Room 1 – Why we dance\nRoom 2 – Your first bread\nRoom 1 – Songs you know\nRoom 2 – My cat\n",
    "definitions": "**Token** A word.\n\n**Model** A net?\n\n**Token** You see it above.\n\n**Model** As above.\n",
    "journeys": "Bonn – Rome for you and me\nRome – Oslo, why not?\nBonn – York\nRome – Bonn\n",
    "two names, once each": "### Interviewer\n\nWhy do you ask?\n\n### Interviewee\n\nI do not.\n",
    "one name": "### Interviewer\n\nWhy do you ask?\n\n### Interviewer\n\nI do not.\n\n### Interviewer\n\nSo.\n",
    "names at the end of much else": "So it is.\n\n" * 60 + _below("### Interviewer", "### P3"),
}


@pytest.mark.parametrize("what", NO_TALKS)
def test_what_is_no_conversation_is_refused(read_content: ReadContent, what: str) -> None:
    with pytest.raises(InputError, match="cannot be detected with certainty"):
        read_content(NO_TALKS[what], "a.md")


def test_what_may_be_a_conversation_is_named_in_the_error(read_content: ReadContent) -> None:
    content = "Ann\nIt is cold.\n\nBob\nIt is late.\n\nAnn\nIt is dark.\n\nBob\nIt is.\n"
    with pytest.raises(InputError, match="give --input-format names-above "):
        read_content(content, "a.txt")
    talks, _ = read_content(content, "a.txt", input_format="names-above")
    assert _turns(talks)[1] == ("Bob", "It is late.")


@pytest.mark.parametrize("blank", ["", "\n"])
def test_names_in_a_document_with_blank_lines_and_without(read_content: ReadContent, blank: str) -> None:
    said = [f"{'Tom' if n % 2 else 'Anna'}\n{blank}{text}\n{blank}" for n, text in enumerate(TURNS)]
    content = f"An Interview\n{''.join(said)}"
    talks, report = read_content(content, "a.txt")
    assert (report.format, _turns(talks)) == ("names-above", _expected("Anna", "Tom"))


def test_when_asked_for_it_says_what_it_reads(read_content: ReadContent) -> None:
    with pytest.raises(InputError, match=r"no two names come again on lines of their own, such as '### Interviewer'"):
        read_content("So it is.\n", "a.md", input_format="names-above")
    talks, _ = read_content(NO_TALKS["parties"], "a.md", input_format="names-above")
    assert _turns(talks)[:2] == [("Labour", "They want tax."), ("Tories", "They want less. Who pays?")]


def test_a_damaged_line_is_an_error_or_skipped(read_content: ReadContent) -> None:
    content = _below("### Interviewer", "### P3").replace("I cried", "I\0 cried")
    with pytest.raises(InputError, match=r"a\.md:17: NUL"):
        read_content(content, "a.md")
    talks, report = read_content(content, "a.md", skip_bad=True)
    assert (_turns(talks)[3], len(report.skipped)) == (("P3", "They closed it."), 1)


@pytest.mark.parametrize(
    "content", ["### A\n### B\n### A\n### B\n", "###\n**\n[]\n()\n- \n> \n", "```\n### A\n", "P3\nP3\nP3"]
)
def test_hostile_files_end_in_an_answer_or_an_error(content: str) -> None:
    try:
        talks = list(read_conversations(io.StringIO(content), input_format="names-above", report=ReadReport()))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert all(turn.text for talk in talks for turn in talk.utterances)


NAMES = st.sampled_from(["Mia Kern", "Theo", "Dr. Øre", "Zoë"])
WORDS = st.text("abc xyzäüé,?!'-", min_size=1).map(lambda text: " ".join(["so", *text.split()]))


@settings(max_examples=60)
@given(
    st.lists(st.tuples(NAMES, WORDS), min_size=4, max_size=9),
    st.sampled_from([names_in_headings, names_bold, names_bare]),
)
def test_turns_come_back(turns: list[tuple[str, str]], write: Callable[[list[tuple[str, str]]], str]) -> None:
    talk = [("Mia Kern", "so?"), ("Theo", "so"), *turns, ("Mia Kern", "so?"), ("Theo", "so")]
    report = ReadReport()
    talks = list(read_conversations(io.StringIO(write(talk)), input_format="names-above", report=report))
    assert _turns(talks) == called_in_research(talk)
