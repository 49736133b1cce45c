"""Graphs of encoders, each made once: `torch.onnx` takes seconds even for a tiny one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from instructerc.backbones.encoders.encoder_model import EncoderModel
    from instructerc.backbones.encoders.onnx_graph import QuantisedLinear


def _digest(model: EncoderModel, quantised: Mapping[str, QuantisedLinear]) -> str:
    """Returns a digest of all that a graph is made of: the names, the types, the shapes and the numbers in it."""
    from instructerc.backbones.encoders.onnx_graph import EncoderGraph

    digest = hashlib.sha256(repr((model.encoder.config.to_dict(), sorted(quantised))).encode())
    for name, tensor in sorted(EncoderGraph(model, quantised).state_dict().items()):
        digest.update(repr((name, tensor.dtype, tensor.shape)).encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def graphs_once() -> Iterator[None]:
    """Has an export write the file of the export before it, where the weights and what is quantised are the same."""
    from instructerc.backbones.encoders.onnx_graph import export_graph
    from instructerc.training import export

    files: dict[str, bytes] = {}

    def export_once(model: EncoderModel, path: Path, quantised: Mapping[str, QuantisedLinear] | None = None) -> None:
        digest = _digest(model, quantised or {})
        if digest not in files:
            export_graph(model, path, quantised)
            files[digest] = path.read_bytes()
        path.write_bytes(files[digest])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "export_graph", export_once)
        yield
