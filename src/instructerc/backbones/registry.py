"""The kinds of backbones: each is one file in `kinds/`, and all that depends on a kind is in its entry.

Looking at the entries loads no model library: an entry imports what it needs when it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from instructerc.backbones import kinds
from instructerc.backbones.base import Backbone
from instructerc.backbones.settings import ModelSettings
from instructerc.errors import MissingExtra, ModelError
from instructerc.prompts import History

if TYPE_CHECKING:
    from instructerc.backbones.options import BackboneOptions
    from instructerc.backbones.trainable import TrainableBackbone


class Export(Enum):
    """What `instructerc export` makes of a trained model."""

    GRAPH = "an int8 graph, calibrated and checked on a corpus"
    MERGED = "a plain checkpoint, with the adapter merged into the base"


@dataclass(frozen=True)
class Training:
    """How models of a kind are trained.

    Attributes:
        new: returns an untrained backbone on a recipe's base; the last argument says whether any stage trains it.
        load: returns what a backbone's `save` wrote.
        wording: the prompt of a recipe that names none.
        spells_options: whether options stand in the prompt's words, so that a wording must ask in words.
        averages: whether the mean of several trainings' weights is a model.
        learns_shares: whether an answer may be shared by several options, as annotators or a teacher gave it.
        shows_later: whether a turn can see later ones, as `history: both` asks for.
        refuses: settings of `BackboneOptions` that a recipe must leave as they are.
    """

    new: Callable[[BackboneOptions, History, bool], TrainableBackbone]
    load: Callable[[Path], TrainableBackbone]
    wording: str
    spells_options: bool = False
    averages: bool = False
    learns_shares: bool = False
    shows_later: bool = False
    refuses: tuple[str, ...] = ()


@dataclass(frozen=True)
class BackboneKind:
    """One kind of backbone.

    Attributes:
        name: in recipes and in `model.json`.
        load: returns the backbone of a model folder with these settings, on this many CPU threads (None: all cores).
        training: how it is trained; None for what is made otherwise.
        export: what a trained model becomes; None where it stays as it is.
        extras: optional packages that it needs, as pip names them.
        worth_copying: whether threads of a service each gain by a copy of their own: one that is small and runs on one
            core. Of others there is one copy, which answers in batches what waits for it.
        keeps_states: whether a live conversation keeps what was computed for its past turns.
        adapts_to: the kind that `instructerc adapt` makes of it; empty where it cannot.
        has_head: whether it has learnt labels of a user's own, beside those that it compares by name.
        trained_as: the kind in which training goes on from a model of it; its own where empty.
    """

    name: str
    load: Callable[[Path, ModelSettings, int | None], Backbone]
    training: Training | None = None
    export: Export | None = None
    extras: tuple[str, ...] = ()
    worth_copying: bool = False
    keeps_states: bool = False
    adapts_to: str = ""
    has_head: bool = False
    trained_as: str = ""


@cache
def backbone_kinds() -> Mapping[str, BackboneKind]:
    """Returns every kind by its name: the `KIND` of each file in `kinds/`."""
    modules = (import_module(f"{kinds.__name__}.{item.name}") for item in iter_modules(kinds.__path__))
    return {kind.name: kind for kind in (module.KIND for module in modules)}


def trained_kinds() -> Mapping[str, Training]:
    """Returns how each kind is trained that a recipe may name."""
    return {name: kind.training for name, kind in backbone_kinds().items() if kind.training is not None}


def exported_kinds(export: Export) -> list[str]:
    """Returns the names of the kinds that become this."""
    return [name for name, kind in backbone_kinds().items() if kind.export is export]


def backbone_kind(name: str, folder: Path | None = None) -> BackboneKind:
    """Returns the entry of a kind.

    Args:
        name: of the kind.
        folder: whose model it is, for the message.

    Raises:
        ModelError: there is no such kind.
    """
    known = backbone_kinds()
    if name not in known:
        what = f"{folder} holds a model of kind {name!r}" if folder else f"no kind of backbone is {name!r}"
        raise ModelError(f"{what}; there are {', '.join(known)}")
    return known[name]


def load_backbone(folder: Path, settings: ModelSettings, threads: int | None = None) -> Backbone:
    """Returns the backbone of a model folder.

    Args:
        folder: of the model.
        settings: what its `model.json` says.
        threads: CPU threads where its kind counts them; as many as there are cores where None.

    Raises:
        ModelError: an unknown kind, or a file that is missing or damaged.
        MissingExtra: without the packages that its kind needs.
    """
    kind = backbone_kind(settings.kind, folder)
    try:
        return kind.load(folder, settings, threads)
    except ModuleNotFoundError as error:
        if not kind.extras:
            raise
        raise MissingExtra(f"the model in {folder}", ",".join(kind.extras)) from error


def load_trained(name: str, folder: Path) -> TrainableBackbone:
    """Returns what the `save` of a backbone of this kind wrote, to be trained or asked.

    Raises:
        ModelError: a kind that is not trained, or a file that is missing or damaged.
    """
    trained = trained_kinds()
    if name not in trained:
        raise ModelError(f"{folder} holds a model of kind {name!r}; {', '.join(trained)} are trained")
    return trained[name].load(folder)
