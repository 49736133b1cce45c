"""From a model's option log-probabilities to recognitions: calibrated, less sure in other languages, or no label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from instructerc.backbones.settings import ModelSettings
from instructerc.errors import InputError
from instructerc.evaluation import Calibration, Foreign, calibration_of
from instructerc.evaluation.label_free import expected_shares, fit_label_free
from instructerc.labels import LabelSet
from instructerc.recognition.recognition import Recognition, Seen

_SMALLEST = 1e-12


@dataclass(frozen=True)
class Answering:
    """What makes recognitions of a model's log-probabilities.

    Attributes:
        label_set: the options.
        calibration: what turns the model's log-probabilities into ones that can be believed.
        foreign: what lowers the confidence of turns in other languages.
        min_probability: below it a recognition abstains.

    Raises:
        InputError: a probability outside 0 to 1.
    """

    label_set: LabelSet
    calibration: Calibration
    foreign: Foreign
    min_probability: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.min_probability <= 1:
            raise InputError(f"min_probability is {self.min_probability}; give a number from 0 to 1")

    @classmethod
    def of(cls, settings: ModelSettings, label_set: LabelSet, min_probability: float) -> Answering:
        """Returns what a model's settings say, for its own label set or another one."""
        foreign = Foreign.from_data(settings.foreign) if settings.foreign else Foreign()
        return cls(label_set, calibration_of(settings, label_set), foreign, min_probability)

    def answer(self, log_probs: npt.ArrayLike, seen: Seen) -> Recognition:
        """Returns the recognition of an utterance.

        Args:
            log_probs: log p(option | prompt), as the model gives them. Shape: [O]
            seen: what was read with it.
        """
        own = self.calibration.apply(log_probs)
        return self._labelled(own if seen.language is None else np.log(self.foreign.apply(own)), seen)

    def less_their_mean(self, answers: Sequence[Sequence[Recognition]]) -> list[list[Recognition]]:
        """Returns these recognitions of whole conversations with their own mean prediction taken off."""
        turns = [turn for conversation in answers for turn in conversation]
        if not turns:
            return [list(conversation) for conversation in answers]
        rows = np.log(np.maximum([list(turn.probabilities.values()) for turn in turns], _SMALLEST))
        rest = iter(fit_label_free("prior", rows, expected_shares(self.label_set)).apply(rows))
        return [[self._labelled(next(rest), turn.seen) for turn in conversation] for conversation in answers]

    def _labelled(self, log_probs: npt.NDArray[np.floating[Any]], seen: Seen) -> Recognition:
        probabilities = np.exp(log_probs).astype(float)
        best = int(probabilities.argmax())
        probability = float(probabilities[best])
        return Recognition(
            self.label_set.names[best] if probability >= self.min_probability else None,
            probability,
            dict(zip(self.label_set.names, probabilities.tolist(), strict=True)),
            seen.history_turns,
            seen.text_cut,
            seen.demonstrations,
            seen.language,
        )
