"""Data sets with a dialogue in each row, as Hugging Face keeps them: JSON or JSON lines; Parquet has its own reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.dialogues import table
from instructerc.formats.dialogues.rows import find_dialogue, read_dialogues
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import first_items, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.table.reader import peek_header

_LISTS = ("rows", "data", "train", "validation", "test")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the first rows that have a column with a dialogue."""
    rows = [_row(item) for item in first_items(file.peek, _LISTS)]
    return sum(find_dialogue(row, options) is not None for row in rows) / len(rows) if rows else 0.0


def _row(item: Any) -> Any:
    """Returns the row itself where it is wrapped with its number."""
    inner = item.get("row") if isinstance(item, Mapping) else None
    return inner if isinstance(inner, Mapping) and "row_idx" in item else item


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per row, named after its id or its number.

    Raises:
        InputError: no JSON.
        BadRow: a row without a dialogue; its place or line is given as the line.
    """
    items = read_json_items(file, reading, _LISTS)
    yield from read_dialogues(((number, _row(item)) for number, item in items), reading)


FORMATS = (
    Format(
        name="dialogues",
        title="data sets with a dialogue per row",
        about="a dialogue in each row under `dialog`, `dialogue` or `turns`, as Hugging Face's data sets have it: "
        "texts said in turn, objects, or lines with names; Parquet too",
        speakers="if given",
        file=Text(Sureness.MEMBER, explains, read),
    ),
    Format(
        name="dialogue-table",
        title="tables with a dialogue in a cell",
        about="CSV or TSV with a whole dialogue in one cell of each row, as DialogSum, SAMSum and transcripts of calls "
        "have it: lines `Name: text`, lists as JSON, Python or NumPy write them, or `__eou__`; a conversation per row; "
        "workbooks and Parquet too",
        speakers="if given",
        times="if given",
        file=Text(Sureness.LAYOUT, table.explains, table.read, columns=peek_header),
    ),
)
