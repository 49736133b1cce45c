"""The one kind of run folder: answers, figures, what was asked for and where it was run.

FOLDER/
  predictions.parquet   conversation, utterance, speaker, gold label, answer, probability of each label
  metrics.json          what the run is, all figures, and the breakdowns; written last
  recipe.yaml           how the model was asked, and the recipe that trained it
  environment.json      versions, commit and whether files differ from it, seeds, device, processor
  texts.parquet         what was said and shown; only where it was asked for
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from instructerc.compat.yaml_text import load_yaml
from instructerc.errors import InputError, one_line
from instructerc.evaluation.evaluation import Evaluation
from instructerc.evaluation.runs.about import RunAbout
from instructerc.evaluation.runs.breakdown import breakdowns
from instructerc.evaluation.runs.files import write_json, write_text
from instructerc.evaluation.runs.parquet_files import (
    PREDICTIONS,
    TEXTS,
    RunTexts,
    read_predictions,
    read_texts,
    write_predictions,
    write_texts,
)
from instructerc.evaluation.runs.predictions import Predictions

FORMAT = 1
METRICS, RECIPE, ENVIRONMENT = "metrics.json", "recipe.yaml", "environment.json"
_PARTS = {
    "figures": ("n_utterances", "labels", "confusion_matrix", "per_class"),
    "breakdowns": ("by_speaker", "by_position", "by_shift", "by_length", "abstention"),
}


@dataclass(frozen=True, eq=False)
class Run:
    """A model's answers to a split, with everything that is known about them.

    Attributes:
        about: what was asked of which model.
        predictions: the answers.
        figures: all scores, as `Evaluation.to_dict` gives them; fractions.
        breakdowns: scores by speaker, position, emotion shift and length, and the abstention curve.
        recipe: `evaluation`, how the model was asked, and `training`, the recipe that trained it, or None.
        environment: versions, commit, seeds, device and processor.
        texts: what was said; None where the run holds no text.
        name: for a reader: the folder as it was given.
    """

    about: RunAbout
    predictions: Predictions
    figures: Mapping[str, Any]
    breakdowns: Mapping[str, Any]
    recipe: Mapping[str, Any]
    environment: Mapping[str, Any]
    texts: RunTexts | None = None
    name: str = field(default="")

    @classmethod
    def of(
        cls,
        about: RunAbout,
        predictions: Predictions,
        evaluation: Evaluation,
        recipe: Mapping[str, Any],
        environment: Mapping[str, Any],
        texts: RunTexts | None = None,
    ) -> Run:
        """Returns a run with the figures of an evaluation of its predictions."""
        return cls(
            about, predictions, evaluation.to_dict(), breakdowns(predictions), recipe, environment, texts, about.model
        )


def write_run(run: Run, folder: Path) -> None:
    """Writes a run folder, in place of a run that it holds.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: a place where no folder can be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A folder is a finished run when it has its figures.
        (folder / METRICS).unlink(missing_ok=True)
        write_predictions(run.predictions, folder / PREDICTIONS)
        if run.texts is None:
            (folder / TEXTS).unlink(missing_ok=True)
        else:
            write_texts(run.texts, folder / TEXTS)
        write_text(folder / RECIPE, yaml.safe_dump(dict(run.recipe), sort_keys=False, allow_unicode=True))
        write_json(folder / ENVIRONMENT, dict(run.environment))
        head = {"format": FORMAT, "about": run.about.to_data()}
        write_json(folder / METRICS, {**head, "figures": dict(run.figures), "breakdowns": dict(run.breakdowns)})
    except OSError as error:
        raise InputError(f"{folder}: no run folder can be written there: {error.strerror or error}") from error


def run_files(folder: Path) -> list[Path]:
    """Returns the files that a run folder may hold."""
    return [folder / name for name in (PREDICTIONS, METRICS, RECIPE, ENVIRONMENT, TEXTS)]


def is_run(folder: Path) -> bool:
    """Returns whether a folder holds a finished run."""
    return (folder / METRICS).is_file() and (folder / PREDICTIONS).is_file()


def read_run(folder: str | Path) -> Run:
    """Returns the run in a folder.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: no run folder, one of another format, or one that is damaged; the file and the fault are named.
        LabelError: labels that contradict each other.
    """
    place = Path(folder)
    if not is_run(place):
        raise InputError(
            f"{folder}: is not a run folder: it has no {METRICS} with {PREDICTIONS}; "
            "`instructerc evaluate --output DIR` writes one"
        )
    metrics = _read_json(place / METRICS)
    if metrics.get("format") != FORMAT:
        raise InputError(f"{place / METRICS}: has format {metrics.get('format')!r}; this version reads {FORMAT}")
    for name, parts in _PARTS.items():
        if not isinstance(metrics.get(name), dict):
            raise InputError(f"{place / METRICS}: has no {name}; it is damaged, evaluate again")
        missing = [part for part in parts if part not in metrics[name]]
        if missing:
            raise InputError(
                f"{place / METRICS}: has no {', '.join(missing)} among its {name}; it is damaged, evaluate again"
            )
    texts = read_texts(place / TEXTS) if (place / TEXTS).is_file() else None
    predictions = read_predictions(place / PREDICTIONS)
    scored, told = int(predictions.scored.sum()), metrics["figures"].get("n_utterances")
    if scored != told:
        raise InputError(
            f"{place}: {PREDICTIONS} has {scored} utterances with a gold label, {METRICS} has figures of {told}; "
            "an answer is missing or the files are of different runs, evaluate again"
        )
    if texts is not None and len(texts.texts) != len(predictions):
        raise InputError(f"{place / TEXTS}: has {len(texts.texts)} utterances for {len(predictions)} predictions")
    return Run(
        RunAbout.from_data(metrics.get("about"), str(place / METRICS)),
        predictions,
        metrics["figures"],
        metrics["breakdowns"],
        _read_recipe(place / RECIPE),
        _read_json(place / ENVIRONMENT),
        texts,
        str(folder),
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {one_line(error)}") from error
    if not isinstance(data, dict):
        raise InputError(f"{path}: holds {type(data).__name__}; it must be an object")
    return data


def _read_recipe(path: Path) -> dict[str, Any]:
    try:
        data = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read: {one_line(error)}") from error
    if not isinstance(data, dict) or not {"evaluation", "training"} <= set(data):
        raise InputError(f"{path}: must have the keys `evaluation` and `training`")
    for name in ("evaluation", "training"):
        if not isinstance(data[name], dict | None):
            raise InputError(f"{path}: `{name}` is {type(data[name]).__name__}; it must be a mapping or null")
    return data
