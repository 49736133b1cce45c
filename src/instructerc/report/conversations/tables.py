"""The tables that stand beside a report: a row a conversation, and a row a turn, as Excel opens them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from instructerc.formats.table.formulas import guard
from instructerc.report.conversations.collect import ReportTalk
from instructerc.report.conversations.periods import Periods

_TALK = ("conversation", "file", "period", "turns", "shifts", "turned", "least_certain_turn", "least_confidence")
_TURN = (
    *("conversation", "file", "period", "turn", "speaker", "text", "emotion", "probability", "second"),
    *("second_probability", "shift_from", "turned", "language"),
)


def write_talks(path: Path, talks: Sequence[ReportTalk], periods: Periods, labels: Sequence[str]) -> None:
    """Writes a row a conversation, with the number of turns of each emotion."""
    rows = []
    for talk, places in zip(talks, periods.of_turns, strict=True):
        counts = Counter(turn.best for turn in talk.turns if not turn.unsure)
        least = min(range(len(talk.turns)), key=lambda place: talk.turns[place].confidence)
        head = (talk.name, talk.file, _period(periods, places[0]), len(talk.turns), talk.n_shifts)
        end = (f"{talk.strength:.4f}", least + 1, f"{talk.turns[least].confidence:.6f}")
        shares = [counts[place] for place in range(len(labels))]
        rows.append([*head, *end, *shares, sum(turn.unsure for turn in talk.turns)])
    _write(path, [*_TALK, *(f"n_{label}" for label in labels), "n_unsure"], rows)


def write_turns(path: Path, talks: Sequence[ReportTalk], periods: Periods, labels: Sequence[str]) -> None:
    """Writes a row a turn."""
    rows = (
        (
            *(talk.name, talk.file, _period(periods, place), number, turn.speaker, turn.text),
            "" if turn.unsure else labels[turn.best],
            *(f"{turn.confidence:.6f}", labels[turn.second], f"{turn.second_confidence:.6f}"),
            "" if turn.shift_from is None else labels[turn.shift_from],
            *(f"{turn.strength:.4f}", turn.language or ""),
        )
        for talk, places in zip(talks, periods.of_turns, strict=True)
        for number, (turn, place) in enumerate(zip(talk.turns, places, strict=True), 1)
    )
    _write(path, _TURN, rows)


def _period(periods: Periods, place: int | None) -> str:
    return "" if place is None else periods.names[place]


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    # Excel takes a file for UTF-8 by its mark alone.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in row])
