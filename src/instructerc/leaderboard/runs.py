"""New entries from run folders, as `train`, `evaluate --output` and `reproduce` write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from instructerc.errors import InputError, did_you_mean
from instructerc.evaluation.runs import Run, System, SystemScores, read_system, score_system
from instructerc.evaluation.significance import SeedSpread
from instructerc.labels import load_label_set
from instructerc.leaderboard.adding import complete_record
from instructerc.leaderboard.catalogue import Dataset, Variant, load_catalogue
from instructerc.leaderboard.entry import METRICS, Entry, read_entry

_CONTEXTS = {"past": "past", "both": "later"}
_MILLION = 1_000_000
# What the run of a shipped model does not say of itself, by its kind and recipe; its card does.
_SHIPPED: dict[tuple[str | None, str | None], dict[str, Any]] = {
    ("embedded", "embedded"): {
        "model": "InstructERC embedded (small)",
        "backbone": "all-MiniLM-L6-v2, int8",
        "params_millions": 22.7,
        "chosen_on": "dev",
        "extra_data": "yes",
    },
    ("embedded", "multilingual-more"): {
        "model": "InstructERC multilingual",
        "backbone": "multilingual-e5-small, int8",
        "chosen_on": "dev",
        "extra_data": "yes",
    },
}
# A row's id ends with its metric, and that of a correction with one word more.
_METRIC_IN_ID = re.compile(rf"(?:^|-)(?:{'|'.join(METRICS).replace('_', '-')})(?=(?:-corrected)*$)")


def entries_of_runs(folders: Iterable[Path], changes: Mapping[str, str]) -> list[Entry]:
    """Returns an entry for each metric of a model whose seeds are these runs, that by which the field ranks first.

    Args:
        folders: runs of one model with different seeds, or folders that hold such runs.
        changes: fields to set, such as `model`; `metric` chooses one of them. An `id`, and the row that is named in
            `replaces`, stand for those of every metric.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: no runs, runs of several models, or not on the whole of a known test split with its labels.
        LabelError: runs of other labels.
    """
    read = [read_system(folder) for folder in folders]
    system = System(read[0].name, tuple(run for one in read for run in one.runs))
    _check_seeds(system)
    dataset, variant = split_of(system)
    scores = score_system(system)
    record = {**_about(system, variant), "dataset": dataset.id, "variant": variant.id}
    spreads = _spreads(scores, dataset)
    chosen = _chosen(spreads, changes.get("metric"), system.name)
    entries = []
    for metric in chosen:
        own = dict(changes) if len(chosen) == 1 else _of_metric(changes, metric)
        figure = {"metric": metric, **_figure(spreads[metric]), "note": "; ".join(_notes(system, scores, metric))}
        entries.append(read_entry(complete_record({**record, **figure, **own}), system.name))
    return entries


def _spreads(scores: SystemScores, dataset: Dataset) -> dict[str, SeedSpread]:
    """Returns what is known of each metric over the seeds, that of the dataset's ranking first."""
    names = dict.fromkeys((dataset.metric, "weighted_f1", "macro_f1", "accuracy"))
    found = {name: scores.spread_of(name) for name in names}
    return {name: spread for name, spread in found.items() if spread is not None}


def _chosen(spreads: Mapping[str, SeedSpread], metric: str | None, name: str) -> list[str]:
    if metric is not None and metric not in spreads:
        raise InputError(
            f"{name}: has no metric {metric!r}{did_you_mean(metric, spreads)}; it has {', '.join(spreads)}"
        )
    return list(spreads) if metric is None else [metric]


def _figure(spread: SeedSpread) -> dict[str, Any]:
    return {"value": _percent(spread.mean), "sd": None if spread.sd is None else _percent(spread.sd)}


def _of_metric(changes: Mapping[str, str], metric: str) -> dict[str, str]:
    """Returns the fields with the ids of one metric's row."""
    own, ending = dict(changes), f"-{metric.replace('_', '-')}"
    if "id" in own:
        named = _METRIC_IN_ID.search(own["id"])
        own["id"] = _METRIC_IN_ID.sub(ending, own["id"]) if named else own["id"] + ending
    if "replaces" in own:
        if not _METRIC_IN_ID.search(own["replaces"]):
            raise InputError(
                f"replaces {own['replaces']!r}: does not end with a metric, and runs give several rows; choose one, "
                "such as --set metric=weighted_f1"
            )
        own["replaces"] = _METRIC_IN_ID.sub(ending, own["replaces"])
    return own


