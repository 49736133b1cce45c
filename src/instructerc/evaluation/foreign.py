"""Probabilities on turns in a language that the model does not read: as low as its answers there are right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from instructerc.errors import InputError
from instructerc.evaluation.calibration import fit_temperature
from instructerc.evaluation.scores import FloatArray, as_indices

_HOTTEST = 64.0
_HALVINGS = 60
_MIXES = tuple(step / 20 for step in range(20))
_SMALLEST = 1e-12


@dataclass(frozen=True)
class Foreign:
    """What lowers the calibrated probabilities of a turn in another language; the order of the labels stays.

    (1 - mix) · softmax(log p / temperature) + mix / O. The defaults are for models without any of their own: fitted
    on the embedded model of version 0.1.

    Attributes:
        temperature: above 1 flattens.
        mix: share of the answer that says nothing, 0 to 1.

    Raises:
        InputError: numbers that it cannot have.

    Example:
        >>> Foreign(temperature=1.0, mix=0.5).apply(np.log([0.9, 0.1])).round(2).tolist()
        [0.7, 0.3]
    """

    temperature: float = 1.2
    mix: float = 0.45

    def __post_init__(self) -> None:
        if not 0 < self.temperature < np.inf:
            raise InputError(f"a temperature must be a number above 0, got {self.temperature!r}")
        if not 0 <= self.mix <= 1:
            raise InputError(f"a mix must be a number from 0 to 1, got {self.mix!r}")

    def apply(self, log_probs: npt.ArrayLike) -> FloatArray:
        """Returns probabilities.

        Args:
            log_probs: calibrated as for the model's own language. Shape: [.., O]

        Shape: [.., O]
        """
        rows = np.asarray(log_probs, dtype=np.float64) / self.temperature
        powers = np.exp(rows - rows.max(axis=-1, keepdims=True))
        probabilities: FloatArray = powers / powers.sum(axis=-1, keepdims=True)
        mixed: FloatArray = (1 - self.mix) * probabilities + self.mix / rows.shape[-1]
        return mixed

    def to_data(self) -> dict[str, float]:
        """Returns it as plain JSON data."""
        return {"temperature": self.temperature, "mix": self.mix}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Foreign:
        """Returns what `to_data` wrote.

        Raises:
            InputError: data of another form.
        """
        try:
            return cls(float(data["temperature"]), float(data["mix"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"a lowering is a temperature and a mix, got {data!r}") from error


def fit_foreign(log_probs: npt.ArrayLike, gold: npt.ArrayLike) -> Foreign:
    """Returns the lowering with which the mean confidence is the accuracy, and of those the likeliest.

    For each mix the temperature follows from the accuracy; the mix is the one that gives the gold labels the highest
    likelihood. Where no temperature between 1/64 and 64 reaches the accuracy, the nearest is taken.

    Args:
        log_probs: answers to turns in other languages, calibrated as for the model's own. Shape: [U, O]
        gold: label indices. Shape: [U]

    Raises:
        InputError: shapes that disagree, no turn, or a value that is not finite.
    """
    fit_temperature(log_probs, gold)  # checks both
    rows = np.asarray(log_probs, dtype=np.float64)
    index = as_indices(gold, rows.shape[1], 0)
    accuracy = float((rows.argmax(axis=1) == index).mean())

    def fault(one: Foreign) -> float:
        return float(-np.log(np.maximum(one.apply(rows)[np.arange(len(rows)), index], _SMALLEST)).mean())

    reached = [one for mix in _MIXES if (one := _as_sure_as(accuracy, mix, rows)) is not None]
    return min(reached or [Foreign(_HOTTEST, 0.0)], key=fault)


def _as_sure_as(accuracy: float, mix: float, rows: FloatArray) -> Foreign | None:
    """Returns the lowering of this mix whose mean confidence is `accuracy`, or None where there is none."""

    def confidence(temperature: float) -> float:
        return float(Foreign(temperature, mix).apply(rows).max(axis=1).mean())

    cold, hot = 1 / _HOTTEST, _HOTTEST
    if not confidence(hot) <= accuracy <= confidence(cold):
        return None
    for _ in range(_HALVINGS):
        middle = (cold * hot) ** 0.5
        cold, hot = (middle, hot) if confidence(middle) > accuracy else (cold, middle)
    return Foreign((cold * hot) ** 0.5, mix)
