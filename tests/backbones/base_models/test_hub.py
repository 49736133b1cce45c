"""Weights and tokenizers: nothing that runs code of others unless it is asked for, and clear words where it fails."""

from __future__ import annotations

import json
import shutil
import sys

import pytest
import torch
from transformers import AutoModelForCausalLM, Gemma2Config, LlamaForCausalLM, dynamic_module_utils

from instructerc.backbones.base_models.hub import device, load_config, load_tokenizer, load_weights
from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.backbones.options import BackboneOptions
from instructerc.errors import MissingExtra, ModelError

OWN_CODE = """
import torch
from transformers import LlamaConfig, LlamaForCausalLM


class OwnConfig(LlamaConfig):
    model_type = "own"


class OwnModel(LlamaForCausalLM):
    config_class = OwnConfig
"""


@pytest.fixture
def folder(llama, tmp_path):
    """A copy of a model folder, which a test may damage."""
    shutil.copytree(llama, tmp_path / "model")
    return tmp_path / "model"


def _load(folder, **options):
    return load_weights(AutoModelForCausalLM, BackboneOptions(kind="causal", base=str(folder), **options))


def _same(one, other):
    weights = other.state_dict()
    return all(torch.equal(value, weights[name]) for name, value in one.state_dict().items())


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_weights_come_in_the_precision_that_is_asked_for(llama, dtype):
    model = _load(llama, dtype=dtype)
    assert model.dtype == getattr(torch, dtype)
    assert model.device == device()


def test_attention_is_sdpa_where_the_model_has_it(llama, write_base, make_tokenizer):
    assert _load(llama).config._attn_implementation == "sdpa"
    assert _load(llama, attention="eager").config._attn_implementation == "eager"
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    capped = write_base(Gemma2Config(**sizes, num_key_value_heads=1, head_dim=8), make_tokenizer())
    assert _load(capped).config._attn_implementation == "eager"


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.ckpt"])
def test_pickles_alone_are_refused_unless_they_are_trusted(llama, folder, make_backbone, name):
    weights = _load(llama)
    (folder / "model.safetensors").unlink()
    torch.save(weights.state_dict(), folder / name)
    with pytest.raises(ModelError, match=rf"pickle only \({name}\).*safetensors.*backbone\.pickle_weights: true"):
        make_backbone(folder)
    if name == "pytorch_model.bin":
        assert _same(_load(folder, pickle_weights=True), weights)


def test_safetensors_beside_pickles_are_read(llama, folder):
    (folder / "pytorch_model.bin").write_bytes(b"never read")
    assert _same(_load(folder), _load(llama))


@pytest.mark.parametrize("trusted", [False, True])
def test_a_name_on_the_hub_is_asked_for_safetensors_alone_unless_pickles_are_trusted(trusted):
    asked = {}

    class Kind:
        @staticmethod
        def from_pretrained(name, **options):
            asked.update(options, name=name)
            return torch.nn.Linear(1, 1)

    load_weights(Kind, BackboneOptions(kind="causal", base="somebody/model", pickle_weights=trusted, revision="v2"))
    assert asked["use_safetensors"] is (None if trusted else True)
    assert (asked["name"], asked["revision"], asked["trust_remote_code"]) == ("somebody/model", "v2", False)


def test_code_of_a_model_runs_only_where_it_is_trusted(llama, folder, make_backbone, tmp_path, monkeypatch):
    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "own", "architectures": ["OwnModel"]}
    config["auto_map"] = {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "own.py").write_text(OWN_CODE, encoding="utf-8")
    with pytest.raises(ModelError, match=r"its own Python code; set backbone\.trust_remote_code: true"):
        load_config(BackboneOptions(base=str(folder)))
    with pytest.raises(ModelError, match=r"its own Python code; set backbone\.trust_remote_code: true"):
        make_backbone(folder)
    assert not (tmp_path / "modules").exists()
    backbone = make_backbone(folder, trust_remote_code=True)
    assert type(backbone.model).__name__ == "OwnModel"
    assert backbone.path == "packed"
    assert _same(backbone.model, _load(llama))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("model.safetensors", b"\x10\0\0\0\0\0\0\0{"),
        ("model.safetensors", None),
        ("config.json", b"{"),
        ("config.json", None),
        ("config.json", b'{"model_type": "no such model"}'),
        ("tokenizer.json", b"{"),
    ],
)
def test_a_damaged_folder_is_named_in_one_line(folder, make_backbone, name, damage):
    (folder / name).unlink()
    if damage is not None:
        (folder / name).write_bytes(damage)
    with pytest.raises(ModelError) as caught:
        make_backbone(folder)
    assert str(caught.value).startswith(f"base model {str(folder)!r}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 800


def test_a_folder_that_is_not_there_is_named(tmp_path, make_backbone):
    for load in (load_config, load_tokenizer):
        with pytest.raises(ModelError, match=r"base model '.*absent'"):
            load(BackboneOptions(base=str(tmp_path / "absent")))
    with pytest.raises(ModelError, match=r"base model '.*absent'"):
        make_backbone(tmp_path / "absent")
    with pytest.raises(ModelError, match=r"causal\.json is missing"):
        CausalBackbone.load(tmp_path / "absent")


def test_a_model_that_memory_does_not_hold_says_what_to_do(llama, monkeypatch):
    def full(model, *arguments):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(LlamaForCausalLM, "to", full)
    with pytest.raises(
        ModelError, match=r"does not fit into the memory of .*--dtype.*: nf4 in a recipe, or choose a smaller model"
    ):
        _load(llama)


def test_weights_in_4_bits_name_the_extra_that_they_need(llama, monkeypatch):
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(MissingExtra, match=r"quantisation: nf4 requires.*instructerc\[qlora\]"):
        _load(llama, quantisation="nf4")
