"""New entries from run folders, as `train`, `evaluate --output` and `reproduce` write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from instructerc.errors import InputError
from instructerc.evaluation.runs import Run, System, SystemScores, read_system, score_system
from instructerc.leaderboard.adding import complete_record
from instructerc.leaderboard.catalogue import Dataset, Variant, load_catalogue
from instructerc.leaderboard.entry import Entry, read_entry

_CONTEXTS = {"past": "past", "both": "later"}
_MILLION = 1_000_000


def entries_of_runs(folders: Iterable[Path], changes: Mapping[str, str]) -> list[Entry]:
    """Returns an entry for each metric of a model whose seeds are these runs.

    Args:
        folders: runs of one model with different seeds, or folders that hold such runs.
        changes: fields to set, such as `model`.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: no runs, runs of several models, or not on the whole of a known test split with its labels.
        LabelError: runs of other labels.
    """
    read = [read_system(folder) for folder in folders]
    system = System(read[0].name, tuple(run for one in read for run in one.runs))
    _check_seeds(system)
    dataset, variant = _split_of(system)
    scores = score_system(system)
    record = {**_about(system, scores), "dataset": dataset.id, "variant": variant.id, **changes}
    values = {"weighted_f1": scores.weighted_f1.mean, "macro_f1": scores.macro_f1, "accuracy": scores.accuracy}
    entries = []
    for metric, value in values.items():
        sd = scores.weighted_f1.sd if metric == "weighted_f1" else None
        figure = {"metric": metric, "value": _percent(value), "sd": None if sd is None else _percent(sd)}
        entries.append(read_entry(complete_record({**record, **figure}), system.name))
    return entries


def _check_seeds(system: System) -> None:
    """Sees that runs are seeds of one model."""
    models = {(run.about.recipe or run.about.model, run.about.base, run.about.corpus) for run in system.runs}
    if len(models) > 1:
        raise InputError(f"{system.name} and others: runs of different models or corpora; add each model by itself")
    seeds = [run.about.seed for run in system.runs]
    if len(seeds) > 1 and len(set(seeds)) < len(seeds):
        shown = ", ".join(f"{run.name} (seed {run.about.seed})" for run in system.runs)
        raise InputError(f"expected runs with different seeds, found {shown}")


def _about(system: System, scores: SystemScores) -> dict[str, Any]:
    """Returns what a run says of itself as fields of an entry."""
    run = system.runs[0]
    about = run.about
    return {
        "split_basis": "stated",
        "model": about.recipe or about.model,
        "backbone": about.base or about.kind,
        "params_millions": None if about.parameters is None else round(about.parameters / _MILLION, 1),
        "year": date.fromisoformat(about.date[:10]).year,
        "context": _CONTEXTS[about.context],
        "seeds": len(system.runs),
        "chosen_on": "unknown" if run.recipe.get("training") is None else "dev",
        "status": "ours",
        "source": run.name if len(system.runs) == 1 else f"{run.name} and {len(system.runs) - 1} more",
        "source_kind": "own",
        "checked": date.today(),
        "note": "; ".join(_notes(run, scores)),
    }


def _notes(run: Run, scores: SystemScores) -> Iterable[str]:
    if scores.interval is not None:
        low, high = map(_percent, scores.interval)
        yield f"95 % interval of weighted F1 over conversations {low:g} to {high:g}"
    if run.about.min_probability:
        yield f"no answer below a probability of {run.about.min_probability:g}, which counts as wrong"


def _percent(share: float) -> float:
    return round(100 * share, 2)


def _split_of(system: System) -> tuple[Dataset, Variant]:
    """Returns the dataset and the split that the runs answered."""
    about, scored = system.runs[0].about, int(system.first.scored.sum())
    if about.split != "test":
        raise InputError(f"{system.name}: is a run on {about.source}; the board takes test splits of known corpora")
    places = [(dataset, one) for dataset in load_catalogue().datasets.values() for one in dataset.variants.values()]
    found = next((place for place in places if about.corpus in place[1].corpora), None)
    if found is None:
        known = ", ".join(sorted(name for _, variant in places for name in variant.corpora))
        raise InputError(f"{system.name}: corpus {about.corpus!r} is no benchmark; known: {known}")
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
    return dataset, variant
