"""Readers of conversations and corpora; none of them needs torch."""

from instructerc.corpora.file_formats import formats, read_conversations
from instructerc.corpora.mixing import mix
from instructerc.corpora.options import ReadOptions, ReadReport
from instructerc.corpora.overlap import Match, drop_overlap, find_overlap
from instructerc.corpora.parquet_writing import write_parquet
from instructerc.corpora.registry import corpora, corpora_with_shares, load_corpus, load_episodes, load_shares
from instructerc.corpora.stats import CorpusStats, corpus_stats
from instructerc.corpora.writing import write_jsonl

__all__ = [
    "CorpusStats",
    "Match",
    "ReadOptions",
    "ReadReport",
    "corpora",
    "corpora_with_shares",
    "corpus_stats",
    "drop_overlap",
    "find_overlap",
    "formats",
    "load_corpus",
    "load_episodes",
    "load_shares",
    "mix",
    "read_conversations",
    "write_jsonl",
    "write_parquet",
]
