"""What is known of each corpus before its files are read: licence, where it is had, and its published counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from instructerc.corpora.options import ReadReport
from instructerc.corpora.registry import SPLITS, load_corpus
from instructerc.corpora.stats import CorpusStats, corpus_stats
from instructerc.errors import InputError


@dataclass(frozen=True, slots=True)
class PublishedCounts:
    """What a corpus's authors, or its official files, say that a split holds; None where they say nothing."""

    conversations: int | None = None
    utterances: int | None = None
    labels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CorpusEntry:
    """A corpus of the catalogue.

    Attributes:
        name: as `load_corpus` takes it.
        about: what it is, in a line.
        licence: of its data.
        share: whether weights that were trained on it may be given to others.
        where: where its owner gives it out.
        files: what its folder holds; by these it is found.
        label_set: the shipped label set of its labels.
        source: what it was taken from, where other corpora were too.
        published: counts by split.
    """

    name: str
    about: str
    licence: str
    share: bool
    where: str
    files: tuple[str, ...]
    label_set: str
    source: str | None
    published: Mapping[str, PublishedCounts]


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

    entry: CorpusEntry
    stats: Mapping[str, CorpusStats]
    differences: Sequence[Difference]
    report: ReadReport


@cache
def catalogue() -> tuple[CorpusEntry, ...]:
    """Returns every corpus of the catalogue, by name."""
    import yaml

    text = (resources.files("instructerc.corpora") / "catalogue.yaml").read_text(encoding="utf-8")
    return tuple(_entry(name, data) for name, data in sorted(yaml.safe_load(text).items()))


def find_corpus(folder: str | Path) -> CorpusEntry:
    """Returns the corpus whose files a folder holds.

    Raises:
        InputError: no folder, or one that holds no corpus of the catalogue whole.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder; give the one that holds a corpus")
    nearest: tuple[CorpusEntry, list[str]] | None = None
    missing = [[name for name in entry.files if not (folder / name).exists()] for entry in catalogue()]
    for entry, names in zip(catalogue(), missing, strict=True):
        if not names:
            return entry
        if len(names) < len(entry.files):
            nearest = nearest or (entry, names)
    if nearest:
        entry, names = nearest
        raise InputError(f"{folder}: looks like {entry.name}, and lacks {', '.join(names)}; had from {entry.where}")
    known = ", ".join(entry.name for entry in catalogue())
    raise InputError(f"{folder}: holds the files of no known corpus; known are {known}")


def check_corpus(folder: str | Path) -> CorpusCheck:
    """Reads every split of the corpus in a folder, and compares its counts with the published ones.

    Raises:
        InputError: no known corpus, or a file that cannot be read.
        BadRow: a wrong row.
    """
    entry, report = find_corpus(folder), ReadReport()
    stats = {split: corpus_stats(load_corpus(entry.name, folder, split, report)) for split in SPLITS}
    differences = [
        difference for split, counts in entry.published.items() for difference in _compare(split, stats[split], counts)
    ]
    return CorpusCheck(entry, stats, differences, report)


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


def _entry(name: str, data: Mapping[str, Any]) -> CorpusEntry:
    published = {split: PublishedCounts(**counts) for split, counts in data["published"].items()}
    rest = {key: value for key, value in data.items() if key not in {"published", "files"}}
    return CorpusEntry(name=name, files=tuple(data["files"]), published=published, **{"source": None, **rest})
