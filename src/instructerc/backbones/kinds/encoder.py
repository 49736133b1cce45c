"""A bidirectional encoder that is read utterance-causally, in torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from instructerc.backbones.registry import BackboneKind, Export, Training
from instructerc.backbones.settings import ModelSettings
from instructerc.prompts import History

if TYPE_CHECKING:
    from instructerc.backbones.encoders.encoder import EncoderBackbone
    from instructerc.backbones.options import BackboneOptions


def _new(options: BackboneOptions, history: History, trains: bool) -> EncoderBackbone:
    from instructerc.backbones.encoders.encoder import EncoderBackbone

    return EncoderBackbone.from_base(options.base, options.max_tokens, history)


def _load_trained(folder: Path) -> EncoderBackbone:
    from instructerc.backbones.encoders.encoder import EncoderBackbone

    return EncoderBackbone.load(folder)


def _load(folder: Path, settings: ModelSettings, threads: int | None) -> EncoderBackbone:
    return _load_trained(folder)


KIND = BackboneKind(
    "encoder",
    _load,
    training=Training(
        _new,
        _load_trained,
        "encoder-1",
        averages=True,
        learns_shares=True,
        shows_later=True,
        refuses=("quantisation", "chat"),
    ),
    export=Export.GRAPH,
    extras=("train",),
)
