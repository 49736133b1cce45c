"""Means of trainings' weights (Wortsman et al. 2022: of several seeds, and of a model with what it was tuned from)."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from instructerc.backbones.trainable import TrainableBackbone


def average_weights(backbones: Sequence[TrainableBackbone], shares: Sequence[float] | None = None) -> TrainableBackbone:
    """Returns the first backbone, with the mean of all backbones' weights; `shares` sum up to 1, equal where None."""
    states = [backbone.model.state_dict() for backbone in backbones]
    parts = [1 / len(states)] * len(states) if shares is None else shares
    mean = {
        name: torch.stack([share * state[name].float() for share, state in zip(parts, states, strict=True)]).sum(0)
        for name in states[0]
    }
    backbones[0].model.load_state_dict(mean)
    return backbones[0]
