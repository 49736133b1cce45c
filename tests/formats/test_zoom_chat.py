"""Chats of Zoom meetings, in the layouts of its versions."""

from __future__ import annotations

import io

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations

NEW = (
    "10:05:01 From Ann Lee to Everyone:\n\tHi: who is there?\n\t\n\tSee http://example.org\n"
    '10:05:11 From Bo to Everyone:\n    Replying to "Hi: who is there?..."\n    \n    Me!\n'
    '10:05:12 From Ann Lee to Everyone:\n\tReacted to "Me!" with 👍\n'
    '10:05:13 From Ann Lee to Everyone:\n\tRemoved a 👍 reaction from "Me!"\n'
    "10:05:21 From Cy To Ann Lee(Direct Message):\n\tpsst\n"
)


def _read(text: str | bytes, *, input_format: str | None = None, **options: object):
    report = ReadReport()
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    given = ReadOptions(**options)
    return list(read_conversations(stream, input_format=input_format, options=given, report=report)), report


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_layout_of_new_versions(end):
    talks, report = _read(NEW.replace("\n", end))
    assert talks == [
        Conversation(
            "conversation",
            [
                Utterance("Ann Lee", "Hi: who is there?\n\nSee http://example.org", start=0),
                Utterance("Bo", "Me!", start=10),
                Utterance("Cy", "psst", start=20),
            ],
        )
    ]
    assert report.notes == [
        "<stream>: 1 message(s): removed the line that quotes what they reply to",
        "<stream>: 2 reaction(s) or message(s) without text: left out",
    ]


@pytest.mark.parametrize(
    ("line", "speaker", "text"),
    [
        ("00:10:05\t From  Ann Lee : hi: you", "Ann Lee", "hi: you"),
        ("00:10:05\t From  Ann Lee  to  Everyone : hi", "Ann Lee", "hi"),
        ("00:10:05\t From  Ann Lee   to   Bo(Privately) : hi", "Ann Lee", "hi"),
        ("10:05:01 From Ann to Everyone : hi", "Ann", "hi"),
        ("10:05:01\t From  Ann  To  Everyone:\n\thi", "Ann", "hi"),
        ("10:05:01 From Welcome to Rome to Everyone: hi", "Welcome to Rome", "hi"),
        ("2026-05-19 10:05:01 From Ann L. to Everyone: hi", "Ann L.", "hi"),
        ("00:05:12\tAnn Lee:\thello", "Ann Lee", "hello"),
        ("00:05:12\t Ann: Lee:\thello\nand more", "Ann: Lee", "hello\nand more"),
        ("00:05:12\tAnn 🦊:\t12:30:10", "Ann 🦊", "12:30:10"),
    ],
)
def test_lines_of_all_versions(line, speaker, text):
    [talk], report = _read(f"{line}\n")
    assert talk.utterances == (Utterance(speaker, text, start=0),)
    assert report.notes == []


def test_a_chat_goes_on_over_midnight():
    [talk], _ = _read("23:59:50\tAnn:\ta\n23:59:49\tBo:\tb\n00:00:10\tAnn:\tc\n")
    assert [turn.start for turn in talk.utterances] == [1, 0, 21]
    dated = "2026-05-19 23:59:50 From Ann to Everyone: a\n2026-05-21 00:00:10 From Bo to Everyone: b\n"
    [talk], _ = _read(dated)
    assert [turn.start for turn in talk.utterances] == [0, 86_420]


def test_a_wrong_line_takes_its_message_with_it():
    wrong = b"10:05:01 From Ann to Everyone: a\n10:05:02 From Bo to Everyone: \xe9\nmore\n10:05:03 From Cy : c\n"
    with pytest.raises(InputError, match="<stream>:2: byte 0xE9"):
        _read(wrong)
    [talk], report = _read(wrong, skip_bad=True)
    assert talk.cast == ("Ann", "Cy")
    assert report.notes == ["<stream>: 1 line(s) that continue a skipped one: left out"]


def test_another_file_is_refused():
    with pytest.raises(InputError, match="no line begins like a message of a Zoom chat, such as 10:05:01 From Ann"):
        _read("Ann: Hi\n", input_format="zoom-chat")


@pytest.mark.parametrize(
    "line",
    [
        "10:05:01 From " + "a" * 1_000_000,
        "10:05:01 From " + " to " * 250_000,
        "10:05:01 From Ann" + " " * 1_000_000 + ":",
        "10:05:01\t" + "a" * 1_000_000,
        '10:05:01 From Ann : Reacted to "' + '" with ' * 200_000,
        "1" * 1_000_000,
    ],
)
def test_a_long_line_takes_no_time(line):
    [talk], _ = _read(f"10:05:01 From Ann to Everyone: a\n{line}\n")
    assert len(talk) in (1, 2)
