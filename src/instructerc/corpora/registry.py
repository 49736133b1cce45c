"""All corpora, found by the modules of this room, and the functions that load one by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType

import instructerc.corpora
from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus
from instructerc.errors import InputError, did_you_mean
from instructerc.formats.shared.options import ReadReport


@cache
def known_corpora() -> Mapping[str, Corpus]:
    """Returns every corpus by its name, in the order of names.

    A module that stands in this room and has `CORPORA` is found; nothing lists it.

    Raises:
        TypeError: two corpora have one name.
    """
    found: dict[str, Corpus] = {}
    for module in iter_modules(instructerc.corpora.__path__, "instructerc.corpora."):
        for one in getattr(import_module(module.name), "CORPORA", ()):
            if one.name in found:
                raise TypeError(f"two corpora are called {one.name!r}")
            found[one.name] = one
    return MappingProxyType(dict(sorted(found.items())))


def corpora() -> tuple[str, ...]:
    """Returns the names that `load_corpus` takes."""
    return tuple(known_corpora())


def get_corpus(name: str) -> Corpus:
    """Returns a corpus by its name.

    Raises:
        InputError: no such corpus.
    """
    known = known_corpora()
    if name not in known:
        raise InputError(f"unknown corpus {name!r}{did_you_mean(name, known)}; give one of {', '.join(known)}")
    return known[name]


def load_corpus(name: str, path: str | Path, split: str, report: ReadReport | None = None) -> list[Conversation]:
    """Returns one split of a corpus in its original layout, with ids such as `train/0`.

    Raises:
        InputError: an unknown corpus or split, or a folder that does not hold it.
    """
    corpus = get_corpus(name)
    if split not in corpus.splits:
        known = ", ".join(corpus.splits)
        raise InputError(f"unknown split {split!r}{did_you_mean(split, corpus.splits)}; give one of {known}")
    return corpus.load(Path(path), split, report)


def corpora_with_shares() -> tuple[str, ...]:
    """Returns the names of the corpora for which `load_shares` knows something."""
    return tuple(name for name, one in known_corpora().items() if one.shares is not None)


def load_shares(name: str, path: str | Path, split: str, label_set: str) -> dict[str, list[Mapping[str, float]]]:
    """Returns, by conversation and for each of its turns, the share of each label in the answer; empty where unknown.

    Args:
        name: of the corpus.
        path: its folder.
        split: `train`, `dev` or `test`.
        label_set: name of the label set whose shares are wanted.

    Raises:
        InputError: as `load_corpus`.
    """
    shares = get_corpus(name).shares
    return {} if shares is None else shares(Path(path), split, label_set)


def load_episodes(name: str, path: str | Path, split: str) -> dict[str, str]:
    """Returns the episode of each conversation of a split by its id, where a corpus's source has episodes; else none.

    Two corpora of one source, such as MELD and EmoryNLP of *Friends*, share an episode where the names are equal.

    Raises:
        InputError: as `load_corpus`.
    """
    episodes = get_corpus(name).episodes
    return {} if episodes is None else episodes(Path(path), split)
