"""WebVTT through the page: emotions come into its voices, and everything else of the file stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]
SUBTITLES = """WEBVTT - The final
Kind: captions

NOTE
Transcribed by hand; --
times are those of the recording.

STYLE
::cue(.loud) {
  color: yellow;
}

REGION
id:left
width:40%

first
00:00:01.000 --> 00:00:03.500 align:start position:10% region:left
<v.loud Ann>We won! I am so happy!</v>

NOTE The second half

2
00:00:04.000 --> 00:00:06.000 line:0
<v Bo>I hate you, get out of <i>my</i> house!</v>

00:00:07.250 --> 00:00:09.000
<v.emotion-joy Ann>I am so sorry &amp; sad
that she died.</v>
"""
MARK = re.compile(r"\.emotion-(\w+)")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_notes_styles_and_settings_of_a_file_stay(open_page: OpenPage, acts: Any, line_end: str):
    page = open_page()
    given = SUBTITLES.replace("\n", line_end)
    acts.open(page, ("final.vtt", given.encode()))
    expect(acts.turns(page)).to_have_count(3)
    # The third has another one in the file, and a person's label goes before the model's.
    acts.turn(page, 3).press("6")
    for number, emotion in enumerate(("joy", "anger", "disgust"), start=1):
        expect(acts.turn(page, number).locator(".turn-emotion")).to_contain_text(emotion)
    name, content = acts.export(page, "WebVTT")
    assert name == "final-emotions.vtt"
    written = content.decode()
    assert MARK.findall(written) == ["joy", "anger", "disgust"]
    assert MARK.sub("", written) == MARK.sub("", given)


def test_written_subtitles_are_read_again_with_their_emotions(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("final.vtt", SUBTITLES))
    _, content = acts.export(page, "WebVTT")
    marks = MARK.findall(content.decode())
    assert len(marks) == 3
    page.get_by_role("button", name="New").click()
    acts.open(page, ("again.vtt", content))
    acts.look(page, "Table")
    expect(page.locator(".all-turns tbody .cell-gold")).to_have_text(marks)
    expect(page.locator(".all-turns tbody .cell-speaker")).to_have_text(["Ann", "Bo", "Ann"])
