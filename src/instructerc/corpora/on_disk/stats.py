"""Counts over conversations, in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from instructerc.conversation import Conversation


@dataclass(frozen=True, slots=True)
class CorpusStats:
    """What a corpus holds.

    Attributes:
        n_conversations: how many.
        n_utterances: over all conversations.
        n_speakers: different speaker names; the same name in two conversations counts once.
        label_counts: utterances by gold label as written, most frequent first, ties by name.
        n_unlabelled: utterances without a gold label.
        mean_turns: utterances per conversation.
        max_turns: of the longest conversation.
        mean_words: blank-separated words per utterance.
        max_words: of the longest utterance.
    """

    n_conversations: int
    n_utterances: int
    n_speakers: int
    label_counts: Mapping[str, int]
    n_unlabelled: int
    mean_turns: float
    max_turns: int
    mean_words: float
    max_words: int


def corpus_stats(conversations: Iterable[Conversation]) -> CorpusStats:
    """Returns the counts; of no conversations, all are 0."""
    n_conversations = n_utterances = n_words = max_turns = max_words = n_unlabelled = 0
    speakers: set[str] = set()
    labels: Counter[str] = Counter()
    for conversation in conversations:
        n_conversations += 1
        n_utterances += len(conversation)
        max_turns = max(max_turns, len(conversation))
        for utterance in conversation.utterances:
            words = len(utterance.text.split())
            n_words += words
            max_words = max(max_words, words)
            speakers.add(utterance.speaker)
            if utterance.emotion is None:
                n_unlabelled += 1
            else:
                labels[utterance.emotion] += 1
    return CorpusStats(
        n_conversations=n_conversations,
        n_utterances=n_utterances,
        n_speakers=len(speakers),
        label_counts=dict(sorted(labels.items(), key=lambda item: (-item[1], item[0]))),
        n_unlabelled=n_unlabelled,
        mean_turns=n_utterances / max(n_conversations, 1),
        max_turns=max_turns,
        mean_words=n_words / max(n_utterances, 1),
        max_words=max_words,
    )
