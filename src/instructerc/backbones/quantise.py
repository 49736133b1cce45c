"""Int8 for the exported graph: weights by column, activations by one fixed scale, found on real turns.

A fixed scale is what makes a turn's numbers independent of its neighbours. Outlier channels would spoil it;
they are evened out into the weights first (SmoothQuant, Xiao et al. 2023, equation 4), and the range is
clipped where that lowers the error of the layer's output.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from instructerc.backbones.encoder import EncoderBackbone, collate
from instructerc.backbones.onnx_graph import QuantisedLinear, linear_layers
from instructerc.prompts import PromptTree

_LEVELS = 255
_WEIGHT_MAX = 127
_STRENGTHS = (0.0, 0.3, 0.5, 0.7)
_CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)
_ROWS = 2048


def quantise(backbone: EncoderBackbone, trees: Sequence[PromptTree]) -> dict[str, QuantisedLinear]:
    """Returns the int8 layers of an encoder.

    Args:
        backbone: the trained encoder.
        trees: turns to measure activations on; of a training split.
    """
    inputs = layer_inputs(backbone, trees)
    return {
        name: _quantise_layer(inputs[name], weight, bias)
        for name, (weight, bias) in linear_layers(backbone.model).items()
    }


def layer_inputs(backbone: EncoderBackbone, trees: Sequence[PromptTree]) -> dict[str, Tensor]:
    """Returns a sample of what enters each product of the graph, by its name. Shape: [N, K] each."""
    encoder: Any = backbone.model.encoder
    kept: dict[str, list[Tensor]] = {}
    handles = []
    for number, layer in enumerate(encoder.encoder.layer):
        for name, module in (
            ("attend", layer.attention.self.query),
            ("gather", layer.attention.output.dense),
            ("widen", layer.intermediate.dense),
            ("narrow", layer.output.dense),
        ):
            rows = kept.setdefault(f"{number}.{name}", [])
            handles.append(module.register_forward_pre_hook(_keep_rows(rows)))
    backbone.model.eval()
    with torch.inference_mode():
        for tree in trees:
            # One tree at a time: no padding among the rows.
            batch = collate([tree], backbone.tokenizer)
            backbone.model.states(batch.token_ids, batch.position_ids, batch.visible)
    for handle in handles:
        handle.remove()
    sample = torch.Generator().manual_seed(0)
    together = {name: torch.cat(rows) for name, rows in kept.items()}
    chosen = torch.randperm(len(next(iter(together.values()))), generator=sample)[:_ROWS]
    return {name: rows[chosen] for name, rows in together.items()}


def _keep_rows(rows: list[Tensor]) -> Any:
    def hook(module: Any, arguments: tuple[Tensor, ...]) -> None:
        rows.append(arguments[0].detach().flatten(0, -2).clone())

    return hook


def _quantise_layer(inputs: Tensor, weight: Tensor, bias: Tensor) -> QuantisedLinear:
    """Returns the candidate whose output is nearest to the float layer's, in mean square."""
    target = inputs @ weight
    best: tuple[float, QuantisedLinear] | None = None
    for strength in _STRENGTHS:
        multiplier = _evening(inputs, weight, strength)
        columns, column_scale = _round_weight(weight / multiplier[:, None])
        even = inputs * multiplier
        for clip in _CLIPS:
            scale, zero = _range(even, clip)
            rounded = ((even / scale).round() + zero).clamp(0, _LEVELS) - zero
            error = float(((rounded @ columns.float()) * (column_scale * scale) - target).square().mean())
            if best is None or error < best[0]:
                kept = multiplier if strength else None
                best = (error, QuantisedLinear(columns, column_scale, bias, scale, zero, kept))
    assert best is not None
    return best[1]


def _evening(inputs: Tensor, weight: Tensor, strength: float) -> Tensor:
    """Returns what each input channel is multiplied with. Shape: [K]."""
    activation = inputs.abs().amax(0).clamp(min=1e-5)
    row = weight.abs().amax(1).clamp(min=1e-5)
    multiplier = row ** (1 - strength) / activation**strength if strength else torch.ones_like(row)
    return multiplier / multiplier.log().mean().exp()


def _round_weight(weight: Tensor) -> tuple[Tensor, Tensor]:
    scale = weight.abs().amax(0).clamp(min=1e-8) / _WEIGHT_MAX
    return (weight / scale).round().to(torch.int8), scale


def _range(inputs: Tensor, clip: float) -> tuple[float, int]:
    """Returns scale and zero point of a clipped range that holds 0 exactly."""
    low, high = min(float(inputs.min()) * clip, 0.0), max(float(inputs.max()) * clip, 1e-6)
    if low < -0.1 * high or high < -0.1 * low:
        scale = (high - low) / _LEVELS
    else:
        # A side that is short by nature, as gelu's, is kept whole.
        low = float(inputs.min())
        scale = (high - low) / _LEVELS
    return scale, round(-low / scale)
