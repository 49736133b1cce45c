"""Attention over a packed row, block by block: a block of queries is compared with the keys that one of them sees.

Most of a packed row's mask is empty: questions do not see each other, nor other conversations. With rows cut into
blocks, long rows cost the attention of short ones and keep the speed of large matrix products.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from instructerc.compat.transformers_models import attend_by_sdpa, attention_of, register_attention, set_attention

NAME = "prompt_tree_blocks"
_TOKENS_CPU, _TOKENS_GPU = 128, 1024


@dataclass
class _Block:
    """Queries `begin` to `end`, the keys that one of them sees, and which of them sees which. Shape: [1, 1, q, k]."""

    begin: int
    end: int
    keys: Tensor
    mask: Tensor

    def additive(self, dtype: torch.dtype) -> Tensor:
        """Returns the mask as what is added to scores; made once for all layers, which SDPA would each do again."""
        if self.mask.dtype != dtype:
            visible = self.mask if self.mask.dtype == torch.bool else self.mask == 0
            self.mask = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
            self.mask.masked_fill_(~visible, -torch.inf)
        return self.mask


@dataclass
class _Laid:
    """A mask, and its blocks."""

    whole: Tensor
    blocks: tuple[_Block, ...]


_BLOCKS: ContextVar[tuple[_Laid, ...]] = ContextVar("masks of the row that is run, in blocks", default=())


@contextmanager
def in_blocks(mask: Any) -> Iterator[None]:
    """Runs a row's attention in blocks where the model's implementation is ours.

    Args:
        mask: the row's, or one for each kind of layer. Shape: [1, 1, T, T], bool; anything else is left to the model.
    """
    masks = list(mask.values()) if isinstance(mask, dict) else [mask]
    if not all(isinstance(one, Tensor) and one.dtype == torch.bool and one.dim() == 4 for one in masks):
        yield
        return
    token = _BLOCKS.set(tuple(_Laid(one, _cut(one)) for one in masks))
    try:
        yield
    finally:
        _BLOCKS.reset(token)


def _cut(mask: Tensor) -> tuple[_Block, ...]:
    size = _TOKENS_GPU if mask.is_cuda else _TOKENS_CPU
    blocks = []
    for begin in range(0, mask.shape[2], size):
        rows = mask[:, :, begin : begin + size]
        keys = rows[0, 0].any(0).nonzero()[:, 0]
        blocks.append(_Block(begin, begin + rows.shape[2], keys, rows[..., keys]))
    return tuple(blocks)


def _blocks_of(mask: Tensor | None) -> tuple[_Block, ...] | None:
    """Returns the blocks of the mask that a layer is given; None where it was not laid in blocks."""
    laid = _BLOCKS.get()
    if mask is None or not laid or mask.shape != laid[0].whole.shape:
        return None
    # What wraps a model may hand on a copy; with several masks a copy could be any of them.
    same = [one for one in laid if one.whole.data_ptr() == mask.data_ptr()] or list(laid if len(laid) == 1 else ())
    return same[0].blocks if same else None


def _attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """Returns what SDPA gives with the whole mask. Shape: [B, T, heads, D].

    Where no blocks are laid (flat rows, or a layer that gradient checkpointing runs again) it is SDPA.
    """
    blocks = _blocks_of(attention_mask)
    if blocks is None:
        return attend_by_sdpa(module, query, key, value, attention_mask, **options)
    parts = [
        attend_by_sdpa(
            module,
            query[:, :, block.begin : block.end],
            key.index_select(2, block.keys),
            value.index_select(2, block.keys),
            block.additive(query.dtype),
            **options,
        )[0]
        for block in blocks
    ]
    return torch.cat(parts, 1), None


def use_blocks(model: Any) -> bool:
    """Makes a model whose attention is SDPA run it in blocks; says whether it could be done."""
    if attention_of(model) != "sdpa":
        return False
    if set_attention(model, NAME):
        return True
    model.set_attn_implementation("sdpa")
    return False


register_attention(NAME, _attention)
