"""Plain chats: what is a speaker, what goes on with the turn above."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow
from instructerc.formats import ReadReport

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
