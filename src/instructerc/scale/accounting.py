"""What a run has done: counts that must add up, as a table, as data and for Prometheus."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from instructerc.errors import InputError
from instructerc.scale.manifest import FileDone

# How often the file for Prometheus is written again.
_EVERY_S = 10.0


@dataclass(slots=True)
class Account:
    """What a run has done.

    Attributes:
        n_cores: of the workers.
        n_files: files written, those of earlier attempts included.
        n_in: rows read.
        n_out: rows written with an answer.
        n_refused: rows in the side file.
        n_conversations: conversations answered.
        n_scored: turns scored in this attempt.
        n_known: turns that an earlier attempt had scored.
        shuffled: whether conversations were brought together.
        seconds: of this attempt.
    """

    n_cores: int
    n_files: int = 0
    n_in: int = 0
    n_out: int = 0
    n_refused: int = 0
    n_conversations: int = 0
    n_scored: int = 0
    n_known: int = 0
    shuffled: bool = False
    seconds: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def add(self, done: FileDone) -> None:
        """Counts a written file."""
        self.n_files += 1
        self.n_in += done.n_in
        self.n_out += done.n_out
        self.n_refused += done.n_refused
        self.n_conversations += done.n_conversations

    def begin_again(self) -> None:
        """Forgets the files that were counted."""
        self.n_files = self.n_in = self.n_out = self.n_refused = self.n_conversations = 0

    @property
    def adds_up(self) -> bool:
        """Whether every row that was read is either written or refused."""
        return self.n_in == self.n_out + self.n_refused

    def to_data(self) -> dict[str, Any]:
        """Returns it as plain data."""
        rate = self.n_scored / self.seconds if self.seconds else 0.0
        return {
            "files": self.n_files,
            "conversations": self.n_conversations,
            "rows_in": self.n_in,
            "rows_out": self.n_out,
            "refused": self.n_refused,
            "adds_up": self.adds_up,
            "shuffled": self.shuffled,
            "scored_now": self.n_scored,
            "scored_before": self.n_known,
            "seconds": round(self.seconds, 3),
            "turns_per_second": round(rate, 1),
            "turns_per_second_per_core": round(rate / self.n_cores, 1),
        }

    def to_table(self) -> str:
        """Returns it as lines for a person."""
        data = self.to_data()
        names = {
            "files": "files written",
            "conversations": "conversations",
            "rows_in": "turns in",
            "rows_out": "turns out",
            "refused": "refused",
            "scored_before": "scored before",
            "scored_now": "scored now",
            "seconds": "seconds",
            "turns_per_second": "turns per second",
            "turns_per_second_per_core": "turns per second per core",
        }
        lines = [f"{text:<26}{data[name]:>16,}" for name, text in names.items()]
        return "\n".join(lines)

    def to_prometheus(self, total: int | None) -> str:
        """Returns it in Prometheus's text format.

        Args:
            total: rows of the whole input, where known.
        """
        gauges = {
            "rows_in": (self.n_in, "Rows of the files written so far."),
            "rows_out": (self.n_out, "Rows written with an answer."),
            "rows_refused": (self.n_refused, "Rows written to the side file."),
            "turns_scored": (self.n_scored, "Turns scored in this attempt."),
            "turns_scored_before": (self.n_known, "Turns that an earlier attempt had scored."),
            "files": (self.n_files, "Files written."),
            "seconds": (round(time.monotonic() - self.started, 3), "Time since this attempt began."),
        }
        if total is not None:
            gauges["rows_expected"] = (total, "Rows of the whole input.")
        return "".join(
            f"# HELP instructerc_annotate_{name} {about}\n# TYPE instructerc_annotate_{name} gauge\n"
            f"instructerc_annotate_{name} {value}\n"
            for name, (value, about) in gauges.items()
        )


class MetricsFile:
    """The text file that Prometheus's node exporter collects; it is replaced whole each time.

    Args:
        path: of the file; None where none is wanted.

    Raises:
        InputError: no file could be there.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            what = "is a folder" if path.is_dir() else "is in no folder that there is"
            raise InputError(f"{path}: {what}; give a file for the metrics")
        self._path = path
        self._next = 0.0

    def update(self, text: Callable[[], str], now: bool = False) -> None:
        """Writes it if its time has come, or at once.

        Args:
            text: gives its content.
            now: whether its time does not matter.
        """
        if self._path is None or not (now or time.monotonic() >= self._next):
            return
        part = self._path.with_name(f".{self._path.name}.part")
        part.write_text(text(), encoding="utf-8")
        os.replace(part, self._path)
        self._next = time.monotonic() + _EVERY_S
