"""What `instructerc teach` runs: trained models' answers about a recipe's last stage, as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from instructerc.backbones.registry import load_trained
from instructerc.backbones.settings import read_settings
from instructerc.corpora import mix
from instructerc.training.plan import resolve
from instructerc.training.recipe import Recipe
from instructerc.training.teacher import Taught, teach


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
    stage = resolve(recipe, say).stages[-1]
    drawn = mix(stage.parts, stage.recipe.share, stage.recipe.mix, recipe.seeds[0])
    parts = [
        Taught(corpus.recipe.name, corpus.recipe.domain, corpus.label_sets, talks)
        for corpus, talks in zip(stage.corpora, drawn, strict=True)
    ]
    loaders = [partial(load_trained, read_settings(model).kind, model) for model in models]
    teach(stage.wording, parts, loaders, say).save(output)
