"""Adapters: what is trained, that it is PEFT's own format, and that it is read again as it was."""

from __future__ import annotations

import json
import sys

import numpy as np
import peft
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2Config, MambaConfig

from instructerc.backbones.base_models.hub import load_weights
from instructerc.backbones.language_models.adapters import add_adapter, check_targets, load_adapter
from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.backbones.options import AdapterOptions, BackboneOptions
from instructerc.errors import MissingExtra, ModelError

METHODS = ("lora", "dora", "ia3", "prefix")
NF4 = "nf4"


@pytest.fixture(scope="module")
def gpt2(write_base, make_tokenizer):
    """A model whose linear layers keep their weights the other way round, in one matrix for query, key and value."""
    sizes = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512, "initializer_range": 0.3}
    without_dropout = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    return write_base(GPT2Config(**sizes, **without_dropout, bos_token_id=1, eos_token_id=2), make_tokenizer())


@pytest.fixture(scope="module")
def wide(write_base, llama_config, make_tokenizer):
    """A Llama whose matrices are whole blocks of 4-bit weights."""
    return write_base(llama_config(hidden_size=64, intermediate_size=128), make_tokenizer())


def _step(backbone, trees, rate=1e-2):
    """Takes one step of plain gradient descent; returns its loss."""
    backbone.model.train()
    backbone.model.zero_grad()
    loss = sum(backbone.loss(backbone.model, row) for row in backbone.rows(trees))
    loss.backward()
    with torch.no_grad():
        for parameter in backbone.model.parameters():
            if parameter.requires_grad:
                parameter -= rate * parameter.grad / parameter.grad.norm()
    return float(loss.detach())


def _assert_round_trip(backbone, trees, joined, shake, folder):
    """Trains a backbone, saves it, reads it again, trains and saves that; checks the scores on the way."""
    untrained = joined(backbone.option_scores(trees))
    shake(backbone, 0.05)
    losses = [_step(backbone, trees) for _ in range(2)]
    assert losses[1] < losses[0]
    scores = joined(backbone.option_scores(trees))
    assert np.abs(scores - untrained).max() > 0.05
    backbone.save(folder / "one")
    loaded = CausalBackbone.load(folder / "one")
    assert loaded.path == backbone.path
    np.testing.assert_allclose(joined(loaded.option_scores(trees)), scores, atol=1e-5, rtol=0)
    names = [name for name, part in loaded.model.named_parameters() if part.requires_grad]
    assert names == [name for name, part in backbone.model.named_parameters() if part.requires_grad]
    # Training goes on where it stopped.
    assert _step(loaded, trees) == pytest.approx(_step(backbone, trees), rel=1e-5)
    loaded.save(folder / "two")
    again = joined(CausalBackbone.load(folder / "two").option_scores(trees))
    np.testing.assert_allclose(again, joined(loaded.option_scores(trees)), atol=1e-5, rtol=0)
    assert np.abs(again - scores).max() > 1e-3


