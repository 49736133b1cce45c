"""How far the layers of a language model look back, read from its configuration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor

_FULL = {"full_attention", "attention", "global"}
_SLIDING, _CHUNKED = "sliding_attention", "chunked_attention"
_SIZES = {_SLIDING: "sliding_window", _CHUNKED: "attention_chunk_size"}


@dataclass(frozen=True)
class Reach:
    """What of its prompt a token sees in a layer, counted in positions of the prompt.

    Attributes:
        size: tokens of the window, or of a chunk.
        chunks: whether it sees its own chunk, not the `size` tokens up to itself.
    """

    size: int
    chunks: bool = False

    def holds(self, query: Tensor, key: Tensor) -> Tensor:
        """Returns whether a token at position `query` sees an earlier one at `key`."""
        if self.chunks:
            return query // self.size == key // self.size
        return query - key < self.size


def reaches(config: Any, prompt_tokens: int) -> Reach | dict[str, Reach | None] | None:
    """Returns what limits the layers on prompts of this length: nothing, the same everywhere, or each kind its own.

    Args:
        config: configuration of the text model.
        prompt_tokens: tokens of the longest prompt.
    """
    kinds = layer_kinds(config)
    limits = {kind: _limit(config, kind, prompt_tokens) for kind in sorted(kinds or {_SLIDING})}
    if not any(limits.values()):
        return None
    return limits if kinds else limits[_SLIDING]


def layer_kinds(config: Any) -> set[str]:
    """Returns the kinds of a model's layers by the configuration's names; empty where it names none."""
    # GPT-Neo names its layers in a way of its own.
    return {*(getattr(config, "layer_types", None) or ()), *(getattr(config, "attention_layers", None) or ())}


def maskless_kinds(config: Any) -> list[str]:
    """Returns the kinds of layers that take no mask, or lay their own over it."""
    return sorted(layer_kinds(config) - _FULL - set(_SIZES))


@contextmanager
def shorter_reach(config: Any, size: int) -> Iterator[None]:
    """Makes the layers that do not look back to the beginning look back this far; a short prompt then leaves it."""
    before = {name: getattr(config, name) for name in _SIZES.values() if getattr(config, name, None)}
    for name in before:
        setattr(config, name, size)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(config, name, value)


def _limit(config: Any, kind: str, prompt_tokens: int) -> Reach | None:
    if kind not in _SIZES or not getattr(config, "use_sliding_window", True):
        return None
    size = getattr(config, _SIZES[kind], None)
    if not size or prompt_tokens <= size:
        return None
    return Reach(int(size), kind == _CHUNKED)
