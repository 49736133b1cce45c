"""From a table and what is asked of it to trainings, each a whole recipe with a name of its own."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from instructerc.corpora import load_corpus
from instructerc.errors import InputError, RecipeError, did_you_mean, reason_of
from instructerc.experiments.tables import Table, TableCorpus, TableRow, recipe_path
from instructerc.formats import ReadReport
from instructerc.training.recipe import Recipe
from instructerc.training.recipe_file import load_recipe

_LONGEST_NAME = 80


@dataclass(frozen=True)
class Wanted:
    """What is asked of a table.

    Attributes:
        backbone: hub name or folder of the base model.
        output: folder of everything that is written.
        rows: names of rows; all where empty.
        corpora: names of corpora; all that do not wait for a request where empty.
        data: folder by corpus; `data/NAME` where absent.
        seeds: in place of the recipe's.
        changes: KEY=VALUE changes to every recipe, after the row's own.
        recipe: in place of the table's, for rows without one of their own.
        until: time of `time.monotonic` after which no training is begun; None for no end.
        lenient: leave out rows whose recipes do not fit, even where no row is named.
    """

    backbone: str
    output: Path = Path("runs")
    rows: tuple[str, ...] = ()
    corpora: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    changes: tuple[str, ...] = ()
    recipe: str | None = None
    until: float | None = None
    lenient: bool = False

    @property
    def out_of_time(self) -> bool:
        """Whether no training may be begun any more."""
        return self.until is not None and time.monotonic() > self.until

    def path(self, corpus: str) -> str:
        """Returns the folder of a corpus."""
        return self.data.get(corpus, f"data/{corpus}")

    @property
    def backbone_folder(self) -> str:
        """The backbone's name as a folder's."""
        return safe_name(self.backbone)


@dataclass(frozen=True)
class Job:
    """A row on a corpus, or jointly on several.

    Attributes:
        row: the row.
        corpora: what it is trained on, and then tested on one by one.
        recipe: everything about it; its name tells it from every other training of the backbone.
        number: place in the table's order.
    """

    row: TableRow
    corpora: tuple[TableCorpus, ...]
    recipe: Recipe
    number: tuple[int, ...]

    def of_seed(self, seed: int) -> Recipe:
        """Returns the recipe of one seed; each is a run of its own, so that seeds can be added later."""
        return self.recipe.model_copy(update={"name": f"{self.recipe.name}-seed-{seed}", "seeds": [seed]})


def safe_name(name: str) -> str:
    """Returns a folder's name for a hub name or a path; what is too long ends in a digest of the whole."""
    plain = re.sub(r"[^A-Za-z0-9._+-]+", "-", name.strip("./\\ ").replace("/", "--")).strip(".-") or "model"
    if len(plain) <= _LONGEST_NAME:
        return plain
    return f"{plain[: _LONGEST_NAME - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def check_wanted(table: Table, wanted: Wanted) -> None:
    """Raises InputError for a row or corpus that the table does not have."""
    for what, names, known in (
        ("row", wanted.rows, [row.name for row in table.rows]),
        ("corpus", (*wanted.corpora, *wanted.data), [corpus.name for corpus in table.corpora]),
    ):
        for name in names:
            if name not in known:
                raise InputError(
                    f"table {table.name!r} has no {what} {name!r}{did_you_mean(name, known)}; "
                    f"give one of {', '.join(known)}"
                )


def wanted_corpora(table: Table, wanted: Wanted) -> list[TableCorpus]:
    """Returns the corpora that are asked for, in the table's order."""
    if wanted.corpora:
        return [corpus for corpus in table.corpora if corpus.name in wanted.corpora]
    return [corpus for corpus in table.corpora if not corpus.on_request]


def missing_corpora(corpora: Sequence[TableCorpus], wanted: Wanted) -> tuple[dict[str, str], list[str]]:
    """Returns why a corpus cannot be used, by its name, and what reading said of the others.

    All splits are read, so that a training does not end before a test split that is not there; nothing is answered.
    """
    missing: dict[str, str] = {}
    notes: list[str] = []
    for corpus in corpora:
        report = ReadReport()
        try:
            for split in ("train", "dev", "test"):
                load_corpus(corpus.name, wanted.path(corpus.name), split, report)
        except (InputError, OSError) as error:
            missing[corpus.name] = reason_of(error)
        else:
            notes += [f"{corpus.name}: {note}" for note in report.notes]
    return missing, notes


