"""What tables of programs and spreadsheets hold beside turns: spans of time, internal notes, HTML, numbers of turns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from instructerc.conversation import Conversation
from instructerc.formats import ReadReport

Reader = Callable[..., tuple[list[Conversation], ReadReport]]


def _said(talk: Conversation) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in talk.utterances]


@pytest.mark.parametrize(
    ("name", "spans"),
    [
        ("time", ("0:01 - 0:03", "0:04 - 0:06")),
        ("Timestamp", ("00:00:01.000 --> 00:00:03.000", "00:00:04.000 --> 00:00:06.000")),
        ("Timespan", ("0:01.0 - 0:03.0", "0:04.0 – 0:06.0")),
        ("Zeit", ("1,0-3,0", "4,0 bis 6,0")),
    ],
)
def test_a_column_of_spans_is_start_and_end(name: str, spans: tuple[str, str], read_content: Reader) -> None:
    content = f"{name}\tspeaker\ttext\n{spans[0]}\tMia\tso happy\n{spans[1]}\tTheo\tme too\n\tTheo\tyes\n"
    [talk], report = read_content(content, "a.tsv")
    assert [(turn.start, turn.end) for turn in talk.utterances] == [(1.0, 3.0), (4.0, 6.0), (None, None)]
    assert report.notes == []


def test_a_column_of_times_that_are_not_understood_is_named(read_content: Reader) -> None:
    [talk], report = read_content("time,speaker,text\n00:00:01:12,Mia,so happy\n00:00:03:04,Theo,me too\n", "a.csv")
    assert [turn.start for turn in talk.utterances] == [None, None]
    assert "no start was taken from 'time'" in report.notes[0]


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("1.5s", 1.5), ("2 sec", 2.0), ("PT1M1.5S", 61.5), ("PT0.5S", 0.5), ("1,001.5", 1001.5), ("1.001,5", 1001.5)],
)
def test_rarer_ways_to_write_seconds(cell: str, seconds: float, read_content: Reader) -> None:
    [talk], _ = read_content(f'start;speaker;text\n"{cell}";Mia;so happy\n"{cell}";Theo;me too\n', "a.csv")
    assert talk.utterances[0].start == seconds


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("public", ("true", "false", "true")),
        ("Internal", ("0", "1", "0")),
        ("is_private", ("nein", "ja", "nein")),
        ("type", ("message", "note", "message")),
        ("visibility", ("external", "internal", "external")),
    ],
)
def test_internal_notes_among_others_are_left_out(name: str, cells: tuple[str, ...], read_content: Reader) -> None:
    said = ("Mia,Where is it?", "Kim,He again", "Kim,I am sorry")
    rows = "".join(f"{cell},{words}\n" for cell, words in zip(cells, said, strict=True))
    [talk], report = read_content(f"{name},author,body\n{rows}", "a.csv")
    assert _said(talk) == [("Mia", "Where is it?"), ("Kim", "I am sorry")]
    assert "1 internal note(s)" in report.notes[0]


def test_a_private_conversation_is_read(read_content: Reader) -> None:
    [talk], report = read_content("private,author,body\n1,Mia,so happy\n1,Theo,me too\n", "a.csv")
    assert (len(talk.utterances), report.notes) == (2, [])


def test_html_repeated_headers_and_other_quirks_are_told(read_content: Reader) -> None:
    content = "turn,speaker,text,label\n2,Mia,<p>so&nbsp;<b>happy</b></p>,3\nturn,speaker,text,label\n1,Mia,<3 you,4\n"
    [talk], report = read_content(content, "a.csv")
    assert _said(talk) == [("Mia", "so happy"), ("Mia", "<3 you")]
    notes = " | ".join(report.notes)
    assert "1 text(s) in HTML" in notes
    assert "1 row(s) that repeat the header" in notes


def test_turns_that_are_not_in_the_order_of_their_numbers_are_told(read_content: Reader) -> None:
    rows = "1,2,Mia,so happy\n1,1,Theo,me too\n2,1,Mia,no\n"
    _, report = read_content(f"conversation,turn_id,speaker,text\n{rows}", "a.csv")
    assert "the numbers under 'turn_id' do not rise" in report.notes[0]
    _, report = read_content("conversation,turn,speaker,text\n1,1,Mia,a\n1,2,Theo,b\n2,1,Mia,c\n", "a.csv")
    assert report.notes == []


def test_emotions_that_are_numbers_are_told(read_content: Reader) -> None:
    [talk], report = read_content("speaker,text,label\nMia,so happy,3\nTheo,me too,\n", "a.csv")
    assert [turn.emotion for turn in talk.utterances] == ["3", None]
    assert "numbers without names" in report.notes[0]
