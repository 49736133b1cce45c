"""Readers of conversations and corpora; none of them needs torch."""

from instructerc.corpora.file_formats import formats, read_conversations
from instructerc.corpora.mixing import drop_overlap, mix
from instructerc.corpora.options import ReadOptions, ReadReport
from instructerc.corpora.registry import corpora, load_corpus
from instructerc.corpora.stats import CorpusStats, corpus_stats
from instructerc.corpora.writing import write_jsonl

__all__ = [
    "CorpusStats",
    "ReadOptions",
    "ReadReport",
    "corpora",
    "corpus_stats",
    "drop_overlap",
    "formats",
    "load_corpus",
    "mix",
    "read_conversations",
    "write_jsonl",
]
