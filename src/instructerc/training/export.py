"""From a trained encoder to the embedded model: int8, checked against float32 before it is released."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from instructerc.backbones.base import Backbone
from instructerc.backbones.encoders.embedded import GRAPH, EmbeddedBackbone
from instructerc.backbones.encoders.encoder import EncoderBackbone
from instructerc.backbones.encoders.onnx_graph import export_graph
from instructerc.backbones.encoders.quantise import quantise
from instructerc.backbones.registry import Export, exported_kinds
from instructerc.backbones.settings import ModelSettings, read_settings, write_settings
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation
from instructerc.corpora import load_corpus
from instructerc.errors import ModelError
from instructerc.evaluation import fit_temperature
from instructerc.prompts import PromptTree, TreeBuilder
from instructerc.training.scoring import score_recognition

MAX_LOSS = 0.003
"""Weighted F1 on development, as a fraction, that int8 may lose against float32."""
_CALIBRATION_CONVERSATIONS = 128


def export_embedded(
    model: Path, output: Path, corpus: str, path: str, say: Callable[[str], None] = print
) -> dict[str, float]:
    """Writes the embedded model of a trained encoder; returns its development figures, as fractions.

    Activation ranges are measured on the training split; temperature and the check against float32 are of
    the development split. Nothing is written into `output` unless the check is passed.

    Args:
        model: folder of a trained encoder.
        output: folder to write.
        corpus: name of the corpus.
        path: folder of the corpus.
        say: takes a line for a person.

    Raises:
        ModelError: another kind of model, or int8 that loses more than 0.3 points of weighted F1.
    """
    settings = read_settings(model)
    if settings.kind not in exported_kinds(Export.GRAPH):
        raise ModelError(f"{model} holds a model of kind {settings.kind!r}; an {EncoderBackbone.kind!r} is exported")
    encoder = EncoderBackbone.load(model)
    builder = TreeBuilder(settings.load_wording(), settings.label_set)
    say("measuring activations")
    measured = _trees(islice(load_corpus(corpus, path, "train"), _CALIBRATION_CONVERSATIONS), builder, encoder)
    layers = quantise(encoder, measured)
    dev = _trees(load_corpus(corpus, path, "dev"), builder, encoder)
    with TemporaryDirectory() as scratch:
        say("exporting")
        folder = Path(scratch)
        encoder.save_tokenizer(folder)
        export_graph(encoder.model, folder / GRAPH, layers)
        small = score_recognition(EmbeddedBackbone.load(folder, {}), dev)
        whole = score_recognition(encoder, dev)
        figures = {"dev_weighted_f1": small.weighted_f1, "dev_weighted_f1_float32": whole.weighted_f1}
        say(f"development weighted F1: int8 {100 * small.weighted_f1:.2f}, float32 {100 * whole.weighted_f1:.2f}")
        if whole.weighted_f1 - small.weighted_f1 > MAX_LOSS:
            raise ModelError(f"int8 loses more than {100 * MAX_LOSS:.1f} points against float32: not released")
        temperature = fit_temperature(small.log_probs, small.gold)
        _release(
            folder, output, replace(settings, kind=EmbeddedBackbone.kind, temperature=temperature, figures=figures)
        )
    return figures


def _trees(conversations: Iterable[Conversation], builder: TreeBuilder, backbone: Backbone) -> list[PromptTree]:
    return [tree for talk in conversations for _, tree in build_trees(talk, builder, backbone)]


def _release(folder: Path, output: Path, settings: ModelSettings) -> None:
    output.mkdir(parents=True, exist_ok=True)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for path in files:
        (output / path.name).write_bytes(path.read_bytes())
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    write_settings(output, replace(settings, sha256=digests))
