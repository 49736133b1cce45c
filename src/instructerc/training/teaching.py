"""What `instructerc teach` runs: trained models' answers about a recipe's last stage, as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from instructerc.backbones.encoders.embedders import load_embedder
from instructerc.backbones.registry import load_trained
from instructerc.backbones.settings import read_settings
from instructerc.training.data import load_stage
from instructerc.training.recipe import Recipe
from instructerc.training.teacher import teach


def write_answers(recipe: Recipe, models: Sequence[Path], output: Path, say: Callable[[str], None]) -> None:
    """Writes the models' mean answers about the conversations of a recipe's last stage.

    Args:
        recipe: the recipe that learns from them.
        models: model folders.
        output: the file.
        say: takes a line for a person.

    Raises:
        ModelError: a model that cannot be used.
        InputError: a corpus that cannot be read.
    """
    stage = recipe.stages[-1]
    data = load_stage(recipe, stage, recipe.seeds[0], load_embedder, say)
    loaders = [partial(load_trained, read_settings(model).kind, model) for model in models]
    teach(recipe, list(zip(stage.corpora, data.parts, strict=True)), loaders, say).save(output)
