"""Readers of conversations and corpora; none of them needs torch."""

from instructerc.corpora.options import ReadOptions, ReadReport
from instructerc.corpora.registry import corpora, formats, load_corpus, read_conversations
from instructerc.corpora.stats import CorpusStats, corpus_stats
from instructerc.corpora.writing import write_jsonl

__all__ = [
    "CorpusStats",
    "ReadOptions",
    "ReadReport",
    "corpora",
    "corpus_stats",
    "formats",
    "load_corpus",
    "read_conversations",
    "write_jsonl",
]
