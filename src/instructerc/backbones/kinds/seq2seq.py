"""An encoder-decoder of Hugging Face: the flat prompt is encoded, the options are decoded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from instructerc.backbones.registry import BackboneKind, Export, Training
from instructerc.backbones.settings import ModelSettings
from instructerc.prompts import History

if TYPE_CHECKING:
    from instructerc.backbones.language_models.seq2seq import Seq2SeqBackbone
    from instructerc.backbones.options import BackboneOptions


def _new(options: BackboneOptions, history: History, trains: bool) -> Seq2SeqBackbone:
    from instructerc.backbones.language_models.seq2seq import Seq2SeqBackbone

    return Seq2SeqBackbone.from_base(options, history, options.adapter if trains else None)


def _load_trained(folder: Path) -> Seq2SeqBackbone:
    from instructerc.backbones.language_models.seq2seq import Seq2SeqBackbone

    return Seq2SeqBackbone.load(folder)


def _load(folder: Path, settings: ModelSettings, threads: int | None) -> Seq2SeqBackbone:
    return _load_trained(folder)


KIND = BackboneKind(
    "seq2seq",
    _load,
    training=Training(_new, _load_trained, "compact-1", spells_options=True),
    export=Export.MERGED,
    extras=("train",),
)
