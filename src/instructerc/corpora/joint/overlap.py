"""Utterances that two corpora have in common: what would show a training run the other one's test split."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError, reason_of

_APOSTROPHES = re.compile("['’‘ʼ`´]")
_MARKS = re.compile(r"[\W_]+")

Words = tuple[str, ...]


def normalise_text(text: str) -> str:
    """Returns the form under which two transcripts of the same words are equal: letters, digits, single blanks.

    Case does not count; apostrophes fall away (`Y'know` is `yknow`); every other mark is a blank.
    """
    return _MARKS.sub(" ", _APOSTROPHES.sub("", text.casefold())).strip()


@dataclass(frozen=True, slots=True)
class Match:
    """An utterance that stands in a conversation of the other corpus too.

    Attributes:
        conversation: id of the utterance's conversation.
        turn: its index there, from 0.
        other: id of the other corpus's conversation.
        other_turn: index of the equal utterance there; None where it is contained.
        kind: `exact`, or `contained`: its words stand in the other conversation, in a row, in a longer utterance or
            across several.
    """

    conversation: str
    turn: int
    other: str
    other_turn: int | None
    kind: Literal["exact", "contained"]


class Transcripts:
    """Conversations that are searched for the words of utterances.

    Args:
        conversations: where matches are looked for.
        min_words: shorter utterances, such as greetings, are equal by chance and are not looked for.
        episodes: the part of the source that a conversation is of, by its id, such as an episode; where both sides have
            one, matches are within the same one alone.
    """

    def __init__(
        self, conversations: Iterable[Conversation], min_words: int = 5, episodes: Mapping[str, str] | None = None
    ) -> None:
        self.min_words = max(min_words, 1)
        self._episodes = episodes or {}
        self._talks: list[tuple[str, Words, dict[int, int]]] = []
        # Places where each run of `min_words` words begins, so that a look-up reads few places and not all.
        self._begins: dict[Words, list[tuple[int, int]]] = defaultdict(list)
        for talk in conversations:
            self._add(talk)

    def _add(self, talk: Conversation) -> None:
        words: list[str] = []
        starts: dict[int, int] = {}
        for turn, utterance in enumerate(talk.utterances):
            own = normalise_text(utterance.text).split()
            # An utterance without a word begins where the next one does, which is the one to be found there.
            starts[len(words)] = turn
            words += own
        number, size = len(self._talks), self.min_words
        self._talks.append((talk.id, tuple(words), starts))
        for begin in range(len(words) - size + 1):
            self._begins[tuple(words[begin : begin + size])].append((number, begin))

    def matches(self, talk: Conversation, episode: str | None = None) -> Iterator[Match]:
        """Yields, turn by turn, each conversation here in which the words of a turn stand; the first place in each.

        Args:
            talk: whose utterances are looked for.
            episode: the part of the source that it is of.
        """
        for turn, utterance in enumerate(talk.utterances):
            words = tuple(normalise_text(utterance.text).split())
            if len(words) < self.min_words:
                continue
            found: dict[int, Match] = {}
            for number, begin in self._begins.get(words[: self.min_words], ()):
                other, text, starts = self._talks[number]
                end = begin + len(words)
                if text[begin:end] != words or not _same(episode, self._episodes.get(other)):
                    continue
                exact = begin in starts and (end in starts or end == len(text)) and _ends_turn(starts, begin, end)
                if number not in found or (exact and found[number].kind == "contained"):
                    place = starts[begin] if exact else None
                    found[number] = Match(talk.id, turn, other, place, "exact" if exact else "contained")
            yield from found.values()


def _same(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _ends_turn(starts: Mapping[int, int], begin: int, end: int) -> bool:
    """Returns whether one turn, and not several, goes from `begin` to `end`."""
    return not any(place in starts for place in range(begin + 1, end))


def find_overlap(
    conversations: Iterable[Conversation],
    others: Iterable[Conversation],
    min_words: int = 5,
    episodes: Mapping[str, str] | None = None,
    other_episodes: Mapping[str, str] | None = None,
) -> list[Match]:
    """Returns the utterances of the first that stand in the others, in order; one match per utterance and conversation.

    Args:
        conversations: whose utterances are looked for.
        others: where.
        min_words: shorter utterances are equal by chance and do not count.
        episodes: the part of the source that a conversation is of, by its id; see `Transcripts`.
        other_episodes: the same of the others.
    """
    transcripts = Transcripts(others, min_words, other_episodes)
    known = episodes or {}
    return [match for talk in conversations for match in transcripts.matches(talk, known.get(talk.id))]


def drop_overlap(
    train: Sequence[Conversation],
    held_out: Iterable[Conversation],
    min_words: int = 5,
    episodes: Mapping[str, str] | None = None,
    held_out_episodes: Mapping[str, str] | None = None,
) -> tuple[list[Conversation], int]:
    """Returns the training conversations that share no longer utterance with those held out, and how many do.

    MELD and EmoryNLP are both *Friends*: without this, training on one shows the other's test split. An utterance is
    shared where its words stand in a row in a conversation of the other side, whichever side has it whole.

    Args:
        train: the conversations to choose from; order is kept.
        held_out: development and test splits of every corpus that is reported on.
        min_words: shorter utterances, such as greetings, are equal by chance and do not count.
        episodes: the part of the source that a training conversation is of, by its id; see `Transcripts`.
        held_out_episodes: the same of those held out.
    """
    others = list(held_out)
    shared = {match.conversation for match in find_overlap(train, others, min_words, episodes, held_out_episodes)}
    shared |= {match.other for match in find_overlap(others, train, min_words, held_out_episodes, episodes)}
    kept = [talk for talk in train if talk.id not in shared]
    return kept, len(train) - len(kept)


def read_left_out(path: Path, corpus: str) -> set[str]:
    """Returns the conversations of a corpus that a file lists to be left out, as `corpus overlap --drop` writes it.

    A line is the corpus's name and an id; `#` begins a comment line.

    Raises:
        InputError: a file that cannot be read, or a line of another form.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {reason_of(error)}") from error
    left_out = set()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, given, talk = line.strip().partition(" ")
        if not given:
            raise BadRow(str(path), number, f"expected a corpus and an id, such as 'meld train/7'; got {line!r}")
        if name == corpus:
            left_out.add(talk)
    return left_out
