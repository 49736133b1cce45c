"""What all copies of a file with emotions in them share: the answers turn by turn, and edits of a text."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

from instructerc.conversation import Utterance
from instructerc.errors import InputError

# Begin, end and what comes in between, in place of what is there.
Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """What is written beside a turn.

    Attributes:
        emotion: the label; None where no answer was probable enough.
        probability: of the most probable label.
        probabilities: of every label, in label order.
    """

    emotion: str | None
    probability: float
    probabilities: Mapping[str, float]


class Answers:
    """The answers of a file's turns, in the order in which its reader gives the turns.

    Args:
        pairs: each turn as it was read when it was answered, and its answer; taken as the copy is written.
        labels: all labels, in label order.
        source: name of the file.
    """

    def __init__(self, pairs: Iterable[tuple[Utterance, WrittenAnswer]], labels: Sequence[str], source: str) -> None:
        self._pairs: Iterator[tuple[Utterance, WrittenAnswer]] = iter(pairs)
        self._source = source
        self.labels = tuple(labels)

    def take(self, turn: Utterance) -> WrittenAnswer:
        """Returns the answer of the next turn.

        Raises:
            InputError: the file was changed since the turn was answered.
        """
        answered, answer = next(self._pairs, (None, None))
        # Times may have been put right after the reader that copies gave them.
        if answer is None or answered is None or (answered.speaker, answered.text) != (turn.speaker, turn.text):
            raise self._changed()
        return answer

    def take_mixed(self, turns: Sequence[tuple[str, Utterance]]) -> list[WrittenAnswer]:
        """Returns the answers of all turns, in their order in a file in which conversations stand mixed.

        Args:
            turns: each with the id of its conversation; the answers are in the order of these.

        Raises:
            InputError: the file was changed since the turns were answered.
        """
        places: dict[str, list[int]] = {}
        for place, (conversation, _) in enumerate(turns):
            places.setdefault(conversation, []).append(place)
        found = {place: self.take(turns[place][1]) for group in places.values() for place in group}
        return [found[place] for place in range(len(turns))]

    def finish(self) -> None:
        """Raises `InputError` unless every answer was taken."""
        if next(self._pairs, None) is not None:
            raise self._changed()

    def _changed(self) -> InputError:
        return InputError(f"{self._source}: was changed while it was read; run the command again")


def splice(text: str, edits: Iterable[Edit]) -> str:
    """Returns the text with edits in it, which must not overlap; those of one place go in by their own order."""
    parts, last = [], 0
    for begin, end, new in sorted(edits, key=lambda edit: edit[:2]):
        parts += [text[last:begin], new]
        last = end
    return "".join([*parts, text[last:]])


def free_name(name: str, taken: Container[str]) -> str:
    """Returns the name, or the first of `name_2`, `name_3` and so on that is not taken."""
    return next(one for one in chain([name], (f"{name}_{number}" for number in count(2))) if one not in taken)
