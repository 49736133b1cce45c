"""A backbone's answers to questions with a gold option: what selects an epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instructerc.backbones.base import Backbone, FloatArray
from instructerc.evaluation import confusion_matrix, weighted_f1
from instructerc.prompts import PromptTree


@dataclass(frozen=True)
class Scored:
    """Answers to U recognition questions that have a gold label.

    Attributes:
        gold: index of the gold option. Shape: [U].
        log_probs: log p(option | prompt). Shape: [U, O].
    """

    gold: npt.NDArray[np.int64]
    log_probs: FloatArray

    @classmethod
    def joined(cls, parts: Sequence[Scored]) -> Scored:
        """Returns the answers of several parts as one."""
        return cls(np.concatenate([part.gold for part in parts]), np.concatenate([part.log_probs for part in parts]))

    @property
    def weighted_f1(self) -> float:
        """A fraction."""
        return weighted_f1(confusion_matrix(self.gold, self.log_probs.argmax(-1), self.log_probs.shape[1]))


def score_recognition(backbone: Backbone, trees: Sequence[PromptTree]) -> Scored:
    """Returns the answers to the trees' questions that have a gold option; all with the same options."""
    return answered(trees, backbone.score(trees))


def answered(trees: Sequence[PromptTree], scores: Sequence[Sequence[FloatArray]]) -> Scored:
    """Returns of a backbone's scores those of questions that have a gold option."""
    pairs = [
        (question.answer, log_probs)
        for tree, answers in zip(trees, scores, strict=True)
        for question, log_probs in zip(tree.questions, answers, strict=True)
        if question.answer is not None
    ]
    return Scored(np.array([gold for gold, _ in pairs]), np.array([log_probs for _, log_probs in pairs]))
