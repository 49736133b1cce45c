"""New entries: from a file that a person wrote, or from run folders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from instructerc.errors import InputError
from instructerc.leaderboard.board import check_references
from instructerc.leaderboard.catalogue import Variant, load_catalogue
from instructerc.leaderboard.entry import Entry, read_entry

_RUN_METRICS = ("weighted_f1", "macro_f1", "accuracy")
_CONTEXT_OF_RUN = {"past": "past", "both": "later"}
_MILLION = 1_000_000


def entries_of_file(path: Path, changes: Mapping[str, str]) -> list[Entry]:
    """Returns the entries of a YAML or JSON file: the fields of one, or a list of several.

    What follows from the rest may be left out: `id`, `added` (today), `task`, and `year` where the paper is known.

    Args:
        path: of the file.
        changes: fields that replace those of the file.

    Raises:
        InputError: the file cannot be read, or an entry has faults; all of them are named.
    """
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read: {' '.join(str(error).split())}") from error
    records = data if isinstance(data, list) else [data]
    if not records or not all(isinstance(record, Mapping) for record in records):
        raise InputError(f"{path}: expected the fields of an entry, or a list of entries")
    entries = [
        read_entry(_completed({**record, **changes}), f"{path}: entry {n}") for n, record in enumerate(records, 1)
    ]
    check_references([*_stand_ins(entries), *entries], load_catalogue(), str(path))
    return entries


def _completed(record: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a record with what follows from the rest of it."""
    complete: dict[str, Any] = {"task": "erc", "added": date.today(), **record}
    paper = load_catalogue().papers.get(str(record.get("paper", "")))
    if "year" not in complete and paper is not None and paper.date is not None:
        complete["year"] = paper.date.year
    if "id" not in complete:
        complete["id"] = _identity(complete)
    return complete


def _identity(record: Mapping[str, Any]) -> str:
    words = [str(record.get(name, "")) for name in ("model", "backbone", "dataset", "variant", "metric")]
    return re.sub("[^a-z0-9]+", "-", " ".join(words).casefold()).strip("-")


def _stand_ins(entries: Sequence[Entry]) -> list[Entry]:
    """Returns rows to be replaced that are not among the entries; whether they exist is seen when they are added."""
    own = {entry.id for entry in entries}
    return [replace(entry, id=entry.replaces, replaces="") for entry in entries if entry.replaces not in ("", *own)]


def entries_of_runs(folders: Iterable[Path], changes: Mapping[str, str]) -> list[Entry]:
    """Returns an entry for each metric of a model whose seeds are these run folders.

    Args:
        folders: runs of one model with different seeds, or a folder that holds them.
        changes: fields to set, such as `model`.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: folders that are no runs of one model on the whole of a known test split.
        LabelError: runs of other labels.
    """
    from instructerc.evaluation.runs import System, read_system, score_system

    read = [read_system(folder) for folder in folders]
    system = System(read[0].name, tuple(run for one in read for run in one.runs))
    about = system.runs[0].about
    if len({(run.about.model, run.about.seed) for run in system.runs}) < len(system.runs):
        raise InputError(f"{system.name}: the same seed comes twice; give each run once")
    scores = score_system(system)
    dataset, variant = _split_of(system.name, about.corpus, about.split, scores.n_utterances)
    spread = scores.weighted_f1
    values = {"weighted_f1": spread.mean, "macro_f1": scores.macro_f1, "accuracy": scores.accuracy}
    record = {
        "dataset": dataset,
        "variant": variant.id,
        "split_basis": "stated",
        "model": about.recipe or about.model,
        "backbone": about.base or about.kind,
        "params_millions": None if about.parameters is None else round(about.parameters / _MILLION, 1),
        "year": date.fromisoformat(about.date[:10]).year,
        "context": _CONTEXT_OF_RUN[about.context],
        "modality": "text",
        "seeds": len(system.runs),
        "chosen_on": "dev",
        "status": "ours",
        "source": ", ".join(run.name for run in system.runs[:1]) + (" and others" if len(system.runs) > 1 else ""),
        "source_kind": "own",
        "checked": date.today(),
        **changes,
    }
    return [
        read_entry(
            _completed({**record, "metric": metric, "value": _percent(values[metric]), "sd": _sd(metric, spread.sd)}),
            system.name,
        )
        for metric in _RUN_METRICS
    ]


def _percent(share: float) -> float:
    return round(100 * share, 2)


def _sd(metric: str, sd: float | None) -> float | None:
    return _percent(sd) if sd is not None and metric == "weighted_f1" else None


def _split_of(name: str, corpus: str | None, split: str | None, n_utterances: int) -> tuple[str, Variant]:
    """Returns the dataset and the variant that a run answered."""
    if split != "test":
        raise InputError(f"{name}: is a run on {split or 'a file'}; the board takes test splits of known corpora")
    for dataset in load_catalogue().datasets.values():
        for variant in dataset.variants.values():
            if corpus in variant.corpora:
                if variant.test != n_utterances:
                    raise InputError(
                        f"{name}: has {n_utterances} scored utterances, {variant.title} has {variant.test}: "
                        "a part of a split is another benchmark"
                    )
                return dataset.id, variant
    known = sorted(one for d in load_catalogue().datasets.values() for v in d.variants.values() for one in v.corpora)
    raise InputError(f"{name}: corpus {corpus!r} is no benchmark; known: {', '.join(known)}")
