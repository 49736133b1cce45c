"""The backbone that a recipe's stage begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instructerc.backbones.options import BackboneOptions
from instructerc.backbones.registry import load_trained, trained_kinds
from instructerc.backbones.shipped import model_folder
from instructerc.backbones.trainable import TrainableBackbone
from instructerc.prompts import History


def new_backbone(
    wanted: BackboneOptions, history: History, previous: Path | None, trains: bool = True
) -> TrainableBackbone:
    """Returns the backbone of a finished stage, or a new one on the recipe's base.

    Args:
        wanted: what the recipe says of it.
        history: what a target sees of the turns before it.
        previous: model folder of the stage before; None for the base, or for the model that the recipe starts from.
        trains: whether anything is trained; what is not needs no adapter.

    Raises:
        ModelError: weights that cannot be found or used.
        InputError: a longer window than the model's.
    """
    start = previous or (model_folder(wanted.start_from) if wanted.start_from else None)
    if start is not None:
        backbone = load_trained(wanted.kind, start)
        # What it was trained with may be another one.
        backbone.history = history
    else:
        backbone = trained_kinds()[wanted.kind].new(wanted, history, trains)
    if wanted.gradient_checkpointing and hasattr(backbone.model, "gradient_checkpointing_enable"):
        _checkpoint_gradients(backbone.model)
    return backbone


def _checkpoint_gradients(model: Any) -> None:
    # Called on the model: the trainer's own argument has another name in each version.
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if hasattr(model, "enable_input_require_grads"):
        model.enable_input_require_grads()
