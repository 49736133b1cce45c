"""A recogniser's answers to labelled conversations as a run, which `evaluation.runs` writes into a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from instructerc.backbones.shipped import AUTO, EMBEDDED
from instructerc.compat.yaml_text import load_yaml
from instructerc.conversation import Conversation
from instructerc.evaluation import Evaluation, evaluate_recognitions
from instructerc.evaluation.runs import Predictions, Run, RunAbout, RunTexts, environment
from instructerc.recognition.recognition import Recognition
from instructerc.recognition.recognizer import Recognizer

# Of a trained model's folder, `RUN/seed-K/STAGE/model`, or `RUN-seed-K` of a reproduced row.
_SEED = re.compile(r"(?:^|-)seed-(\d+)$")


def run_of(
    recognizer: Recognizer,
    conversations: Iterable[Conversation],
    recognitions: Iterable[Sequence[Recognition]],
    *,
    model: str | Path | None = None,
    texts: bool = False,
    evaluation: Evaluation | None = None,
    **about: Any,
) -> Run:
    """Returns a run.

    Args:
        recognizer: what answered.
        conversations: with gold emotions, at least in part.
        recognitions: for each conversation, one answer an utterance.
        model: as the user named it; None for what is the default.
        texts: whether the run holds what was said, and the demonstrations.
        evaluation: of these answers, where it is known already.
        about: further fields of `RunAbout`, such as `made_by`, `corpus` and `split`.

    Raises:
        InputError: no labelled utterance, or two conversations of one id.
        LabelError: a gold label outside the label set.
    """
    talks, answers = list(conversations), list(recognitions)
    settings, label_set = recognizer.settings, recognizer.label_set
    training = _training_recipe(model)
    known = RunAbout(
        model=_default_name(recognizer) if model is None else _short_name(Path(model)),
        kind=settings.kind,
        label_set=label_set.name,
        wording=settings.prompt,
        date=datetime.now(UTC).date().isoformat(),
        base=(training or {}).get("backbone", {}).get("base"),
        parameters=_n_parameters(recognizer.backbone),
        history=f"{recognizer.history.mode} {recognizer.history.turns}",
        context="both" if recognizer.backbone.history.shows_later else "past",
        min_probability=recognizer.min_probability,
        recipe=settings.recipe or None,
        **{"seed": trained_seed(model), **about},
    )
    shown = [answer.demonstrations for turns in answers for answer in turns]
    return Run.of(
        known,
        Predictions.of(talks, answers, label_set),
        evaluation or evaluate_recognitions(talks, answers, label_set),
        {"evaluation": _evaluation_recipe(recognizer, known), "training": training},
        environment([] if known.seed is None else [known.seed]),
        RunTexts.of(talks, shown) if texts else None,
    )


def trained_seed(model: str | Path | None) -> int | None:
    """Returns the seed that a trained model's folder names, or None."""
    for part in reversed(Path(model or "").parts):
        found = _SEED.search(part)
        if found:
            return int(found[1])
    return None


def _default_name(recognizer: Recognizer) -> str:
    return AUTO if recognizer.model_names else EMBEDDED


def _short_name(model: Path) -> str:
    """Returns a model folder's name without what is the same for all; never where it lies on this machine."""
    parts = [part for part in model.parts if part not in (model.anchor, "..", ".")]
    parts = parts[:-1] if len(parts) > 1 and parts[-1] == "model" else parts
    return "/".join(parts[-3:]) if not model.is_absolute() else "/".join(parts[-2:])


def _training_recipe(model: str | Path | None) -> dict[str, Any] | None:
    """Returns the recipe that stands in a trained model's folder."""
    path = Path(model or "") / "recipe.yaml"
    if model is None or not path.is_file():
        return None
    data = load_yaml(path.read_text(encoding="utf-8"))
    return data if isinstance(data, dict) else None


def _evaluation_recipe(recognizer: Recognizer, about: RunAbout) -> dict[str, Any]:
    return {
        "model": about.model,
        "corpus": about.corpus,
        "split": about.split,
        "file": about.file,
        "label_set": {"name": recognizer.label_set.name, "labels": list(recognizer.label_set.names)},
        "wording": about.wording,
        "history": about.history,
        "context": about.context,
        "calibration": recognizer.answering.calibration.to_data(),
        "min_probability": about.min_probability,
    }


def _n_parameters(backbone: Any) -> int | None:
    """Returns how many parameters a model in torch has; None for others."""
    parameters = getattr(getattr(backbone, "model", None), "parameters", None)
    return sum(one.numel() for one in parameters()) if callable(parameters) else None
