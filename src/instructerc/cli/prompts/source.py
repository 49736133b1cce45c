"""Where the prompts that are shown come from: flags alone, a trained model's folder, or a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instructerc.cli.shared.extras import import_with_extra
from instructerc.compat.yaml_text import load_yaml
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.labels import LabelSet
    from instructerc.prompts import Demonstrator, History, Wording


@dataclass(frozen=True)
class PromptSource:
    """What prompts are made with.

    Attributes:
        wording: the templates.
        label_set: the options of the emotion tasks.
        history: what a target sees of the turns before it.
        demonstrator: finds what prompts show; None for nothing.
        domain: what kind of talk it is.
        same_label: whether demonstrations have the gold label, as in the paper's training prompts.

    Raises:
        InputError: a history with later turns.
    """

    wording: Wording
    label_set: LabelSet
    history: History
    demonstrator: Demonstrator | None = None
    domain: str = ""
    same_label: bool = False

    def __post_init__(self) -> None:
        if self.history.shows_later:
            raise InputError(
                "with history `both` a turn sees the whole conversation, so there is no prompt that ends with it; "
                "`instructerc inspect` shows the conversation"
            )


def source_of_flags(wording: str, labels: str | None, history: History, corpus: str | None) -> PromptSource:
    """Returns what flags say; labels that are not given are the corpus's own, by the catalogue.

    Raises:
        LabelError: no such label set.
        ModelError: no such wording.
    """
    from instructerc.corpora import corpora
    from instructerc.corpora.registry import known_corpora
    from instructerc.labels import load_label_set
    from instructerc.prompts import load_wording

    facts = known_corpora()[corpus].facts if corpus in corpora() else None
    name = labels or (facts.label_set if facts is not None else "meld")
    return PromptSource(load_wording(wording), load_label_set(name), history)


def source_of_model(folder: Path, corpus: str | None) -> PromptSource:
    """Returns what a trained model's folder says, with its demonstrations; its weights are not read.

    Raises:
        ModelError: no model folder, or one of another version.
    """
    from instructerc.backbones.encoders.embedders import load_embedder
    from instructerc.backbones.settings import read_settings
    from instructerc.prompts import History
    from instructerc.retrieval import DemonstrationBank, saved_embedder

    settings = read_settings(folder)
    stored = folder / "recipe.yaml"
    recipe: Mapping[str, Any] = load_yaml(stored.read_text(encoding="utf-8")) if stored.is_file() else {}
    prompt = recipe.get("prompt", {})
    place = folder / "bank"
    bank = DemonstrationBank.load(place, load_embedder(saved_embedder(place))) if place.is_dir() else None
    return PromptSource(
        settings.load_wording(),
        settings.label_set,
        History(prompt.get("history", "trunk"), prompt.get("window", History().turns)),
        bank,
        settings.domain if corpus is None else settings.domain_of(corpus),
    )


def source_of_recipe(path: Path, corpus: str | None, split: str) -> PromptSource:
    """Returns what the last stage of a recipe says of a corpus, with demonstrations of its training split.

    Raises:
        MissingExtra: the packages of training are not installed.
        RecipeError: the recipe is wrong.
        InputError: the last stage does not have the corpus, or a corpus of it cannot be read.
    """
    import_with_extra("instructerc.training.recipe_file", "--recipe", "train")
    from instructerc.backbones.encoders.embedders import load_embedder
    from instructerc.cli.shared.group import print_line
    from instructerc.training.data import draw_stage
    from instructerc.training.plan import resolve
    from instructerc.training.recipe_file import load_recipe

    recipe = load_recipe(path)
    plan = resolve(recipe, print_line)
    stage = plan.stages[-1]
    chosen = next((one for one in stage.corpora if corpus in (None, one.recipe.name)), None)
    if chosen is None:
        names = ", ".join(one.recipe.name for one in stage.corpora)
        raise InputError(f"stage {stage.recipe.name!r} of {path} does not train on {corpus!r}; it trains on {names}")
    bank = None
    if stage.demonstrations is not None:
        bank = draw_stage(stage, recipe.seeds[0], load_embedder).bank_of(chosen)
    # A training prompt shows what the recipe pairs it with; any other is as in use.
    pairing = stage.demonstrations.pairing if stage.demonstrations else "none"
    same_label = corpus is not None and split == "train" and pairing == "same-label"
    return PromptSource(plan.wording, chosen.label_sets[0], plan.history, bank, chosen.recipe.domain, same_label)
