"""All scores of a run in one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from instructerc.conversation import Conversation
from instructerc.errors import InputError, LabelError
from instructerc.evaluation import bootstrap, calibration, scores
from instructerc.labels import LabelSet


class AnswerLike(Protocol):
    """What is read of a `Recognition`."""

    @property
    def label(self) -> str | None: ...

    @property
    def probabilities(self) -> Mapping[str, float]: ...


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Scores of one label, as fractions.

    Attributes:
        support: utterances with this gold label.
        predicted: utterances that were given this label.
        abstained: utterances with this gold label that got no answer.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int
    abstained: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores of predicted against gold labels; all are fractions from 0 to 1 but `brier` and the likelihood.

    Attributes:
        labels: O label names, the order of `per_class` and of both sides of `confusion_matrix`.
        neutral: the label that `micro_f1_without_neutral` leaves out, or None.
        n_utterances: utterances scored.
        n_conversations: conversations with at least one of them.
        n_unlabelled: utterances without a gold label, left out.
        n_ignored: utterances whose gold label the label set does not score, left out.
        abstained: scored utterances without an answer; each counts as a miss.
        weighted_f1_interval: 95 % bootstrap over conversations, or None with fewer than two.
        micro_f1_without_neutral: DailyDialog's convention, or None where no label means neutral.
        expected_calibration_error: 15 equal-width bins, or None without probabilities.
        calibration_error_by_chance: what it would be on average if every confidence were true, or None likewise.
        brier: 0 (best) to 2, or None without probabilities.
        negative_log_likelihood: nats per utterance, or None without probabilities.
        per_class: one entry a label.
        confusion_matrix: gold label by row, answered label by column; abstentions stand in `per_class`.
    """

    labels: tuple[str, ...]
    neutral: str | None
    n_utterances: int
    n_conversations: int
    n_unlabelled: int
    n_ignored: int
    abstained: int
    weighted_f1: float
    weighted_f1_interval: tuple[float, float] | None
    macro_f1: float
    micro_f1: float
    micro_f1_without_neutral: float | None
    accuracy: float
    expected_calibration_error: float | None
    calibration_error_by_chance: float | None
    brier: float | None
    negative_log_likelihood: float | None
    per_class: tuple[ClassScores, ...]
    confusion_matrix: tuple[tuple[int, ...], ...]

    @property
    def coverage(self) -> float:
        """Share of the scored utterances that got an answer."""
        return 1 - self.abstained / self.n_utterances

    def to_dict(self) -> dict[str, Any]:
        """Returns every field and `coverage` as what JSON can hold: `labels`, `per_class` and the matrix as lists."""
        data = asdict(self) | {"coverage": self.coverage}
        interval = self.weighted_f1_interval
        return data | {
            "labels": list(self.labels),
            "weighted_f1_interval": None if interval is None else list(interval),
            "per_class": [asdict(row) for row in self.per_class],
            "confusion_matrix": [list(row) for row in self.confusion_matrix],
        }


def evaluate_recognitions(
    conversations: Iterable[Conversation],
    recognitions: Iterable[Sequence[AnswerLike]],
    label_set: LabelSet,
    *,
    n_draws: int = bootstrap.N_DRAWS,
    seed: int = 0,
) -> Evaluation:
    """Returns the scores of a recogniser's answers against the emotions that the conversations carry.

    Args:
        conversations: with gold emotions, at least in part.
        recognitions: for each conversation, one answer an utterance, its probabilities in label order.
        label_set: of the answers and the gold labels.
        n_draws: bootstrap resamples for the interval.
        seed: of the bootstrap.

    Raises:
        InputError: answers that do not match the utterances, or no labelled utterance.
        LabelError: a label outside the label set.
    """
    answers = list(recognitions)
    return evaluate_predictions(
        [[utterance.emotion for utterance in conversation.utterances] for conversation in conversations],
        [[answer.label for answer in turns] for turns in answers],
        label_set,
        probabilities=[[turn.probabilities[name] for name in label_set.names] for turns in answers for turn in turns],
        n_draws=n_draws,
        seed=seed,
    )