@pytest.mark.parametrize("method", [*METHODS, "full"])
def test_what_was_trained_is_read_again_as_it_was(
    llama, make_backbone, read_by, chats, make_trees, naive, joined, shake, tmp_path, method
):
    backbone = make_backbone(llama, AdapterOptions(method=method, dropout=0.0, virtual_tokens=3), max_tokens=512)
    assert backbone.path == ("flat" if method == "prefix" else "packed")
    trees = make_trees(chats, backbone)
    _assert_round_trip(backbone, trees, joined, shake, tmp_path)
    saved = {path.relative_to(tmp_path / "one").as_posix() for path in (tmp_path / "one").rglob("*")}
    if method == "full":
        assert {"model/config.json", "model/model.safetensors"} <= saved
    else:
        assert {"adapter/adapter_config.json", "adapter/adapter_model.safetensors"} <= saved
        assert not [name for name in saved if name.startswith("model") or name.endswith((".bin", ".pt"))]
    if method == "prefix":
        np.testing.assert_allclose(joined(backbone.option_scores(trees)), joined(naive(backbone, trees)), atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_weights_kept_the_other_way_round_are_adapted_too(
    gpt2, make_backbone, chats, make_trees, joined, shake, tmp_path, method
):
    backbone = make_backbone(gpt2, AdapterOptions(method=method, dropout=0.0, virtual_tokens=3), max_tokens=400)
    _assert_round_trip(backbone, make_trees(chats[:1], backbone), joined, shake, tmp_path)


def test_an_adapter_is_peft_s_own_format(llama, make_backbone, chats, make_trees, joined, shake, tmp_path):
    backbone = make_backbone(llama, AdapterOptions(rank=4, alpha=8, dropout=0.1))
    shake(backbone)
    backbone.save(tmp_path)
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text(encoding="utf-8"))
    assert (config["peft_type"], config["task_type"], config["bias"]) == ("LORA", "CAUSAL_LM", "none")
    assert (config["r"], config["lora_alpha"], config["lora_dropout"]) == (4, 8, 0.1)
    assert sorted(config["target_modules"]) == ["k_proj", "q_proj", "v_proj"]
    adapted = load_adapter(AutoModelForCausalLM.from_pretrained(llama), tmp_path / "adapter", trainable=False)
    assert isinstance(adapted, peft.PeftModelForCausalLM)
    merged = adapted.merge_and_unload()
    trees = make_trees(chats[:1], backbone)
    plain = CausalBackbone(merged, backbone.tokenizer, backbone.history, backbone.options)
    np.testing.assert_allclose(joined(plain.score(trees)), joined(backbone.score(trees)), atol=1e-4)


def test_only_the_adapter_is_trained(llama, make_backbone):
    for method, part in (("lora", "lora_"), ("dora", "lora_"), ("ia3", "ia3_"), ("prefix", "prompt_encoder")):
        model = make_backbone(llama, AdapterOptions(method=method), max_tokens=512).model
        trained = [name for name, weight in model.named_parameters() if weight.requires_grad]
        assert trained
        assert all(part in name for name in trained)
    assert all(
        weight.requires_grad for weight in make_backbone(llama, AdapterOptions(method="full")).model.parameters()
    )
    assert not any(weight.requires_grad for weight in make_backbone(llama).model.parameters())


def test_targets_are_named_or_found(llama):
    model = load_weights(AutoModelForCausalLM, BackboneOptions(kind="causal", base=str(llama)))
    assert check_targets(model, ()) == ["q_proj", "k_proj", "v_proj"]
    assert check_targets(model, ("o_proj", "up_proj")) == ["o_proj", "up_proj"]
    with pytest.raises(ModelError, match=r"'q_prj' is not a linear module.*did you mean 'q_proj'.*it has .*v_proj"):
        check_targets(model, ("v_proj", "q_prj"))
    # The embedding and the norms are no linear modules.
    for name in ("embed_tokens", "norm", "layers"):
        with pytest.raises(ModelError, match=f"'{name}' is not a linear module"):
            check_targets(model, (name,))
    with pytest.raises(ModelError, match=r"have unknown names; choose adapter\.targets from body, head"):
        check_targets(torch.nn.ModuleDict({"body": torch.nn.Linear(2, 2), "head": torch.nn.Linear(2, 2)}), ())


def test_a_module_that_peft_refuses_is_an_error(write_base, make_tokenizer, make_backbone):
    base = write_base(MambaConfig(hidden_size=16, num_hidden_layers=1, state_size=4), make_tokenizer())
    with pytest.raises(ModelError, match=r"adapter\.method lora does not fit this model: .*out_proj"):
        make_backbone(base, AdapterOptions(targets=("out_proj",)), max_tokens=256)


def _truncate(folder):
    path = folder / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-40])


def _drop_a_key(folder):
    path = folder / "adapter_model.safetensors"
    weights = load_file(path)
    weights.pop(sorted(weights)[0])
    save_file(weights, path)


def _only_pickles(folder):
    path = folder / "adapter_model.safetensors"
    torch.save(load_file(path), folder / "adapter_model.bin")
    path.unlink()


