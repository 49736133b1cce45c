"""Transcripts with the time before the name: what is a heading, and what only looks like one."""

from __future__ import annotations

import io

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations


def read(text: str, input_format: str | None = None) -> tuple[list[tuple[object, ...]], ReadReport]:
    report = ReadReport()
    talks = read_conversations(io.StringIO(text), input_format=input_format, report=report)
    return [(turn.speaker, turn.text, turn.start, turn.end) for talk in talks for turn in talk.utterances], report


def test_words_stand_below_time_and_name() -> None:
    text = "Audio file\n\n00:00:01 Speaker 1\nso happy\n10:30 we left\n\n00:01:05 Speaker 2\nwhy?\n01:00:00 Speaker 1\n"
    turns, report = read(text)
    assert turns == [("Speaker 1", "so happy\n10:30 we left", 1.0, None), ("Speaker 2", "why?", 65.0, None)]
    assert report.format == "headed-transcript"
    assert report.notes == [
        "<stream>: 1 line(s) before the first speaker: left out",
        "<stream>: 1 heading(s) without words: left out",
    ]


def test_a_span_has_its_name_below() -> None:
    text = "0:0:3.480 --> 0:0:5.120\nMia Kern\nso happy\n\n0:10:5.5 --> 0:10:7.0\nTheo\nwhy?\n"
    turns, report = read(text)
    assert turns == [("Mia Kern", "so happy", 3.48, 5.12), ("Theo", "why?", 605.5, 607.0)]
    assert report.format == "headed-transcript"


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("Mia Kern 0:03\nhello\nTheo Baum 0:05\nsee you at 10:30\nMia Kern 0:09\nso\nTheo Baum 0:12\nyes\n", 4),
        ("Mia Kern 0:03\nhello\nTheo 0:05\nsee you at 10:30\nMia Kern 0:09\nso\n", 3),
        ("Mia  00:00:03.100 --> 00:00:05.200\nhello\nTheo  00:00:05.300 --> 00:00:07.000\nhi\nMia 0:09\nso\n", 3),
        ("Speaker 1\nhello\nSpeaker 2\nhi\nyou\nSpeaker 1\nso\n", 3),
        ("0:00\nhello there\n0:03\nhow are you\n0:09\nfine\n", 3),
        ("Transcript\n00:00:03\nhello there\n00:00:09\nhow are you\n", 2),
        ("0:0:0.0 --> 0:0:1.510\nhello there.\n0:0:3.270 --> 0:0:4.250\nHow are you?\n", 2),
    ],
)
def test_other_headings(text: str, turns: int) -> None:
    found, report = read(text)
    assert len(found) == turns
    assert report.format == "headed-transcript"
    assert not any(char.isdigit() for turn in found for char in str(turn[1]).replace("10:30", ""))


@pytest.mark.parametrize(
    "text",
    [
        "1\n00:00:01,000 --> 00:00:02,000\nMia\n\n2\n00:00:02,000 --> 00:00:03,000\nMia\n",
        "00:00:01,000 --> 00:00:02,000\nso happy, all\n\n00:00:02,000 --> 00:00:03,000\nand it was late\n",
        "Mia\n0:03\nso happy\nTheo\n0:05\nwhy?\nMia\n0:09\nbecause\n",
        "00:00:00\nMia: hi\nTheo: ho\n00:05:00\nMia: so\n",
        "Mia\n0:03\nso happy\nIda\n0:05\nwhy?\nTheo\n0:09\nbecause\n",
        "00:00:01,000 --> 00:00:02,000\nhello there\n\n00:00:02,000 --> 00:00:03,000\nso\n",
        "10:05 Mia: hi\n10:06 Theo: ho\n10:07 Mia: so\n",
        "00:06 Mia Kern:\nhello\n00:15 Theo:\nhi\n00:16 Mia Kern:\nso\n",
        "10:05:01 From Mia to Everyone:\n\thi\n10:05:09 From Theo to Everyone:\n\tho\n",
        "[10:05] <mia> hi\n[10:06] <theo> ho\n[10:07] <mia> so\n",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nMia Kern\n\n00:02.000 --> 00:03.000\nMia Kern\n",
    ],
)
def test_other_layouts_stay_those_of_others(text: str) -> None:
    try:
        form = read(text)[1].format
    except InputError:
        form = None
    assert form != "headed-transcript"


def test_what_has_no_heading_says_so() -> None:
    with pytest.raises(InputError, match="no line is a time and a name, such as 00:00:03 Speaker 1"):
        read("hi\n", "headed-transcript")


@pytest.mark.parametrize(
    "days", [("2024-12-24", "2024-12-24", "2024-12-25"), ("24/12/2024", "24/12/2024", "25/12/2024")]
)
def test_a_date_behind_the_name_is_none_of_it(days: tuple[str, str, str]) -> None:
    turns = zip(("Mia Kern", "Theo", "Mia Kern"), days, ("so happy", "me too", "ha"), strict=True)
    found, report = read("\n\n".join(f"{name} {day} 21:0{n}:00\n{said}" for n, (name, day, said) in enumerate(turns)))
    assert [turn[:3] for turn in found] == [
        ("Mia Kern", "so happy", 0),
        ("Theo", "me too", 60),
        ("Mia Kern", "ha", 86_520),
    ]
    assert report.format == "headed-transcript"


def test_a_date_before_two_blanks_is_no_name() -> None:
    with pytest.raises(InputError, match="its format cannot be detected with certainty"):
        read("Mia 2024-12-24  21:00:00\nso\nTheo 2024-12-24  21:01:00\nme too\nMia 2024-12-24  21:02:00\nha\n")


def test_spans_below_numbered_speakers_are_times_of_another_form() -> None:
    clocks = ["00:00:00 - 00:00:04", "00:00:04 - 00:00:09", "00:00:09 - 00:00:11"]
    turns, report = read("".join(f"SPEAKER {1 + n % 2}\n{clock}\nSo it is.\n\n" for n, clock in enumerate(clocks)))
    assert report.format == "stacked-transcript"
    assert turns == [
        ("SPEAKER 1", "So it is.", 0.0, 4.0),
        ("SPEAKER 2", "So it is.", 4.0, 9.0),
        ("SPEAKER 1", "So it is.", 9.0, 11.0),
    ]
