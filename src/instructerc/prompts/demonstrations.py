"""Demonstrations: labelled utterances of the training split that a prompt may show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from instructerc.conversation import Conversation


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A labelled utterance of the training split, shown in a prompt (arXiv:2309.11911, section 3.2).

    Attributes:
        speaker: who says it; None where the bank removes speakers, as the paper does.
        text: what is said.
        label: label name of the label set in use.
        history: (speaker, text) of the turns before it, oldest first; a speaker is "" where the bank removes them.
        conversation: id of the conversation it is from.
        utterance: its index there.
        similarity: cosine to the utterance it was retrieved for, -1 to 1; 0 in a bank.
    """

    speaker: str | None
    text: str
    label: str
    history: tuple[tuple[str, str], ...] = ()
    conversation: str = ""
    utterance: int = 0
    similarity: float = 0.0


class Demonstrator(Protocol):
    """Finds demonstrations for utterances."""

    def retrieve(
        self, conversation: Conversation, indices: Sequence[int], gold: Sequence[str | None] | None = None
    ) -> list[tuple[Demonstration, ...]]:
        """Returns the demonstrations of each utterance, most similar first.

        Args:
            conversation: what the utterances are from.
            indices: which of its utterances.
            gold: their labels, given only while training prompts are built with the `same-label` pairing; under
                any other pairing it is not read.
        """
        ...
