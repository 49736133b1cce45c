"""Refused rows on disk, by file, until the side file is written; in memory are only their places."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType

import numpy as np

from instructerc.scale.rows import Refusal
from instructerc.scale.spool import Spool

_BUFFER_BYTES = 1024 * 1024
# Of a line of a log: the place of its row, the number of the log, and where in it the line begins.
_INDEX = np.dtype([("row", "<i8"), ("part", "<u4"), ("log", "<u4"), ("offset", "<i8")])


class RefusalLog:
    """The refused rows of one pass over rows; a pass that is made again replaces what it wrote before.

    They are on disk when the context ends, unless an error ends it: such a pass is made again.

    Args:
        folder: of all refusals of a run.
        name: of the pass.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._spool = Spool(folder, _BUFFER_BYTES)

    def __enter__(self) -> RefusalLog:
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob(f"*.{self._name}.jsonl"):
            path.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.__exit__(kind, error, trace)

    def add(self, refusal: Refusal) -> None:
        """Keeps a refused row."""
        file, row, part = refusal.place
        line = json.dumps([row, part, refusal.reason, refusal.line]) + "\n"
        self._spool.add(f"{file:06d}.{self._name}.jsonl", line.encode())


class Refusals:
    """The refused rows of a file in their order, whichever pass refused them; iterating reads them from disk.

    Args:
        folder: of all refusals of a run.
        file: number of the file.
    """

    def __init__(self, folder: Path, file: int) -> None:
        self._file = file
        self._logs = sorted(folder.glob(f"{file:06d}.*.jsonl"))
        found = np.fromiter(self._scan(), _INDEX)
        order = np.lexsort((found["part"], found["row"]))
        # Arrays of their own: a search in a field of records would copy it each time.
        self._rows, self._parts, self._log_of, self._offsets = (found[name][order] for name in _INDEX.names or ())

    def _scan(self) -> Iterator[tuple[int, int, int, int]]:
        for number, path in enumerate(self._logs):
            offset = 0
            with path.open("rb") as stream:
                for line in stream:
                    row, part, *_ = json.loads(line)
                    yield row, part, number, offset
                    offset += len(line)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Refusal]:
        for number, lines in groupby(zip(self._log_of, self._offsets, strict=True), itemgetter(0)):
            with self._logs[number].open("rb") as stream:
                for _, offset in lines:
                    stream.seek(offset)
                    row, part, reason, line = json.loads(stream.readline())
                    yield Refusal((self._file, row, part), reason, line)

    def between(self, first: int, last: int) -> list[tuple[int, int]]:
        """Returns row and part of those in rows `first` to `last`, both included."""
        begin, end = np.searchsorted(self._rows, (first, last + 1))
        return list(zip(self._rows[begin:end].tolist(), self._parts[begin:end].tolist(), strict=True))

    def side_lines(self, name: str) -> Iterator[str]:
        """Yields the lines of the side file: of each refused row its place, and what is wrong with it.

        Args:
            name: of the input.
        """
        for refusal in self:
            _, row, part = refusal.place
            data = {"file": name, "row": refusal.line or row, "utterance": part + 1, "reason": refusal.reason}
            yield json.dumps(data, ensure_ascii=False) + "\n"
