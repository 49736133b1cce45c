"""The mean of several trainings (Wortsman et al. 2022, uniform soup)."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from instructerc.backbones.trainable import TrainableBackbone


def average_weights(backbones: Sequence[TrainableBackbone]) -> TrainableBackbone:
    """Returns the first backbone, with the mean of all backbones' weights."""
    states = [backbone.model.state_dict() for backbone in backbones]
    mean = {name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]}
    backbones[0].model.load_state_dict(mean)
    return backbones[0]
