"""A trained backbone to a model folder: its development figure, its calibration, what it was trained with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from instructerc.backbones.base import Backbone, FloatArray
from instructerc.backbones.settings import ModelSettings, write_settings
from instructerc.backbones.trainable import TrainableBackbone
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.evaluation.runs.files import write_json
from instructerc.prompts import TreeBuilder
from instructerc.training.data import StageData, development_parts
from instructerc.training.development import (
    DevelopmentAnswers,
    as_told,
    calibrate,
    calibrations_by_domain,
    fit_unsure,
    weighted_f1_by_corpus,
)
from instructerc.training.development_run import write_development_run
from instructerc.training.plan import Plan
from instructerc.training.scoring import answered

_CONTENT_FREE = ("N/A", "...", "[MASK]")


def release(plan: Plan, data: StageData, backbone: TrainableBackbone, place: Path, seed: int | None = None) -> float:
    """Writes a finished model into `place/model`, then its result; returns its development weighted F1, a fraction.

    Its answers to each development split that selects are the run folder `place/dev-CORPUS`.
    """
    recipe, main, selecting = plan.recipe, data.stage.main, data.stage.selecting
    label_set = main.label_sets[0]
    parts = development_parts(data, backbone)
    scores = {name: backbone.score([tree for _, tree in some]) for name, some in parts.items()}
    answers = {
        name: DevelopmentAnswers(
            selecting[name].label_sets[0],
            selecting[name].recipe.domain,
            answered([tree for _, tree in some], scores[name]),
        )
        for name, some in parts.items()
    }
    figures = weighted_f1_by_corpus(answers, "dev_weighted_f1")
    content_free = _content_free_answers(data, backbone) if recipe.calibration == "contextual" else None
    calibration = calibrate(recipe.calibration, answers, label_set, content_free)
    by_domain = calibrations_by_domain(calibration, answers, label_set)
    backbone.save(place / "model")
    corpora = [corpus.recipe for corpus in data.stage.corpora]
    settings = ModelSettings(
        kind=recipe.backbone.kind,
        label_set=label_set,
        prompt=plan.wording.version,
        temperature=calibration.temperature,
        figures=figures,
        recipe=recipe.name,
        calibration=calibration.method,
        bias=calibration.bias,
        wording=plan.wording.to_data(),
        domain=main.recipe.domain,
        domains={corpus.name: corpus.domain for corpus in corpora if corpus.domain},
        temperatures={domain: one.temperature for domain, one in by_domain.items()},
        biases={domain: one.bias for domain, one in by_domain.items() if one.bias},
        languages=tuple(recipe.languages),
    )
    settings = replace(settings, unsure_below=fit_unsure(as_told(answers, settings), settings))
    write_settings(place / "model", settings)
    if data.main_bank is not None:
        data.main_bank.save(place / "model" / "bank")
    (place / "model" / "recipe.yaml").write_text(recipe.to_yaml(), encoding="utf-8")
    for number, (name, some) in enumerate(parts.items(), 1):
        # Folders of one's own files have one name.
        ending = selecting[name].recipe.name if name == selecting[name].recipe.name else f"files-{number}"
        write_development_run(plan, settings, selecting[name], some, scores[name], seed, place / f"dev-{ending}")
    write_json(place / "result.json", figures)
    return figures["dev_weighted_f1"]


def _content_free_answers(data: StageData, backbone: Backbone) -> FloatArray:
    """Returns the answers to prompts that say nothing (Zhao et al. 2021). Shape: [C, O]."""
    builder = TreeBuilder(data.stage.wording, data.stage.main.label_sets[0], demonstrator=data.main_bank)
    talks = [Conversation("content-free", [Utterance("Speaker", text)]) for text in _CONTENT_FREE]
    trees = [tree for talk in talks for _, tree in build_trees(talk, builder, backbone)]
    return np.asarray([answers[0] for answers in backbone.score(trees)], np.float32)
