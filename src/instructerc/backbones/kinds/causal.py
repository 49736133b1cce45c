"""A causal language model of Hugging Face, read through packed prompt trees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from instructerc.backbones.registry import BackboneKind, Export, Training
from instructerc.backbones.settings import ModelSettings
from instructerc.prompts import History

if TYPE_CHECKING:
    from instructerc.backbones.language_models.causal import CausalBackbone
    from instructerc.backbones.options import BackboneOptions


def _new(options: BackboneOptions, history: History, trains: bool) -> CausalBackbone:
    from instructerc.backbones.language_models.causal import CausalBackbone

    return CausalBackbone.from_base(options, history, options.adapter if trains else None)


def _load_trained(folder: Path) -> CausalBackbone:
    from instructerc.backbones.language_models.causal import CausalBackbone

    return CausalBackbone.load(folder)


def _load(folder: Path, settings: ModelSettings, threads: int | None) -> CausalBackbone:
    return _load_trained(folder)


KIND = BackboneKind(
    "causal",
    _load,
    training=Training(_new, _load_trained, "compact-1", spells_options=True),
    export=Export.MERGED,
    extras=("train",),
)
