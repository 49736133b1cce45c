"""CSV, TSV and other delimited tables with a header and a row per utterance."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.shared.columns import KNOWN_NAMES, count_roles, fold_name, map_columns
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.shares import share_of_lines
from instructerc.formats.table.formulas import is_guarded, unguard
from instructerc.formats.table.records import Records, RowCopy, read_rows

_DELIMITERS = (",", ";", "\t", "|")
_ROWS_LOOKED_AT = 50
# Sentences have commas too, but with a blank after them.
_COLUMN_NAME = re.compile(r"[^\d\s:.!?][^:.!?]{0,40}")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a header with two or more columns that are known, the text among them.

    A header that is not understood explains a file whose rows have as many cells as it has, though less of it: the
    columns are still to be named.
    """
    header = peek_header(file, options)
    folded = {fold_name(name) for name in header}
    if options.text_column and fold_name(options.text_column) in folded:
        return 1.0
    if count_roles(header, options) >= 2 and not folded.isdisjoint(KNOWN_NAMES["text"]):
        return 1.0
    delimiter, rows = _delimiter(file, options), file.peek.lines[1:_ROWS_LOOKED_AT]
    if len(header) < 2 or not rows or not all(_COLUMN_NAME.fullmatch(name) for name in header):
        return 0.0
    return 0.7 * share_of_lines(rows, lambda row: len(split_header(row, delimiter)) >= len(header))


def read(file: OpenText, reading: Reading, copy: RowCopy | None = None) -> Iterator[Conversation]:
    """Yields conversations; without a conversation column the table is one, named after the file.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        copy: gets the text of every row as it is read.

    Raises:
        InputError: a header in which a needed column is missing or ambiguous.
        BadRow: a row of another width, with wrong quoting or a time that is none.
    """
    records = Records(file, reading, _delimiter(file, reading.options), copy)
    header = read_header(records, reading)
    columns = map_columns(header, _options_for(header, reading.options), reading.source)
    said = unguard if is_guarded(header) else str

    def read_row(line: int, cells: Sequence[str]) -> tuple[str, Utterance]:
        row = {role: said(cells[index]) for role, index in columns.items()}
        name = row.get("conversation", reading.stem).strip()
        if not name:
            raise reading.bad(line, "the conversation cell is empty; each row must name its conversation")
        utterance = build_utterance(
            reading,
            line,
            speaker=row.get("speaker", "").strip(),
            text=row["text"],
            emotion=row.get("emotion", "").strip(),
            start=row.get("start"),
            end=row.get("end"),
            note=row.get("note"),
            speaker_note=row.get("speaker_note"),
        )
        return name, utterance

    return read_rows(records, header, reading, read_row)


def _options_for(header: Sequence[str], options: ReadOptions) -> ReadOptions:
    """Returns options that ask for no speaker of a table which can have none: times and words, as Whisper writes it."""
    is_whispers = {fold_name(name) for name in header} == {"start", "end", "text"}
    return replace(options, speaker_column="") if is_whispers and options.speaker_column is None else options


def read_header(records: Records, reading: Reading) -> list[str]:
    """Returns the first row.

    Raises:
        InputError: it is missing or cannot be read, which `skip_bad` cannot mend.
    """
    try:
        header = next(records, None)
    except BadRow as error:
        raise InputError(f"{error}; the first row must name the columns") from error
    if header is None:
        raise InputError(f"{reading.source}: is empty; the first row must name the columns")
    if records.copy is not None:
        records.copy.begin(records.take(), header[1], records.delimiter)
    return header[1]


def first_line(text: OpenText) -> str:
    """Returns the first line that is not blank, before anything is read."""
    start = text.head.lstrip("\r\n")
    return start.split("\n", 1)[0].split("\r", 1)[0]


def peek_header(file: OpenText, options: ReadOptions) -> list[str]:
    """Returns the column names before anything is read."""
    return split_header(first_line(file), _delimiter(file, options))


def _delimiter(file: OpenText, options: ReadOptions) -> str:
    """Returns the tab of a .tsv, else the delimiter under which the header shows the most roles, then columns."""
    if file.extension in {".tsv", ".tab"}:
        return "\t"
    line = first_line(file)

    def merit(delimiter: str) -> tuple[int, int]:
        header = split_header(line, delimiter)
        return count_roles(header, options), len(header)

    return max(_DELIMITERS, key=merit)


def split_header(line: str, delimiter: str) -> list[str]:
    """Returns the cells of a line, whatever its quoting."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [""]) or [""]
    except csv.Error:
        return line.split(delimiter)
