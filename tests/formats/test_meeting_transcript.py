"""Transcripts of meetings with a heading per turn."""

from __future__ import annotations

import io

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

OTTER = """Weekly talk
December 24, 2024

Ann Lee  0:03
Hello there.
All good? See you at 10:30

Unknown Speaker   1:00:10
Yes.

It is.

Ann Lee started transcription

Bo\t00:01:15

Ann Lee  1:00:20
Good.

Transcribed by https://otter.ai
"""
ZOOM = """[Ann Lee] 23:59:58
Hello
Bo  0:10

[Bo Ray] 00:00:01
Hi
[Ann Lee] 00:00:04
Bye
"""


def _read(text: str, *, input_format: str | None = None):
    report = ReadReport()
    return list(read_conversations(io.StringIO(text), input_format=input_format, report=report)), report


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_headings_with_times_of_the_recording(end):
    talks, report = _read(OTTER.replace("\n", end))
    assert talks == [
        Conversation(
            "conversation",
            [
                Utterance("Ann Lee", "Hello there.\nAll good? See you at 10:30", start=3),
                Utterance("Unknown Speaker", "Yes.\nIt is.", start=3610),
                Utterance("Ann Lee", "Good.", start=3620),
            ],
        )
    ]
    assert report.notes == [
        "<stream>: 2 line(s) before the first message: left out",
        "<stream>: 2 turn(s): removed lines of the transcription program",
        "<stream>: 1 heading(s) without words: left out",
    ]


def test_headings_with_times_of_day_count_from_the_first():
    [talk], report = _read(ZOOM)
    assert talk.utterances == (
        Utterance("Ann Lee", "Hello\nBo  0:10", start=0),
        Utterance("Bo Ray", "Hi", start=3),
        Utterance("Ann Lee", "Bye", start=6),
    )
    assert report.notes == []


@pytest.mark.parametrize(
    "text",
    [
        "Breakfast   8:00\nLunch   12:00\nDinner   19:00\n",
        "See you at 10:30\nfine\nSee you at 11:30\nfine\n",
        "Hi\nBreakfast   8:00\nfine\n",
        "Ann  1:75\nHi\nBo  1:99\nHo\n",
    ],
)
def test_other_lines_with_times_are_no_headings(text):
    with pytest.raises(InputError, match="its format cannot be detected with certainty"):
        _read(text)


def test_another_file_is_refused():
    with pytest.raises(InputError, match=r"no line is a heading such as 'Ann Lee  0:03' or '\[Ann Lee\] 10:05:01'"):
        _read("Ann: Hi\n", input_format="transcript")


@pytest.mark.parametrize("line", ["a" + " " * 1_000_000, " a" * 500_000 + "  0:03", "[" * 1_000_000, "\t" * 1_000_000])
def test_a_long_line_takes_no_time(line):
    [talk], _ = _read(f"Ann Lee  0:03\nHello\n{line}\nBo  0:04\nHi\n")
    assert len(talk) == 2


def test_many_lines_that_are_almost_headings_take_no_time():
    [talk], _ = _read("Ann Lee  0:03\nHello\n" + ("a" + " " * 150 + "b\n") * 20_000)
    assert len(talk) == 1
