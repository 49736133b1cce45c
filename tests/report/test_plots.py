"""Plots: drawings that are whole XML, on the page and as files of their own."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

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


def test_it_becomes_a_picture():
    pytest.importorskip("resvg_py", reason="the extra report is not installed")
    alone = Plot("a", "t", next(_plots())).standalone()
    assert draw_picture(alone).startswith(b"\x89PNG\r\n\x1a\n")
