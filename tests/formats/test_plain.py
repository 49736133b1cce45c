"""Plain chats: what is a speaker, what goes on with the turn above."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport
from instructerc.formats.plain import line as plain_line

Reader = Callable[..., tuple[list[Conversation], ReadReport]]


def _turns(conversations: list[Conversation]) -> list[tuple[str, str]]:
    return [(utterance.speaker, utterance.text) for utterance in conversations[0].utterances]


def test_turns_and_blank_lines(read_content: Reader) -> None:
    conversations, report = read_content("Ann: We won!\n\nBo:  No way: really?  \nCy:\n", "tea.txt")
    assert conversations == [Conversation("tea", [Utterance("Ann", "We won!"), Utterance("Bo", "No way: really?")])]
    assert "1 turn(s) without words: left out" in report.notes[0]


def test_lines_without_name_go_on_with_the_turn_above(read_content: Reader) -> None:
    content = "Ann: look\nhttp://example.org is\n  12:30 at the latest\nBo: ok\n"
    conversations, report = read_content(content, "a.txt")
    assert _turns(conversations) == [("Ann", "look\nhttp://example.org is\n12:30 at the latest"), ("Bo", "ok")]
    assert "2 line(s) without 'Speaker: ' joined" in report.notes[0]


def test_file_without_names_is_a_turn_per_line(read_content: Reader) -> None:
    conversations, report = read_content("We won!\n\nNo way!\nsee http://example.org\n", "a.txt", input_format="plain")
    assert _turns(conversations) == [
        ("Speaker", "We won!"),
        ("Speaker", "No way!"),
        ("Speaker", "see http://example.org"),
    ]
    assert "speaker missing in 3 row(s): named 'Speaker'" in report.notes[0]


def test_a_heading_before_the_first_name_is_no_turn(read_content: Reader) -> None:
    conversations, report = read_content("Chapter one\nAnn: Hi\n", "a.txt")
    assert _turns(conversations) == [("Ann", "Hi")]
    assert "1 line(s) before the first speaker: left out" in report.notes[0]


@pytest.mark.parametrize(
    ("line", "turn"),
    [
        ("דנה: שלום לכולם", ("דנה", "שלום לכולם")),
        ("\u200fدانا\u200e: مرحبا", ("دانا", "مرحبا")),
        ("🦊 Fox: 🎉🎉", ("🦊 Fox", "🎉🎉")),
        ("张三：你好", ("张三", "你好")),
        ("Ann:\tHi", ("Ann", "Hi")),
        ("[12:30:05] Ann: Hi", ("Ann", "Hi")),
        ("[24/12/2024, 9:05 PM] Ann: Hi", ("Ann", "Hi")),
        ("24/12/2024, 21:05 - Ann: Hi", ("Ann", "Hi")),
        ("12:30 Ann: Hi", ("Ann", "Hi")),
        ("A\x85B: c\u2028d", ("A\x85B", "c\u2028d")),
        ("x" * 60 + ": y", ("x" * 60, "y")),
    ],
)
def test_names(read_content: Reader, line: str, turn: tuple[str, str]) -> None:
    conversations, _ = read_content(f"{line}\nBo: Ho\n", "a.txt")
    assert _turns(conversations) == [turn, ("Bo", "Ho")]


@pytest.mark.parametrize("line", ["12:30", "https://example.org", ": hm", "a:b", "x" * 61 + ": y", "[12:30] : z"])
def test_no_names(read_content: Reader, line: str) -> None:
    conversations, _ = read_content(f"Bo: Ho\n{line}\n", "a.txt")
    assert _turns(conversations) == [("Bo", f"Ho\n{line}")]


def test_clock_times_before_the_speaker_are_starts(read_content: Reader) -> None:
    [talk], report = read_content("[12:30] Ann: Hi\n[12:31] Bo: Ho\n", "a.txt")
    assert [turn.start for turn in talk.utterances] == [0.0, 60.0]
    assert not report.notes


def test_wrong_line_is_named_and_its_rest_is_given_to_nobody_else(read_content: Reader) -> None:
    content = b"Ann: Hi\nBo: caf\xe9\nwent on\nCy: a\0b\nAnn: Bye\n"
    with pytest.raises(BadRow, match=r"a\.txt:2: byte 0xE9 at character 8 of the line .*--encoding"):
        read_content(content, "a.txt")
    conversations, report = read_content(content, "a.txt", skip_bad=True)
    assert _turns(conversations) == [("Ann", "Hi"), ("Speaker", "went on"), ("Ann", "Bye")]
    assert [bad.line for bad in report.skipped] == [2, 4]


@pytest.mark.parametrize(("start", "end"), [("", "x"), ("[1", "x"), ("a", ": y"), ("12:30", "x")])
def test_long_blanks_take_no_time(read_content: Reader, start: str, end: str) -> None:
    conversations, _ = read_content(f"Bo: Ho\n{start}{' ' * 1_000_000}{end}\n", "a.txt")
    assert len(conversations[0]) == 1


def _spans(conversations: list[Conversation]) -> list[tuple[str, str, float | None]]:
    return [(utterance.speaker, utterance.text, utterance.start) for utterance in conversations[0].utterances]


@pytest.mark.parametrize(
    "said",
    [
        ["10:30 is too late", "12:00 then?", "ok"],
        ["10:30 is too late", "12:00 then?"],
        ["12:00 works", "10:30 is better", "9:15 even more", "8:00 no"],
    ],
)
def test_a_clock_that_somebody_says_stays_in_the_words(read_content: Reader, said: list[str]) -> None:
    names = ("Mia", "Theo") * len(said)
    content = "\n".join(f"{name}: {words}" for name, words in zip(names, said, strict=False))
    conversations, report = read_content(content, "a.txt")
    assert [(text, start) for _, text, start in _spans(conversations)] == [(words, None) for words in said]
    assert "a time read as part of what is said" in report.notes[-1]


@pytest.mark.parametrize("line", ["{}: 0:0{} I see", "{}: [0:0{}] I see", "{}: I see [0:0{}]", "{}: I see (0:0{})"])
@pytest.mark.parametrize("name", ["{} @ 0:0{}: I see", "{} · 0:0{}: I see", "{}\tI see that you do\t0:0{}"])
def test_times_behind_names_and_words(read_content: Reader, line: str, name: str) -> None:
    for way in (line, name):
        rows = [way.format(*row) for row in (("Mia", 3), ("Theo", 5), ("Mia", 9))]
        conversations, _ = read_content("\n".join(rows), "a.txt")
        words = "I see that you do" if "that" in way else "I see"
        assert _spans(conversations) == [("Mia", words, 3.0), ("Theo", words, 5.0), ("Mia", words, 9.0)]


def test_points_of_a_list_are_nobody_where_others_come_again(read_content: Reader) -> None:
    content = "Mia: Here is my list:\nMilk: two bottles\nBread: one\nTheo: ha ha\n"
    conversations, report = read_content(f"{content}Mia: Yes\nTheo: Fine\n", "a.txt")
    assert _turns(conversations)[0] == ("Mia", "Here is my list:\nMilk: two bottles\nBread: one")
    assert "a colon read as part of a sentence: lines 2, 3" in report.notes[-1]
    # Without them nobody can tell.
    _, report = read_content(content, "a.txt")
    assert "a speaker seen once: lines 1, 2, 3, 4" in report.notes[-1]


@pytest.mark.parametrize(
    "words", ["Zutaten: Mehl und Eier", "Warnung: sehr heiß", "Really: I did", "Día Uno: lloramos"]
)
def test_headings_are_nobody(read_content: Reader, words: str) -> None:
    conversations, _ = read_content(f"Mia: So\n{words}\nTheo: Oh\n", "a.txt")
    assert _turns(conversations) == [("Mia", f"So\n{words}"), ("Theo", "Oh")]


DAYS = """Started on October 3, 2025 at 09:42 AM

