"""Best figure over time: a drawing that stretches with the page while its letters stay readable.

Places are shares of the drawing's width and height, so it has no view box. The line of records is drawn here for the
entries shown at first; `board.js` draws it anew when a filter changes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from instructerc.leaderboard.board import Board, repeated
from instructerc.leaderboard.entry import Entry
from instructerc.leaderboard.site.markup import Markup, tag
from instructerc.leaderboard.site.parts import context_group, published

# The share of the drawing that axes leave: left, right, top, bottom, in percent.
_LEFT, _RIGHT, _TOP, _BOTTOM = 3.0, 98.0, 6.0, 88.0
_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_MOST_LINES = 6
# How far below the best the drawing goes: twice what the records gained, or this many points.
_REACH, _LEAST_REACH = 2.0, 6.0
# A small drawing needs some points.
_FEW = 3
_MARKS = {"past": "M0-6A6 6 0 1 1 0 6A6 6 0 1 1 0-6Z", "later": "M0-7L7 0L0 7L-7 0Z", "unknown": "M-5-5H5V5H-5Z"}
_KEYS = {"past": "past turns or none", "later": "later turns too", "unknown": "not stated"}


@dataclass(frozen=True)
class _Scale:
    first: int
    last: int
    least: float
    most: float

    def x(self, day: date) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (
            (day - date(self.first, 1, 1)).days / ((self.last + 1 - self.first) * 365.25)
        )

    def y(self, value: float) -> float:
        """The height of a value; one below the drawing stands at its lower edge."""
        return _BOTTOM - (_BOTTOM - _TOP) * max(value - self.least, 0) / (self.most - self.least)


def records(board: Board, entries: Iterable[Entry]) -> list[Entry]:
    """Returns the entries that were the best when they appeared, oldest first.

    An entry that only repeats another one, and so has no rank, is none of them.
    """
    there = list(entries)
    repeats = repeated(there)
    own = [entry for entry in there if entry.id not in repeats]
    best: list[Entry] = []
    for entry in sorted(own, key=lambda one: (board.date_of(one)[0], -one.value)):
        if not best or entry.value > best[-1].value:
            best.append(entry)
    return best


def draw_plot(board: Board, entries: Sequence[Entry], title: str) -> Markup:
    """Returns the drawing of the entries of a benchmark, each a link to its row."""
    scale, step = _scale(board, entries)
    repeats = repeated(entries)
    dots = [
        _dot(board, entry, scale, entry.id in repeats)
        for entry in sorted(entries, key=lambda one: board.date_of(one)[0])
    ]
    steps = draw_steps([(scale.x(board.date_of(one)[0]), scale.y(one.value)) for one in records(board, _main(entries))])
    drawing = tag(
        "svg",
        tag("g", _grid(scale, step), class_="grid", aria_hidden="true"),
        tag("g", steps, class_="steps", aria_hidden="true"),
        tag("g", dots, class_="dots"),
        class_="plot",
        role="group",
        aria_label=title,
    )
    keys = [
        tag(
            "li",
            tag("svg", tag("path", d=mark), class_=f"key {name}", viewBox="-8 -8 16 16", aria_hidden="true"),
            _KEYS[name],
        )
        for name, mark in _MARKS.items()
    ]
    line = tag("li", tag("span", class_="key-line", aria_hidden="true"), "best so far")
    return tag("div", drawing, tag("ul", line, keys, class_="keys"), class_="plot-box")


def draw_spark(board: Board, entries: Sequence[Entry]) -> Markup:
    """Returns a small drawing of the records and of all entries, for a list of benchmarks."""
    main = _main(entries) if len(_main(entries)) >= _FEW else list(entries)
    scale, _ = _scale(board, main)
    dots = [
        tag("circle", cx=f"{scale.x(board.date_of(one)[0]):.1f}%", cy=f"{scale.y(one.value):.1f}%", r=2.5)
        for one in main
    ]
    steps = draw_steps([(scale.x(board.date_of(one)[0]), scale.y(one.value)) for one in records(board, main)])
    return tag("svg", tag("g", steps, class_="steps"), tag("g", dots), class_="spark", aria_hidden="true")


def draw_steps(places: Sequence[tuple[float, float]]) -> list[Markup]:
    """Returns the line of records through places in percent, to the right end of the drawing."""
    lines = []
    for place, (x, y) in enumerate(places):
        next_x, next_y = places[place + 1] if place + 1 < len(places) else (_RIGHT, y)
        lines.append(_line(x, y, next_x, y))
        if next_y != y:
            lines.append(_line(next_x, y, next_x, next_y))
    return lines


def _main(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.kind == "main"]


def _scale(board: Board, entries: Sequence[Entry]) -> tuple[_Scale, float]:
    """Returns the scale of the entries and the distance of its lines; entries far below the records are not in it."""
    years = [board.date_of(entry)[0].year for entry in board.entries]
    best = records(board, _main(entries) or entries)
    high = best[-1].value
    reach = max(_REACH * (high - best[0].value), _LEAST_REACH)
    low = min(entry.value for entry in entries if entry.value >= high - reach)
    step = next((one for one in _STEPS if (high - low) / one <= _MOST_LINES - 1), _STEPS[-1])
    least, most = step * (low // step), step * (high // step + 1)
    return _Scale(min(years), max(years), max(least, 0.0), most), step


def _grid(scale: _Scale, step: float) -> list[Markup]:
    parts = []
    for number in range(round((scale.most - scale.least) / step) + 1):
        value = scale.least + number * step
        y = scale.y(value)
        parts.append(_line(0, y, 100, y))
        parts.append(tag("text", f"{value:g}", x=0, y=f"{y:.2f}%", dy=-5))
    years = range(scale.first, scale.last + 2)
    for year in years:
        x = _LEFT + (_RIGHT - _LEFT) * (year - scale.first) / (scale.last + 1 - scale.first)
        parts.append(_line(x, _BOTTOM, x, _BOTTOM + 1.5))
        if year <= scale.last:
            middle = x + (_RIGHT - _LEFT) / (scale.last + 1 - scale.first) / 2
            parts.append(tag("text", str(year), x=f"{middle:.2f}%", y=f"{_BOTTOM}%", dy=22, class_="middle"))
    return parts


def _line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return tag("line", x1=f"{x1:.2f}%", y1=f"{y1:.2f}%", x2=f"{x2:.2f}%", y2=f"{y2:.2f}%")


def _dot(board: Board, entry: Entry, scale: _Scale, repeats: bool) -> Markup:
    x, y = scale.x(board.date_of(entry)[0]), scale.y(entry.value)
    group = context_group(entry.context)
    label = f"{entry.model}, {entry.value:.2f}, {published(board, entry)}"
    low = " low" if entry.value < scale.least else ""
    mark = tag("svg", tag("path", d=_MARKS[group]), x=f"{x:.2f}%", y=f"{y:.2f}%", overflow="visible")
    name = tag(
        "text",
        f"{entry.model}, {entry.value:g}" if entry.value < scale.least else entry.model,
        x=f"{x:.2f}%",
        y=f"{y:.2f}%",
        dx=-9,
        dy=-9,
        class_="end",
        aria_hidden="true",
    )
    ours = " ours" if entry.status == "ours" else ""
    return tag(
        "a",
        mark,
        name,
        href=f"#r-{entry.id}",
        class_=f"dot {group}{ours}{low}",
        aria_label=label,
        data_id=entry.id,
        data_x=f"{x:.2f}",
        data_y=f"{y:.2f}",
        data_repeats="1" if repeats else None,
    )
