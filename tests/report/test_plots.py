"""Plots: drawings that are whole XML, on the page and as files of their own."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from instructerc.report import plots
from instructerc.report.plots import Axis, Plot, Series, draw_bars, draw_lines, draw_matrix
from instructerc.report.runs.files import draw_picture

HOSTILE = '<b>&"joy"'


def _plots():
    line, other = Series(HOSTILE, [(0.0, 0.1), (1.0, 0.9)]), Series("b", [(0.0, 0.5), (1.0, 2.0)])
    yield draw_lines(HOSTILE, Axis("confidence"), Axis("right"), [line, other], diagonal=True, marks=True)
    yield draw_bars(HOSTILE, [HOSTILE, "sad"], Axis(""), [line])
    yield draw_matrix(HOSTILE, [HOSTILE, "sad"], [[0.9, 0.1], [0.0, 1.0]], [[9, 1], [0, 1234]])


@pytest.mark.parametrize("svg", list(_plots()), ids=["lines", "bars", "matrix"])
def test_a_plot_is_whole_named_and_can_stand_alone(svg):
    inline = ElementTree.fromstring(svg)
    assert (inline.tag, inline.get("role"), inline.find("title").text) == ("svg", "img", HOSTILE)
    assert "var(--" in svg
    alone = Plot("a", HOSTILE, svg).standalone()
    assert ElementTree.fromstring(alone).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(--" not in alone


def test_a_value_beyond_an_axis_stays_in_the_drawing():
    svg = ElementTree.fromstring(draw_bars("t", ["a"], Axis(""), [Series("x", [(0, 3.0)])]))
    [bar] = svg.findall("rect")
    assert 0 <= float(bar.get("y")) < float(bar.get("y")) + float(bar.get("height")) <= 300


def _luminance(colour):
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _colours(theme):
    """The page's colours in light (0) or dark (1), as fractions of red, green and blue."""
    css = (Path(plots.__file__).parent / "assets" / "report.css").read_text(encoding="utf-8")
    rule = re.findall(r"\{color-scheme:[^}]*\}", css)[theme]
    found = {name: value * (6 // len(value)) for name, value in re.findall(r"--([\w-]+):#([0-9a-f]+)", rule)}
    return {name: [int(value[at : at + 2], 16) / 255 for at in (0, 2, 4)] for name, value in found.items()}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_count_can_be_read_on_its_cell(theme):
    colours = _colours(theme)
    for share in (0.0, 0.3, 0.5, 1.0):
        svg = ElementTree.fromstring(draw_matrix("t", ["a"], [[share]], [[7]]))
        below, above = svg.findall("rect")
        [count] = [text for text in svg.findall("text") if text.text == "7"]
        ground, paint, ink = (colours[one.get("fill")[6:-1]] for one in (below, above, count))
        opacity = float(above.get("fill-opacity"))
        mixed = [opacity * one + (1 - opacity) * other for one, other in zip(paint, ground, strict=True)]
        dark, bright = sorted((_luminance(ink), _luminance(mixed)))
        assert (bright + 0.05) / (dark + 0.05) >= 4.5


def test_twelve_systems_are_told_apart_in_bars_and_lines():
    many = [Series(f"s{n}", [(0, 0.5), (1, 0.6)]) for n in range(12)]
    bars = ElementTree.fromstring(draw_bars("t", ["a", "b"], Axis("F1"), many))
    keys = [(one.get("fill"), one.get("fill-opacity")) for one in bars.findall("rect[@class='key']")]
    drawn = [(one.get("fill"), one.get("fill-opacity")) for one in bars.findall("rect") if one.get("class") is None]
    assert keys == drawn[:12] == drawn[12:]
    assert len(set(keys)) == 12
    lines = ElementTree.fromstring(draw_lines("t", Axis("x"), Axis("y"), many))
    assert len({(one.get("stroke"), one.get("stroke-dasharray")) for one in lines.findall("polyline")}) == 12


def test_a_file_of_its_own_has_its_title_and_the_names_of_its_axes():
    drawing = draw_lines("How it goes", Axis("epoch"), Axis("weighted F1"), [Series("a", [(0, 0), (1, 1)])])
    place = "{http://www.w3.org/2000/svg}text"
    alone = ElementTree.fromstring(Plot("a", "How it goes", drawing).standalone())
    words = [one.text for one in alone.findall(place)]
    assert {"How it goes", "epoch", "weighted F1"} <= set(words)
    _, top, _, height = map(float, alone.get("viewBox").split())
    assert height == float(alone.get("height")) == 300 - top
    heading = alone.findall(place)[0]
    assert (heading.text, top < float(heading.get("y")) < 0) == ("How it goes", True)
    # On a page the title is the caption.
    assert "How it goes" not in [one.text for one in ElementTree.fromstring(drawing).findall("text")]


def test_it_becomes_a_picture():
    pytest.importorskip("resvg_py", reason="the extra report is not installed")
    alone = Plot("a", "t", next(_plots())).standalone()
    assert draw_picture(alone).startswith(b"\x89PNG\r\n\x1a\n")
