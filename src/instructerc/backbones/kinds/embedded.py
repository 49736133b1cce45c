"""The encoder as an int8 ONNX graph, without torch: the model that ships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from instructerc.backbones.registry import BackboneKind
from instructerc.backbones.settings import ModelSettings

if TYPE_CHECKING:
    from instructerc.backbones.encoders.embedded import EmbeddedBackbone


def _load(folder: Path, settings: ModelSettings, threads: int | None) -> EmbeddedBackbone:
    from instructerc.backbones.encoders.embedded import EmbeddedBackbone

    return EmbeddedBackbone.load(folder, settings.sha256, threads)


KIND = BackboneKind("embedded", _load, worth_copying=True, keeps_states=True, adapts_to="adapted", trained_as="encoder")