def plan_jobs(table: Table, wanted: Wanted, present: Sequence[TableCorpus]) -> list[Job]:
    """Returns the jobs of all rows, corpus after corpus, the reference first and joint models last.

    Rows that are not asked for are left out where the changes do not fit them.

    Args:
        table: the table.
        wanted: what is asked of it.
        present: the corpora that are at hand.

    Raises:
        RecipeError: a recipe with faults.
    """
    jobs = []
    for place, row in enumerate(table.rows):
        groups = [tuple(present)] if row.joint else [(corpus,) for corpus in present]
        for column, group in enumerate(groups):
            if row.joint and len(group) < 2:
                continue
            try:
                recipe = row_recipe(table, row, group, wanted)
            except RecipeError:
                if row.name in wanted.rows or not (wanted.rows or wanted.lenient):
                    raise
                continue
            jobs.append(Job(row, group, recipe, (row.joint, column, row.name != table.reference, place)))
    return sorted(jobs, key=lambda job: job.number)


def is_asked_for(job: Job, wanted: Wanted) -> bool:
    """Returns whether a job is of the rows that are asked for."""
    return not wanted.rows or job.row.name in wanted.rows


def row_recipe(table: Table, row: TableRow, corpora: Sequence[TableCorpus], wanted: Wanted) -> Recipe:
    """Returns the whole recipe of a row on one corpus, or jointly on several, for all its seeds.

    Raises:
        RecipeError: a recipe with faults, or one whose seeds cannot be trained one by one.
    """
    path = recipe_path(row.recipe or wanted.recipe or table.recipe)
    n_stages = len(load_recipe(path).stages)
    changes = [*_about_corpora(row, corpora, wanted, n_stages), *table.set, *row.set, *wanted.changes]
    if wanted.seeds:
        changes.append(f"seeds={list(wanted.seeds)}")
    try:
        recipe = load_recipe(path, changes)
    except RecipeError as error:
        raise RecipeError(f"table {table.name!r}, row {row.name!r}: {error}") from error
    stages = [stage for stage in recipe.stages if row.stages is None or stage.name in row.stages]
    faults = [f"no stage {name!r} in {path.name}" for name in row.stages or () if name not in {s.name for s in stages}]
    if row.kinds and recipe.backbone.kind not in row.kinds:
        faults.append(
            f"is about backbones of kind {' or '.join(row.kinds)}, and this one is of kind {recipe.backbone.kind}"
        )
    faults += [f"is about {change}, which your changes undo" for change in _undone(recipe, row.set)]
    if recipe.prompt.history == "trunk" and _sets_window([*table.set, *row.set]):
        faults.append(
            "sets the window, and `prompt.history: trunk` shows every earlier turn whatever it is: "
            "leave out that change, or give prompt.history=window"
        )
    if recipe.average_seeds or any(stage.shared for stage in stages):
        faults.append("seeds are trained one by one here: average_seeds and a shared stage are not possible")
    if faults:
        raise RecipeError(f"table {table.name!r}, row {row.name!r}: {'; '.join(faults)}")
    names = "+".join(corpus.name for corpus in corpora)
    recipe = recipe.model_copy(update={"stages": stages})
    return recipe.model_copy(update={"name": f"{recipe.name}-{names}-{_digest(recipe)}"})


def _about_corpora(row: TableRow, corpora: Sequence[TableCorpus], wanted: Wanted, n_stages: int) -> list[str]:
    """Returns the changes that put backbone and corpora into a recipe."""
    parts = [
        {"name": corpus.name, "path": wanted.path(corpus.name), "label_sets": [corpus.label_set]} for corpus in corpora
    ]
    changes: dict[str, Any] = {"backbone.base": wanted.backbone}
    changes |= {f"stages.{number}.corpora": parts for number in range(n_stages)}
    windows = [corpus.max_tokens for corpus in corpora if corpus.max_tokens]
    if windows:
        changes["backbone.max_tokens"] = max(windows)
    batch_size = _batch_size(row, corpora)
    if batch_size:
        changes |= {f"stages.{number}.batch_size": batch_size for number in range(n_stages)}
    # JSON is YAML, and quotes what YAML would read otherwise.
    return [f"{key}={json.dumps(value)}" for key, value in changes.items()]


def _undone(recipe: Recipe, changes: Sequence[str]) -> Iterator[str]:
    """Yields a row's changes of the prompt that the recipe does not have: later ones took their place."""
    prompt = recipe.model_dump(mode="json")
    for change in changes:
        key, _, value = change.partition("=")
        found: Any = prompt
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if key.startswith("prompt.") and found != yaml.safe_load(value):
            yield change


def _sets_window(changes: Sequence[str]) -> bool:
    return any(change.partition("=")[0] == "prompt.window" for change in changes)


def _batch_size(row: TableRow, corpora: Sequence[TableCorpus]) -> int | None:
    if isinstance(row.batch_size, int):
        return row.batch_size
    if len(corpora) > 1:
        return None
    return (row.batch_size or {}).get(corpora[0].name) or corpora[0].batch_size


def _digest(recipe: Recipe) -> str:
    """Returns what tells a training from another one: all of its recipe but name, seeds and where files are."""
    data: dict[str, Any] = recipe.model_dump(mode="json", exclude={"name", "seeds"})
    for stage in data["stages"]:
        for corpus in stage["corpora"]:
            del corpus["path"]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:10]
