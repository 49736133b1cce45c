"""Watching a training in a program of its own, by the integrations of transformers' Trainer."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from instructerc.compat.transformers_models import write_tensorboard_into
from instructerc.errors import InputError, did_you_mean

FOLDER = "tracking"

# The package that each needs; of several, one is enough.
_PACKAGES = {
    "tensorboard": ("tensorboardX", "tensorboard"),
    "trackio": ("trackio",),
    "mlflow": ("mlflow",),
    "wandb": ("wandb",),
}


def check_trackers(names: Sequence[str]) -> None:
    """Raises an error for a tracker that cannot be used, before anything is trained.

    Raises:
        InputError: an unknown name, or a package that is not installed.
    """
    for name in names:
        if name not in _PACKAGES:
            raise InputError(
                f"no tracker {name!r}{did_you_mean(name, list(_PACKAGES))}; there are {', '.join(_PACKAGES)}"
            )
        packages = _PACKAGES[name]
        if not any(find_spec(package) for package in packages):
            raise InputError(f"tracking by {name} requires a package: pip install {packages[0]}")


def keep_beside(trainer: Any, place: Path) -> None:
    """Makes TensorBoard write into `place/tracking`: the trainer would write among checkpoints, which are removed."""
    write_tensorboard_into(trainer, place / FOLDER)
