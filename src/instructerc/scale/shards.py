"""Shards: whole conversations, about as many turns at once as fill the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from instructerc.conversation import Conversation
from instructerc.scale.rows import InputTurn, Places, Refusal, Refuse, as_places, in_order, to_conversation
from instructerc.scale.shuffle import refuse_long

SHARD_TURNS = 4096


@dataclass(frozen=True, slots=True)
class Shard:
    """Conversations that are scored together.

    Attributes:
        group: what it belongs to: a file, or a bucket of the shuffle.
        number: its number in the group; the same input gives the same shards.
        conversations: its conversations.
        places: where their turns stand, one after another. Shape: [U].
    """

    group: int
    number: int
    conversations: tuple[Conversation, ...]
    places: Places

    @property
    def name(self) -> tuple[int, int]:
        """What no other shard of a run is called."""
        return self.group, self.number

    def first_turns(self) -> list[int]:
        """Returns the place in `places` of the first turn of each conversation. Shape: [C], C conversations."""
        return list(accumulate(map(len, self.conversations[:-1]), initial=0))

    def refusals(self, reasons: Mapping[int, str]) -> Iterator[Refusal]:
        """Yields every turn of the conversations that a model does not take.

        Args:
            reasons: by the number of the conversation.
        """
        starts = self.first_turns()
        for number, reason in reasons.items():
            for place in self.places[starts[number] : starts[number] + len(self.conversations[number])].tolist():
                yield Refusal(place, reason)


def cut_shards(group: int, talks: Iterable[list[InputTurn]]) -> Iterator[Shard]:
    """Yields shards of conversations whose rows are in order."""
    number = 0
    waiting: list[list[InputTurn]] = []
    n_turns = 0
    for talk in talks:
        waiting.append(talk)
        n_turns += len(talk)
        if n_turns >= SHARD_TURNS:
            yield _shard(group, number, waiting)
            number, waiting, n_turns = number + 1, [], 0
    if waiting:
        yield _shard(group, number, waiting)


def _shard(group: int, number: int, talks: list[list[InputTurn]]) -> Shard:
    places = as_places([row.place for talk in talks for row in talk])
    return Shard(group, number, tuple(map(to_conversation, talks)), places)


def gather(rows: Iterable[InputTurn], max_turns: int, refuse: Refuse) -> Iterator[list[InputTurn]]:
    """Yields the rows of each conversation, in order, of rows that stand together already.

    Args:
        rows: of one file.
        max_turns: that a conversation may have; the rows of a longer one are refused.
        refuse: takes these.
    """
    talk: list[InputTurn] = []
    key: tuple[int, str] | None = None
    too_long = False
    for row in rows:
        if row.key != key:
            if talk:
                yield in_order(talk)
            talk, key, too_long = [], row.key, False
        talk.append(row)
        if too_long or len(talk) > max_turns:
            too_long = True
            refuse_long(talk, max_turns, refuse)
            talk = []
    if talk:
        yield in_order(talk)
