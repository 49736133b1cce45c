"""A head: labels that were learnt, beside those that are compared by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from instructerc.backbones.base import FloatArray


@dataclass(frozen=True, eq=False)
class Head:
    """One score a label: weights · state + bias + `name_scale` · (the label's option state · state).

    Attributes:
        options: the labels as questions spell them.
        weights: float32. Shape: [O, H]
        bias: float32. Shape: [O]
        name_scale: how much the label's own words count; 0 for nothing.
    """

    options: tuple[str, ...]
    weights: FloatArray
    bias: FloatArray
    name_scale: float

    @cached_property
    def _places(self) -> dict[str, int]:
        return {text: place for place, text in enumerate(self.options)}

    def knows(self, options: Sequence[str]) -> bool:
        """Returns whether it has learnt all of these; they may be some of its labels, in any order."""
        return all(text in self._places for text in options)

    def score(
        self, state: FloatArray, options: tuple[str, ...], option_states: Callable[[tuple[str, ...]], FloatArray]
    ) -> FloatArray:
        """Returns the score of each of these options, which it knows. Shape: [O]

        Args:
            state: of the question. Shape: [H]
            options: their texts.
            option_states: gives the states of texts, where they are needed. Shape: [O, H]
        """
        places = [self._places[text] for text in options]
        scores: FloatArray = self.weights[places] @ state + self.bias[places]
        if self.name_scale:
            scores = scores + self.name_scale * (option_states(options) @ state)
        return scores
