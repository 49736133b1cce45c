"""Answers as arrays: a fixed number of bytes a turn, written to files that are whole or not there."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from instructerc.recognition.recognition import Recognition
from instructerc.recognition.records import DECIMALS, AnswerRecord
from instructerc.scale.rows import PLACE, Places

Answers = npt.NDArray[np.void]
# In place of a label: less probable than was asked for, or of a conversation that the model does not take.
ABSTAINED, REFUSED = -1, -2


def answer_type(n_labels: int) -> np.dtype[np.void]:
    """Returns the type of an answer's record: label, what was seen, and the probability of each label."""
    fields = [("label", "<i2"), ("history", "<u4"), ("cut", "?"), ("language", "S8"), ("p", "<f4", (n_labels,))]
    return np.dtype(fields)


def stored_type(n_labels: int) -> np.dtype[np.void]:
    """Returns the type of an answer's record with its place before it."""
    return np.dtype([*PLACE.descr, *answer_type(n_labels).descr])


def encode(recognitions: Sequence[Recognition], labels: Sequence[str]) -> Answers:
    """Returns recognitions as records. Shape: [U]."""
    number = {label: place for place, label in enumerate(labels)}
    answers = np.zeros(len(recognitions), answer_type(len(labels)))
    for place, recognition in enumerate(recognitions):
        record = AnswerRecord.of(recognition)
        label = ABSTAINED if record.label is None else number[record.label]
        language = (record.language or "").encode()
        p = list(record.probabilities.values())
        answers[place] = (label, record.history_turns, record.text_cut, language, p)
    return answers


def with_places(places: Places, answers: Answers, n_labels: int) -> Answers:
    """Returns answers with the places of their rows, in the order of places. Shape: [U]."""
    stored = np.empty(len(answers), stored_type(n_labels))
    for names, source in ((PLACE.names, places), (answers.dtype.names, answers)):
        for name in names or ():
            stored[name] = source[name]
    return stored[np.lexsort((stored["part"], stored["row"], stored["file"]))]


def decode(answer: Any, labels: Sequence[str]) -> AnswerRecord:
    """Returns the record of one stored answer."""
    # Rounded again, since it was kept with fewer bits.
    p = {label: round(float(value), DECIMALS) for label, value in zip(labels, answer["p"], strict=True)}
    label = None if answer["label"] == ABSTAINED else labels[answer["label"]]
    language = answer["language"].decode() or None
    return AnswerRecord(label, max(p.values()), p, int(answer["history"]), bool(answer["cut"]), language)


class AnswerStore:
    """A folder with a file of answers for each shard.

    Args:
        folder: made where it is missing.
        n_labels: of the label set.
    """

    def __init__(self, folder: Path, n_labels: int) -> None:
        self.folder = folder
        self.n_labels = n_labels
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, group: int, number: int) -> Path:
        return self.folder / f"{group:06d}" / f"{number:06d}.npy"

    def has(self, group: int, number: int, places: Places) -> bool:
        """Returns whether a shard is answered: exactly these rows, so that no other shard is taken for it."""
        try:
            stored = np.load(self._path(group, number), mmap_mode="r")
        except (OSError, ValueError):
            return False
        same = len(stored) == len(places) and stored.dtype == stored_type(self.n_labels)
        wanted = np.sort(places, order=PLACE.names)
        return same and all(np.array_equal(stored[name], wanted[name]) for name in PLACE.names or ())

    def put(self, group: int, number: int, answers: Answers) -> None:
        """Keeps the answers of a shard."""
        path = self._path(group, number)
        path.parent.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        # Not straight into the file: numpy does not say why one cannot be written.
        data = io.BytesIO()
        np.save(data, answers)
        part.write_bytes(data.getbuffer())
        os.replace(part, path)

    def drop(self, group: int) -> None:
        """Forgets the answers of a group of shards."""
        folder = self.folder / f"{group:06d}"
        for path in sorted(folder.glob("*")):
            path.unlink()
        if folder.exists():
            folder.rmdir()

    def paths(self, groups: Iterable[int]) -> Iterator[Path]:
        """Yields the files of these groups of shards, in order."""
        for group in groups:
            yield from sorted((self.folder / f"{group:06d}").glob("*.npy"))


class FileAnswers:
    """The answers of one file's rows; no more of them are in memory than are asked for at once.

    Args:
        spans: first row, last row, and what loads the answers in between.
        n_labels: of the label set.
    """

    def __init__(self, spans: Iterable[tuple[int, int, Callable[[], Answers]]], n_labels: int) -> None:
        self._type = stored_type(n_labels)
        self._spans = list(spans)

    def between(self, first: int, last: int) -> Answers:
        """Returns the answers of rows `first` to `last`, both included, by row and part. Shape: [U]."""
        parts = [load() for begin, end, load in self._spans if begin <= last and end >= first]
        found: Answers = np.concatenate([np.empty(0, self._type), *parts])
        found = found[(found["row"] >= first) & (found["row"] <= last) & (found["label"] != REFUSED)]
        return found[np.lexsort((found["part"], found["row"]))]


def spans_of(paths: Iterable[Path]) -> Iterator[tuple[int, int, Callable[[], Answers]]]:
    """Yields the spans of shards that hold rows of one file alone."""
    for path in paths:
        rows = np.load(path, mmap_mode="r")["row"]
        if len(rows):
            yield int(rows[0]), int(rows[-1]), partial(np.load, path)
