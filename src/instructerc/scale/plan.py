"""What a run will do, found before anything is written: rows, columns, and whether conversations are spread."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from instructerc.errors import InputError
from instructerc.scale.files.base import RowFile, Survey
from instructerc.scale.inputs import Input
from instructerc.scale.options import Ids
from instructerc.scale.shuffle import count_buckets, hash_id
from instructerc.scale.spool import Spool

_SEEN = np.dtype([("id", ">u8"), ("file", "<u4")])


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is known of a run's inputs.

    Attributes:
        surveys: one for each input.
        shuffles: whether rows of one conversation stand apart, so that they have to be brought together.
    """

    surveys: tuple[Survey, ...]
    shuffles: bool

    @property
    def n_rows(self) -> int | None:
        """All rows; None where only reading tells."""
        counts = [survey.n_rows for survey in self.surveys]
        return None if None in counts else sum(count for count in counts if count is not None)

    @property
    def n_buckets(self) -> int:
        """Into how many parts the rows are divided where they are brought together; the same for the same inputs."""
        n_rows = sum(survey.n_rows or 0 for survey in self.surveys)
        return count_buckets(n_rows, sum(survey.n_bytes for survey in self.surveys))


def make_plan(inputs: Sequence[Input], files: Sequence[RowFile], ids: Ids, work: Path) -> RunPlan:
    """Returns the plan of a run; every input is looked at once, and none is held in memory.

    Args:
        inputs: the inputs.
        files: their readers.
        ids: what an id in several files means.
        work: folder for what does not fit into memory.

    Raises:
        InputError: an input that cannot be read, tables whose columns differ, or ids in several files where `ids` is
            `refuse`.
    """
    folder = work / "ids"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    surveys = []
    with Spool(folder) as spool:
        for number, file in enumerate(files):
            surveys.append(file.survey(_seer(spool, number)))
    _check_columns(inputs, surveys)
    apart, shared = _find_repeats(folder)
    shutil.rmtree(folder)
    if ids == "refuse" and shared is not None:
        raise InputError(_name_shared(inputs, files, *shared))
    spread = shared is not None and ids == "merge"
    return RunPlan(tuple(surveys), apart or spread)


def _seer(spool: Spool, number: int) -> Callable[[str], None]:
    file = number.to_bytes(4, "little")

    def see(conversation: str) -> None:
        digest = hash_id(conversation)
        spool.add(f"{digest[0]:02x}", digest + file)

    return see


def _find_repeats(folder: Path) -> tuple[bool, tuple[int, int, int] | None]:
    """Returns whether an id begins twice in one file, and the first one in two files: its digest and both files."""
    apart = False
    shared: tuple[int, int, int] | None = None
    for path in sorted(folder.iterdir()):
        seen = np.sort(np.fromfile(path, _SEEN), order=("file", "id"))
        apart = apart or bool(np.any(seen[1:] == seen[:-1]))
        seen = np.sort(np.unique(seen), order=("id", "file"))
        same = np.flatnonzero(seen["id"][1:] == seen["id"][:-1])
        if len(same) and shared is None:
            first = int(same[0])
            shared = int(seen["id"][first]), int(seen["file"][first]), int(seen["file"][first + 1])
    return apart, shared


def _name_shared(inputs: Sequence[Input], files: Sequence[RowFile], digest: int, first: int, second: int) -> str:
    names: list[str] = []

    def see(conversation: str) -> None:
        if int.from_bytes(hash_id(conversation), "big") == digest and not names:
            names.append(conversation)

    files[first].survey(see)
    return (
        f"conversation {names[0]!r} is in {inputs[first].source} and in {inputs[second].source}; --ids merge makes one "
        "conversation of it, --ids separate one for each file"
    )


def _check_columns(inputs: Sequence[Input], surveys: Sequence[Survey]) -> None:
    """Raises `InputError` if tables name their columns differently."""
    first: tuple[Input, Mapping[str, str]] | None = None
    for one, survey in zip(inputs, surveys, strict=True):
        if survey.columns is None:
            continue
        if first is None:
            first = one, survey.columns
        for role in sorted({*first[1], *survey.columns}):
            here, there = survey.columns.get(role), first[1].get(role)
            if here != there:
                raise InputError(
                    f"{one.source}: the {role.replace('_', ' ')} is {_column(here)}, and in {first[0].source} it is "
                    f"{_column(there)}; annotate files of different columns one by one"
                )


def _column(name: str | None) -> str:
    return "missing" if name is None else f"column {name!r}"
