"""The data of this room: YAML files in its folders, by name."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from instructerc.compat.yaml_text import load_yaml


@cache
def shipped_names(folder: str) -> tuple[str, ...]:
    """Returns the names of the files in a folder of this room, such as `sets`, sorted."""
    files = resources.files("instructerc.labels") / folder
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in files.iterdir() if entry.name.endswith(".yaml")))


@cache
def read_shipped(name: str) -> Any:
    """Returns what a file of this room holds, by its path without the ending, such as `sets/meld`.

    What comes back is shared by all callers and is not to be changed.
    """
    raw = (resources.files("instructerc.labels") / f"{name}.yaml").read_text(encoding="utf-8")
    return load_yaml(raw)


@cache
def load_paraphrases() -> dict[str, tuple[str, ...]]:
    """Returns, for labels of the shipped sets in lower case, a description and then other words that mean them."""
    return {label: tuple(words) for label, words in read_shipped("paraphrases").items()}
