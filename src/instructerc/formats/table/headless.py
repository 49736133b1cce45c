"""Tables without a header: which column is the speaker, the words and the start, by what the columns hold."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from instructerc.formats.shared.columns import count_roles, fold_name
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.names import Shape, shape_of
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.table.layout import are_times, header_lines

_MOST_COLUMNS = 8
_FEWEST_ROWS = 3
_ROWS_LOOKED_AT = 200
_LONGEST_NAME = 40
_NUMBER = re.compile(r"[#(]?\d{1,6}[.):]?")
_HAS_WORDS = re.compile(r"[^\W\d_]{2}|[^\W\d_] [^\W\d_]|[^\x00-\u2fff]")
_SHARE = 0.8
# What people write has a blank behind its commas, and what programs write has none.
_BLANKS = 0.1


def find_columns(file: OpenText, options: ReadOptions, delimiter: str, day_first: bool) -> dict[str, int] | None:
    """Returns the column of each role in a table whose first row is a turn; None where that is not certain.

    It is, where all rows are as wide, a column has names that come again, that of the first row too, another has the
    longest words, and no name of a column was given or is known.
    """
    rows = _rows(file, delimiter)
    if delimiter not in ",;" or not rows or any(options.column(role) is not None for role in ("speaker", "text")):
        return None
    if count_roles(rows[0], options) or any(not fold_name(cell) and cell.strip() for cell in rows[0]):
        return None
    found: dict[str, int] = {}
    names: list[int] = []
    words: list[tuple[float, int]] = []
    for place in range(len(rows[0])):
        cells = [row[place].strip() for row in rows]
        filled = [cell for cell in cells if cell]
        if not filled or all(map(_NUMBER.fullmatch, filled)):
            continue
        if are_times(filled, day_first):
            found.setdefault("end" if "start" in found else "start", place)
        elif _are_speakers(cells):
            names.append(place)
        elif sum(bool(_HAS_WORDS.search(cell)) for cell in filled) >= _SHARE * len(filled):
            words.append((sum(map(len, filled)) / len(rows), place))
    # Two columns of names could be who speaks and to whom, or a feeling.
    if len(names) != 1 or not words:
        return None
    # Without times, words in small letters could be things, and what is told of them.
    people = {row[names[0]].strip() for row in rows} - {""}
    are_names = all(shape_of(name) == Shape.NAME for name in people)
    return {"speaker": names[0], "text": max(words)[1], **found} if "start" in found or are_names else None


def is_turn(row: Sequence[str], rows: Sequence[Sequence[str]], day_first: bool) -> str | None:
    """Returns a cell of the first row which shows that it does not name the columns; None where nothing does.

    Such a cell is a time, or comes again in its column.
    """
    for place, cell in enumerate(row):
        below = [other[place].strip() for other in rows if len(other) > place]
        if cell.strip() and (are_times([cell], day_first) or (len(cell) <= _LONGEST_NAME and cell.strip() in below)):
            return cell.strip()
    return None


def _rows(file: OpenText, delimiter: str) -> list[list[str]]:
    """Returns the first rows; nothing where they differ in width, or blanks follow the delimiter as in sentences."""
    lines = header_lines(file)[:_ROWS_LOOKED_AT]
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows = [row for row in csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True) if row]
    if len(rows) < _FEWEST_ROWS or not 2 <= len(rows[0]) <= _MOST_COLUMNS or len({len(row) for row in rows}) > 1:
        return []
    n_blank = sum(cell[:1] == " " for row in rows for cell in row[1:])
    return rows if n_blank <= _BLANKS * sum(len(row) - 1 for row in rows) else []


def _are_speakers(cells: Sequence[str]) -> bool:
    """Returns whether a column has names of few people who come again, the first of them too."""
    counts = Counter(cells)
    shown = [name for name in counts if name]
    again = sum(count for name, count in counts.items() if name and count > 1)
    return (
        counts[cells[0]] > 1
        and bool(cells[0])
        and len(shown) > 1
        and again >= _SHARE * len(cells)
        and all(len(name) <= _LONGEST_NAME and shape_of(name) >= Shape.NICK for name in shown)
    )
