"""Corpora: loaded by name, compared, mixed and counted; none of it needs torch."""

from instructerc.corpora.joint.mixing import mix
from instructerc.corpora.joint.overlap import Match, drop_overlap, find_overlap
from instructerc.corpora.on_disk.stats import CorpusStats, corpus_stats
from instructerc.corpora.registry import corpora, corpora_with_shares, load_corpus, load_episodes, load_shares

__all__ = [
    "CorpusStats",
    "Match",
    "corpora",
    "corpora_with_shares",
    "corpus_stats",
    "drop_overlap",
    "find_overlap",
    "load_corpus",
    "load_episodes",
    "load_shares",
    "mix",
]
