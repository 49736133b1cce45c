"""What results are about: papers, methods, datasets with their test splits, and tasks; YAML files in `data/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from instructerc.compat.yaml_text import load_yaml


@dataclass(frozen=True)
class Paper:
    """A paper; `date` is that of its first public version, None where unknown."""

    id: str
    title: str
    authors: tuple[str, ...]
    date: date | None
    venue: str
    tasks: tuple[str, ...]
    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    summary: str
    links: Mapping[str, str]


@dataclass(frozen=True)
class Method:
    """Something that papers do; `family` groups methods."""

    id: str
    name: str
    family: str
    about: str


@dataclass(frozen=True)
class Variant:
    """A test split of a dataset with its training part; numbers of utterances, and names of corpora that hold it."""

    id: str
    title: str
    about: str
    train: int
    test: int
    corpora: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """A dataset, its splits, the project's name of its labels, and the metric by which the field ranks."""

    id: str
    name: str
    about: str
    labels: tuple[str, ...]
    label_set: str
    licence: str
    metric: str
    links: Mapping[str, str]
    variants: Mapping[str, Variant]


@dataclass(frozen=True)
class Task:
    """A question that papers ask."""

    id: str
    name: str
    about: str


@dataclass(frozen=True)
class Catalogue:
    """All of them by id."""

    papers: Mapping[str, Paper]
    methods: Mapping[str, Method]
    datasets: Mapping[str, Dataset]
    tasks: Mapping[str, Task]


@cache
def load_catalogue() -> Catalogue:
    """Returns the catalogue that is shipped; it is shared by all callers and is not to be changed."""
    return Catalogue(
        papers={name: _paper(name, record) for name, record in read_data("papers").items()},
        methods={name: Method(id=name, **record) for name, record in read_data("methods").items()},
        datasets={name: _dataset(name, record) for name, record in read_data("datasets").items()},
        tasks={name: Task(id=name, **record) for name, record in read_data("tasks").items()},
    )


def read_data(name: str) -> Mapping[str, Any]:
    """Returns what a YAML file of the board's data holds."""
    raw = (resources.files("instructerc.leaderboard") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    records: Mapping[str, Any] = load_yaml(raw)
    return records


def _paper(name: str, record: Mapping[str, Any]) -> Paper:
    lists = {field: tuple(record[field]) for field in ("authors", "tasks", "datasets", "methods")}
    return Paper(id=name, **{**record, **lists})


def _dataset(name: str, record: Mapping[str, Any]) -> Dataset:
    variants = {
        key: Variant(id=key, **{**variant, "corpora": tuple(variant["corpora"])})
        for key, variant in record["variants"].items()
    }
    return Dataset(id=name, **{**record, "labels": tuple(record["labels"]), "variants": variants})
