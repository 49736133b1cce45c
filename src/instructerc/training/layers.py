"""Lower layers of an encoder that learn less than the upper ones, or nothing (Howard and Ruder 2018)."""

from __future__ import annotations

import re
from typing import Any

_LAYER = re.compile(r"\.layers?\.(\d+)\.")


def freeze_layers(model: Any, n_layers: int) -> None:
    """Leaves the lowest layers of an encoder, and its embeddings, as they are while the rest is trained.

    Where the base reads many languages and the training data are of few, that keeps what they share (Wu and Dredze
    2019, section 5). With 0 everything is trained.
    """
    for name, weight in model.named_parameters():
        layer = _LAYER.search(name)
        lowest = int(layer.group(1)) < n_layers if layer else name.startswith("encoder.")
        if n_layers and lowest:
            weight.requires_grad_(False)


def decayed_groups(model: Any, learning_rate: float, decay: float, weight_decay: float) -> list[dict[str, Any]]:
    """Returns the trained weights in groups for an optimiser.

    Weights above the layers have the whole rate, the last layer `decay` of it, each one below `decay` of that, and the
    embeddings the least.

    Args:
        model: an encoder with what stands on it.
        learning_rate: of what is new.
        decay: factor from layer to layer.
        weight_decay: of all weights but biases and norms.
    """
    found = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    layers = {name: int(match.group(1)) for name, _ in found if (match := _LAYER.search(name))}
    top = max(layers.values(), default=-1) + 1
    groups: dict[tuple[int, bool], dict[str, Any]] = {}
    for name, weight in found:
        inside = name.startswith("encoder.")
        depth = top - layers[name] if name in layers else top + 1 if inside else 0
        decays = weight.dim() > 1
        group = groups.setdefault(
            (depth, decays),
            {"params": [], "lr": learning_rate * decay**depth, "weight_decay": weight_decay if decays else 0.0},
        )
        group["params"].append(weight)
    return list(groups.values())