--- October 3, 2025 ---

09:42 AM | Mia Kern: My parcel is lost!
I am so angry.

--- October 4, 2025 ---

09:00 AM | Kim: Hi Mia
08:59 AM | Mia Kern: hello

Exported from Acme on October 5, 2025 at 10:00 AM
"""


@pytest.mark.parametrize("line", ["--- {} ---", "{}", "# {}", "Saturday, {}"])
def test_lines_with_a_day_date_the_times_below_them(read_content: Reader, line: str) -> None:
    content = DAYS
    for day in ("October 3, 2025", "October 4, 2025"):
        content = content.replace(f"--- {day} ---", line.format(day))
    conversations, report = read_content(content, "a.txt")
    assert _spans(conversations) == [
        ("Mia Kern", "My parcel is lost!\nI am so angry.", 0.0),
        ("Kim", "Hi Mia", 83_880.0),
        ("Mia Kern", "hello", 83_820.0),
    ]
    assert "1 line(s) of the program at the end: left out" in " ".join(report.notes)


@pytest.mark.parametrize("more", ["", "Date: 24.12.2024\nLocation: Graz\n"])
@pytest.mark.parametrize("blank", ["", "\n"])
def test_who_takes_part_in_an_interview_is_no_turn(read_content: Reader, more: str, blank: str) -> None:
    talk = f"Interviewer: How are you?\n{blank}Mia: I am sad.\n{blank}Interviewer: Why?\n{blank}Mia: He left.\n"
    conversations, report = read_content(f"{more}Interviewer: Ida Wolf\nParticipant: Mia Kern\n\n{talk}", "a.txt")
    assert _turns(conversations)[:2] == [("Interviewer", "How are you?"), ("Mia", "I am sad.")]
    assert "of a head such as" in report.notes[0]
    conversations, _ = read_content(f"Interviewer: Hello Mia\nMia: Hello Ida\n\n{talk}", "a.txt")
    assert _turns(conversations)[:2] == [("Interviewer", "Hello Mia"), ("Mia", "Hello Ida")]


def test_a_time_alone_between_turns_is_nobodys(read_content: Reader) -> None:
    conversations, report = read_content("Mia: So\n\n00:00:10\n\nTheo: And?\n10:30\nMia: Oh\n", "a.txt")
    assert _turns(conversations) == [("Mia", "So"), ("Theo", "And?\n10:30"), ("Mia", "Oh")]
    assert "1 line(s) with nothing but a time: left out" in report.notes[0]


def test_what_stands_behind_a_name_is_left_out_and_counted(read_content: Reader) -> None:
    content = "Ann: Hi\nBo (laughing): Ha\nAnn (to Bo): No\nBo (crying): Yes\nCy (Acme): Oh\nAnn: Oh\n"
    talks, report = read_content(content, "a.txt")
    assert [name for name, _ in _turns(talks)] == ["Ann", "Bo", "Ann", "Bo", "Cy (Acme)", "Ann"]
    assert "3 remark(s) behind a name, such as (laughing): left out" in report.notes[0]


def test_a_name_within_a_line_is_told(read_content: Reader) -> None:
    talks, report = read_content("Ann: Hi. Bo: Hm.\nBo: Well. Note: no.\n", "a.txt")
    assert [name for name, _ in _turns(talks)] == ["Ann", "Bo"]
    assert report.notes == [
        f"{report.notes[0].partition(': ')[0]}: please check: another speaker's name within a line: line 1"
    ]


def test_a_line_with_a_time_and_no_name_is_told(read_content: Reader) -> None:
    talks, report = read_content("(21:05:33) ann: hi\n(21:06:00) bo has gone away.\n(21:07:00) bo: ho\n", "a.txt")
    assert [name for name, _ in _turns(talks)] == ["ann", "bo"]
    assert report.notes[-1].endswith("a line with a time and no name joined to the turn above: line 2")


@pytest.mark.parametrize("numbers", [(1, 2, 3, 5), (1, 2, 2, 3)])
def test_numbers_that_do_not_count_lines_stay(read_content: Reader, numbers: tuple[int, ...]) -> None:
    lines = ["Ann: I have", "dogs", "Bo: I have", "cats"]
    content = "\n".join(f"{number} {line}" for number, line in zip(numbers, lines, strict=True))
    talks, _ = read_content(content, "a.txt", input_format="plain")
    assert _turns(talks)[0][1] == f"I have\n{numbers[1]} dogs"


def test_numbers_of_turns_are_not_part_of_names(read_content: Reader) -> None:
    content = "T1: How was it?\nC1: Bad.\nT2: Why?\nC2: I hardly slept.\nT3: You miss her.\nC3: So much.\n"
    talks, report = read_content(content, "a.txt")
    assert [speaker for speaker, _ in _turns(talks)] == ["T", "C"] * 3
    assert "6 number(s) of turns behind names, such as T1: left out" in report.notes[0]


@pytest.mark.parametrize(
    "names", ["M1 F2 M1 F2 M1 F2", "P1 P2 P3 P1 P2 P3", "T1 C1 T2 C2 C3 C4", "T1 C1 Mia C2 T2 Mia", "S1 S2 S1 S2"]
)
def test_numbers_of_people_are_part_of_names(read_content: Reader, names: str) -> None:
    talks, _ = read_content("".join(f"{name}: It was good.\n" for name in names.split()), "a.txt", input_format="plain")
    assert [speaker for speaker, _ in _turns(talks)] == names.split()


def test_what_somebody_is_in_a_broadcast_is_not_part_of_the_name(read_content: Reader) -> None:
    content = (
        "STEVE HALE, HOST:\n\nThe plant is closed.\n\nANN POE, BYLINE: People are angry.\n\nTOM LEE: I am furious.\n\n"
        "POE: Since when?\n\nLEE: Since May.\n\nHALE: That's Ann Poe.\n"
    )
    talks, report = read_content(content, "a.txt")
    assert _turns(talks)[:2] == [("STEVE HALE", "The plant is closed."), ("ANN POE", "People are angry.")]
    assert len(talks[0]) == 6
    assert any("2 remark(s) behind a name" in note for note in report.notes)


def test_times_of_f4_before_the_names_are_starts(read_content: Reader) -> None:
    content = "#00:00:03-1# I: Und?\n#00:00:09-4# B: Ich hatte Angst.\n#00:01:20-0# I: Ja?\n#00:01:21-5# B: Ja.\n"
    [talk], _ = read_content(content, "a.txt")
    assert [(turn.speaker, turn.start) for turn in talk.utterances] == [
        ("I", 3.1),
        ("B", 9.4),
        ("I", 80.0),
        ("B", 81.5),
    ]


@pytest.mark.parametrize("page", ["Page 3 of 12", "Seite 3 von 12", "3 | P a g e", "- 3 -", "Página 3 de 12", "p. 3"])
def test_numbers_of_pages_are_nobodys(read_content: Reader, page: str) -> None:
    talks, report = read_content(f"Ann: I was so\n\n{page}\n\nafraid.\nBo: Why?\nAnn: So.\n", "a.txt")
    assert _turns(talks) == [("Ann", "I was so\nafraid."), ("Bo", "Why?"), ("Ann", "So.")]
    assert "1 line(s) with the number of a page, or beside it on each page: left out" in report.notes[0]


@pytest.mark.parametrize("said", ["Page 3 is missing", "- 3 - 4", "p. 3 and 4", "Page"])
def test_what_people_say_of_pages_is_theirs(read_content: Reader, said: str) -> None:
    talks, _ = read_content(f"Ann: Look\n{said}\nBo: Why?\nAnn: So.\n", "a.txt")
    assert _turns(talks)[0] == ("Ann", f"Look\n{said}")


@pytest.mark.parametrize(
    "last",
    [
        "[End of recording]",
        "END OF INTERVIEW",
        "(Ende der Aufnahme)",
        "Automatically convert your audio to text with Sonix.",
    ],
)
def test_the_end_of_a_recording_is_said_by_nobody(read_content: Reader, last: str) -> None:
    talks, report = read_content(f"Ann: Hi\nBo: Why?\nAnn: So.\n{last}\n", "a.txt")
    assert _turns(talks)[-1] == ("Ann", "So.")
    assert "1 line(s) of the program at the end: left out" in report.notes[0]


def test_what_stands_beside_the_number_of_each_page_is_nobodys(read_content: Reader) -> None:
    page = "Interview with Ann, May 2024\nPage {} of 3\n"
    content = f"Ann: I was so\n{page.format(1)}afraid.\nBo: Why?\nAnn: So\n{page.format(2)}it is.\n"
    talks, report = read_content(content, "a.txt")
    assert _turns(talks) == [("Ann", "I was so\nafraid."), ("Bo", "Why?"), ("Ann", "So\nit is.")]
    assert "4 line(s) with the number of a page" in report.notes[0]


@pytest.mark.parametrize("begin", ["{}.  ", "{}   ", "        {}    ", "{}.- "])
def test_questions_and_answers_of_hearings_and_newspapers(read_content: Reader, begin: str) -> None:
    said = ["Where were you?", "At home.", "Why?", "I was afraid."]
    content = "".join(f"{begin.format('QA'[n % 2])}{text}\n" for n, text in enumerate(said))
    talks, _ = read_content(content, "a.txt")
    assert _turns(talks) == [("QA"[n % 2], text) for n, text in enumerate(said)]


def test_links_of_times_and_breaks_are_no_words(read_content: Reader) -> None:
    content = (
        "**Ann:** [00:00:03](https://example.org/?t=3) Hi.\n\n**Bo:** [00:00:07](https://example.org/?t=7) Why?\n\n"
        "**Ann:** [00:00:09](https://example.org/?t=9) So.\n"
    )
    [talk], _ = read_content(content, "a.md")
    assert [(turn.text, turn.start) for turn in talk.utterances] == [("Hi.", 3.0), ("Why?", 7.0), ("So.", 9.0)]
    talks, _ = read_content("**Ann:**<br>Hi.\n**Bo:**<br/>Why?\n**Ann:** So.<br>\n", "a.md")
    assert _turns(talks) == [("Ann", "Hi."), ("Bo", "Why?"), ("Ann", "So.")]


def test_who_was_present_is_said_by_nobody(read_content: Reader) -> None:
    content = "Anwesend: Herr Meier\nDauer: 3 Minuten\n\nHerr Meier: Ja?\nFrau Kurz: Nein.\nHerr Meier: Doch.\n"
    talks, report = read_content(content, "a.txt")
    assert [speaker for speaker, _ in _turns(talks)] == ["Herr Meier", "Frau Kurz", "Herr Meier"]
    assert "2 line(s) before the first speaker: left out" in report.notes[0]


def test_measures_are_no_speakers(read_content: Reader) -> None:
    content = "".join(f"{name}: 1.0  2.0\n" for name in ("Ash", "Malic Acid", "Alcalinity of Ash", "Hue", "Proline"))
    with pytest.raises(InputError, match="cannot be detected"):
        read_content(content, "a.rst")


@pytest.mark.parametrize(
    "raw",
    [
        "Mia: Hi",
        "Mia :Hi",
        "Mia",
        "Mia:",
        "http://x.de: ok",
        "Mia\u00a0Kern: 10:30 is late",
        "(09:05 AM) Mia: so: no",
        "小明：你好: 1",
        "[Mia]: Hi",
        "<Mia> a: b",
        "- Mia: Hi",
        "12. Mia: Hi",
        "00:03 Mia Kern: Hi",
        "Q. Mia: Hi",
        "\t: a",
        "a" * 59 + ": b",
        "a" * 60 + ": b",
        "a" * 61 + ": b",
        "M2: Hi",
        "(speaker 1) Bo: Hi",
        "Mia:你好",
        "Mia:\u3000Hi",
    ],
)
def test_a_name_that_is_known_is_found_as_any_other(raw, monkeypatch):
    quick = plain_line.read_line(raw, 1)
    monkeypatch.setattr(plain_line, "_find_bare", lambda text, begin: None)
    assert plain_line.read_line(raw, 1) == quick


_PIECES = (
    "Mia",
    "[",
    "]",
    "*",
    "**",
    "_",
    "<",
    ">",
    "(",
    ")",
    ":",
    ": ",
    "：",
    " ",
    "\t",
    "| ",
    "- ",
    "12:30",
    "9:05:11",
)


@given(pieces=st.lists(st.sampled_from((*_PIECES, "(09:13 AM) ", "[00:03] ", "5s", "Note", "x", ". ")), max_size=9))
@example(pieces=["[", "Note", ": ", "x", "]", " ", "Mia", ": ", "x"])
@example(pieces=["*", "Mia", ": ", "*", "x", "*", " x"])
@example(pieces=["(09:13 AM) ", "[", "Mia", "]", ": ", "x"])
def test_what_stands_before_the_words_means_the_same_whether_it_is_known_or_not(pieces: list[str]) -> None:
    text = "".join(pieces).strip()
    # Headings and links are seen to before.
    if text and text[-1] not in "#:：" and "](" not in text:
        assert plain_line.read_line(text, 1) == plain_line._read_parts(text, 1)
