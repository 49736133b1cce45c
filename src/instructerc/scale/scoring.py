"""Conversations to answers, as a worker does it, wherever it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.scale.answers import REFUSED, Answers, answer_type, encode
from instructerc.scale.model import ModelAbout, ModelChoice, describe_model

if TYPE_CHECKING:
    from instructerc.recognition import Recognizer


@dataclass(frozen=True, slots=True)
class ScoredShard:
    """What a worker makes of a shard.

    Attributes:
        answers: of the turns of all its conversations, one after another; `REFUSED` for refused ones. Shape: [U].
        refused: the reason for each conversation that the model cannot take, by its place in the shard.
    """

    answers: Answers
    refused: dict[int, str]


class ShardScorer:
    """A loaded model that answers shards.

    Args:
        choice: the model.
        threads: see `ModelChoice.load`.
    """

    def __init__(self, choice: ModelChoice, threads: int | None) -> None:
        self.recognizer: Recognizer = choice.load(threads)
        self.about: ModelAbout = describe_model(choice, self.recognizer)

    def describe(self) -> ModelAbout:
        """Returns what a run notes of the model."""
        return self.about

    def score(self, conversations: Sequence[Conversation]) -> ScoredShard:
        """Returns the answers of a shard; a conversation that the model cannot take does not harm the others."""
        try:
            parts = [encode(answers, self.about.labels) for answers in self.recognizer.recognize_many(conversations)]
            return ScoredShard(np.concatenate(parts), {})
        except InputError:
            return self._one_by_one(conversations)

    def _one_by_one(self, conversations: Sequence[Conversation]) -> ScoredShard:
        parts: list[Answers] = []
        refused: dict[int, str] = {}
        for place, conversation in enumerate(conversations):
            try:
                parts.append(encode(self.recognizer.recognize(conversation), self.about.labels))
            except InputError as error:
                refused[place] = str(error)
                none = np.zeros(len(conversation), answer_type(len(self.about.labels)))
                none["label"] = REFUSED
                parts.append(none)
        return ScoredShard(np.concatenate(parts), refused)
