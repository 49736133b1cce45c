"""What is odd about turns that can be read all the same; `corpus check` lists each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from instructerc.conversation import Utterance

# Control characters that are no blanks, and the character that stands where a decoder gave up.
_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")
# Two people may begin at once, and the later one be written first.
_FEWEST = 2
_JOINT = re.compile(r".+(?:\band\b|&|,|/).+|all|both|everyone|everybody", re.IGNORECASE)


def turn_oddities(turn: Utterance) -> Iterator[str]:
    """Yields what is odd about a turn by itself."""
    if not turn.text.strip():
        yield "a turn without words"
    if _BROKEN.search(turn.text):
        yield "a control or replacement character in the text"
    if _JOINT.fullmatch(turn.speaker.strip()):
        yield "a speaker that is several people"
    if turn.start is not None and turn.end is not None and turn.end < turn.start:
        yield "a turn that ends before it begins"


class IdWatch:
    """Watches the ids of a table's rows: gaps in those of a conversation's turns, and conversations that are missing.

    Args:
        odd: takes the line and what is odd.
        conversation_column: name of the column with the conversations' ids.
        turn_column: name of the column with the turns' ids.
        first: the id of a conversation's first turn.
    """

    def __init__(
        self, odd: Callable[[int, str], None], conversation_column: str, turn_column: str, first: int = 0
    ) -> None:
        self._odd = odd
        self._columns = conversation_column, turn_column
        self._first = first
        self._conversation = ""
        self._expected: int | None = None
        self._told = False

    def see(self, line: int, conversation: str, turn: str) -> None:
        """Takes the ids of the next row; an id that is not a number ends the counting."""
        number = int(turn) if turn.isdecimal() and len(turn) < 10 else None
        if conversation != self._conversation:
            self._see_conversation(line, conversation)
        if not self._told and number is not None and self._expected is not None and number != self._expected:
            self._told = True
            self._odd(line, f"a conversation with a gap in {self._columns[1]}, first here")
        self._expected = None if number is None else number + 1

    def _see_conversation(self, line: int, conversation: str) -> None:
        before, self._conversation, self._told = self._conversation, conversation, False
        self._expected = self._first
        if all(word.isdecimal() and len(word) < 10 for word in (before, conversation)):
            for missing in range(int(before) + 1, min(int(conversation), int(before) + 100)):
                self._odd(line, f"{self._columns[0]} {missing} is missing")


def runs_backwards(turns: Sequence[Utterance]) -> bool:
    """Returns whether each of three turns or more has a start, and none a later one than the turn before it."""
    starts = [turn.start for turn in turns] if len(turns) > _FEWEST and goes_back(turns[0], turns[-1]) else []
    known = [start for start in starts if start is not None]
    return bool(starts) and len(known) == len(starts) and all(one >= other for one, other in pairwise(known))


def goes_back(before: Utterance, turn: Utterance) -> bool:
    """Returns whether a turn begins earlier than the one before it."""
    return before.start is not None and turn.start is not None and turn.start < before.start
