"""Conversations to trees that a backbone can take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from instructerc.backbones.base import Backbone
from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.prompts import PromptTree, Question, Scene, TreeBuilder, Trunk, cut_into_trunks


def build_trees(
    conversation: Conversation, builder: TreeBuilder, backbone: Backbone
) -> Iterator[tuple[Trunk, PromptTree]]:
    """Yields the trees of a conversation, each within the backbone's window, each utterance asked once.

    Raises:
        InputError: an utterance and its question alone do not fit the window.
    """
    scene = builder.scene(conversation)
    texts = [builder.segment(utterance, scene).text for utterance in conversation.utterances]
    lengths = [length for length, _ in backbone.segment_lengths(texts)]
    reserves = [0] * len(lengths)
    if builder.has_branches or backbone.spells_options:
        reserves = _reserves(builder.build(conversation, scene=scene).questions, backbone, len(lengths))
    budget = trunk_budget(backbone, scene)
    for length, reserve in zip(lengths, reserves, strict=True):
        check_fit(length + reserve, budget)
    for trunk in cut_into_trunks(lengths, backbone.history.cutter(budget), reserves):
        yield trunk, builder.build(conversation, trunk.start, trunk.first, trunk.end, scene)


def _reserves(questions: Sequence[Question], backbone: Backbone, n_utterances: int) -> list[int]:
    """Returns the tokens that each utterance's questions need after it."""
    asked: list[list[Question]] = [[] for _ in range(n_utterances)]
    for question in questions:
        asked[question.utterance].append(question)
    return [backbone.reserve(some) for some in asked]


def trunk_budget(backbone: Backbone, scene: Scene) -> int:
    """Returns the tokens that the utterances of a trunk and the longest question after them may take together."""
    head = [part.text for part in scene.head if part.text]
    return backbone.budget - sum(length for length, _ in backbone.segment_lengths(head))


def check_fit(n_tokens: int, budget: int) -> None:
    """Raises InputError if an utterance and its question take more tokens than there are."""
    if n_tokens > budget:
        raise InputError(
            f"an utterance and its question take {n_tokens} tokens, and the model's window leaves {budget}; "
            "raise max_tokens, or choose a shorter wording, fewer demonstrations or fewer labels"
        )
