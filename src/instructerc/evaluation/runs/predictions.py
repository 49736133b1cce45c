"""A model's answers to the utterances of a split, as arrays: what every figure of a run is computed from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from instructerc.conversation import Conversation
from instructerc.errors import InputError, LabelError
from instructerc.evaluation.evaluation import AnswerLike, Evaluation, evaluate_predictions
from instructerc.evaluation.scores import ABSTAINED
from instructerc.labels import LabelSet

UNLABELLED = -1
"""The gold index of an utterance without a label that is scored."""

# float32 rows sum to 1 within some 1e-6; log-probabilities given by mistake are far off.
_SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Predictions:
    """Answers to U utterances, conversation after conversation, each with all its utterances.

    Attributes:
        labels: O label names, in the order that breaks ties.
        conversations: id of the conversation of each utterance. Shape: [U].
        turns: place of the utterance in its conversation, from 1. Shape: [U].
        speakers: who says it. Shape: [U].
        n_words: words of the utterance, parted by blanks. Shape: [U].
        gold: label index, or `UNLABELLED`. Shape: [U].
        answers: label index, or `ABSTAINED`. Shape: [U].
        probabilities: of each label; a row sums to 1. Shape: [U, O], float32.

    Raises:
        InputError: lengths that differ, an utterance that is missing, comes twice or out of order, an index outside the
            labels, or rows that are not probabilities.
        LabelError: labels that contradict each other.
    """

    labels: tuple[str, ...]
    conversations: tuple[str, ...]
    turns: npt.NDArray[np.int64]
    speakers: tuple[str, ...]
    n_words: npt.NDArray[np.int64]
    gold: npt.NDArray[np.int64]
    answers: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        LabelSet("predictions", self.labels)
        self._check_lengths()
        self._check_turns()
        self._check_indices()
        self._check_probabilities()

    def __len__(self) -> int:
        return len(self.conversations)

    @classmethod
    def of(
        cls, conversations: Iterable[Conversation], recognitions: Iterable[Sequence[AnswerLike]], label_set: LabelSet
    ) -> Predictions:
        """Returns a recogniser's answers to conversations, one an utterance.

        Raises:
            InputError: answers that do not match the utterances, or two conversations of one id.
            LabelError: a gold label outside the label set.
        """
        talks, answers = list(conversations), list(recognitions)
        if [len(talk) for talk in talks] != [len(turns) for turns in answers]:
            raise InputError("answers and utterances do not match: each utterance of a conversation needs one answer")
        utterances = [utterance for talk in talks for utterance in talk.utterances]
        flat = [answer for turns in answers for answer in turns]
        rows = [[answer.probabilities[name] for name in label_set.names] for answer in flat]
        return cls(
            label_set.names,
            tuple(talk.id for talk in talks for _ in talk.utterances),
            np.array([turn for talk in talks for turn in range(1, len(talk) + 1)], np.int64),
            tuple(utterance.speaker for utterance in utterances),
            np.array([len(utterance.text.split()) for utterance in utterances], np.int64),
            np.array([_gold_index(utterance.emotion, label_set) for utterance in utterances], np.int64),
            np.array([ABSTAINED if one.label is None else label_set.index(one.label) for one in flat], np.int64),
            np.array(rows, np.float32).reshape(len(flat), len(label_set)),
        )

    @property
    def n_labels(self) -> int:
        """O, the number of labels."""
        return len(self.labels)

    @cached_property
    def scored(self) -> npt.NDArray[np.bool_]:
        """Which utterances have a gold label. Shape: [U]"""
        found: npt.NDArray[np.bool_] = self.gold != UNLABELLED
        return found

    @cached_property
    def conversation_numbers(self) -> npt.NDArray[np.int64]:
        """Number of each utterance's conversation, from 0, in order of appearance. Shape: [U]"""
        numbers: npt.NDArray[np.int64] = np.cumsum(self.turns == 1) - 1
        return numbers

    def evaluate(self, label_set: LabelSet | None = None) -> Evaluation:
        """Returns all scores of the answers.

        Args:
            label_set: of these labels, where another word than "neutral" names the neutral one.

        Raises:
            InputError: no utterance has a gold label.
        """
        blocks = np.split(np.arange(len(self)), np.flatnonzero(self.turns == 1)[1:])

        def words(indices: npt.NDArray[np.int64]) -> list[list[str | None]]:
            names = [None if index < 0 else self.labels[index] for index in indices.tolist()]
            return [[names[place] for place in block.tolist()] for block in blocks]

        labels = LabelSet("predictions", self.labels) if label_set is None else label_set
        return evaluate_predictions(words(self.gold), words(self.answers), labels, probabilities=self.probabilities)

    def _check_lengths(self) -> None:
        n = len(self.conversations)
        shapes = [(len(self.speakers),), *(one.shape for one in (self.turns, self.n_words, self.gold, self.answers))]
        if set(shapes) != {(n,)} or self.probabilities.shape != (n, self.n_labels):
            raise InputError(
                f"predictions of {n} utterances and {self.n_labels} labels have columns of other lengths: "
                f"{shapes}, probabilities {self.probabilities.shape}"
            )
        if not n:
            raise InputError("predictions have no utterance")

    def _check_turns(self) -> None:
        """Raises InputError unless each conversation is one block with the turns 1, 2, 3 and so on."""
        seen: set[str] = set()
        last, expected = None, 1
        for conversation, turn in zip(self.conversations, self.turns.tolist(), strict=True):
            if conversation != last:
                if conversation in seen:
                    raise InputError(f"conversation {conversation!r} occurs twice; each id names one conversation")
                seen.add(conversation)
                last, expected = conversation, 1
            if turn != expected:
                fault = "comes twice or out of order" if 0 < turn < expected else f"comes where {expected} is missing"
                raise InputError(
                    f"conversation {conversation!r}: utterance {turn} {fault}; predictions need every utterance once, "
                    "in order, counted from 1"
                )
            expected += 1

    def _check_indices(self) -> None:
        for what, indices, lowest in (("gold", self.gold, UNLABELLED), ("answer", self.answers, ABSTAINED)):
            outside = (indices < lowest) | (indices >= self.n_labels)
            if outside.any():
                raise InputError(f"{what} index {indices[outside][0]} is none of the {self.n_labels} labels")

    def _check_probabilities(self) -> None:
        rows = self.probabilities
        wrong = ~np.isfinite(rows).all(axis=1)
        wrong |= (rows < 0).any(axis=1) | (np.abs(rows.sum(axis=1, dtype=np.float64) - 1) > _SUM_TOLERANCE)
        if wrong.any():
            place = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"conversation {self.conversations[place]!r}, utterance {self.turns[place]}: {rows[place].tolist()} "
                "are not probabilities; they must be finite, 0 or above, and sum to 1"
            )