def _check_seeds(system: System) -> None:
    """Sees that runs are seeds of one model."""
    if len({run.about.identity for run in system.runs}) > 1:
        raise InputError(f"{system.name} and others: runs of different models or corpora; add each model by itself")
    seeds = [run.about.seed for run in system.runs]
    if len(seeds) > 1 and len(set(seeds)) < len(seeds):
        shown = ", ".join(f"{run.name} (seed {run.about.seed})" for run in system.runs)
        raise InputError(f"expected runs with different seeds, found {shown}")


def _about(system: System, variant: Variant) -> dict[str, Any]:
    """Returns what a run says of itself as fields of an entry."""
    about = system.runs[0].about
    source = _place(system.runs[0].name)
    fields: dict[str, Any] = {
        "split_basis": "stated",
        "model": about.recipe or about.model,
        "backbone": about.base or about.kind,
        "params_millions": None if about.parameters is None else round(about.parameters / _MILLION, 1),
        "year": date.fromisoformat(about.date[:10]).year,
        "context": _CONTEXTS[about.context],
        "seeds": len(system.runs),
        **_training(system.runs[0], variant),
        "status": "ours",
        "source": source if len(system.runs) == 1 else f"{source} and {len(system.runs) - 1} more",
        "source_kind": "own",
        "checked": date.today(),
    }
    shipped = _SHIPPED.get((about.kind, about.recipe), {}) if about.base is None else {}
    return fields | shipped


def _place(folder: str) -> str:
    """Returns a run folder as others may read it: from the working folder, else without where it lies here."""
    place = Path(folder)
    if not place.is_absolute():
        return place.as_posix()
    here = Path.cwd()
    return place.relative_to(here).as_posix() if place.is_relative_to(here) else "/".join(place.parts[-2:])


def _training(run: Run, variant: Variant) -> dict[str, str]:
    """Returns what follows from the recipe that trained a model, where the run has it."""
    recipe = run.recipe.get("training")
    if recipe is None:
        return {"chosen_on": "unknown", "extra_data": "unknown"}
    corpora = {part.get("name") for stage in recipe.get("stages", ()) for part in stage.get("corpora", ())}
    # A model that began from a trained one learnt from that one's corpora too.
    if not corpora or recipe.get("backbone", {}).get("start_from"):
        return {"chosen_on": "dev", "extra_data": "unknown"}
    return {"chosen_on": "dev", "extra_data": "no" if corpora <= set(variant.corpora) else "yes"}


def _notes(system: System, scores: SystemScores, metric: str) -> Iterable[str]:
    if scores.interval is not None and metric == "weighted_f1":
        low, high = map(_percent, scores.interval)
        yield f"95 % interval over conversations {low:g} to {high:g}"
    least = system.runs[0].about.min_probability
    if least:
        yield f"no answer below a probability of {least:g}, which counts as wrong"


def _percent(share: float) -> float:
    return round(100 * share, 2)


def split_of(system: System) -> tuple[Dataset, Variant]:
    """Returns the dataset and the split that the runs answered.

    Raises:
        InputError: not the whole of a known test split, or answers with other labels than it is scored with.
    """
    about, scored = system.runs[0].about, int(system.first.scored.sum())
    if about.split != "test":
        raise InputError(f"{system.name}: is a run on {about.source}; the board takes test splits of known corpora")
    places = [(dataset, one) for dataset in load_catalogue().datasets.values() for one in dataset.variants.values()]
    found = next((place for place in places if about.corpus in place[1].corpora), None)
    if found is None:
        known = ", ".join(sorted(name for _, variant in places for name in variant.corpora))
        raise InputError(f"{system.name}: corpus {about.corpus!r} is not a benchmark; known are {known}")
    dataset, variant = found
    if scored != variant.test:
        raise InputError(
            f"{system.name}: has {scored} scored utterances, {variant.title} has {variant.test}; a part of a split is "
            "another benchmark"
        )
    if about.label_set != dataset.label_set:
        raise InputError(
            f"{system.name}: answers with the labels {about.label_set!r}; {dataset.name} is scored with "
            f"{dataset.label_set!r}"
        )
    labels = load_label_set(dataset.label_set).names
    if set(system.first.labels) != set(labels):
        raise InputError(
            f"{system.name}: answers with {', '.join(system.first.labels)}; {dataset.name} is scored with "
            f"{', '.join(labels)}"
        )
    return dataset, variant
