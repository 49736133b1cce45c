"""A causal language model on a server, which is named by its address."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from instructerc.backbones.registry import BackboneKind
from instructerc.backbones.settings import ModelSettings
from instructerc.errors import ModelError


def _load(folder: Path, settings: ModelSettings, threads: int | None) -> NoReturn:
    raise ModelError(f"{folder}: a remote model has no folder; give its address, such as openai://localhost:8000/NAME")


KIND = BackboneKind("remote", _load, extras=("train",))
