"""Sheets with a whole dialogue in a cell of each row; all others have a row per utterance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from instructerc.conversation import Conversation
from instructerc.errors import BadRow
from instructerc.formats.dialogues.cells import DialogueColumn, find_column, read_row
from instructerc.formats.office.sheet_turns import Row, gather
from instructerc.formats.office.sheets import Cell, Sheet, filled_rows, read_rows
from instructerc.formats.shared.lines import check_characters
from instructerc.formats.shared.reading import Reading, write_note

_ROWS_LOOKED_AT = 30
_MOST_ABOVE = 5


class SheetTalks:
    """The conversations of a workbook, as iterator.

    What is read of the sheets is read when this is made, so that they may be closed then.

    Args:
        sheets: of the workbook.
        reading: the pass that they belong to.

    Raises:
        InputError: no sheet has rows, or none a column of words.
    """

    def __init__(self, sheets: Sequence[Sheet], reading: Reading) -> None:
        self._reading = reading
        self._turns: list[Row] = []
        self._rows: list[tuple[int, dict[str, str]]] = []
        self._column: DialogueColumn | None = None
        shown = [sheet for sheet in sheets if sheet.is_shown] or sheets
        found = next((one for sheet in shown if (one := _look(sheet, reading)) is not None), None)
        if found is None:
            self._turns = read_rows(sheets, reading)
            return
        sheet, header_row, header, self._column = found
        if len(shown) > 1:
            write_note(reading.report, f"{reading.source}: the sheet {sheet.name[:40]!r} is read, and no other")
        self._rows = list(_rows(sheet, header_row, header, self._column, reading))

    def __iter__(self) -> Iterator[Conversation]:
        """Yields them in the order in which they begin.

        Raises:
            BadRow: a row that cannot be read; its number is that of the sheet.
        """
        if self._column is None:
            yield from gather(self._turns, self._reading)
            return
        names: set[str] = set()
        for number, row in self._rows:
            try:
                for name, cell in row.items():
                    check_characters(cell, self._reading.source, number, f"the cell under {name[:40]!r}")
                talk = read_row(row, self._column, number, f"{self._reading.stem}/{number}", names, self._reading)
            except BadRow as error:
                self._reading.skip(error)
            else:
                if talk is not None:
                    yield talk


def _look(sheet: Sheet, reading: Reading) -> tuple[Sheet, int, list[str], DialogueColumn] | None:
    """Returns the sheet with the number and names of its header and the column of dialogues; None where it has none."""
    first = list(islice(filled_rows(sheet, reading.source), _ROWS_LOOKED_AT))
    shown = [[sheet.show(cell.value) for cell in row] for _, row in first]
    for place, (number, _) in enumerate(first[:_MOST_ABOVE]):
        column = find_column(shown[place], shown[place + 1 :], reading.options)
        if column is not None:
            return sheet, number, shown[place], column
    return None


def _rows(
    sheet: Sheet, header_row: int, header: Sequence[str], column: DialogueColumn, reading: Reading
) -> Iterator[tuple[int, dict[str, str]]]:
    for number, row in filled_rows(sheet, reading.source):
        if number < header_row:
            reading.repair(number, "{n} row(s) above the header: left out")
        elif number > header_row:
            cells = [_show(sheet, cell) for cell in row]
            cells += [""] * (len(header) - len(cells))
            # Of two columns with one name the first is meant.
            yield number, {**dict(zip(header, cells, strict=False)), column.name: cells[column.place]}


def _show(sheet: Sheet, cell: Cell) -> str:
    # What a formula could not work out is nothing that anybody said.
    return "" if getattr(cell, "data_type", "") == "e" else sheet.show(cell.value)
