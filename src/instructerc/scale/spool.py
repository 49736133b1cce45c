"""Many files that grow side by side, written through one buffer of a fixed size."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

_BUFFER_BYTES = 64 * 1024 * 1024


class Spool:
    """Appends to files of a folder; no file stays open, so that there may be thousands.

    Args:
        folder: where they are.
        buffer_bytes: kept in memory before all is written.
    """

    def __init__(self, folder: Path, buffer_bytes: int = _BUFFER_BYTES) -> None:
        self._folder = folder
        self._limit = buffer_bytes
        self._waiting: dict[str, list[bytes]] = {}
        self._n_bytes = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.flush()

    def add(self, name: str, data: bytes) -> None:
        """Appends to the file of a name."""
        self._waiting.setdefault(name, []).append(data)
        # A piece costs more than its bytes alone.
        self._n_bytes += len(data) + 64
        if self._n_bytes >= self._limit:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        for name, parts in self._waiting.items():
            with (self._folder / name).open("ab") as stream:
                stream.writelines(parts)
        self._waiting.clear()
        self._n_bytes = 0


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Gives a folder to fill, which takes its own name when it is complete; what an earlier attempt left is removed."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    part.replace(folder)
