"""A corpus read whole: its counts beside the published ones, and all that is odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus, CorpusFacts, PublishedCounts
from instructerc.corpora.on_disk.find import find_corpus
from instructerc.corpora.on_disk.oddities import repeated_conversations, unknown_labels
from instructerc.corpora.on_disk.stats import CorpusStats, corpus_stats
from instructerc.corpora.registry import get_corpus
from instructerc.formats.shared.options import Anomaly, ReadReport
from instructerc.labels import load_label_set


@dataclass(frozen=True, slots=True)
class Difference:
    """A count that is not the published one.

    Attributes:
        split: of the corpus.
        what: `conversations`, `utterances` or a label.
        found: the count in the files.
        published: the one that was expected.
    """

    split: str
    what: str
    found: int
    published: int


@dataclass(frozen=True, slots=True)
class CorpusCheck:
    """A folder that was read whole.

    Attributes:
        entry: the corpus that it holds.
        stats: counts by split.
        differences: from the published counts.
        report: repairs and notes of the readers, and rows that were passed over.
    """

    entry: CorpusFacts
    stats: Mapping[str, CorpusStats]
    differences: Sequence[Difference]
    report: ReadReport


def check_corpus(folder: str | Path, entry: CorpusFacts | None = None) -> CorpusCheck:
    """Reads every split of the corpus in a folder, and compares its counts with the published ones.

    The report's anomalies are all that is odd, with file and line where a line is known.

    Args:
        folder: the corpus's folder.
        entry: the corpus, where it was found already.

    Raises:
        InputError: no known corpus, or a file that cannot be read.
        BadRow: a wrong row.
    """
    entry = find_corpus(folder) if entry is None else entry
    anomalies: list[Anomaly] = []
    report = ReadReport(anomalies=anomalies)
    corpus = get_corpus(entry.name)
    splits = {split: corpus.load(Path(folder), split, report) for split in corpus.splits_in(Path(folder))}
    labels = load_label_set(entry.label_set)
    for talks in splits.values():
        anomalies += unknown_labels(talks, labels, str(folder))
    anomalies += repeated_conversations(splits, str(folder))
    stats = {split: _count(corpus, Path(folder), split, talks) for split, talks in splits.items()}
    differences = [
        difference for split in stats for difference in _compare(split, stats[split], _published(entry, split))
    ]
    return CorpusCheck(entry, stats, differences, report)


def _count(corpus: Corpus, folder: Path, split: str, talks: Sequence[Conversation]) -> CorpusStats:
    """Returns the counts of a split, those of its labels as they are published."""
    stats = corpus_stats(talks)
    if corpus.count_labels is None:
        return stats
    return replace(stats, label_counts=corpus.count_labels(folder, split))


def _published(entry: CorpusFacts, split: str) -> PublishedCounts:
    return entry.published.get(split, PublishedCounts())


def _compare(split: str, found: CorpusStats, counts: PublishedCounts) -> list[Difference]:
    pairs: list[tuple[str, int, int | None]] = [
        ("conversations", found.n_conversations, counts.conversations),
        ("utterances", found.n_utterances, counts.utterances),
    ]
    if counts.labels:
        labels = dict.fromkeys((*counts.labels, *found.label_counts))
        pairs += [(label, found.label_counts.get(label, 0), counts.labels.get(label, 0)) for label in labels]
    return [
        Difference(split, what, count, published)
        for what, count, published in pairs
        if published is not None and count != published
    ]
