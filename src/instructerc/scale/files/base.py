"""What every kind of input file offers, and what all of them share when their answers are written beside their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from instructerc.errors import InputError
from instructerc.formats import ReadOptions
from instructerc.formats.shared.answers import free_name
from instructerc.formats.shared.reading import Reading
from instructerc.recognition.records import AnswerRecord
from instructerc.scale.answers import FileAnswers, decode
from instructerc.scale.inputs import Input
from instructerc.scale.refusals import Refusals
from instructerc.scale.rows import InputTurn, Refuse

OutputKind = Literal["parquet", "jsonl"]
Item = TypeVar("Item")
# Rows whose answers are in memory at once, and of how many characters: one row may have millions.
BLOCK_ROWS = 16_384
BLOCK_CHARACTERS = 8 * 1024 * 1024
_FEW_COLUMNS = 16


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a file before it is read whole.

    Attributes:
        n_rows: its rows; None where only reading tells.
        n_bytes: about as many as its turns take, unpacked.
        columns: the column of each role, of a table.
        mergeable: whether its conversations have ids that may occur in other files.
    """

    n_rows: int | None
    n_bytes: int
    columns: Mapping[str, str] | None = None
    mergeable: bool = False


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """What a written file has.

    Attributes:
        n_in: rows of the input.
        n_out: rows with an answer beside them.
    """

    n_in: int
    n_out: int


@dataclass(frozen=True, slots=True)
class Signature:
    """Who answered: what stands beside every answer.

    Attributes:
        model: name and version of the model.
        label_set: name and version of the label set.
        labels: its labels, in their order.
    """

    model: str
    label_set: str
    labels: tuple[str, ...]

    def names(self, taken: Iterable[str]) -> dict[str, str]:
        """Returns the name of each field of an answer, none of which is taken; a label's is `p_LABEL`."""
        used = set(taken)
        fields = ["emotion_predicted", "probability", *(f"p_{label}" for label in self.labels)]
        return {
            field: free_name(field, used)
            for field in (*fields, "history_turns", "text_cut", "language", "model", "label_set")
        }

    def members(self, answer: Any, names: Mapping[str, str]) -> dict[str, Any]:
        """Returns what a JSON object gets of an answer; its probabilities are one object.

        Args:
            answer: as it was kept.
            names: what `member_names` gave, the same for all objects of a file.
        """
        record: AnswerRecord = decode(answer, self.labels)
        members: dict[str, Any] = {
            "emotion_predicted": record.label,
            "probability": record.probability,
            "probabilities": record.probabilities,
            "history_turns": record.history_turns,
            "text_cut": record.text_cut,
            "language": record.language,
            "model": self.model,
            "label_set": self.label_set,
        }
        return {names[field]: value for field, value in members.items()}


# What a JSON object gets of an answer.
MEMBERS = (
    *("emotion_predicted", "probability", "probabilities"),
    *("history_turns", "text_cut", "language", "model", "label_set"),
)


def member_names(taken: Iterable[str]) -> dict[str, str]:
    """Returns the name of each of `MEMBERS` in a JSON object, none of which is taken."""
    used = set(taken)
    return {field: free_name(field, used) for field in MEMBERS}


class RowFile(Protocol):
    """An input file, read row by row. Each pass over it begins anew and gives the same; `survey` is the first one."""

    def survey(self, see: Callable[[str], None]) -> Survey:
        """Returns what is known of it at little cost.

        Args:
            see: is given the id of a conversation each time that rows of it begin.

        Raises:
            InputError: it cannot be read as asked.
        """
        ...

    def rows(self, refuse: Refuse, merge: bool) -> Iterator[InputTurn]:
        """Yields its turns.

        Args:
            refuse: takes every row that holds none.
            merge: whether an id that it names means one conversation in all files.

        Raises:
            InputError: it is damaged from here on.
        """
        ...

    def write(self, target: Path, kind: OutputKind, signed: Signature, answers: Lookup) -> WrittenFile:
        """Writes it with its answers.

        Raises:
            InputError: it is damaged, or was changed meanwhile.
        """
        ...


class Lookup:
    """What became of a file's rows: every one of them is answered or refused.

    Args:
        answers: those of the file.
        refused: those that are refused.
        name: of the file, for messages.
    """

    def __init__(self, answers: FileAnswers, refused: Refusals, name: str) -> None:
        self._answers = answers
        self._refused = refused
        self._name = name

    def block(self, first: int, last: int) -> dict[tuple[int, int], Any]:
        """Returns the answers of rows `first` to `last` by row and part; None stands for a row that was refused."""
        found = self._answers.between(first, last)
        block = {(int(one["row"]), int(one["part"])): one for one in found}
        refused = self._refused.between(first, last)
        if len(block) != len(found) or not block.keys().isdisjoint(refused):
            raise RuntimeError(f"{self._name}: a row between {first} and {last} is answered twice")
        return block | dict.fromkeys(refused)

    def arrays(self, first: int, last: int) -> Any:
        """Returns the answers of rows of one part each, in order; the others must be refused. Shape: [U].

        Raises:
            InputError: a row is neither answered nor refused.
        """
        found = self._answers.between(first, last)
        refused = [row for row, _ in self._refused.between(first, last)]
        rows = np.concatenate([found["row"], np.array(refused, found["row"].dtype)])
        if not np.array_equal(np.sort(rows), np.arange(first, last + 1)):
            raise self.changed()
        return found

    def changed(self) -> InputError:
        """Returns the error of a file that has other rows than when it was read."""
        return InputError(f"{self._name}: was changed while it was read; run the command again")


def blocks_of(items: Iterable[tuple[Item, int, int]]) -> Iterator[list[Item]]:
    """Yields items, as many at once as memory is meant to hold.

    Args:
        items: each with its rows and its characters.
    """
    block: list[Item] = []
    n_rows = n_characters = 0
    for item, rows, characters in items:
        block.append(item)
        n_rows += rows
        n_characters += characters
        if n_rows >= BLOCK_ROWS or n_characters >= BLOCK_CHARACTERS:
            yield block
            block, n_rows, n_characters = [], 0, 0
    if block:
        yield block


def measure(values: Sequence[Any]) -> int:
    """Returns what a row takes in memory, as characters: those of its texts, and eight for each column beyond a few."""
    n_characters = sum(len(value) for value in values if isinstance(value, str))
    return n_characters + 8 * max(0, len(values) - _FEW_COLUMNS)


def make_reading(one: Input, options: ReadOptions) -> Reading:
    """Returns a new pass over a file; its wrong rows are raised, since whoever reads refuses them."""
    return Reading(one.source, Path(one.name).stem or "conversation", options)


def check_complete(block: Mapping[tuple[int, int], Any], seen: Sequence[tuple[int, int]], lookup: Lookup) -> None:
    """Raises `InputError` unless these are exactly the rows that were answered or refused."""
    if len(seen) != len(block) or any(place not in block for place in seen):
        raise lookup.changed()
