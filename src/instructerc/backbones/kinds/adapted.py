"""The embedded model with a head for a user's own labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from instructerc.backbones.registry import BackboneKind
from instructerc.backbones.settings import ModelSettings
from instructerc.backbones.shipped import EMBEDDED, embedded_model

if TYPE_CHECKING:
    from instructerc.backbones.encoders.embedded import EmbeddedBackbone


def _load(folder: Path, settings: ModelSettings, threads: int | None) -> EmbeddedBackbone:
    from instructerc.backbones.encoders.adapted import load_adapted

    named = settings.base.get("model", EMBEDDED)
    return load_adapted(folder, settings, embedded_model() if named == EMBEDDED else Path(named), threads)


KIND = BackboneKind("adapted", _load, worth_copying=True, keeps_states=True, has_head=True)
