"""Several corpora as one training set: shares of them, and names that stay apart."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from instructerc.conversation import Conversation
from instructerc.errors import InputError, did_you_mean

_WAYS = ("total", "ratio")


def mix(
    parts: Sequence[Sequence[Conversation]], share: float, how: Literal["total", "ratio"], seed: int
) -> list[list[Conversation]]:
    """Returns what is left of each corpus when only a share of the data is used, as in the paper's unified training.

    `total` pools the conversations of all corpora and draws the share from the pool, so that a small corpus may come
    out smaller still; `ratio` draws the share of each corpus. With the same seed a smaller share is part of a larger
    one, and `ratio` draws from each corpus what it draws from that corpus alone, so single-corpus runs compare.
    Original order is kept. At least one conversation of the pool, or of each corpus that has any, is left.

    Args:
        parts: the conversations of each corpus.
        share: of the conversations, over 0 to 1; at 1 all are returned.
        how: `total` or `ratio`.
        seed: of the draw.

    Raises:
        InputError: a share outside that range, or an unknown way.
    """
    if how not in _WAYS:
        raise InputError(f"unknown way to mix {how!r}{did_you_mean(str(how), _WAYS)}; give one of {', '.join(_WAYS)}")
    if not 0 < share <= 1:
        raise InputError(f"share is {share!r}; give a number above 0 and at most 1, such as 0.25")
    if how == "ratio":
        return [[part[place] for place in sorted(_draw(len(part), share, seed))] for part in parts]
    drawn = _draw(sum(map(len, parts)), share, seed)
    mixed: list[list[Conversation]] = []
    start = 0
    for part in parts:
        mixed.append([talk for place, talk in enumerate(part, start) if place in drawn])
        start += len(part)
    return mixed


def mix_utterances(
    parts: Sequence[Sequence[Conversation]], share: float, how: Literal["total", "ratio"], seed: int
) -> list[list[Conversation]]:
    """Returns all conversations of each corpus, where only a share of the labelled utterances keep their labels.

    The authors of the paper draw utterances; each is still asked after its whole history.

    Args:
        parts: the conversations of each corpus.
        share: of the labelled utterances, over 0 to 1.
        how: `total` or `ratio`, as of `mix`.
        seed: of the draw.

    Raises:
        InputError: as `mix`.
    """
    places = [
        [
            Conversation(f"{number}/{turn}", [utterance])
            for number, talk in enumerate(part)
            for turn, utterance in enumerate(talk.utterances)
            if utterance.emotion is not None
        ]
        for part in parts
    ]
    mixed = []
    for part, drawn in zip(parts, mix(places, share, how, seed), strict=True):
        kept = {one.id for one in drawn}
        mixed.append([_labelled(talk, number, kept) for number, talk in enumerate(part)])
    return mixed


def _labelled(talk: Conversation, number: int, kept: set[str]) -> Conversation:
    turns = [
        turn if f"{number}/{place}" in kept else replace(turn, emotion=None)
        for place, turn in enumerate(talk.utterances)
    ]
    return Conversation(talk.id, turns)


def keep_apart(talk: Conversation, corpus: str) -> Conversation:
    """Returns a conversation whose id and speakers name its corpus: `train/meld/0` of `train/0`, and `meld:Ross`.

    Two corpora may mean different people, or number different conversations, by one name. The split stays in front.
    """
    split, _, rest = talk.id.partition("/")
    turns = [replace(turn, speaker=f"{corpus}:{turn.speaker}") for turn in talk.utterances]
    return Conversation(f"{split}/{corpus}/{rest}", turns)


def _draw(size: int, share: float, seed: int) -> set[int]:
    """Returns which of `size` places are drawn: the first of one shuffled order, so that draws are nested."""
    places = list(range(size))
    random.Random(seed).shuffle(places)
    return set(places[: max(1, round(share * size))])
