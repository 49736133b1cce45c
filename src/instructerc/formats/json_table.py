"""Tables in JSON that are no lists of rows: by columns or split, as pandas writes them, or as Hugging Face shows them.

`{"speaker": […], "text": […]}`, `{"speaker": {"0": …}, "text": {"0": …}}`, `{"columns": […], "data": [[…]]}`,
`{"0": {"speaker": …}, "1": …}`, `{"rows": [{"row_idx": 0, "row": {…}}]}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.office.sheet_turns import gather
from instructerc.formats.office.sheets import PlainCell, Sheet, read_rows
from instructerc.formats.shared.columns import KNOWN_NAMES, count_roles, fold_name
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_PLAIN = str | int | float | None


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document that is such a table, with a column of words and another that is known."""
    table = _table_of(file.peek.document)
    if table is None:
        return 0.0
    names = KNOWN_NAMES["text"] | {fold_name(options.text_column or "")} - {""}
    is_known = count_roles(table[0], options) > 1 and not names.isdisjoint(map(fold_name, table[0]))
    return float(is_known)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the conversations of the rows, in the order in which they begin; columns are found as in any table.

    Raises:
        InputError: no JSON, no such table, or columns that cannot be found.
        BadRow: a row that cannot be read; rows count from 2, as below a header.
    """
    table = _table_of(read_json_document(file))
    if table is None:
        raise InputError(f"{reading.source}: is no table; give objects with 'speaker' and 'text'")
    header, rows = table

    def cells() -> Iterator[tuple[int, Sequence[PlainCell]]]:
        for number, row in enumerate([header, *rows], 1):
            # NaN is no value, and no other one is not equal to itself.
            yield number, [PlainCell(value if value == value else None) for value in row]

    yield from gather(read_rows([Sheet("table", cells, list, True)], reading), reading)


def _table_of(document: Any) -> tuple[list[str], list[list[Any]]] | None:
    """Returns header and rows of a table; None of what is none, or has other things than plain values."""
    if not isinstance(document, dict) or not document:
        return None
    names, data = document.get("columns"), document.get("data")
    if isinstance(names, list) and isinstance(data, list) and all(isinstance(name, str) for name in names):
        return (names, data) if all(_is_row(row) and len(row) == len(names) for row in data) else None
    values = list(document.values())
    listed = document.get("rows")
    if isinstance(listed, list) and listed and all(_wraps_row(one) for one in listed):
        return _by_rows([one["row"] for one in listed])
    if len(values) > 1 and all(_is_row(value) for value in values) and len(set(map(len, values))) == 1:
        return list(document), [list(row) for row in zip(*values, strict=True)]
    if not all(isinstance(value, dict) and value and _is_row([*value.values()]) for value in values):
        return None
    keys = list(values[0])
    if all(key.isdecimal() for key in document):
        return _by_rows(values)
    if len(values) > 1 and all(list(value) == keys for value in values) and all(key.isdecimal() for key in keys):
        return list(document), [[value[key] for value in values] for key in keys]
    return None


def _is_row(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, _PLAIN) for one in value)


def _wraps_row(item: Any) -> bool:
    row = item.get("row") if isinstance(item, dict) else None
    return isinstance(row, dict) and bool(row) and _is_row([*row.values()])


def _by_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    header = list(dict.fromkeys(key for row in rows for key in row))
    return header, [[row.get(key) for key in header] for row in rows]


FORMATS = (
    Format(
        name="json-table",
        title="a table in JSON",
        about='a table in JSON by its columns (`{"speaker": […], "text": […]}`), split into `columns` and `data`, or '
        "with numbered rows, as pandas writes it; or the `rows` of Hugging Face's viewer",
        speakers="if given",
        times="if given",
        file=Text(Sureness.MEMBER, explains, read),
    ),
)
