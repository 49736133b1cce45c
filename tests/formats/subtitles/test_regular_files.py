"""Subtitles of which all cues are regular are taken apart at once: never otherwise than line by line."""

from __future__ import annotations

import io
import random

import pytest
from layouts import LAYOUTS, form_of
from layouts.talks import TALKS

from instructerc.formats.shared.lines import open_text
from instructerc.formats.shared.options import ReadOptions, ReadReport
from instructerc.formats.shared.reading import Reading
from instructerc.formats.subtitles import cues as takes_apart
from instructerc.formats.subtitles.cues import Cue, find_cues, read_cues, read_lines
from instructerc.formats.subtitles.turns import Speakers, plain_turn, split_turns

FORMS = [layout for layout in LAYOUTS if form_of(layout) in ("srt", "vtt")]
SAID = (
    *("Mia: Hi.", "Theo: so?", "[SPEAKER_00]: yes", "[laughs]", "Ann [joy]: we won", "Ann [on phone] [joy]: no"),
    *("<v Mia>Hi</v>", "<v.emotion-joy Mia>Hi", "12:30 is late", "- Where? - Home.", "小明：你好: 1", "Zoë: a &amp; b"),
    *("Speaker 1 - words", "Bo: Ann: no", "(Mia) Hello", "(Mia): Hello", "http://x.de: ok", "5", "5 ", " in", "NOTE a"),
)


def _seen(cues: list[Cue]) -> list[tuple[int, str, str, str]]:
    return [(cue.line, cue.start, cue.end, cue.text) for cue in cues]


def _both(text: str) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Returns the cues of a text and what is told of them, as they are read and line by line."""
    found = []
    for read in (read_cues, lambda file, reading: find_cues(read_lines(file, reading), reading)):
        report = ReadReport(anomalies=[])
        reading = Reading("a", "a", ReadOptions(skip_bad=True), report)
        with open_text(io.BytesIO(text.encode()), ReadOptions()) as file:
            cues = read(file, reading)
        found.append((_seen(cues), dict(reading.repairs), [str(error) for error in report.skipped]))
    return found[0], found[1]


@pytest.mark.parametrize("layout", FORMS)
@pytest.mark.parametrize("talk", TALKS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_programs_write_is_regular(layout: str, talk: str, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, by_line = _both(LAYOUTS[layout](TALKS[talk]).replace("\r\n", "\n").replace("\n", end))
    assert at_once == by_line
    # The slow way was not gone.
    monkeypatch.setattr(takes_apart, "read_lines", None)
    with open_text(io.BytesIO(LAYOUTS[layout](TALKS[talk]).encode()), ReadOptions()) as file:
        assert _seen(read_cues(file, Reading("a", "a", ReadOptions()))) == at_once[0]


@pytest.mark.parametrize("seed", range(200))
def test_other_files_are_read_line_by_line(seed: int) -> None:
    chance = random.Random(seed)
    lines = ["WEBVTT", ""] * (seed % 2)
    for number in range(1, 8):
        lines += [str(number)] * chance.randrange(2)
        lines += [f"00:00:{number:02}.000 --> 00:00:{number:02}.900" + chance.choice(["", "", " line:1", " Hello"])]
        lines += chance.choices(SAID, k=chance.randrange(3)) + [""] * chance.choice([1, 1, 1, 2, 0])
    if seed % 3:
        lines.insert(chance.randrange(len(lines)), chance.choice(["", " ", "\u200b", "STYLE", "x -> y", "\0", "a\rb"]))
    at_once, by_line = _both("\n".join(lines))
    assert at_once == by_line


@pytest.mark.parametrize("seed", range(20))
def test_a_plain_line_is_the_turn_that_all_rules_give(seed: int) -> None:
    said = random.Random(seed).choices(SAID, k=30)
    speakers = Speakers(said)
    quick = {text: turn for text in said if (turn := plain_turn(text, speakers)) is not None}
    assert quick
    for text, turn in quick.items():
        doubts: list[str] = []
        [slow] = split_turns(text, speakers, doubts.append)
        voices = [None if one.voice is None else one.voice.span() for one in (turn, slow)]
        turn.voice = slow.voice = None
        assert (turn.text, voices[0], list(turn.mark)) == (slow.text, voices[1], list(slow.mark))
        turn.mark = slow.mark = ()
        assert (turn, doubts) == (slow, [])
