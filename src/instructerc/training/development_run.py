"""A finished model's answers to development as a run folder, as `evaluate` writes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from instructerc.backbones.base import FloatArray
from instructerc.backbones.settings import ModelSettings
from instructerc.conversation import Conversation
from instructerc.evaluation import Calibration, calibration_of, evaluate_recognitions
from instructerc.evaluation.runs import Predictions, Run, RunAbout, environment, write_run
from instructerc.labels import LabelSet
from instructerc.prompts import PromptTree
from instructerc.training.plan import CorpusPlan, Plan


@dataclass(frozen=True)
class _Answer:
    """What `evaluation` reads of a recognition."""

    label: str
    probabilities: Mapping[str, float]


def write_development_run(
    plan: Plan,
    settings: ModelSettings,
    corpus: CorpusPlan,
    parts: Sequence[tuple[Conversation, PromptTree]],
    scores: Sequence[Sequence[FloatArray]],
    seed: int | None,
    folder: Path,
) -> None:
    """Writes the run of a development split.

    Args:
        plan: of the training.
        settings: of the finished model, with its calibration.
        corpus: whose split it is.
        parts: the split's prompts, each with its conversation.
        scores: log p(option | prompt) of each question of each prompt.
        seed: of the training; None for the average of several.
        folder: where it goes.
    """
    label_set = corpus.label_sets[0]
    talks = list({talk.id: talk for talk, _ in parts}.values())
    calibration = calibration_of(settings, label_set, settings.domain_of(corpus.recipe.name))
    answers = _answers(talks, parts, scores, calibration, label_set)
    about = RunAbout(
        made_by="train",
        model=plan.recipe.name,
        kind=settings.kind,
        base=plan.recipe.backbone.base,
        label_set=label_set.name,
        wording=settings.prompt,
        corpus=corpus.recipe.name,
        split="dev",
        history=f"{plan.history.mode} {plan.history.turns}",
        context="both" if plan.history.shows_later else "past",
        seed=seed,
        recipe=plan.recipe.name,
        date=datetime.now(UTC).date().isoformat(),
    )
    recipe = {
        "evaluation": {"corpus": about.corpus, "split": about.split, "label_set": {"labels": list(label_set.names)}},
        "training": plan.recipe.model_dump(mode="json"),
    }
    evaluation = evaluate_recognitions(talks, answers, label_set)
    seeds = plan.recipe.seeds if seed is None else [seed]
    write_run(Run.of(about, Predictions.of(talks, answers, label_set), evaluation, recipe, environment(seeds)), folder)


def _answers(
    talks: Sequence[Conversation],
    parts: Sequence[tuple[Conversation, PromptTree]],
    scores: Sequence[Sequence[FloatArray]],
    calibration: Calibration,
    label_set: LabelSet,
) -> list[list[_Answer]]:
    """Returns one answer for each utterance of each conversation."""
    found = {
        (talk.id, question.utterance): calibration.apply(log_probs)
        for (talk, tree), rows in zip(parts, scores, strict=True)
        for question, log_probs in zip(tree.questions, rows, strict=True)
    }
    return [[_answer(found[talk.id, place], label_set) for place in range(len(talk))] for talk in talks]


def _answer(log_probs: FloatArray, label_set: LabelSet) -> _Answer:
    probabilities = np.exp(log_probs).astype(float).tolist()
    return _Answer(label_set.names[int(np.argmax(log_probs))], dict(zip(label_set.names, probabilities, strict=True)))
