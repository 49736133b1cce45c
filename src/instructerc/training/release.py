"""A trained backbone to a model folder: its development figure, its calibration, what it was trained with."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from instructerc.backbones.base import Backbone, FloatArray
from instructerc.backbones.settings import ModelSettings, write_settings
from instructerc.backbones.trainable import TrainableBackbone
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.evaluation import fit_calibration
from instructerc.labels import LabelSet, load_label_set
from instructerc.prompts import load_wording
from instructerc.training.data import StageData, development_trees, tree_builder
from instructerc.training.files import write_json
from instructerc.training.recipe import Recipe
from instructerc.training.scoring import Scored, score_recognition

_CONTENT_FREE = ("N/A", "...", "[MASK]")


def release(recipe: Recipe, data: StageData, backbone: TrainableBackbone, place: Path) -> float:
    """Writes a finished model into `place/model`, then its result; returns its development weighted F1, a fraction."""
    label_set = load_label_set(data.stage.corpora[0].label_sets[0])
    scored_by_corpus = {
        name: score_recognition(backbone, trees) for name, trees in development_trees(recipe, data, backbone).items()
    }
    scored = next(iter(scored_by_corpus.values()))
    figure = sum(one.weighted_f1 for one in scored_by_corpus.values()) / len(scored_by_corpus)
    content_free = (
        _content_free_answers(recipe, label_set, data, backbone) if recipe.calibration == "contextual" else None
    )
    calibration = fit_calibration(recipe.calibration, scored.log_probs, scored.gold, len(label_set), content_free)
    backbone.save(place / "model")
    wording = load_wording(recipe.prompt.wording)
    settings = ModelSettings(
        kind=recipe.backbone.kind,
        label_set=label_set,
        prompt=wording.version,
        temperature=calibration.temperature,
        figures={"dev_weighted_f1": figure, **_by_corpus(scored_by_corpus)},
        recipe=recipe.name,
        calibration=calibration.method,
        bias=calibration.bias,
        wording=wording.to_data(),
        domain=data.stage.corpora[0].domain,
        domains={corpus.name: corpus.domain for corpus in data.stage.corpora if corpus.domain and corpus.gold},
    )
    write_settings(place / "model", settings)
    if data.main_bank is not None:
        data.main_bank.save(place / "model" / "bank")
    (place / "model" / "recipe.yaml").write_text(recipe.to_yaml(), encoding="utf-8")
    write_json(place / "result.json", {"dev_weighted_f1": figure, **_by_corpus(scored_by_corpus)})
    return figure


def _by_corpus(scored: dict[str, Scored]) -> dict[str, float]:
    """Returns the figure of each corpus by itself, where there are several."""
    return {f"dev_weighted_f1_{name}": one.weighted_f1 for name, one in scored.items()} if len(scored) > 1 else {}


def _content_free_answers(recipe: Recipe, label_set: LabelSet, data: StageData, backbone: Backbone) -> FloatArray:
    """Returns the answers to prompts that say nothing (Zhao et al. 2021). Shape: [C, O]."""
    builder = tree_builder(recipe, label_set, data.main_bank)
    talks = [Conversation("content-free", [Utterance("Speaker", text)]) for text in _CONTENT_FREE]
    trees = [tree for talk in talks for _, tree in build_trees(talk, builder, backbone)]
    return np.asarray([answers[0] for answers in backbone.score(trees)], np.float32)
