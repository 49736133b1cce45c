"""One row on its way: the turn that it holds, or why it is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from instructerc.conversation import Conversation, Utterance

# Where a row stands: number of its file among the inputs, its line or row from 1, its place in a line of several turns.
Place = tuple[int, int, int]
Places = npt.NDArray[np.void]
PLACE = np.dtype([("file", "<u4"), ("row", "<u8"), ("part", "<u4")])


@dataclass(frozen=True, slots=True)
class InputTurn:
    """A turn as it was read.

    Attributes:
        place: where it stands.
        scope: number of the file inside which its conversation's id is meant; -1 where the id is one for all files.
        conversation: id of its conversation.
        turn: its number in the conversation, where the file says one.
        utterance: the turn.
    """

    place: Place
    scope: int
    conversation: str
    turn: int | None
    utterance: Utterance

    @property
    def key(self) -> tuple[int, str]:
        """What the rows of one conversation have in common."""
        return self.scope, self.conversation

    @property
    def n_characters(self) -> int:
        """How many characters its words have, those of its conversation's id included."""
        turn = self.utterance
        words = (self.conversation, turn.speaker, turn.text, turn.note, turn.speaker_note)
        return sum(len(word) for word in words if word)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not answered.

    Attributes:
        place: where it stands.
        reason: what is wrong with it.
        line: its line for a person, where that is another number than the place's.
    """

    place: Place
    reason: str
    line: int | None = None


Refuse = Callable[[Refusal], None]


def as_places(places: Sequence[Place]) -> Places:
    """Returns places as an array. Shape: [U]."""
    return np.array(list(places), PLACE)


def whole_number(value: object) -> int | None:
    """Returns a number of a turn; None where it is none. A column with gaps often has its whole numbers as 1.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None


def in_order(rows: list[InputTurn]) -> list[InputTurn]:
    """Returns the rows of one conversation in the order of its turns: by `turn` if all have one, else as they stand."""
    if any(row.turn is None for row in rows):
        return sorted(rows, key=lambda row: row.place)
    return sorted(rows, key=lambda row: (row.turn, row.place))


def to_conversation(rows: Sequence[InputTurn]) -> Conversation:
    """Returns the conversation of rows that are in order."""
    return Conversation(rows[0].conversation, [row.utterance for row in rows])


def pack_row(row: InputTurn) -> list[Any]:
    """Returns a row as plain data, which `unpack_row` takes."""
    turn = row.utterance
    words = [turn.speaker, turn.text, turn.start, turn.end, turn.note, turn.speaker_note]
    return [*row.place, row.scope, row.conversation, row.turn, *words]


def unpack_row(data: Sequence[Any]) -> InputTurn:
    """Returns the row that `pack_row` wrote; it has no gold label, which no model reads."""
    file, row, part, scope, conversation, turn, speaker, text, start, end, note, speaker_note = data
    utterance = Utterance(speaker, text, None, start, end, note, speaker_note)
    return InputTurn((file, row, part), scope, conversation, turn, utterance)
