"""What a model's name means."""

from __future__ import annotations

import shutil

import pytest

import instructerc
from instructerc.errors import InputError, ModelError
from instructerc.labels import load_label_set
from instructerc.recognition.models import is_untrained


@pytest.mark.parametrize(
    ("name", "untrained"),
    [
        (None, False),
        ("org/model", True),
        ("SmolLM2-135M-Instruct", True),
        ("somewhere/model.gguf", True),
        ("runs/mine/seed-1/joint/model", False),
        ("mine", False),
    ],
)
def test_names(name, untrained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_untrained(name) is untrained


def test_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "config.json").write_text("{}")
    assert is_untrained("plain")
    # A merged export has both.
    (tmp_path / "plain" / "model.json").write_text("{}")
    assert not is_untrained("plain")
    # A folder of the user's own that is called like a package's model is that folder.
    (tmp_path / "SmolLM2-135M-Instruct").mkdir()
    assert not is_untrained("SmolLM2-135M-Instruct")
    # A folder that is mistyped is not looked for on the hub.
    assert not is_untrained("plain/modle")


def test_a_folder_is_a_trained_model_and_none_is_the_one_that_ships(embedded_folder):
    assert instructerc.load_model(embedded_folder, threads=1).settings.temperature == 1.3
    other = instructerc.load_model(str(embedded_folder), load_label_set("ekman"), min_probability=0.25, threads=1)
    assert (other.label_set.name, other.min_probability) == ("ekman", 0.25)
    assert instructerc.load_model(threads=1).settings.recipe == "embedded-scenes"
    with pytest.raises(ModelError, match="is not a model folder"):
        instructerc.load_model("mistyped")


def test_a_folder_that_is_called_like_a_shipped_model_is_meant_by_its_name_alone(
    embedded_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(embedded_folder, tmp_path / "small")
    assert instructerc.load_model("small", threads=1).settings.temperature == 1.3
    assert instructerc.load_model(threads=1).settings.recipe == "embedded-scenes"


@pytest.mark.parametrize(
    "option", [{"wording": "paper-1"}, {"calibration": "none"}, {"chat": False}, {"dtype": "float16"}]
)
def test_a_trained_model_keeps_what_it_was_trained_with(embedded_folder, option):
    [what] = option
    with pytest.raises(InputError, match=f"^{what} is for untrained language models; a trained model keeps"):
        instructerc.load_model(embedded_folder, **option)


def test_a_language_model_needs_labels_and_is_asked_as_one_says(tiny_llm):
    with pytest.raises(InputError, match="was not trained by instructerc; give --labels SET"):
        instructerc.load_model(tiny_llm)
    model = instructerc.load_model(tiny_llm, load_label_set("meld"), wording="paper-1", calibration="none")
    assert model.about() == {"wording": "paper-1", "chat": False, "calibration": "none", "dtype": "float32"}
    other = instructerc.load_model(tiny_llm, load_label_set("meld"), dtype="bfloat16")
    assert (other.about()["calibration"], other.about()["dtype"]) == ("contextual", "bfloat16")
    assert str(other.backbone.model.dtype) == "torch.bfloat16"


def test_the_weights_on_a_server_are_held_as_it_says():
    with pytest.raises(InputError, match=r"dtype is bfloat16, but the weights of openai://.* are on its server"):
        instructerc.load_model("openai://127.0.0.1:9/any", load_label_set("meld"), dtype="bfloat16")
