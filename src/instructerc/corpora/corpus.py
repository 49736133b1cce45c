"""What a corpus says of itself; the registry finds every module of this room that has `CORPORA`.

The facts about a module's corpora stand beside it in a YAML file of the same name: what each is, its licence, where its
owner gives it out, which files its folder needs, and the published counts. `share: true` says that weights trained on
it may be given to others under its licence. `download` has addresses of the owner alone, each with size and checksum of
the file that was read when the counts were compared. `published: as meld` takes the counts of the corpus of that name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from pkgutil import get_data
from types import MappingProxyType
from typing import Any

from instructerc.compat.yaml_text import load_yaml
from instructerc.conversation import Conversation
from instructerc.formats.shared.options import ReadReport

SPLITS = ("train", "dev", "test")

Load = Callable[[Path, str, ReadReport | None], list[Conversation]]


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
class CorpusFacts:
    """What is known of a corpus before its files are read.

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
class Corpus:
    """A corpus.

    Attributes:
        name: as `load_corpus` takes it.
        load: gives the conversations of a split from the folder of the corpus.
        module: name of the module whose YAML file has the facts; None of a folder of one's own, which has none.
        splits: those that it has.
        episodes: gives the episode of each conversation of a split by its id, such as `s03_e19`; None where its source
            has none. Two corpora of one source share an episode where the names are equal.
        shares: gives the share of each label of a label set in the answer of each turn, by conversation; None where no
            answer is divided.
        has_split: says whether a folder has a split, where an owner gives some out apart; None where all have all.
        count_labels: gives a split's counts of labels as they are published; None where the conversations show them.
    """

    name: str
    load: Load
    module: str | None
    splits: tuple[str, ...] = SPLITS
    episodes: Callable[[Path, str], dict[str, str]] | None = None
    shares: Callable[[Path, str, str], dict[str, list[Mapping[str, float]]]] | None = None
    count_labels: Callable[[Path, str], Mapping[str, int]] | None = None
    has_split: Callable[[Path, str], bool] | None = None

    def splits_in(self, folder: Path) -> tuple[str, ...]:
        """Returns the splits that a folder has."""
        has = self.has_split
        return self.splits if has is None else tuple(split for split in self.splits if has(folder, split))

    @property
    def facts(self) -> CorpusFacts | None:
        """What is known of it before its files are read: licence, owner's address, label set, published counts."""
        return None if self.module is None else read_facts(self.module)[self.name]


@cache
def read_facts(module: str) -> Mapping[str, CorpusFacts]:
    """Returns what the YAML file beside a module of this room says of each of its corpora, by name."""
    return MappingProxyType({name: _facts(name, data, module) for name, data in _read_yaml(module).items()})


def _read_yaml(module: str) -> dict[str, Any]:
    text = get_data(module, f"{module.rpartition('.')[2]}.yaml")
    assert text is not None
    data: dict[str, Any] = load_yaml(text.decode("utf-8"))
    return data


def _facts(name: str, data: Mapping[str, Any], module: str) -> CorpusFacts:
    published = data["published"]
    if isinstance(published, str):
        other = published.removeprefix("as ")
        published = _read_yaml(f"{module.rpartition('.')[0]}.{other}")[other]["published"]
    counts = {split: PublishedCounts(**numbers) for split, numbers in published.items()}
    download = {file: Download(**about) for file, about in data.get("download", {}).items()}
    rest = {key: value for key, value in data.items() if key not in {"published", "files", "download"}}
    defaults: dict[str, Any] = {"source": None, "heads": {}}
    return CorpusFacts(name=name, files=tuple(data["files"]), published=counts, download=download, **(defaults | rest))
