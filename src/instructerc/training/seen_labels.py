"""The labels that a model has met as options in its training."""

from __future__ import annotations

from instructerc.labels import fold, load_label_set, load_paraphrases
from instructerc.training.recipe import Recipe


def seen_labels(recipe: Recipe) -> tuple[str, ...]:
    """Returns the names of all labels that a recipe's emotion tasks ask for, and the words that stand in for them.

    They are in lower case and in the order of the alphabet. What a corpus holds out counts where another one asks it.

    Raises:
        LabelError: a label set that cannot be read; a file is looked for where the command runs.
    """
    found: set[str] = set()
    for corpus in (corpus for stage in recipe.stages for corpus in stage.corpora):
        for source in corpus.label_sets:
            for name in load_label_set(source).names:
                if name in corpus.held_out:
                    continue
                found.add(fold(name))
                if corpus.paraphrase:
                    found.update(fold(word) for word in load_paraphrases().get(name.casefold(), ("",))[1:])
    return tuple(sorted(found))
