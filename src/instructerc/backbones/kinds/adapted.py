"""The embedded model with a head for a user's own labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from instructerc.backbones.registry import BackboneKind
from instructerc.backbones.settings import ModelSettings
from instructerc.backbones.shipped import EMBEDDED, MODEL_NAMES, SMALL, named_model

if TYPE_CHECKING:
    from instructerc.backbones.encoders.embedded import EmbeddedBackbone


def _load(folder: Path, settings: ModelSettings, threads: int | None) -> EmbeddedBackbone:
    from instructerc.backbones.encoders.adapted import load_adapted

    # What `small` was called in folders of older versions.
    named = settings.base.get("model", EMBEDDED)
    below = SMALL if named == EMBEDDED else named
    return load_adapted(folder, settings, named_model(below) if below in MODEL_NAMES else Path(below), threads)


KIND = BackboneKind("adapted", _load, worth_copying=True, keeps_states=True, has_head=True)
