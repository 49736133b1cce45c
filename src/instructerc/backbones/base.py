"""What every backbone offers: log-probabilities of the options of a tree's questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from instructerc.prompts import History, PromptTree, Question, Segment

FloatArray = npt.NDArray[np.float32]
# What the weights of a language model may be held in.
Dtype = Literal["float32", "bfloat16", "float16"]


class PromptMeasure(Protocol):
    """What must be known about a model before a conversation is cut for it.

    Attributes:
        budget: tokens that a trunk and the longest question after it may hold together.
        history: earlier turns that a target sees.
        spells_options: whether an option stands after its question, and takes tokens there.
    """

    budget: int
    history: History
    spells_options: bool

    def segment_lengths(self, texts: Sequence[str]) -> list[tuple[int, bool]]:
        """Returns, for each segment text, its tokens as used and whether it had to be cut."""
        ...

    def head_length(self, head: Sequence[Segment]) -> int:
        """Returns the tokens of the segments before the first utterance."""
        ...

    def reserve(self, questions: Sequence[Question]) -> int:
        """Returns the tokens that the longest of these questions takes after its trunk, its option included."""
        ...


class Backbone(PromptMeasure, Protocol):
    """A model that answers prompt trees; many threads may ask one at once.

    Attributes:
        kind: its name in recipes, model folders and the registry.
    """

    kind: str

    def check_options(self, options: Sequence[str]) -> None:
        """Raises LabelError if the model could not tell two of these option texts apart, or read one of them."""
        ...

    def score(self, trees: Sequence[PromptTree]) -> list[list[FloatArray]]:
        """Returns log p(option | prompt) of each question of each tree.

        Float32, normalised over the options: Shape: [O] each. A tree's numbers do not depend on the
        trees beside it.
        """
        ...

    def live(self) -> LiveTrunk:
        """Returns an empty trunk for one live conversation."""
        ...


class LiveTrunk(Protocol):
    """A trunk that grows; it keeps what was computed for the turns before."""

    def ask(self, tree: PromptTree) -> list[FloatArray]:
        """Returns what `Backbone.score` gives for this tree, computing only what its trunk adds to the last one."""
        ...

    def prepare(self, tree: PromptTree) -> None:
        """Computes another trunk, or its continuation, with which a later tree may begin."""
        ...


class RecomputedTrunk:
    """The live trunk of a backbone that keeps nothing."""

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone

    def ask(self, tree: PromptTree) -> list[FloatArray]:
        """Returns the answers to the tree's questions."""
        return self.backbone.score([tree])[0]

    def prepare(self, tree: PromptTree) -> None:
        """Does nothing: nothing would be kept."""


def log_softmax(scores: npt.NDArray[np.floating]) -> FloatArray:
    """Returns scores normalised to log-probabilities over the last axis, float32."""
    shifted = scores.astype(np.float32) - scores.max(-1, keepdims=True)
    normalised: FloatArray = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return normalised
