"""The cells of a table that no role is read from: they wait on disk until the conversation of their row is whole."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType

from instructerc.formats.shared.answers import free_name

_MEMORY_BYTES = 8 * 1024 * 1024
# JSON can hold them, and no file of text can.
_SURROGATES = re.compile("[\ud800-\udfff]")
# Of start and end only seconds are read.
_TIMED = ("start", "end")


def used_places(header: Sequence[str], columns: Mapping[str, int]) -> set[int]:
    """Returns the columns of which nothing is left to keep.

    A column of times with another name than the role's is not among them, since a date or a time of day is more than
    the seconds that are read from it.

    Args:
        header: names of the columns.
        columns: place of each role's column.
    """
    return {place for role, place in columns.items() if role not in _TIMED or header[place].strip() == role}


class OwnCells:
    """Takes the cells of rows, and gives them back conversation by conversation; used as a context.

    Memory holds eight bytes for each row of the conversations that are not whole yet, whatever its cells hold.

    Args:
        folder: for what does not fit into memory; the system's own where None.
        only_names: whether the names of the columns are all that is wanted.

    Attributes:
        names: of the columns so far, in their order; complete once the file was read to its end.

    Example:
        >>> with OwnCells() as own:
        ...     own.begin(["speaker", "text", "ticket"], used={0, 1})
        ...     row = own.keep(["Ann", "Hi", "T1"])
        ...     own.give([row])
        ...     list(own.take(1))
        [{'ticket': 'T1'}]
    """

    def __init__(self, folder: Path | None = None, only_names: bool = False) -> None:
        self.names: dict[str, None] = {}
        self._only_names = only_names
        self._file = SpooledTemporaryFile(_MEMORY_BYTES, dir=None if folder is None else str(folder))  # noqa: SIM115
        self._end = 0
        self._ready: Sequence[int] = ()
        self._used: Collection[int] = ()
        self._of_table: dict[int, str] = {}
        self._clean: Callable[[str], str] | None = None

    def __enter__(self) -> OwnCells:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def begin(self, header: Sequence[str], used: Collection[int], clean: Callable[[str], str] | None = None) -> None:
        """Takes the header of the table whose rows follow.

        Args:
            header: names of its columns; one without a name is called by its place, once a cell of it holds something.
            used: places of the columns that are not kept.
            clean: gives what a cell says.
        """
        self._used, self._clean, self._of_table = used, clean, {}
        for place, name in enumerate(header):
            if place not in used and name.strip():
                self._call(place, name.strip())

    def _call(self, place: int, name: str) -> str:
        name = free_name(_SURROGATES.sub("\ufffd", name), {*self._of_table.values()})
        self._of_table[place] = name
        self.names[name] = None
        return name

    def keep(self, cells: Sequence[str]) -> int:
        """Takes the cells of a row; returns a number that stands for them, for `give`. Empty ones are left out."""
        row: dict[str, str] = {}
        for place, cell in enumerate(cells):
            if cell and place not in self._used and (text := self._clean(cell) if self._clean else cell):
                name = self._of_table.get(place) or self._call(place, f"column_{place + 1}")
                row[name] = text if text.isascii() else _SURROGATES.sub("\ufffd", text)
        place = self._end
        if not self._only_names:
            self._file.seek(place)
            self._end += self._file.write(json.dumps(row).encode() + b"\n")
        return place

    def give(self, rows: Sequence[int]) -> None:
        """Is told of the rows of the conversation that its reader yields next, by their numbers."""
        self._ready = rows

    def take(self, n_turns: int) -> Iterator[Mapping[str, str]]:
        """Returns the cells of each turn of the conversation that was yielded last; nothing where its format has none.

        Args:
            n_turns: that it has.
        """
        rows, self._ready = self._ready, ()
        if not rows or self._only_names:
            return repeat({}, n_turns)
        assert len(rows) == n_turns
        return map(self._read, rows)

    def _read(self, place: int) -> Mapping[str, str]:
        self._file.seek(place)
        row: Mapping[str, str] = json.loads(self._file.readline())
        return row


def row_numbers() -> array[int]:
    """Returns a list of numbers of rows, eight bytes each."""
    return array("q")
