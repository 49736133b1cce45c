"""Gold labels of what a command reads: all of them are words of its label set, or the first other one is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from instructerc.errors import LabelError

if TYPE_CHECKING:
    from instructerc.conversation import Conversation
    from instructerc.labels import LabelSet


def check_labels(conversations: Sequence[Conversation], label_set: LabelSet, advice: str, source: str = "") -> None:
    """Sees that the label set has every gold label.

    Args:
        conversations: with gold labels on some turns.
        label_set: in which they must be.
        advice: what to do about another one; ends the message.
        source: what was read, with which the message begins.

    Raises:
        LabelError: the first label that it does not have, with its place.
    """
    for conversation in conversations:
        for turn, utterance in enumerate(conversation.utterances, start=1):
            if utterance.emotion is None:
                continue
            try:
                label_set.resolve(utterance.emotion)
            except LabelError as error:
                place = f"conversation {conversation.id!r}, turn {turn}"
                raise LabelError(f"{source + ': ' if source else ''}{place}: {error}; {advice}") from error