def _gold_index(word: str | None, label_set: LabelSet) -> int:
    label = None if word is None else label_set.resolve(word)
    return UNLABELLED if label is None else label_set.names.index(label)


def check_same_utterances(one: Predictions, other: Predictions, names: tuple[str, str] = ("A", "B")) -> None:
    """Raises an error unless two runs answered the same questions, so that they can be compared.

    Raises:
        LabelError: other labels, or in another order.
        InputError: other utterances or gold labels; the first difference is named.
    """
    first, second = names
    if one.labels != other.labels:
        raise LabelError(
            f"{first} has the labels {', '.join(one.labels)}, {second} has {', '.join(other.labels)}; "
            "compare runs of one label set"
        )
    ours, theirs = (list(zip(run.conversations, run.turns.tolist(), strict=True)) for run in (one, other))
    if ours != theirs:
        missing = next((place for place in ours if place not in set(theirs)), None)
        holder, lacking = (first, second) if missing else (second, first)
        place = missing or next((place for place in theirs if place not in set(ours)), ours[0])
        raise InputError(
            f"{holder} has utterance {place[1]} of conversation {place[0]!r} where {lacking} has another or none; "
            "compare runs on the same split of the same corpus"
        )
    different = np.flatnonzero(one.gold != other.gold)
    if different.size:
        place = ours[int(different[0])]
        raise InputError(
            f"{first} and {second} have different gold labels for utterance {place[1]} of conversation {place[0]!r}; "
            "compare runs on the same version of a corpus"
        )
