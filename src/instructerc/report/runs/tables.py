"""Tables of a report about runs, among them where models are right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from instructerc.evaluation.percent import percent, signed_percent
from instructerc.evaluation.runs import Part, PartScores, System, compare_parts
from instructerc.leaderboard.site.markup import Markup, tag

_PARTS: dict[Part, str] = {
    "speaker": "speaker",
    "position": "turn in the conversation",
    "shift": "speaker's last emotion",
    "length": "words of the utterance",
}


def draw_table(heads: Sequence[str], rows: Sequence[Sequence[str | Markup]], caption: str, numbers: range) -> Markup:
    """Returns a table that scrolls on its own; the first cell of a row names it."""
    head = [
        tag("th", name, scope="col", class_="number" if place in numbers else None) for place, name in enumerate(heads)
    ]
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            [tag("td", cell, class_="number" if place in numbers else None) for place, cell in enumerate(row[1:], 1)],
        )
        for row in rows
    ]
    named = tag("thead", tag("tr", head)) if any(heads) else None
    table = tag("table", tag("caption", caption), named, tag("tbody", body))
    return tag("div", table, class_="wide", tabindex="0", role="group", aria_label=caption)


def draw_parts(systems: Sequence[System]) -> list[Markup]:
    """Returns a table of weighted F1 by speaker, and those by position, emotion shift and length folded in."""
    first, *others = [_part_table(systems, part) for part in get_args(Part)]
    return [first, tag("details", tag("summary", "The plots above as tables"), tag("div", others, class_="flow"))]


def _part_table(systems: Sequence[System], part: Part) -> Markup:
    rows = compare_parts(systems, part)
    caption = f"Weighted F1 by {_PARTS[part]}"
    if len(systems) > 1:
        caption += (
            f"; in brackets the difference from {systems[0].name}, * where p is below 0.05 after Holm's correction"
        )
    heads = (_PARTS[part], "utterances", *(system.name for system in systems))
    return draw_table(heads, [_part_row(row) for row in rows], caption, range(1, len(heads)))


def _part_row(row: PartScores) -> tuple[str, ...]:
    first, *others = row.weighted_f1
    compared = [
        f"{percent(score)} ({signed_percent(one.bootstrap.difference)}{'*' if one.significant else ''})"
        for score, one in zip(others, row.against, strict=True)
    ]
    return row.group, str(row.n_utterances), percent(first), *compared
