"""Cells that a spreadsheet would run as formulas: guarded when answers are written, taken back when they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A guard before what is guarded already keeps both apart, so that nothing is lost on the way back.
_RUNS = re.compile(r"'*[=+\-@\t\r]")
# Columns that stand together only in tables of answers, all of which are guarded.
_OF_ANSWERS = frozenset({"history_turns", "text_cut"})


def guard(cell: str) -> str:
    """Returns a cell with an apostrophe before it where it begins like a formula, so that it stays a text.

    Example:
        >>> guard("=HYPERLINK(1)"), guard("Hi")
        ("'=HYPERLINK(1)", 'Hi')
    """
    return f"'{cell}" if _RUNS.match(cell) else cell


def unguard(cell: str) -> str:
    """Returns the cell that `guard` was given."""
    return cell[1:] if cell.startswith("'") and _RUNS.match(cell) else cell


def is_guarded(header: Iterable[str]) -> bool:
    """Returns whether a table with these columns is one of answers, whose texts were guarded."""
    return _OF_ANSWERS.issubset(name.strip() for name in header)
