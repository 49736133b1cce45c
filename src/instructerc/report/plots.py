"""Plots as SVG: their colours are the page's, and letters stay letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from instructerc.leaderboard.site.markup import Markup, tag

# As in assets/report.css, for a plot that leaves its page.
_PAPER = {
    "ink": "#15191e",
    "muted": "#56606b",
    "line": "#dde2e7",
    "panel": "#ffffff",
    "accent": "#2a56b5",
    "sunk": "#eef1f4",
    "s1": "#a14a00",
    "s2": "#1b6e4d",
    "s3": "#7a2b8f",
}
_COLOURS = ("var(--accent)", "var(--s1)", "var(--s2)", "var(--s3)", "var(--muted)")
_DASHES = ("", "7 4", "2 3", "9 3 2 3", "4 2")
_DEPTHS = (1.0, 0.5, 0.15)
# So that digits in the page's ink can be read on the darkest cell, in light and dark.
_DARKEST = 0.45
_FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', 'Liberation Sans', sans-serif"
_WIDTH, _HEIGHT = 520.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 22.0, 12.0, 44.0
_HEADING = 26.0


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot.

    Attributes:
        name: of its file.
        title: what it shows.
        svg: the drawing.
    """

    name: str
    title: str
    svg: Markup

    def standalone(self) -> str:
        """Returns the drawing as a file of its own, on white."""
        text = re.sub(r"^<svg [^>]*>", self._with_heading, self.svg, count=1)
        text = re.sub(r"var\(--([\w-]+)\)", lambda found: _PAPER.get(found[1], _PAPER["ink"]), text)
        return text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" style="background:#ffffff" ', 1) + "\n"

    def _with_heading(self, opening: re.Match[str]) -> str:
        """Returns the drawing's opening with its title above it, which on a page stands below."""
        width, height = (float(one) for one in re.findall(r'(?:width|height)="([\d.]+)"', opening[0])[:2])
        size = f'height="{height + _HEADING:g}" viewBox="0 {-_HEADING:g} {width:g} {height + _HEADING:g}"'
        whole = re.sub(r'height="[\d.]+" viewBox="[^"]*"', size, opening[0], count=1)
        return whole + str(_text(_short(self.title, width), width / 2, -8, "middle", size=14))


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a plot: its name, and its points as fractions of both axes."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: what it shows, and its ends, where they are not 0 and 1."""

    name: str
    low: float = 0.0
    high: float = 1.0
    percent: bool = True

    def ticks(self, count: int = 5) -> list[float]:
        """Returns evenly spaced places, both ends among them."""
        return [self.low + (self.high - self.low) * n / count for n in range(count + 1)]

    def write(self, value: float) -> str:
        """Returns a value as the axis says it."""
        return f"{100 * value:.0f} %" if self.percent else f"{value:g}"


def draw_lines(
    title: str, x: Axis, y: Axis, lines: Sequence[Series], *, diagonal: bool = False, marks: bool = False
) -> Markup:
    """Returns lines over two axes; `diagonal` adds the line where both are equal."""
    parts = _frame(x, y)
    if diagonal:
        ends = {"x1": _x(x, x.low), "y1": _y(y, y.low), "x2": _x(x, x.high), "y2": _y(y, y.high)}
        parts.append(tag("line", **ends, stroke="var(--muted)", stroke_dasharray="3 4"))
    for number, line in enumerate(lines):
        colour, dash = _stroke(number)
        places = [(_x(x, a), _y(y, b)) for a, b in line.points]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        parts.append(
            tag("polyline", points=path, fill="none", stroke=colour, stroke_width=2.2, stroke_dasharray=dash or None)
        )
        if marks:
            parts += [tag("circle", cx=f"{a:.1f}", cy=f"{b:.1f}", r=3.2, fill=colour) for a, b in places]
    return _whole(title, parts, lines)


def draw_bars(title: str, names: Sequence[str], y: Axis, series: Sequence[Series]) -> Markup:
    """Returns groups of bars, one a name; a series has one point a name."""
    flat = Axis("", 0, max(1, len(names)), percent=False)
    parts = _frame(None, y)
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(names))
    width = 0.8 * step / max(1, len(series))
    for number, name in enumerate(names):
        middle = _x(flat, number + 0.5)
        parts.append(_text(_short(name, step), middle, _HEIGHT - _BOTTOM + 18, "middle", size=11))
        for place, line in enumerate(series):
            value = line.points[number][1]
            top = _y(y, min(y.high, max(y.low, value)))
            left = middle + (place - len(series) / 2) * width
            bar = tag(
                "rect",
                x=f"{left:.1f}",
                y=f"{top:.1f}",
                width=f"{width * 0.92:.1f}",
                height=f"{_y(y, y.low) - top:.1f}",
                **_fill(place),
            )
            parts.append(bar)
            if len(series) == 1:
                parts.append(_text(y.write(value).removesuffix(" %"), left + width * 0.46, top - 4, "middle", size=11))
    return _whole(title, parts, series, bars=True)


