"""What a run is asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from instructerc.formats import ReadOptions
from instructerc.scale.files.base import OutputKind
from instructerc.scale.model import ModelAbout

Ids = Literal["merge", "separate", "refuse"]
MAX_TURNS = 100_000


@dataclass(frozen=True, slots=True)
class AnnotateOptions:
    """How a run reads and writes.

    Attributes:
        kind: format of the output.
        ids: what an id means that occurs in several files: `merge` makes one conversation of its rows, `separate` one
            in each file, `refuse` ends the run before anything is written.
        max_turns: that a conversation may have; the rows of a longer one are refused, so that memory stays bounded.
        input_format: name of the inputs' format; found by their content where None.
        reading: how files are read.
        work: folder for what is kept until the run is done; `_work` in the output where None.
        metrics: file for Prometheus's textfile collector.
    """

    kind: OutputKind = "parquet"
    ids: Ids = "merge"
    max_turns: int = MAX_TURNS
    input_format: str | None = None
    reading: ReadOptions = field(default_factory=ReadOptions)
    work: Path | None = None
    metrics: Path | None = None

    def identity(self, about: ModelAbout) -> dict[str, Any]:
        """Returns all that changes what is written, as plain data."""
        return {
            "model": about.model,
            "label set": about.label_set,
            "format": self.kind,
            "ids": self.ids,
            "max turns": self.max_turns,
            "input format": self.input_format,
            "reading": asdict(self.reading),
        }
