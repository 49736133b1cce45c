"""sentence-transformers models: unit vectors, safetensors only, no code of the model."""

from __future__ import annotations

import json
import pickle
import shutil
import sys

import numpy as np
import pytest

from instructerc.errors import MissingExtra, ModelError
from instructerc.retrieval import RememberingEmbedder, SentenceTransformerEmbedder


@pytest.fixture(scope="module")
def model_folder(tiny_base, tmp_path_factory):
    """A random BERT, mean pooling and a dense layer, as sentence-transformers saves them."""
    package = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    modules = pytest.importorskip("sentence_transformers.models")
    folder = tmp_path_factory.mktemp("sentences")
    encoder = modules.Transformer(str(tiny_base))
    parts = [encoder, modules.Pooling(32), modules.Dense(32, 24)]
    package.SentenceTransformer(modules=parts, device="cpu").save_pretrained(str(folder), create_model_card=False)
    return folder


@pytest.fixture
def copied(model_folder, tmp_path):
    return shutil.copytree(model_folder, tmp_path / "model")


def test_vectors_have_unit_length_an_empty_text_s_too(model_folder):
    embedder = SentenceTransformerEmbedder(str(model_folder), device="cpu")
    vectors = embedder.embed(["we won", "", "get out you liar"])
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, 24)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert embedder.embed([]).shape == (0, 24)
    assert embedder.name == str(model_folder)


def test_a_model_may_be_kept_elsewhere_than_its_name_says(model_folder):
    embedder = SentenceTransformerEmbedder("a-name", model_folder, device="cpu")
    assert embedder.name == "a-name"
    assert embedder.embed(["x"]).shape == (1, 24)


class Trap:
    """Unpickling it would end the test run."""

    def __reduce__(self):
        return (sys.exit, ("a pickle was loaded",))


@pytest.mark.parametrize("part", [".", "2_Dense"])
def test_weights_only_as_a_pickle_are_refused_unread(copied, part):
    (copied / part / "model.safetensors").unlink()
    (copied / part / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is a pickle"):
        SentenceTransformerEmbedder(str(copied), device="cpu")


def test_a_pickle_beside_safetensors_is_not_read(copied):
    (copied / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))
    assert SentenceTransformerEmbedder(str(copied), device="cpu").embed(["x"]).shape == (1, 24)


def test_code_of_the_model_is_not_run(copied):
    (copied / "trap.py").write_text("raise SystemExit('code of the model was run')\n", encoding="utf-8")
    modules = json.loads((copied / "modules.json").read_text(encoding="utf-8"))
    modules[-1]["type"] = "trap.Trap"
    (copied / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        SentenceTransformerEmbedder(str(copied), device="cpu")


def test_a_folder_that_is_no_model_says_what_is_accepted(tmp_path):
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    with pytest.raises(ModelError, match="give 'embedded', a sentence-transformers model"):
        SentenceTransformerEmbedder(str(tmp_path), device="cpu")


def test_from_the_hub_only_safetensors_and_texts_come(model_folder, monkeypatch):
    hub = pytest.importorskip("huggingface_hub")
    asked = []
    monkeypatch.setattr(
        hub, "snapshot_download", lambda name, allow_patterns: asked.append((name, allow_patterns)) or str(model_folder)
    )
    SentenceTransformerEmbedder("somebody/some-model", device="cpu")
    [(name, patterns)] = asked
    assert name == "somebody/some-model"
    assert not [pattern for pattern in patterns if pattern.endswith((".py", ".bin", ".pt", ".pkl", "*"))]


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtra, match=r"the sentence embedder 'some' .*instructerc\[retrieval\]"):
        SentenceTransformerEmbedder("some")


def test_what_was_embedded_is_not_embedded_again():
    asked = []

    class Lengths:
        name = "lengths"

        def embed(self, texts):
            asked.append(list(texts))
            return np.array([[len(text), 1] for text in texts], np.float32).reshape(-1, 2)

    embedder = RememberingEmbedder(Lengths(), size=3)
    assert embedder.name == "lengths"
    assert embedder.embed(["a", "bb", "a"]).tolist() == [[1, 1], [2, 1], [1, 1]]
    assert embedder.embed(["bb", "ccc"]).tolist() == [[2, 1], [3, 1]]
    assert embedder.embed([]).shape == (0, 2)
    embedder.embed(["dddd"])
    embedder.embed(["a"])
    assert asked == [["a", "bb"], ["ccc"], [], ["dddd"], ["a"]]
