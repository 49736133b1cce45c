"""Which corpus a folder holds: found by the names of its files, and by how these begin."""

from __future__ import annotations

import os
import re
from pathlib import Path

from instructerc.corpora.catalogue import catalogue
from instructerc.corpora.corpus import CorpusFacts
from instructerc.corpora.shared.owner_files import find_pickle, read_head
from instructerc.errors import InputError


def find_corpus(folder: str | Path) -> CorpusFacts:
    """Returns the corpus whose files a folder holds.

    Raises:
        InputError: no folder, or one that holds no corpus of the catalogue whole.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder; give the folder of a corpus")
    entry = _match(folder)
    if entry is not None:
        return entry
    renamed = _find_renamed(folder)
    if renamed:
        raise InputError(renamed)
    missing = [(one, [name for name in one.files if not _stands(folder, name)]) for one in catalogue()]
    entry, names = min(missing, key=lambda item: len(item[1]) / len(item[0].files))
    if not names:
        raise InputError(
            f"{folder}: has the files of {entry.name} by name, but {', '.join(entry.heads)} begins differently; "
            f"get the corpus from {entry.where}"
        )
    if len(names) < len(entry.files):
        raise InputError(f"{folder}: looks like {entry.name}, but lacks {', '.join(names)}; get it from {entry.where}")
    known = ", ".join(entry.name for entry in catalogue())
    raise InputError(f"{folder}: contains no known corpus; known corpora are {known}")


def find_corpora(folder: str | Path) -> list[tuple[Path, CorpusFacts]]:
    """Returns every corpus in a folder and in the folders below it, sorted by folder.

    Raises:
        InputError: no folder, or no corpus of the catalogue whole.
    """
    root = Path(folder)
    found = []
    for place in sorted(_folders(root)) if root.is_dir() else ():
        if (entry := _match(place)) is not None:
            found.append((place, entry))
    # What is wrong with it is reported as for a single folder.
    return found or [(root, find_corpus(root))]


def _folders(root: Path) -> list[Path]:
    """Returns a folder and all below it, those behind links too; one that is met again is left out."""
    found, seen = [], set()
    for place, below, _ in os.walk(root, followlinks=True):
        known = (true := os.path.realpath(place)) in seen
        seen.add(true)
        below[:] = [] if known else sorted(below)
        if not known:
            found.append(Path(place))
    return found


def _match(folder: Path) -> CorpusFacts | None:
    """Returns the corpus all of whose files a folder has; None where it has none whole."""
    return next((entry for entry in catalogue() if all(_has(folder, name, entry) for name in entry.files)), None)


def _has(folder: Path, name: str, entry: CorpusFacts) -> bool:
    """Returns whether a folder has one of a corpus's files, by its name and, where that is common, by how it begins."""
    if name.endswith(".pkl"):
        return find_pickle(folder, name, entry.heads.get(name)).is_file()
    # A file may lie in a folder of its split or beside the others: `train/dialogues_train.txt or dialogues_train.txt`.
    path = next((path for path in map(folder.joinpath, name.split(" or ")) if path.exists()), None)
    return path is not None and (name not in entry.heads or re.search(entry.heads[name], read_head(path)) is not None)


def _stands(folder: Path, name: str) -> bool:
    """Returns whether a folder has a file by one of its names."""
    return any((folder / one).exists() for one in name.split(" or "))


def _find_renamed(folder: Path) -> str | None:
    """Returns what to do about files that hold a corpus under other names; None where there are none."""
    heads = {path: read_head(path) for path in sorted(folder.iterdir()) if path.is_file()}
    for entry in catalogue():
        patterns = {pattern for name, pattern in entry.heads.items() if not name.endswith(".pkl")}
        like = [path.name for path, head in heads.items() if any(re.search(pattern, head) for pattern in patterns)]
        if like and not any(name in entry.files for name in like):
            return (
                f"{folder}: {', '.join(like)} looks like {entry.name} by its content; rename the files as their owner "
                f"does: {', '.join(entry.files)}"
            )
    return None