DAMAGES = {
    "truncated": (_truncate, "does not fit its base model"),
    "a weight is missing": (_drop_a_key, "does not fit its base model: .*[Mm]issing"),
    "no configuration": (lambda folder: (folder / "adapter_config.json").unlink(), "does not fit its base model"),
    "broken configuration": (
        lambda folder: (folder / "adapter_config.json").write_text("{", encoding="utf-8"),
        "does not fit its base model",
    ),
    "pickles": (_only_pickles, r"has no adapter_model\.safetensors; adapters are read only as safetensors"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_adapter_is_named(llama, make_backbone, shake, tmp_path, damage):
    spoil, message = DAMAGES[damage]
    make_backbone(llama, AdapterOptions()).save(tmp_path)
    spoil(tmp_path / "adapter")
    with pytest.raises(ModelError, match=message) as caught:
        CausalBackbone.load(tmp_path)
    assert str(tmp_path / "adapter") in str(caught.value)


def test_an_adapter_of_another_base_is_refused(llama, wide, gpt2, make_backbone, tmp_path):
    make_backbone(llama, AdapterOptions()).save(tmp_path)
    for other in (wide, gpt2):
        model = load_weights(AutoModelForCausalLM, BackboneOptions(kind="causal", base=str(other)))
        with pytest.raises(ModelError, match="does not fit its base model"):
            load_adapter(model, tmp_path / "adapter")


def test_adapters_name_the_extra_that_they_need(llama, make_backbone, monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingExtra, match=r"adapters of language models requires.*instructerc\[train\]"):
        make_backbone(llama, AdapterOptions())


@pytest.fixture(scope="module")
def in_4_bits():
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed, and holds the weights in 4 bits")


@pytest.mark.usefixtures("in_4_bits")
@pytest.mark.parametrize("method", ["lora", "ia3"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_an_adapter_on_weights_in_4_bits(
    wide, make_backbone, read_by, chats, make_trees, joined, shake, tmp_path, method, dtype
):
    backbone = make_backbone(
        wide, AdapterOptions(method=method, dropout=0.0), dtype=dtype, quantisation=NF4, max_tokens=512
    )
    assert backbone.model.is_loaded_in_4bit
    assert backbone.path == "packed"
    trees = make_trees(chats, backbone)
    _assert_round_trip(backbone, trees, joined, shake, tmp_path)
    assert not list((tmp_path / "one").rglob("model.safetensors"))
    flat = joined(read_by(backbone, packing="flat").option_scores(trees))
    np.testing.assert_allclose(joined(backbone.option_scores(trees)), flat, atol=1e-4 if dtype == "float32" else 0.2)


@pytest.mark.usefixtures("in_4_bits")
def test_scoring_does_not_spoil_the_gradients_of_weights_in_4_bits(wide, make_backbone, chats, make_trees, shake):
    gradients = []
    for scores_first in (False, True):
        torch.manual_seed(0)
        # Nothing is scored while a path is chosen.
        backbone = make_backbone(wide, AdapterOptions(dropout=0.0), quantisation=NF4, packing="packed")
        shake(backbone)
        trees = make_trees(chats, backbone)
        if scores_first:
            backbone.score(trees)
        backbone.model.train()
        sum(backbone.loss(backbone.model, row) for row in backbone.rows(trees)).backward()
        gradients.append({name: part.grad for name, part in backbone.model.named_parameters() if part.requires_grad})
    for name, gradient in gradients[0].items():
        assert float(gradient.norm()) > 0
        torch.testing.assert_close(gradients[1][name], gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("in_4_bits")
def test_all_weights_in_4_bits_cannot_be_trained(wide):
    model = load_weights(AutoModelForCausalLM, BackboneOptions(kind="causal", base=str(wide), quantisation=NF4))
    with pytest.raises(ModelError, match="4-bit weights cannot be trained; choose lora, or quantisation: none"):
        add_adapter(model, AdapterOptions(method="full"))
