"""What a document of an office program says: its paragraphs and tables, read as a conversation."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.contest import choose_text
from instructerc.formats.format import Binary
from instructerc.formats.office.columns import find_columns, is_header, split_name
from instructerc.formats.office.package import MARK, Package
from instructerc.formats.shared.lines import OpenText, open_text
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, write_note
from instructerc.formats.shared.stamps import Times, read_times, spans_of


@dataclass(slots=True)
class Paragraph:
    """A paragraph; `text` has its lines."""

    text: str


@dataclass(slots=True)
class WordTable:
    """A table; `rows` are the texts of its cells, and None where a cell goes on with the one above."""

    rows: list[list[str | None]] = field(default_factory=list)


@dataclass(slots=True)
class DocumentWords:
    """What a document holds.

    Attributes:
        blocks: paragraphs and tables in their order.
        n_boxes: boxes of text that stand beside them.
        is_embedded: whether another document stands in it as it came.
    """

    blocks: list[Paragraph | WordTable] = field(default_factory=list)
    n_boxes: int = 0
    is_embedded: bool = False


def read_document(words: DocumentWords, reading: Reading) -> Iterator[Conversation]:
    """Yields a document's conversation: of its tables, where most words stand in them; else as its text is read.

    Lines of a text are counted from 1 as they stand in the document, and so are the rows of all its tables. Hidden and
    deleted words are none of it; boxes beside the text are left out and counted.

    Raises:
        InputError: no layout of a transcript is found.
        BadRow: a turn that cannot be read.
    """
    for _ in range(words.n_boxes):
        reading.repair(1, "{n} box(es) of text beside the text: left out")
    if _is_table(words):
        yield from _read_tables(words, reading)
        return
    with _open(words, reading.source, reading.options) as file:
        form, how = choose_text(file, reading.options, None)
        write_note(reading.report, f"{reading.source}: the document's text is read as {form.title} ({form.name})")
        yield from how.read(file, reading)


def stream_document(words: DocumentWords, source: str) -> BinaryIO:
    """Returns a document's text as a stream.

    Raises:
        InputError: it has none.
    """
    text = "\n".join(lines_of(words))
    if not text.strip():
        how = "; open it in Word and save it again" if words.is_embedded else ""
        raise InputError(f"{source}: is a document without text{how}")
    stream = io.BytesIO(text.encode("utf-8", "surrogatepass"))
    stream.name = source
    return stream


def as_binary(holds: Callable[[BinaryIO], bool], read_words: Callable[[Package], DocumentWords]) -> Binary:
    """Returns how a form of documents is read.

    Args:
        holds: says whether a zip file is of the form.
        read_words: finds what such a file holds.
    """

    def read(stream: BinaryIO, reading: Reading) -> Iterator[Conversation]:
        yield from read_document(read_words(Package(stream, reading.source)), reading)

    def text_of(stream: BinaryIO, source: str) -> BinaryIO:
        return stream_document(read_words(Package(stream, source)), source)

    return Binary(MARK, read, holds=holds, text=text_of)


def lines_of(words: DocumentWords) -> Iterator[str]:
    """Yields all lines of a document; the cells of a row stand in one line where each of them is one."""
    for block in words.blocks:
        if isinstance(block, Paragraph):
            yield from block.text.split("\n")
            continue
        for row in block.rows:
            cells = [cell for cell in row if cell]
            if any("\n" in cell for cell in cells[:-1]):
                yield from "\n".join(cells).split("\n")
            else:
                yield from " ".join(cells).split("\n")


@contextmanager
def _open(words: DocumentWords, source: str, options: ReadOptions) -> Iterator[OpenText]:
    with open_text(stream_document(words, source), replace(options, encoding=None)) as file:
        yield file


def _is_table(words: DocumentWords) -> bool:
    """Returns whether most of a document's letters stand in tables with a turn a row."""
    outside = sum(len(block.text) for block in words.blocks if isinstance(block, Paragraph))
    tables = [_filled(block) for block in words.blocks if isinstance(block, WordTable)]
    found = [rows for rows in tables if find_columns(rows) is not None]
    return sum(len(cell) for rows in found for row in rows for cell in row) > outside


def _filled(table: WordTable) -> list[list[str]]:
    """Returns a table's rows, in which a cell that goes on with the one above is as that one is."""
    rows: list[list[str]] = []
    for row in table.rows:
        above = rows[-1] if rows else []
        filled = [
            (above[place] if place < len(above) else "") if cell is None else cell for place, cell in enumerate(row)
        ]
        rows.append(filled)
    return [row for row in rows if any(cell.strip() for cell in row)]


def _read_tables(words: DocumentWords, reading: Reading) -> Iterator[Conversation]:
    number, columns = 0, None
    turns: list[tuple[int, str, str, str, Times | None]] = []
    for block in words.blocks:
        if isinstance(block, Paragraph):
            if block.text.strip():
                reading.repair(number + 1, "{n} paragraph(s) outside of the tables: left out")
            continue
        rows = _filled(block)
        found = find_columns(rows)
        # A table may be cut in two, where a page ends.
        n_above, columns = found if found is not None else (0, columns)
        if columns is None or max(map(len, rows), default=0) <= columns["text"]:
            reading.repair(number + 1, "{n} table(s) without turns: left out")
            continue
        for place, row in enumerate(rows):
            number += 1
            if place >= n_above and not (is_header(row) and place < 3):
                turns += _turn(row, columns, number, turns[-1][1] if turns else "", reading)
    utterances = list(_say(turns, reading))
    if utterances:
        yield Conversation(reading.stem, utterances)


def _turn(
    row: Sequence[str], columns: dict[str, int], number: int, before: str, reading: Reading
) -> list[tuple[int, str, str, str, Times | None]]:
    cells = {role: row[place].strip() if place < len(row) else "" for role, place in columns.items()}
    if not cells["text"]:
        reading.repair(number, "{n} row(s) without words: left out")
        return []
    speaker, beside = split_name(cells.get("speaker", ""))
    if not speaker and before:
        reading.repair(number, "{n} row(s) without a speaker: said by the one above")
        speaker = before
    times = read_times(cells.get("start") or beside)
    end = read_times(cells.get("end", ""))
    if times is not None and end is not None:
        times = replace(times, end=end)
    return [(number, speaker, cells["text"], cells.get("emotion", ""), times)]


def _say(turns: Sequence[tuple[int, str, str, str, Times | None]], reading: Reading) -> Iterator[Utterance]:
    spans = spans_of([times for *_, times in turns])
    for (number, speaker, text, emotion, _), (start, end) in zip(turns, spans, strict=True):
        try:
            yield build_utterance(reading, number, speaker=speaker, text=text, emotion=emotion, start=start, end=end)
        except BadRow as error:
            reading.skip(error)
