"""Model folders to what answers: the backbone of each kind, and the demonstrations that stand beside it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from instructerc.backbones.base import Backbone
from instructerc.backbones.embedders import load_embedder
from instructerc.backbones.settings import ModelSettings
from instructerc.errors import MissingExtra
from instructerc.retrieval import DemonstrationBank, saved_embedder

EMBEDDED = "embedded"


def embedded_model() -> Path:
    """Returns the folder of the model that comes with the package."""
    return Path(str(resources.files("instructerc.models") / "embedded"))


def load_backbone_of(folder: Path, settings: ModelSettings, threads: int | None, trust: bool) -> Backbone:
    """Returns the backbone of a model folder; see `Recognizer.from_pretrained`."""
    if settings.kind == "embedded":
        from instructerc.backbones.embedded import EmbeddedBackbone

        return EmbeddedBackbone.load(folder, settings.sha256, threads)
    if settings.kind == "adapted":
        from instructerc.backbones.adapted import load_adapted

        named = settings.base.get("model", EMBEDDED)
        return load_adapted(folder, settings, embedded_model() if named == EMBEDDED else Path(named), threads)
    try:
        from instructerc.backbones.hub import trusting
        from instructerc.backbones.trainable import load_backbone
    except ModuleNotFoundError as error:
        raise MissingExtra(f"the model in {folder}", "train") from error
    with trusting(trust):
        return load_backbone(settings.kind, folder)


def load_bank(folder: Path) -> DemonstrationBank | None:
    """Returns the demonstrations in a folder; None where there is none."""
    if not folder.is_dir():
        return None
    return DemonstrationBank.load(folder, load_embedder(saved_embedder(folder)))
