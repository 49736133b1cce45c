"""The modules of an encoder's layers by what they do, whatever its family calls them: what export and int8 need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from instructerc.errors import ModelError

_BERT_LIKE = ("bert", "roberta", "xlm-roberta", "camembert", "electra")


@dataclass(frozen=True)
class LayerParts:
    """The parts of a layer whose norms come after its residuals.

    Attributes:
        heads: query, key and value.
        gather: after attention.
        widen: into the wide layer.
        narrow: out of it.
        attended: norm after attention.
        narrowed: norm after the wide layer.
    """

    heads: tuple[nn.Linear, nn.Linear, nn.Linear]
    gather: nn.Linear
    widen: nn.Linear
    narrow: nn.Linear
    attended: nn.LayerNorm
    narrowed: nn.LayerNorm


def layer_parts(encoder: Any) -> list[LayerParts]:
    """Returns the parts of each layer.

    Raises:
        ModelError: a family whose layers are built otherwise.
    """
    family, activation = encoder.config.model_type, encoder.config.hidden_act
    if activation != "gelu" or (family not in _BERT_LIKE and family != "mpnet"):
        raise ModelError(f"only BERT-like encoders with gelu are exported; this one is {family!r} with {activation!r}")
    parts = []
    for layer in encoder.encoder.layer:
        attention = layer.attention
        if family == "mpnet":
            heads, gather, norm = (attention.attn.q, attention.attn.k, attention.attn.v), attention.attn.o, attention
        else:
            inner = attention.self
            heads, gather, norm = (inner.query, inner.key, inner.value), attention.output.dense, attention.output
        parts.append(
            LayerParts(
                heads,
                gather,
                layer.intermediate.dense,
                layer.output.dense,
                norm.LayerNorm,
                layer.output.LayerNorm,
            )
        )
    return parts
