"""The encoder as an ONNX graph, in float32 or with int8 weights and fixed activation scales.

`torch.onnx` exports a module that names onnxruntime's fused operators itself: one matrix product for
query, key and value, fused attention, and a mask that is computed once.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.onnx import ops

from instructerc.backbones.encoders.encoder_model import EncoderModel
from instructerc.backbones.encoders.parts import layer_parts
from instructerc.backbones.encoders.reading import position_offset, readable_tokens
from instructerc.compat.mpnet import relative_bias

OPSET = 23
_HIDDEN_FROM = -1e9


@dataclass(frozen=True)
class QuantisedLinear:
    """A linear layer on uint8 activations and int8 weights.

    Attributes:
        weight: Shape: [K, N], int8.
        weight_scale: Shape: [N].
        bias: Shape: [N].
        scale: of the activations; one for all, so that no row depends on another.
        zero_point: of the activations.
        multiplier: evens out the input channels before they are rounded; the weights take it back. Shape: [K].
        outliers: input channels that stay in float32; their rows of `weight` are 0. Shape: [C].
        outlier_weight: Shape: [C, N].
    """

    weight: Tensor
    weight_scale: Tensor
    bias: Tensor
    scale: float
    zero_point: int
    multiplier: Tensor | None = None
    outliers: Tensor | None = None
    outlier_weight: Tensor | None = None


def linear_layers(model: EncoderModel) -> dict[str, tuple[Tensor, Tensor]]:
    """Returns weight [K, N] and bias [N] of each product of the graph, by name `LAYER.PRODUCT`.

    Raises:
        ModelError: an encoder of another architecture than BERT's.
    """
    layers = {}
    for number, part in enumerate(layer_parts(model.encoder)):
        weight = torch.cat([head.weight for head in part.heads])
        layers[f"{number}.attend"] = (weight.T, torch.cat([head.bias for head in part.heads]))
        for name, dense in (("gather", part.gather), ("widen", part.widen), ("narrow", part.narrow)):
            layers[f"{number}.{name}"] = (dense.weight.T, dense.bias)
    return {name: (weight.detach().contiguous(), bias.detach().clone()) for name, (weight, bias) in layers.items()}


class EncoderGraph(nn.Module):
    """The module that is exported; it can be traced, not run.

    Args:
        model: trained weights.
        quantised: int8 layers by name; a layer that is not there stays float32.
    """

    def __init__(self, model: EncoderModel, quantised: Mapping[str, QuantisedLinear]) -> None:
        super().__init__()
        encoder: Any = model.encoder
        self.quantised = set(quantised)
        self.n_layers = int(encoder.config.num_hidden_layers)
        self.n_heads = int(encoder.config.num_attention_heads)
        self.hidden = int(encoder.config.hidden_size)
        self.epsilon = float(encoder.config.layer_norm_eps)
        self.offset = position_offset(encoder)
        self._add_embeddings(encoder.embeddings, bool(quantised))
        if encoder.config.model_type == "mpnet":
            self._keep("apart", relative_bias(encoder, readable_tokens(encoder)))
        for name, (weight, bias) in linear_layers(model).items():
            self._add_linear(name, weight, bias, quantised.get(name))
        for number, part in enumerate(layer_parts(encoder)):
            for name, norm in (("attended", part.attended), ("narrowed", part.narrowed)):
                self._keep(f"{number}.{name}.weight", norm.weight)
                self._keep(f"{number}.{name}.bias", norm.bias)
        self._keep("query.weight", model.query.weight.T * self.hidden**-0.5)
        self._keep("query.bias", model.query.bias * self.hidden**-0.5)
        self._keep("option.weight", model.option.weight.T)
        self._keep("one", torch.tensor(1.0))

    def _keep(self, name: str, tensor: Tensor) -> None:
        self.register_buffer(name.replace(".", "_"), tensor.detach().clone().contiguous())

    def _kept(self, name: str) -> Tensor:
        tensor: Tensor = getattr(self, name.replace(".", "_"))
        return tensor

    def _has(self, name: str) -> bool:
        return hasattr(self, name.replace(".", "_"))

    def _add_embeddings(self, embeddings: Any, int8: bool) -> None:
        words = embeddings.word_embeddings.weight.detach()
        if int8:
            scale = words.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
            self._keep("words.scale", scale)
            words = (words / scale).round().to(torch.int8)
        self._keep("words", words)
        positions = embeddings.position_embeddings.weight[self.offset :]
        kinds = getattr(embeddings, "token_type_embeddings", None)
        self._keep("positions", positions if kinds is None else positions + kinds.weight[0])
        self._keep("embedded.weight", embeddings.LayerNorm.weight)
        self._keep("embedded.bias", embeddings.LayerNorm.bias)

    def _add_linear(self, name: str, weight: Tensor, bias: Tensor, layer: QuantisedLinear | None) -> None:
        self._keep(f"{name}.weight", weight if layer is None else layer.weight)
        self._keep(f"{name}.bias", bias if layer is None else layer.bias)
        if layer is not None:
            self._keep(f"{name}.out_scale", layer.weight_scale * layer.scale)
            self._keep(f"{name}.in_scale", torch.tensor(layer.scale))
            self._keep(f"{name}.zero", torch.tensor(layer.zero_point, dtype=torch.uint8))
            if layer.multiplier is not None:
                self._keep(f"{name}.multiplier", layer.multiplier)
            if layer.outliers is not None and layer.outlier_weight is not None:
                self._keep(f"{name}.outliers", layer.outliers)
                self._keep(f"{name}.outlier_weight", layer.outlier_weight)

    def _embed(self, token_ids: Tensor, position_ids: Tensor) -> Tensor:
        words = self._kept("words")[token_ids]
        if self.quantised:
            words = words.float() * self._kept("words.scale")[token_ids]
        states = words + self._kept("positions")[position_ids]
        return nn.functional.layer_norm(
            states, (self.hidden,), self._kept("embedded.weight"), self._kept("embedded.bias"), self.epsilon
        )

    def _relative_bias(self, position_ids: Tensor, n_keys: int) -> Tensor:
        """Returns what MPNet adds to scores by distance; keys stand in order. Shape: [B, heads, T, K]."""
        table = self._kept("apart")
        keys = torch.arange(n_keys, device=position_ids.device)
        apart = keys[None, None, :] - position_ids[:, :, None] + table.shape[0] // 2
        return table[apart.clamp(0, table.shape[0] - 1)].permute(0, 3, 1, 2)

    def _linear(self, name: str, states: Tensor) -> Tensor:
        weight, bias = self._kept(f"{name}.weight"), self._kept(f"{name}.bias")
        if name not in self.quantised:
            return states @ weight + bias
        aside: Tensor | None = None
        if self._has(f"{name}.outliers"):
            aside = states.index_select(-1, self._kept(f"{name}.outliers")) @ self._kept(f"{name}.outlier_weight")
        if self._has(f"{name}.multiplier"):
            states = states * self._kept(f"{name}.multiplier")
        zero = self._kept(f"{name}.zero")
        rounded = ops.symbolic(
            "QuantizeLinear", (states, self._kept(f"{name}.in_scale"), zero), dtype=torch.uint8, shape=states.shape
        )
        product = ops.symbolic(
            "com.microsoft::MatMulIntegerToFloat",
            (rounded, weight, self._kept("one"), self._kept(f"{name}.out_scale"), zero, None, bias),
            dtype=torch.float32,
            shape=(*states.shape[:-1], weight.shape[1]),
            version=1,
        )
        return product if aside is None else product + aside

    def _add_and_norm(self, name: str, states: Tensor, residual: Tensor) -> Tensor:
        # Two operators: onnxruntime's fused one takes seven times as long on CPUs.
        weight, bias = self._kept(f"{name}.weight"), self._kept(f"{name}.bias")
        return nn.functional.layer_norm(states + residual, (self.hidden,), weight, bias, self.epsilon)

    def forward(
        self,
        token_ids: Tensor,
        position_ids: Tensor,
        segment_ids: Tensor,
        pool: Tensor,
        past_segments: Tensor,
        past: list[Tensor],
    ) -> tuple[Tensor, ...]:
        """Returns queries and options [B, S, H], then key and value [B, T, H] of each layer.

        Args:
            token_ids: Shape: [B, T].
            position_ids: Shape: [B, T].
            segment_ids: a token sees those with the same or a lower number. Shape: [B, T].
            pool: means over spans of tokens. Shape: [B, S, T].
            past_segments: Shape: [B, P].
            past: key and value of each layer for the tokens before. Shape: [B, P, H] each.
        """
        keys_from = torch.cat([past_segments, segment_ids], 1)
        mask = torch.where(keys_from[:, None, None, :] <= segment_ids[:, None, :, None], 0.0, _HIDDEN_FROM)
        if self._has("apart"):
            mask = mask + self._relative_bias(position_ids, keys_from.shape[1])
        states = self._embed(token_ids, position_ids)
        present: list[Tensor] = []
        for number in range(self.n_layers):
            query, key, value = torch.split(self._linear(f"{number}.attend", states), self.hidden, -1)
            present += [key, value]
            attended = ops.symbolic(
                "Attention",
                (query, torch.cat([past[2 * number], key], 1), torch.cat([past[2 * number + 1], value], 1), mask),
                attrs={"q_num_heads": self.n_heads, "kv_num_heads": self.n_heads},
                dtype=torch.float32,
                shape=query.shape,
            )
            states = self._add_and_norm(f"{number}.attended", self._linear(f"{number}.gather", attended), states)
            wide = self._linear(f"{number}.widen", states)
            wide = ops.symbolic("com.microsoft::Gelu", (wide,), dtype=torch.float32, shape=wide.shape, version=1)
            states = self._add_and_norm(f"{number}.narrowed", self._linear(f"{number}.narrow", wide), states)
        pooled = pool @ states
        queries = pooled @ self._kept("query.weight") + self._kept("query.bias")
        return (queries, pooled @ self._kept("option.weight"), *present)


def export_graph(model: EncoderModel, path: Path, quantised: Mapping[str, QuantisedLinear] | None = None) -> None:
    """Writes the encoder as an ONNX file: int8 where a layer is given, float32 elsewhere.

    Raises:
        ModelError: an encoder of another architecture than BERT's.
    """
    graph = EncoderGraph(model, quantised or {}).eval()
    layers, hidden = graph.n_layers, graph.hidden
    # Sizes of 0 and 1 would be taken for constants.
    batch, tokens, before, spans = 2, 5, 3, 4
    # Each input is a tensor of its own: one that is given twice would become one input.
    ids = [torch.ones(batch, tokens, dtype=torch.long) for _ in range(3)]
    earlier = torch.ones(batch, before, dtype=torch.long)
    past = [torch.zeros(batch, before, hidden) for _ in range(2 * layers)]
    example = (*ids, torch.zeros(batch, spans, tokens), earlier, past)
    free = torch.export.Dim.DYNAMIC
    rows = {0: free, 1: free}
    past_names = [f"{kind}_{number}" for number in range(layers) for kind in ("key", "value")]
    with warnings.catch_warnings():
        # The exporter calls what torch itself calls deprecated.
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            graph,
            example,
            dynamo=True,
            dynamic_shapes=(rows, rows, rows, {0: free, 1: free, 2: free}, rows, [rows] * (2 * layers)),
            opset_version=OPSET,
            verbose=False,
            input_names=[
                "token_ids", "position_ids", "segment_ids", "pool", "past_segments", *(f"past_{n}" for n in past_names)
            ],
            output_names=["queries", "options", *past_names],
        )  # fmt: skip
    assert program is not None
    # Where each operator comes from, with the paths of the machine that exported it.
    for item in (program.model.graph, *program.model.graph, *program.model.functions.values()):
        item.metadata_props.clear()
    program.save(str(path))
