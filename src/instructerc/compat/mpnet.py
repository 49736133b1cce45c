"""MPNet read at explicit positions: its relative bias otherwise counts tokens in the order in which they stand."""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn


def use_explicit_positions(model: Any) -> None:
    """Makes an MPNet model reckon its relative bias from `position_ids`, once for all layers, and attend by SDPA.

    Args:
        model: a transformers `MPNetModel`; its 4-D mask is then boolean, true where a token is seen.
    """
    positions: list[Tensor | None] = [None]

    def remember(module: nn.Module, arguments: Any, options: dict[str, Any]) -> None:
        positions[0] = options.get("position_ids")

    def bias(self: Any, states: Tensor, position_ids: Tensor | None = None, num_buckets: int = 32) -> Tensor:
        given = positions[0]
        where = torch.arange(states.shape[1], device=states.device)[None] if given is None else given
        bucket = self.relative_position_bucket(where[:, None, :] - where[:, :, None], num_buckets=num_buckets)
        table: Tensor = self.relative_attention_bias(bucket).permute(0, 3, 1, 2)
        return table

    model.register_forward_pre_hook(remember, with_kwargs=True)
    model.encoder.compute_position_bias = MethodType(bias, model.encoder)
    for layer in model.encoder.layer:
        layer.attention.attn.forward = MethodType(_attend, layer.attention.attn)


def relative_bias(encoder: Any, n_tokens: int) -> Tensor:
    """Returns what is added to a score by the key's distance from the query, -N+1 to N-1. Shape: [2N - 1, heads]."""
    inner = encoder.encoder
    apart = torch.arange(1 - n_tokens, n_tokens)
    bucket = inner.relative_position_bucket(apart, num_buckets=encoder.config.relative_attention_num_buckets)
    table: Tensor = inner.relative_attention_bias.weight.detach()[bucket]
    return table


def _attend(
    self: Any,
    hidden_states: Tensor,
    attention_mask: Tensor | None = None,
    position_bias: Tensor | None = None,
    output_attentions: bool = False,
    **options: Any,
) -> tuple[Tensor]:
    """Returns what `MPNetSelfAttention` does, in one fused call. Shape: [B, T, H]."""
    shape = (*hidden_states.shape[:-1], -1, self.attention_head_size)
    query, key, value = (part(hidden_states).view(shape).transpose(1, 2) for part in (self.q, self.k, self.v))
    added = None if position_bias is None else position_bias.to(query.dtype)
    if attention_mask is not None and added is not None:
        added = added.masked_fill(~attention_mask, torch.finfo(query.dtype).min)
    dropout = self.dropout.p if self.training else 0.0
    attended = nn.functional.scaled_dot_product_attention(query, key, value, added, dropout)
    output: Tensor = self.o(attended.transpose(1, 2).flatten(2))
    return (output,)
