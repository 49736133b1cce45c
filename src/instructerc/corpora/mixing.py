"""Several corpora as one training set: shares of them, and no conversation that is held out elsewhere."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from instructerc.conversation import Conversation
from instructerc.errors import InputError, did_you_mean

_APOSTROPHES = re.compile("['’‘ʼ`´]")
_MARKS = re.compile(r"[\W_]+")
_WAYS = ("total", "ratio")


def normalise_text(text: str) -> str:
    """Returns the form under which two transcripts of the same words are equal: letters, digits, single blanks.

    Case does not count; apostrophes fall away (`Y'know` is `yknow`); every other mark is a blank.
    """
    return _MARKS.sub(" ", _APOSTROPHES.sub("", text.casefold())).strip()


def drop_overlap(
    train: Iterable[Conversation], held_out: Iterable[Conversation], min_words: int = 5
) -> tuple[list[Conversation], int]:
    """Returns the training conversations that share no longer utterance with those held out, and how many do.

    MELD and EmoryNLP are both *Friends*: without this, training on one shows the other's test split. Only utterances
    that are equal as a whole, after `normalise_text`, are found. One that is contained in another, or transcribed in
    other words, is not: a finer filter may come to that later.

    Args:
        train: the conversations to choose from; order is kept.
        held_out: development and test splits of every corpus that is reported on.
        min_words: shorter utterances, such as greetings, are equal by chance and do not count.
    """
    seen = {words for talk in held_out for words in _long_texts(talk, min_words)}
    kept: list[Conversation] = []
    n_dropped = 0
    for talk in train:
        if seen.isdisjoint(_long_texts(talk, min_words)):
            kept.append(talk)
        else:
            n_dropped += 1
    return kept, n_dropped


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
        raise InputError(f"share is {share!r}; give a number over 0 and up to 1, such as 0.25")
    if how == "ratio":
        return [[part[place] for place in sorted(_draw(len(part), share, seed))] for part in parts]
    drawn = _draw(sum(map(len, parts)), share, seed)
    mixed: list[list[Conversation]] = []
    start = 0
    for part in parts:
        mixed.append([talk for place, talk in enumerate(part, start) if place in drawn])
        start += len(part)
    return mixed


def _long_texts(talk: Conversation, min_words: int) -> set[str]:
    texts = (normalise_text(utterance.text) for utterance in talk.utterances)
    return {text for text in texts if len(text.split()) >= max(min_words, 1)}


def _draw(size: int, share: float, seed: int) -> set[int]:
    """Returns which of `size` places are drawn: the first of one shuffled order, so that draws are nested."""
    places = list(range(size))
    random.Random(seed).shuffle(places)
    return set(places[: max(1, round(share * size))])
