"""MPNet as an ONNX graph: its relative bias by distance, in a batch and live."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, MPNetConfig, MPNetModel

from instructerc.backbones.encoders import quantise as module
from instructerc.backbones.encoders.embedded import GRAPH, EmbeddedBackbone
from instructerc.backbones.encoders.encoder import EncoderBackbone
from instructerc.backbones.encoders.encoder_model import EncoderModel
from instructerc.backbones.encoders.onnx_graph import export_graph, linear_layers
from instructerc.backbones.encoders.quantise import quantise
from instructerc.backbones.encoders.segments import SegmentTokenizer
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import ModelError
from instructerc.labels import load_label_set
from instructerc.prompts import TreeBuilder, load_wording

TALK = Conversation("c", [Utterance("ann", "get out you liar " * n, "anger") for n in (1, 3, 2, 4)])


@pytest.fixture(scope="module")
def mpnet(tiny_base: Path) -> EncoderBackbone:
    tokenizer = AutoTokenizer.from_pretrained(tiny_base)
    torch.manual_seed(0)
    config = MPNetConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=258,
        initializer_range=0.3,
    )
    specials = {"start_token": "[CLS]", "end_token": "[SEP]", "pad_token": "[PAD]"}
    model = EncoderModel(MPNetModel(config, add_pooling_layer=False).eval())
    return EncoderBackbone(model, SegmentTokenizer(tokenizer.backend_tokenizer, 256, **specials))


@pytest.fixture(scope="module")
def float32_folder(mpnet: EncoderBackbone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of its graph in float32."""
    folder = tmp_path_factory.mktemp("float32")
    mpnet.save_tokenizer(folder)
    export_graph(mpnet.model, folder / GRAPH)
    return folder


def test_the_graph_gives_the_numbers_of_torch_and_live_those_of_the_batch(
    mpnet: EncoderBackbone, float32_folder: Path
) -> None:
    embedded = EmbeddedBackbone.load(float32_folder, {})
    tasks = {"emotion_recognition": 1.0, "emotion_prediction": 1.0}
    asked = TreeBuilder(load_wording("encoder-2"), load_label_set("meld"), tasks).build(TALK)
    expected, found = mpnet.score([asked])[0], embedded.score([asked])[0]
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-4)
    builder = TreeBuilder(load_wording("encoder-2"), load_label_set("meld"))
    whole, live = embedded.score([builder.build(TALK)])[0], embedded.live()
    for last, answer in enumerate(whole):
        talk = Conversation("c", TALK.utterances[: last + 1])
        np.testing.assert_allclose(live.ask(builder.build(talk, 0, last))[0], answer, atol=1e-5)


def test_its_parts_are_held_in_int8(mpnet: EncoderBackbone, tmp_path: Path) -> None:
    builder = TreeBuilder(load_wording("encoder-2"), load_label_set("meld"))
    tree = builder.build(TALK)
    layers = quantise(mpnet, [tree])
    assert layers.keys() == linear_layers(mpnet.model).keys()
    assert len(layers) == 8
    mpnet.save_tokenizer(tmp_path)
    export_graph(mpnet.model, tmp_path / GRAPH, layers)
    embedded = EmbeddedBackbone.load(tmp_path, {})
    expected, found, live = mpnet.score([tree])[0], embedded.score([tree])[0], embedded.live()
    # Near, but not the same: the weights are rounded.
    assert 0 < np.abs(np.exp(expected) - np.exp(found)).max() < 0.05
    assert np.corrcoef(np.ravel(expected), np.ravel(found))[0, 1] > 0.98
    for last, answer in enumerate(found):
        talk = Conversation("c", TALK.utterances[: last + 1])
        np.testing.assert_allclose(live.ask(builder.build(talk, 0, last))[0], answer, atol=1e-3)


def test_training_does_not_go_on_from_its_graph(float32_folder: Path) -> None:
    with pytest.raises(ModelError, match="is an MPNet model, which cannot be trained from its exported graph"):
        EncoderBackbone.load(float32_folder)


def test_of_what_enters_a_product_only_the_drawn_rows_are_held(mpnet: EncoderBackbone, monkeypatch) -> None:
    builder = TreeBuilder(load_wording("encoder-2"), load_label_set("meld"))
    trees = [builder.build(TALK), builder.build(Conversation("d", TALK.utterances[:2]))]
    whole = module.layer_inputs(mpnet, trees)
    monkeypatch.setattr(module, "_ROWS", 40)
    few = module.layer_inputs(mpnet, trees)
    assert (
        set(few)
        == set(whole)
        == {f"{layer}.{name}" for layer in (0, 1) for name in ("attend", "gather", "widen", "narrow")}
    )
    assert {len(part) for part in few.values()} == {40}
    assert min(len(rows) for rows in whole.values()) > 80
    for name, part in few.items():
        assert all((whole[name] == row).all(1).any() for row in part)
    # They are drawn over all trees, so the mean is near that of all rows.
    near = [
        float((part.mean(0) - whole[name].mean(0)).norm() / whole[name].norm(dim=1).mean())
        for name, part in few.items()
    ]
    assert max(near) < 0.5
