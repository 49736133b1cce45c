"""Conversations to trees that a backbone can take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from instructerc.backbones.base import PromptMeasure
from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.prompts import (
    Demonstration,
    Demonstrator,
    History,
    PromptTree,
    Question,
    Scene,
    TreeBuilder,
    Trunk,
    cut_into_trunks,
)


def build_trees(
    conversation: Conversation, builder: TreeBuilder, backbone: PromptMeasure, history: History | None = None
) -> Iterator[tuple[Trunk, PromptTree]]:
    """Yields the trees of a conversation, each within the backbone's window, each utterance asked once.

    Args:
        conversation: the conversation.
        builder: makes the trees.
        backbone: says what fits.
        history: what a target sees of the turns before it; the backbone's own where None.

    Raises:
        InputError: an utterance and its question alone do not fit the window.
    """
    if builder.demonstrator is not None:
        builder = replace(builder, demonstrator=_Remembering(builder.demonstrator))
    scene = builder.scene(conversation)
    texts = [builder.segment(utterance, scene).text for utterance in conversation.utterances]
    lengths = [length for length, _ in backbone.segment_lengths(texts)]
    reserves = [0] * len(lengths)
    if builder.has_branches or backbone.spells_options:
        reserves = _reserves(builder.build(conversation, scene=scene).questions, backbone, len(lengths))
    budget = trunk_budget(backbone, scene)
    for length, reserve in zip(lengths, reserves, strict=True):
        check_fit(length + reserve, budget)
    for trunk in cut_into_trunks(lengths, (history or backbone.history).cutter(budget), reserves):
        yield trunk, builder.build(conversation, trunk.start, trunk.first, trunk.end, scene)


class _Remembering:
    """A demonstrator for one conversation, which is asked twice: for the lengths of questions, then for the trees."""

    def __init__(self, demonstrator: Demonstrator) -> None:
        self.demonstrator = demonstrator
        self._known: dict[int, tuple[Demonstration, ...]] = {}

    def retrieve(
        self, conversation: Conversation, indices: Sequence[int], gold: Sequence[str | None] | None = None
    ) -> list[tuple[Demonstration, ...]]:
        """Returns the demonstrations of each utterance; see `Demonstrator.retrieve`."""
        if not self._known.keys() >= set(indices):
            found = self.demonstrator.retrieve(conversation, indices, gold)
            self._known.update(zip(indices, found, strict=True))
        return [self._known[index] for index in indices]


def _reserves(questions: Sequence[Question], backbone: PromptMeasure, n_utterances: int) -> list[int]:
    """Returns the tokens that each utterance's questions need after it."""
    asked: list[list[Question]] = [[] for _ in range(n_utterances)]
    for question in questions:
        asked[question.utterance].append(question)
    return [backbone.reserve(some) for some in asked]


def trunk_budget(backbone: PromptMeasure, scene: Scene) -> int:
    """Returns the tokens that the utterances of a trunk and the longest question after them may take together."""
    return backbone.budget - backbone.head_length(scene.head)


def check_fit(n_tokens: int, budget: int) -> None:
    """Raises InputError if an utterance and its question take more tokens than there are."""
    if n_tokens > budget:
        raise InputError(
            f"an utterance and its question take {n_tokens} tokens, and the model's window leaves {budget}; "
            "raise max_tokens, or choose a shorter wording, fewer demonstrations or fewer labels"
        )
