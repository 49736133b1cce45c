"""Conversations to trees that a backbone can take."""

from __future__ import annotations

from collections.abc import Iterator

from instructerc.backbones.base import Backbone
from instructerc.conversation import Conversation
from instructerc.prompts import PromptTree, TreeBuilder, Trunk, cut_into_trunks


def build_trees(
    conversation: Conversation, builder: TreeBuilder, backbone: Backbone
) -> Iterator[tuple[Trunk, PromptTree]]:
    """Yields the trees of a conversation, each within the backbone's budget, each utterance asked once."""
    texts = [builder.segment(utterance).text for utterance in conversation.utterances]
    lengths = [length for length, _ in backbone.segment_lengths(texts)]
    budget = max(backbone.budget - _longest_branch(conversation, builder, backbone), max(lengths))
    for trunk in cut_into_trunks(lengths, budget, backbone.min_history):
        yield trunk, builder.build(conversation, trunk.start, trunk.first, trunk.end)


def _longest_branch(conversation: Conversation, builder: TreeBuilder, backbone: Backbone) -> int:
    if not builder.has_branches:
        return 0
    questions = builder.build(conversation).questions
    lengths = backbone.segment_lengths([question.text for question in questions if question.text])
    return max((length for length, _ in lengths), default=0)
