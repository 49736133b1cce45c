"""The model that comes with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

EMBEDDED = "embedded"


def embedded_model() -> Path:
    """Returns the folder of the model that comes with the package."""
    return Path(str(resources.files("instructerc.models") / EMBEDDED))
