"""Shards: whole conversations, about as many turns at once as fill the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from instructerc.conversation import Conversation
from instructerc.scale.rows import InputTurn, Places, Refusal, Refuse, as_places, to_conversation
from instructerc.scale.talks import Talk

SHARD_TURNS = 4096
# A quarter of a line of a file at its longest; several shards are in memory at once.
SHARD_CHARACTERS = 4 * 1024 * 1024


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
    for number, together in enumerate(_together(talks)):
        yield _shard(group, number, together)


def _together(talks: Iterable[list[InputTurn]]) -> Iterator[list[list[InputTurn]]]:
    """Yields the conversations of each shard; one that is longer than a shard has one of its own."""
    waiting: list[list[InputTurn]] = []
    n_turns = n_characters = 0
    for talk in talks:
        size = sum(row.n_characters for row in talk)
        if waiting and (n_turns >= SHARD_TURNS or n_characters + size > SHARD_CHARACTERS):
            yield waiting
            waiting, n_turns, n_characters = [], 0, 0
        waiting.append(talk)
        n_turns += len(talk)
        n_characters += size
    if waiting:
        yield waiting


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
    talk = Talk(max_turns, refuse)
    key: tuple[int, str] | None = None
    for row in rows:
        if row.key != key:
            if whole := talk.rows():
                yield whole
            talk, key = Talk(max_turns, refuse), row.key
        talk.add(row)
    if whole := talk.rows():
        yield whole
