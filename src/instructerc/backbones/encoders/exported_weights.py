"""An exported graph as weights that can be trained again: what its int8 numbers stand for, in float32.

Rounded weights are not those that were exported, but near: training goes on from there. What calibration put into the
biases stays in them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import BertConfig, BertModel

from instructerc.backbones.base import FloatArray
from instructerc.backbones.encoders.embedded import GRAPH
from instructerc.backbones.encoders.encoder_model import EncoderModel
from instructerc.backbones.encoders.parts import LayerParts, layer_parts
from instructerc.errors import MissingExtra, ModelError, one_line

_PRODUCT = "MatMulIntegerToFloat"


def model_of_graph(folder: Path) -> EncoderModel:
    """Returns the encoder and projections that the graph of an exported model was made from, as far as int8 kept them.

    Args:
        folder: of the exported model.

    Raises:
        MissingExtra: without onnx.
        ModelError: a graph that `export_graph` did not write, or of MPNet, whose distances are in it in another form.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise MissingExtra("training that starts from an exported model", "export") from error
    try:
        graph = _Graph(onnx.load(str(folder / GRAPH)).graph)
        if any(not ids.endswith("_ids") for ids in graph.tables):
            raise ModelError(
                f"{folder} is an MPNet model, which cannot be trained from its exported graph; train from its base"
            )
        return _filled(graph)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"{folder / GRAPH} is not a graph that instructerc exported: {one_line(error, 200)}"
        ) from error


class _Graph:
    """Tensors and operators of an ONNX graph, by what they are called."""

    def __init__(self, graph: Any) -> None:
        from onnx.numpy_helper import to_array

        self.tensors: dict[str, FloatArray] = {one.name: to_array(one) for one in graph.initializer}
        self.makers = {name: node for node in graph.node for name in node.output}
        # By its weights: equal small tensors are kept once, so others' names are not to be trusted.
        self.products = {node.input[1]: node for node in graph.node if node.op_type == _PRODUCT}
        self.nodes = list(graph.node)
        # What is looked up, by what it is looked up with; export names these itself.
        self.tables: dict[str, list[FloatArray]] = {}
        for node in self.nodes:
            if node.op_type == "GatherND":
                place = self.makers.get(node.input[1])
                by = place.input[0] if place is not None else node.input[1]
                self.tables.setdefault(by, []).append(self.tensors.get(node.input[0], np.empty(0, np.float32)))

    def attribute(self, kind: str, name: str) -> Any:
        """Returns an attribute of the first operator of a kind."""
        node = next(node for node in self.nodes if node.op_type == kind)
        found = next(item for item in node.attribute if item.name == name)
        return found.f if found.type == 1 else found.i

    def layer(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Returns weight [K, N] and bias [N] of a product."""
        key = f"{name}_weight"
        product = self.products.get(key)
        if product is None:
            return self.tensors[key], self.added(key)
        rounding = self.makers[product.input[0]]
        scale = self.tensors[product.input[3]] / self.tensors[rounding.input[1]]
        weight = self.tensors[key].astype(np.float32) * scale
        if f"{name}_multiplier" in self.tensors:
            weight *= self.tensors[f"{name}_multiplier"][:, None]
        aside = self.tensors.get(f"{name}_outlier_weight")
        if aside is not None:
            weight[self._outliers(f"{name}_outlier_weight")] = aside
        return weight, self.tensors[product.input[6]]

    def norms(self) -> list[tuple[FloatArray, FloatArray]]:
        """Returns weight and bias of each norm, in order: of the embeddings, then two in each layer."""
        found = []
        for node in self.nodes:
            if node.op_type.endswith("LayerNormalization"):
                weight, bias = node.input[-2:]
                found.append((self.tensors[weight], self.tensors[bias]))
        return found

    def added(self, weight: str) -> FloatArray:
        """Returns the bias that is added to a float32 product."""
        product = self._times(weight).output[0]
        (bias,) = (
            name
            for node in self.nodes
            if node.op_type == "Add" and product in node.input
            for name in node.input
            if name != product
        )
        return self.tensors[bias]

    def _outliers(self, weight: str) -> FloatArray:
        return self.tensors[self.makers[self._times(weight).input[0]].input[1]]

    def _times(self, weight: str) -> Any:
        return next(node for node in self.nodes if node.op_type == "MatMul" and node.input[1] == weight)


def _filled(graph: _Graph) -> EncoderModel:
    tensors = graph.tensors
    # Int8 and the scale of each piece, or float32 alone.
    numbers, *scales = graph.tables["token_ids"]
    words = numbers.astype(np.float32) * (scales[0] if scales else 1)
    positions = graph.tables["position_ids"][0]
    n_layers = sum(1 for name in tensors if name.endswith("_widen_weight"))
    config = BertConfig(
        vocab_size=words.shape[0],
        hidden_size=words.shape[1],
        num_hidden_layers=n_layers,
        num_attention_heads=graph.attribute("Attention", "q_num_heads"),
        intermediate_size=tensors["0_widen_weight"].shape[1],
        max_position_embeddings=positions.shape[0],
        layer_norm_eps=graph.attribute("LayerNormalization", "epsilon"),
        attention_probs_dropout_prob=0.0,
    )
    encoder = BertModel(config, add_pooling_layer=False)
    model = EncoderModel(encoder)
    with torch.no_grad():
        embeddings = encoder.embeddings
        _set(embeddings.word_embeddings.weight, words)
        _set(embeddings.position_embeddings.weight, positions)
        # They are in the positions.
        embeddings.token_type_embeddings.weight.zero_()
        parts = layer_parts(encoder)
        places = [embeddings.LayerNorm, *(norm for part in parts for norm in (part.attended, part.narrowed))]
        for norm, (weight, bias) in zip(places, graph.norms(), strict=True):
            _set(norm.weight, weight)
            _set(norm.bias, bias)
        for number, part in enumerate(parts):
            _fill_layer(graph, number, part)
        hidden = words.shape[1] ** 0.5
        _set(model.query.weight, tensors["query_weight"].T * hidden)
        _set(model.query.bias, graph.added("query_weight") * hidden)
        _set(model.option.weight, tensors["option_weight"].T)
    return model


def _fill_layer(graph: _Graph, number: int, part: LayerParts) -> None:
    weight, bias = graph.layer(f"{number}_attend")
    for head, columns, shift in zip(part.heads, np.split(weight, 3, 1), np.split(bias, 3), strict=True):
        _set(head.weight, columns.T)
        _set(head.bias, shift)
    for name, dense in (("gather", part.gather), ("widen", part.widen), ("narrow", part.narrow)):
        weight, bias = graph.layer(f"{number}_{name}")
        _set(dense.weight, weight.T)
        _set(dense.bias, bias)


def _set(parameter: torch.Tensor, values: FloatArray) -> None:
    parameter.copy_(torch.from_numpy(np.array(values, np.float32)))
