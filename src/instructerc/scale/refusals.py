"""Refused rows on disk, by file, until the side file is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from instructerc.scale.rows import Refusal


class RefusalLog:
    """The refused rows of one pass over rows; a pass that is made again replaces what it wrote before.

    Args:
        folder: of all refusals of a run.
        name: of the pass.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._streams: dict[int, IO[str]] = {}

    def __enter__(self) -> RefusalLog:
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob(f"*.{self._name}.jsonl"):
            path.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in self._streams.values():
            stream.close()

    def add(self, refusal: Refusal) -> None:
        """Keeps a refused row."""
        file, row, part = refusal.place
        if file not in self._streams:
            # Rows come file by file, or from a bucket of which few are refused.
            self._streams[file] = (self._folder / f"{file:06d}.{self._name}.jsonl").open("w", encoding="utf-8")
        self._streams[file].write(json.dumps([row, part, refusal.reason, refusal.line]) + "\n")


def read_refusals(folder: Path, file: int) -> Iterator[Refusal]:
    """Yields the refused rows of a file, whichever pass refused them."""
    for path in sorted(folder.glob(f"{file:06d}.*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row, part, reason, place = json.loads(line)
            yield Refusal((file, row, part), reason, place)


def side_file(name: str, refusals: Iterable[Refusal]) -> str:
    """Returns the side file of an input: a line for each refused row, with its place and what is wrong with it."""
    lines = []
    for refusal in sorted(refusals, key=lambda one: one.place):
        _, row, part = refusal.place
        data = {"file": name, "row": refusal.line or row, "utterance": part + 1, "reason": refusal.reason}
        lines.append(json.dumps(data, ensure_ascii=False) + "\n")
    return "".join(lines)
