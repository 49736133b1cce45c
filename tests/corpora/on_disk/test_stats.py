"""Counts over conversations."""

from __future__ import annotations

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import CorpusStats, corpus_stats


def test_counts() -> None:
    conversations = [
        Conversation("a", [Utterance("Ann", "we won today", "joy"), Utterance("Bo", "", "anger")]),
        Conversation("b", [Utterance("Ann", "so what"), Utterance("Ann", "fine then", "joy")]),
        Conversation("c", [Utterance("Cy", "hm", "fear")]),
    ]
    stats = corpus_stats(iter(conversations))
    assert stats == CorpusStats(
        n_conversations=3,
        n_utterances=5,
        n_speakers=3,
        label_counts={"joy": 2, "anger": 1, "fear": 1},
        n_unlabelled=1,
        mean_turns=5 / 3,
        max_turns=2,
        mean_words=8 / 5,
        max_words=3,
    )
    assert list(stats.label_counts) == ["joy", "anger", "fear"]


def test_nothing_counts_as_nothing() -> None:
    stats = corpus_stats([])
    assert (stats.n_conversations, stats.mean_turns, stats.mean_words, stats.label_counts) == (0, 0.0, 0.0, {})