def evaluate_predictions(
    gold: Sequence[Sequence[str | None]],
    predicted: Sequence[Sequence[str | None]],
    label_set: LabelSet,
    *,
    probabilities: npt.ArrayLike | None = None,
    n_draws: int = bootstrap.N_DRAWS,
    seed: int = 0,
) -> Evaluation:
    """Returns the scores of predicted labels; utterances without a gold label are left out and counted.

    Args:
        gold: labels or aliases by conversation and utterance; None where unlabelled.
        predicted: labels by conversation and utterance; None for an abstention.
        label_set: what both are resolved by.
        probabilities: of all utterances in one run, conversation after conversation. Shape: [U, O]
        n_draws: bootstrap resamples for the interval.
        seed: of the bootstrap.

    Raises:
        InputError: lengths that differ, no utterance to score, or rows that are not probabilities.
        LabelError: a label outside the label set.
    """
    conversation = _matched_conversations(gold, predicted)
    gold_words = [word for words in gold for word in words]
    gold_index = np.array([_gold_index(word, label_set) for word in gold_words], dtype=np.int64)
    scored = gold_index >= 0
    if not scored.any():
        raise InputError(f"no utterance has a label of {label_set.name!r} to score against")
    answers = [scores.ABSTAINED if word is None else label_set.index(word) for words in predicted for word in words]
    predicted_index = np.array(answers, dtype=np.int64)[scored]
    n_unlabelled = sum(word is None for word in gold_words)
    return _collect(
        gold_index[scored],
        predicted_index,
        conversation[scored],
        label_set,
        None if probabilities is None else _scored_rows(probabilities, scored, label_set),
        {"n_unlabelled": n_unlabelled, "n_ignored": int((~scored).sum()) - n_unlabelled},
        {"n_draws": n_draws, "seed": seed},
    )


def _matched_conversations(gold: Sequence[Sequence[Any]], predicted: Sequence[Sequence[Any]]) -> scores.IntArray:
    """Returns the conversation number of each utterance. Shape: [U]"""
    if len(gold) != len(predicted):
        raise InputError(f"{len(gold)} conversations with gold labels, {len(predicted)} with predictions")
    for number, (ours, theirs) in enumerate(zip(gold, predicted, strict=True)):
        if len(ours) != len(theirs):
            raise InputError(f"conversation {number} has {len(ours)} utterances and {len(theirs)} predictions")
    return np.repeat(np.arange(len(gold)), [len(words) for words in gold])


def _gold_index(word: str | None, label_set: LabelSet) -> int:
    label = None if word is None else label_set.resolve(word)
    return -1 if label is None else label_set.names.index(label)


def _scored_rows(probabilities: npt.ArrayLike, scored: npt.NDArray[np.bool_], label_set: LabelSet) -> scores.FloatArray:
    rows = np.asarray(probabilities, dtype=np.float64)
    if rows.shape != (scored.size, len(label_set)):
        raise InputError(f"probabilities have shape {rows.shape}; expected {(scored.size, len(label_set))}")
    chosen: scores.FloatArray = rows[scored]
    return chosen


def _neutral(label_set: LabelSet) -> str | None:
    try:
        return label_set.resolve("neutral")
    except LabelError:
        return None


def _collect(
    gold: scores.IntArray,
    predicted: scores.IntArray,
    conversation: scores.IntArray,
    label_set: LabelSet,
    probabilities: scores.FloatArray | None,
    left_out: dict[str, int],
    drawing: dict[str, int],
) -> Evaluation:
    matrix = scores.confusion_matrix(gold, predicted, len(label_set))
    neutral = _neutral(label_set)
    without = None if neutral is None else scores.micro_f1(matrix, excluded=label_set.names.index(neutral))
    return Evaluation(
        labels=label_set.names,
        neutral=neutral,
        n_utterances=gold.size,
        n_conversations=np.unique(conversation).size,
        **left_out,
        abstained=int(matrix[:, -1].sum()),
        weighted_f1=scores.weighted_f1(matrix),
        weighted_f1_interval=bootstrap.weighted_f1_interval(gold, predicted, conversation, len(label_set), **drawing),
        macro_f1=scores.macro_f1(matrix),
        micro_f1=scores.micro_f1(matrix),
        micro_f1_without_neutral=without,
        accuracy=scores.accuracy(matrix),
        **_calibration(probabilities, gold),
        per_class=_per_class(matrix, label_set),
        confusion_matrix=tuple(tuple(int(cell) for cell in row) for row in matrix[:, :-1]),
    )


def _calibration(probabilities: scores.FloatArray | None, gold: scores.IntArray) -> dict[str, Any]:
    if probabilities is None:
        nothing = ("expected_calibration_error", "calibration_error_by_chance", "brier", "negative_log_likelihood")
        return dict.fromkeys(nothing)
    return {
        "expected_calibration_error": calibration.expected_calibration_error(probabilities, gold),
        "calibration_error_by_chance": calibration.calibration_error_by_chance(probabilities, gold),
        "brier": calibration.brier_score(probabilities, gold),
        "negative_log_likelihood": calibration.negative_log_likelihood(probabilities, gold),
    }


def _per_class(matrix: scores.IntArray, label_set: LabelSet) -> tuple[ClassScores, ...]:
    precision, recall, f1 = scores.precision_recall_f1(matrix)
    _, answered, support = scores.label_counts(matrix)
    return tuple(
        ClassScores(
            label,
            precision=float(precision[i]),
            recall=float(recall[i]),
            f1=float(f1[i]),
            support=int(support[i]),
            predicted=int(answered[i]),
            abstained=int(matrix[i, -1]),
        )
        for i, label in enumerate(label_set.names)
    )
