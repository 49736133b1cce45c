"""What `instructerc teach` runs: trained models' answers about a recipe's last stage, as a file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from instructerc.backbones.registry import load_backbone
from instructerc.backbones.settings import read_settings
from instructerc.corpora import mix
from instructerc.errors import InputError
from instructerc.training.plan import resolve
from instructerc.training.recipe import Recipe
from instructerc.training.teacher import Taught, teach


def write_answers(
    recipe: Recipe,
    models: Sequence[Path],
    output: Path,
    say: Callable[[str], None],
    label_sets: Collection[str] | None = None,
) -> None:
    """Writes the models' mean answers about the conversations of a recipe's last stage.

    Args:
        recipe: the recipe that learns from them.
        models: model folders.
        output: the file.
        say: takes a line for a person.
        label_sets: names of those that are asked; all where None. What is not asked is learnt from labels alone.

    Raises:
        ModelError: a model that cannot be used.
        InputError: a corpus that cannot be read, or a label set that the stage does not have.
    """
    stage = resolve(recipe, say).stages[-1]
    names = {labels.name for corpus in stage.corpora for labels in corpus.label_sets}
    for name in label_sets or ():
        if name not in names:
            raise InputError(f"no label set {name!r} in the recipe's last stage; there are {', '.join(sorted(names))}")
    asked = names if label_sets is None else set(label_sets)
    drawn = mix(stage.parts, stage.recipe.share, stage.recipe.mix, recipe.seeds[0])
    parts = [
        Taught(
            corpus.recipe.name,
            corpus.recipe.domain,
            [labels for labels in corpus.label_sets if labels.name in asked],
            talks,
        )
        for corpus, talks in zip(stage.corpora, drawn, strict=True)
    ]
    loaders = [partial(load_backbone, model, read_settings(model)) for model in models]
    teach(stage.wording, parts, loaders, say).save(output)
