"""What `instructerc teach` runs: trained models' answers about a recipe's last stage, as a file."""

from __future__ import annotations

from collections import Counter
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
    corpora: Collection[str] | None = None,
) -> None:
    """Writes the models' mean answers about the conversations of a recipe's last stage.

    Args:
        recipe: the recipe that learns from them.
        models: model folders; one that comes several times counts as often.
        output: the file.
        say: takes a line for a person.
        label_sets: names of those that are asked; all where None. What is not asked is learnt from labels alone.
        corpora: names of those that are asked about; all where None.

    Raises:
        ModelError: a model that cannot be used.
        InputError: a corpus that cannot be read, or a label set or corpus that the stage does not have.
    """
    stage = resolve(recipe, say).stages[-1]
    asked = _chosen("label set", label_sets, {labels.name for corpus in stage.corpora for labels in corpus.label_sets})
    about = _chosen("corpus", corpora, {corpus.recipe.name for corpus in stage.corpora})
    drawn = mix(stage.parts, stage.recipe.share, stage.recipe.mix, recipe.seeds[0])
    parts = [
        Taught(
            corpus.recipe.name,
            corpus.recipe.domain,
            [labels for labels in corpus.label_sets if labels.name in asked],
            talks,
        )
        for corpus, talks in zip(stage.corpora, drawn, strict=True)
        if corpus.recipe.name in about
    ]
    teachers = [
        (partial(load_backbone, model, read_settings(model)), times) for model, times in Counter(models).items()
    ]
    teach(stage.wording, parts, teachers, say).save(output)


def _chosen(what: str, chosen: Collection[str] | None, known: Collection[str]) -> Collection[str]:
    """Returns the names that are chosen, or all that are known."""
    for name in chosen or ():
        if name not in known:
            raise InputError(f"no {what} {name!r} in the recipe's last stage; there are {', '.join(sorted(known))}")
    return known if chosen is None else chosen
