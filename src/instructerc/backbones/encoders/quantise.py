"""Int8 for the exported graph: weights by column, activations by one fixed scale, found on real turns.

A fixed scale is what makes a turn's numbers independent of its neighbours. Outlier channels would spoil it: the
largest few stay in float32 where that pays (LLM.int8(), Dettmers et al. 2022), the others are evened out into
the weights (SmoothQuant, Xiao et al. 2023, equation 4), and the range is clipped where that lowers the
error of the layer's output.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from instructerc.backbones.encoders.encoder import EncoderBackbone
from instructerc.backbones.encoders.encoder_batch import collate
from instructerc.backbones.encoders.onnx_graph import QuantisedLinear, linear_layers
from instructerc.backbones.encoders.parts import layer_parts
from instructerc.prompts import PromptTree

_LEVELS = 255
_WEIGHT_MAX = 127
_STRENGTHS = (0.0, 0.5, 0.7, 0.8)
_CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.45, 0.3)
_OUTLIERS = 8
_PAYS = 0.8
_ROWS = 4096


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
    batches = [collate([tree], backbone.tokenizer) for tree in trees]
    # One tree at a time, without padding among the rows; of all rows, only the drawn ones are held.
    counts = [batch.token_ids.numel() for batch in batches]
    drawn = torch.zeros(sum(counts), dtype=torch.bool)
    drawn[torch.randperm(len(drawn), generator=torch.Generator().manual_seed(0))[:_ROWS]] = True
    kept: dict[str, list[Tensor]] = {}
    backbone.model.eval()
    with torch.inference_mode():
        for batch, rows in zip(batches, torch.split(drawn, counts), strict=True):
            with _noted(backbone.model.encoder, rows, kept):
                backbone.model.states(batch.token_ids, batch.position_ids, batch.visible)
    return {name: torch.cat(parts) for name, parts in kept.items()}


@contextmanager
def _noted(encoder: Any, rows: Tensor, kept: dict[str, list[Tensor]]) -> Iterator[None]:
    """Adds these rows of what enters each product. Shape of rows: [tokens]"""
    handles = []
    for number, part in enumerate(layer_parts(encoder)):
        for name, module in (
            ("attend", part.heads[0]),
            ("gather", part.gather),
            ("widen", part.widen),
            ("narrow", part.narrow),
        ):
            handles.append(module.register_forward_pre_hook(_keep_rows(kept.setdefault(f"{number}.{name}", []), rows)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _keep_rows(parts: list[Tensor], rows: Tensor) -> Any:
    def hook(module: Any, arguments: tuple[Tensor, ...]) -> None:
        parts.append(arguments[0].detach().flatten(0, -2)[rows])

    return hook


def _quantise_layer(inputs: Tensor, weight: Tensor, bias: Tensor) -> QuantisedLinear:
    """Returns the int8 layer, with its largest channels in float32 where that clearly lowers the error."""
    error, layer = _best(inputs, weight, bias, inputs @ weight)
    outliers = inputs.abs().amax(0).topk(_OUTLIERS).indices.sort().values
    rest, others = weight.clone(), inputs.clone()
    rest[outliers], others[:, outliers] = 0, 0
    rest_error, rest_layer = _best(others, rest, bias, others @ rest)
    if rest_error > _PAYS * error:
        return layer
    return replace(rest_layer, outliers=outliers, outlier_weight=weight[outliers])


def _best(inputs: Tensor, weight: Tensor, bias: Tensor, target: Tensor) -> tuple[float, QuantisedLinear]:
    """Returns the candidate whose output is nearest to the float layer's, and its mean squared error."""
    best: tuple[float, QuantisedLinear] | None = None
    for strength in _STRENGTHS:
        multiplier = _evening(inputs, weight, strength)
        columns, column_scale = _round_weight(weight / multiplier[:, None])
        even = inputs * multiplier
        for clip in _CLIPS:
            scale, zero = _range(even, clip)
            rounded = ((even / scale).round() + zero).clamp(0, _LEVELS) - zero
            misses = target - (rounded @ columns.float()) * (column_scale * scale)
            # What is missed on average goes into the bias (Nagel et al. 2019, section 4.2).
            shift = misses.mean(0)
            error = float((misses - shift).square().mean())
            if best is None or error < best[0]:
                kept = multiplier if strength else None
                best = (error, QuantisedLinear(columns, column_scale, bias + shift, scale, zero, kept))
    assert best is not None
    return best


def _evening(inputs: Tensor, weight: Tensor, strength: float) -> Tensor:
    """Returns what each input channel is multiplied with. Shape: [K]."""
    activation = inputs.abs().amax(0).clamp(min=1e-5)
    row = weight.abs().amax(1).clamp(min=1e-5)
    multiplier = row ** (1 - strength) / activation**strength if strength else torch.ones_like(row)
    multiplier = multiplier / multiplier.log().mean().exp()
    # A channel of zeros would get a multiplier without a bound.
    return torch.where((inputs == 0).all(0), torch.ones_like(row), multiplier)


def _round_weight(weight: Tensor) -> tuple[Tensor, Tensor]:
    scale = weight.abs().amax(0).clamp(min=1e-8) / _WEIGHT_MAX
    return (weight / scale).round().to(torch.int8), scale


def _range(inputs: Tensor, clip: float) -> tuple[float, int]:
    """Returns scale and zero point of a range that is clipped at its longer side and holds 0 exactly."""
    low, high = min(float(inputs.min()), 0.0), max(float(inputs.max()), 1e-6)
    longest = max(-low, high) * clip
    low, high = max(low, -longest), min(high, longest)
    scale = (high - low) / _LEVELS
    return scale, round(-low / scale)
