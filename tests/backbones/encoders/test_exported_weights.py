"""An exported model as weights to train on: float32 comes back whole, int8 as near as it was kept."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from instructerc.backbones.encoders.encoder import EncoderBackbone
from instructerc.backbones.encoders.exported_weights import model_of_graph
from instructerc.backbones.registry import load_trained
from instructerc.backbones.shipped import named_model
from instructerc.backbones.trees import build_trees
from instructerc.errors import ModelError


@pytest.fixture(scope="module")
def trees(encoder, plain_builder, talks):
    return [tree for talk in talks for _, tree in build_trees(talk, plain_builder, encoder)]


def _rows(backbone, trees):
    return np.concatenate([np.exp(row) for rows in backbone.score(trees) for row in rows])


def test_float32_gives_the_weights_that_were_exported(encoder, exported, trees):
    read = EncoderBackbone.load(exported["float32"].runner.path.parent)
    before, after = encoder.model.state_dict(), read.model.state_dict()
    same = [name for name in before if name in after and "token_type" not in name and "position" not in name]
    assert len(same) > 30
    assert all(np.allclose(before[name].numpy(), after[name].numpy(), atol=1e-6) for name in same)
    assert np.allclose(_rows(read, trees), _rows(encoder, trees), atol=1e-5)


def test_int8_answers_nearly_as_it_did(exported, trees):
    folder = exported["int8"].runner.path.parent
    assert np.allclose(_rows(load_trained("encoder", folder), trees), _rows(exported["int8"], trees), atol=0.02)


def test_the_shipped_model_answers_nearly_as_it_did():
    from instructerc import Conversation, Recognizer, Utterance
    from instructerc.backbones.settings import read_settings

    folder = named_model("small")
    settings = read_settings(folder)
    texts = ("I can't find my dog!", "Oh no. Since when?", "Since this morning. I'm so scared.", "We'll look for her.")
    talk = Conversation("1", [Utterance("AB"[n % 2], text) for n, text in enumerate(texts)])
    shipped = Recognizer.from_pretrained(folder).recognize(talk)
    read = Recognizer(load_trained("encoder", folder), settings).recognize(talk)
    for ours, theirs in zip(read, shipped, strict=True):
        assert list(ours.probabilities.values()) == pytest.approx(list(theirs.probabilities.values()), abs=0.04)


def test_a_file_that_is_no_graph_is_named(exported, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(exported["int8"].runner.path.parent, folder)
    (folder / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"model\.onnx is not a graph that instructerc exported"):
        model_of_graph(folder)


@pytest.mark.parametrize(
    "folder", [named_model("small"), "models/multilingual/src/instructerc_multilingual/model", None]
)
def test_a_graph_tells_no_path_of_the_machine_that_made_it(folder, exported):
    place = exported["int8"].runner.path.parent if folder is None else Path(__file__).parents[3] / folder
    assert b"onnx_graph.py" not in (place / "model.onnx").read_bytes()
