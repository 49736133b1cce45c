"""How an encoder takes our positions and mask: families count and mask differently, and do not document it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from instructerc.compat.mpnet import use_explicit_positions
from instructerc.compat.transformers_models import attention_of, run_deberta


def position_offset(encoder: Any) -> int:
    """Returns the number that the first token's position has: RoBERTa's kin count from after their padding index."""
    table = _position_table(encoder)
    padding = getattr(table, "padding_idx", None)
    return 0 if padding is None else int(padding) + 1


def readable_tokens(encoder: Any) -> int:
    """Returns how many tokens a prompt may have.

    Raises:
        ValueError: a model whose configuration does not tell.
    """
    places = int(getattr(encoder.config, "max_position_embeddings", None) or -1)
    if places < 0:
        raise ValueError("it has no max_position_embeddings, the number of places that it was trained on")
    return places - position_offset(encoder)


def _position_table(encoder: Any) -> nn.Module | None:
    embeddings = getattr(encoder, "embeddings", None)
    table: nn.Module | None = getattr(embeddings, "position_embeddings", None)
    return table


class EncoderReading:
    """Runs an encoder on packed rows.

    Args:
        encoder: a transformers encoder.

    Attributes:
        order_is_position: whether positions are those of the row's order, whatever is asked for (DeBERTa): such an
            encoder reads a branch right only where it stands right behind what it sees.
    """

    def __init__(self, encoder: Any) -> None:
        self.offset = position_offset(encoder)
        self.family = str(encoder.config.model_type)
        self.order_is_position = self.family.startswith("deberta")
        self.window = int(getattr(encoder.config, "local_attention", 0) or 0)
        self.additive = self.family != "modernbert" and not self.order_is_position and attention_of(encoder) != "sdpa"
        if self.family == "mpnet":
            use_explicit_positions(encoder)
            self.additive = False

    def __call__(self, encoder: Any, token_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Tensor:
        """Returns the last hidden states. Shape: [B, T, H].

        Args:
            encoder: the encoder.
            token_ids: Shape: [B, T].
            position_ids: counted from 0. Shape: [B, T].
            visible: which token sees which. Shape: [B, 1, T, T], bool.
        """
        mask = self._mask(visible, position_ids, next(encoder.parameters()).dtype)
        inputs = {"input_ids": token_ids, "position_ids": position_ids + self.offset}
        if self.family.startswith("deberta"):
            return run_deberta(encoder, inputs, mask)
        states: Tensor = encoder(**inputs, attention_mask=mask).last_hidden_state
        return states

    def _mask(self, visible: Tensor, position_ids: Tensor, dtype: torch.dtype) -> Any:
        if self.window:
            # ModernBERT: some layers see half a window to each side, by position.
            apart = (position_ids[:, None, :, None] - position_ids[:, None, None, :]).abs()
            near = visible & (apart <= self.window // 2)
            return {"full_attention": visible, "sliding_attention": near}
        if self.additive:
            least = torch.finfo(dtype).min
            return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill(~visible, least)
        return visible
