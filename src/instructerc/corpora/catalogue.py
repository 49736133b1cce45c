"""What is known of each corpus before its files are read: licence, where it is had, and its published counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation
from instructerc.corpora.catalogue_data import read_catalogue
from instructerc.corpora.on_disk.oddities import repeated_conversations, unknown_labels
from instructerc.corpora.on_disk.stats import CorpusStats, corpus_stats
from instructerc.corpora.registry import SPLITS, count_labels, load_corpus
from instructerc.errors import InputError
from instructerc.formats.shared.options import Anomaly, ReadReport
from instructerc.labels import load_label_set

_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class PublishedCounts:
    """What a corpus's authors, or its official files, say that a split holds; None where they say nothing."""

    conversations: int | None = None
    utterances: int | None = None
    labels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Download:
    """A file that a corpus's owner gives out at an address of its own.

    Attributes:
        url: the address, https.
        sha256: of the file.
        bytes: its size.
    """

    url: str
    sha256: str
    bytes: int


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
        heads: a pattern that the beginning of such a file has, by file, where its name alone does not tell the corpus.
        label_set: the shipped label set of its labels.
        source: what it was taken from, where other corpora were too.
        published: counts by split.
        download: addresses by file; empty where the owner gives none for all of the files, or asks for a form first.
    """

    name: str
    about: str
    licence: str
    share: bool
    where: str
    files: tuple[str, ...]
    heads: Mapping[str, str]
    label_set: str
    source: str | None
    published: Mapping[str, PublishedCounts]
    download: Mapping[str, Download] = field(default_factory=dict)


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
    return tuple(_entry(name, data) for name, data in sorted(read_catalogue().items()))


def find_corpus(folder: str | Path) -> CorpusEntry:
    """Returns the corpus whose files a folder holds.

    Raises:
        InputError: no folder, or one that holds no corpus of the catalogue whole.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder; give the one that holds a corpus")
    entry = _match(folder)
    if entry is not None:
        return entry
    renamed = _find_renamed(folder)
    if renamed:
        raise InputError(renamed)
    missing = [(one, [name for name in one.files if not (folder / name).exists()]) for one in catalogue()]
    entry, names = min(missing, key=lambda item: len(item[1]) / len(item[0].files))
    if not names:
        raise InputError(
            f"{folder}: has the files of {entry.name} by name, but {', '.join(entry.heads)} begins otherwise; had from "
            f"{entry.where}"
        )
    if len(names) < len(entry.files):
        raise InputError(f"{folder}: looks like {entry.name}, and lacks {', '.join(names)}; had from {entry.where}")
    known = ", ".join(entry.name for entry in catalogue())
    raise InputError(f"{folder}: holds the files of no known corpus; known are {known}")


def find_corpora(folder: str | Path) -> list[tuple[Path, CorpusEntry]]:
    """Returns every corpus in a folder and in the folders below it, sorted by folder.

    Raises:
        InputError: no folder, or no corpus of the catalogue whole.
    """
    root = Path(folder)
    found = []
    for place in sorted((root, *(path for path in root.rglob("*") if path.is_dir()))) if root.is_dir() else ():
        if (entry := _match(place)) is not None:
            found.append((place, entry))
    # What is wrong with it is told as for a single folder.
    return found or [(root, find_corpus(root))]


def _match(folder: Path) -> CorpusEntry | None:
    """Returns the corpus all of whose files a folder has; None where it has none whole."""
    return next((entry for entry in catalogue() if all(_has(folder, name, entry) for name in entry.files)), None)


def _has(folder: Path, name: str, entry: CorpusEntry) -> bool:
    """Says whether a folder has one of a corpus's files, by its name and, where that is common, by how it begins."""
    # A file may lie in a folder of its split or beside the others: `train/dialogues_train.txt or dialogues_train.txt`.
    path = next((path for path in map(folder.joinpath, name.split(" or ")) if path.exists()), None)
    return path is not None and (name not in entry.heads or re.search(entry.heads[name], _head(path)) is not None)


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def _find_renamed(folder: Path) -> str | None:
    """Returns what to do about files that hold a corpus under other names; None where there are none."""
    heads = {path: _head(path) for path in sorted(folder.iterdir()) if path.is_file()}
    for entry in catalogue():
        patterns = set(entry.heads.values())
        like = [path.name for path, head in heads.items() if any(re.search(pattern, head) for pattern in patterns)]
        if like and not any(name in entry.files for name in like):
            return (
                f"{folder}: {', '.join(like)} would be {entry.name} by content; name the files as their owner does: "
                f"{', '.join(entry.files)}"
            )
    return None


def check_corpus(folder: str | Path, entry: CorpusEntry | None = None) -> CorpusCheck:
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
    splits = {split: load_corpus(entry.name, folder, split, report) for split in SPLITS}
    labels = load_label_set(entry.label_set)
    for talks in splits.values():
        anomalies += unknown_labels(talks, labels, str(folder))
    anomalies += repeated_conversations(splits, str(folder))
    stats = {split: _count(entry.name, folder, split, talks) for split, talks in splits.items()}
    differences = [
        difference for split, counts in entry.published.items() for difference in _compare(split, stats[split], counts)
    ]
    return CorpusCheck(entry, stats, differences, report)


def _count(name: str, folder: str | Path, split: str, talks: Sequence[Conversation]) -> CorpusStats:
    """Returns the counts of a split, those of its labels as they are published."""
    stats, labels = corpus_stats(talks), count_labels(name, folder, split)
    return stats if labels is None else replace(stats, label_counts=labels)


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
    download = {file: Download(**about) for file, about in data.get("download", {}).items()}
    rest = {key: value for key, value in data.items() if key not in {"published", "files", "download"}}
    defaults: dict[str, Any] = {"source": None, "heads": {}}
    return CorpusEntry(
        name=name, files=tuple(data["files"]), published=published, download=download, **(defaults | rest)
    )