def draw_matrix(
    title: str, names: Sequence[str], shares: Sequence[Sequence[float]], counts: Sequence[Sequence[int]]
) -> Markup:
    """Returns a matrix: rows are what is right, columns the answers; a cell is as dark as its share of the row."""
    cell, left, top = 62.0, 96.0, 56.0
    parts: list[Markup] = []
    for row, name in enumerate(names):
        y = top + row * cell * 0.62
        parts.append(_text(_short(name, left), left - 8, y + cell * 0.31 + 4, "end"))
        for column, (share, count) in enumerate(zip(shares[row], counts[row], strict=True)):
            x = left + column * cell
            place: dict[str, str | float] = {
                "x": x + 1,
                "y": f"{y + 1:.1f}",
                "width": cell - 2,
                "height": f"{cell * 0.62 - 2:.1f}",
            }
            parts.append(tag("rect", **place, fill="var(--sunk)"))
            parts.append(tag("rect", **place, fill="var(--accent)", fill_opacity=f"{_DARKEST * share:.3f}"))
            parts.append(_text(f"{count:,}", x + cell / 2, y + cell * 0.31 + 4, "middle", size=12))
    for column, name in enumerate(names):
        parts.append(_text(_short(name, cell), left + (column + 0.5) * cell, top - 8, "middle", size=11))
    parts.append(_text("answered", left + len(names) * cell / 2, 18, "middle", colour="var(--muted)"))
    parts.append(_text("gold", left - 8, 18, "end", colour="var(--muted)"))
    return _svg(title, parts, left + len(names) * cell + 4, top + len(names) * cell * 0.62 + 4)


def _stroke(number: int) -> tuple[str, str]:
    """Returns colour and dashes of a line; 25 in a row differ in one of them."""
    turn, place = divmod(number, len(_COLOURS))
    return _COLOURS[place], _DASHES[(place + turn) % len(_DASHES)]


def _fill(number: int) -> dict[str, str]:
    """Returns how a bar is filled; 15 in a row differ in colour or depth."""
    turn, place = divmod(number, len(_COLOURS))
    depth = _DEPTHS[turn % len(_DEPTHS)]
    return {"fill": _COLOURS[place], "fill_opacity": f"{depth:g}", "stroke": _COLOURS[place]}


def _frame(x: Axis | None, y: Axis) -> list[Markup]:
    parts = []
    for value in y.ticks():
        place = _y(y, value)
        parts.append(
            tag("line", x1=_LEFT, y1=f"{place:.1f}", x2=_WIDTH - _RIGHT, y2=f"{place:.1f}", stroke="var(--line)")
        )
        parts.append(_text(y.write(value), _LEFT - 6, place + 4, "end", size=11, colour="var(--muted)"))
    for value in x.ticks() if x else ():
        parts.append(
            _text(
                x.write(value) if x else "",
                _x(x, value) if x else 0,
                _HEIGHT - _BOTTOM + 18,
                "middle",
                size=11,
                colour="var(--muted)",
            )
        )
    if y.name:
        middle = (_TOP + _HEIGHT - _BOTTOM) / 2
        parts.append(_text(y.name, 14, middle, "middle", colour="var(--muted)", turned=True))
    if x:
        parts.append(_text(x.name, (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, "middle", colour="var(--muted)"))
    return parts


def _whole(title: str, parts: list[Markup], lines: Sequence[Series], bars: bool = False) -> Markup:
    height = _HEIGHT
    for number, line in enumerate(lines if len(lines) > 1 else ()):
        height += 20
        parts.append(_key(number, height, bars))
        parts.append(_text(_short(line.name, _WIDTH - _LEFT - 40), _LEFT + 36, height - 8, "start"))
    return _svg(title, parts, _WIDTH, height)


def _key(number: int, height: float, bar: bool) -> Markup:
    """Returns what stands before a name in the legend: a bar or a line as it is drawn."""
    if bar:
        return tag("rect", x=_LEFT + 8, y=height - 18, width=12, height=12, class_="key", **_fill(number))
    colour, dash = _stroke(number)
    ends = {"x1": _LEFT, "y1": height - 12, "x2": _LEFT + 28, "y2": height - 12}
    return tag("line", **ends, stroke=colour, stroke_width=3, stroke_dasharray=dash or None)


def _svg(title: str, parts: Sequence[Markup], width: float, height: float) -> Markup:
    size = {"width": f"{width:g}", "height": f"{height:g}", "viewBox": f"0 0 {width:g} {height:g}"}
    return tag("svg", tag("title", title), parts, **size, role="img", font_family=_FONT, font_size=12)


def _text(
    text: str, x: float, y: float, anchor: str, *, size: int = 12, colour: str = "var(--ink)", turned: bool = False
) -> Markup:
    turn = f"rotate(-90 {x:.1f} {y:.1f})" if turned else None
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text_anchor": anchor, "transform": turn}
    return tag("text", text, **place, font_size=size, fill=colour)


def _short(name: str, width: float) -> str:
    most = max(3, int(width / 6.6))
    return name if len(name) <= most else name[: most - 1] + "…"


def _x(axis: Axis, value: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (value - axis.low) / (axis.high - axis.low)


def _y(axis: Axis, value: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - axis.low) / (axis.high - axis.low)
