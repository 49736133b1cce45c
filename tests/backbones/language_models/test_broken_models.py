"""Models that read packed rows wrongly, each in one way: none of them may be packed, in any precision."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForCausalLM, MistralConfig

from instructerc.backbones.language_models import row_scoring
from instructerc.backbones.language_models.block_attention import use_blocks
from instructerc.backbones.language_models.packing_check import choose_path
from instructerc.backbones.language_models.packing_probe import Probe

DTYPES = ("float32", "bfloat16", "float16")
PREFIX = (1,)
VOCABULARY = 300
# The made-up trees' common beginning.
HEAD = len(PREFIX) + 4


def _build(config, dtype):
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config, dtype=getattr(torch, dtype)).eval()


@pytest.fixture(params=DTYPES)
def model(request, llama_config):
    return _build(llama_config(vocab_size=VOCABULARY, num_hidden_layers=4), request.param)


def _chosen(model):
    return choose_path(model, PREFIX, 512, str(model.dtype).removeprefix("torch."))


def _ignore_mask(inputs):
    return {"attention_mask": torch.ones_like(inputs["attention_mask"]).tril()}


def _ignore_positions(inputs):
    return {"position_ids": torch.arange(inputs["input_ids"].shape[1])[None]}


def _shift_after_head(inputs):
    places = inputs["position_ids"]
    return {"position_ids": places + (places >= HEAD)}


def _leak(inputs):
    """Shows the first token that the last one must not see to all that come after it."""
    mask = inputs["attention_mask"].clone()
    hidden = int((~mask[0, 0, -1]).nonzero()[0, 0])
    mask[0, 0, hidden:, hidden] = True
    return {"attention_mask": mask}


def _leak_once(inputs):
    """Shows that token to the last one alone."""
    mask = inputs["attention_mask"].clone()
    mask[0, 0, -1, int((~mask[0, 0, -1]).nonzero()[0, 0])] = True
    return {"attention_mask": mask}


def _break(monkeypatch, model, harm):
    forward = model.forward

    def broken(**inputs):
        mask = inputs.get("attention_mask")
        packed = mask is not None and mask.dim() == 4
        return forward(**{**inputs, **harm(inputs)} if packed else inputs)

    monkeypatch.setattr(model, "forward", broken)


def test_the_head_is_as_long_as_said():
    assert int(Probe.draw(PREFIX, VOCABULARY).row.sees_head.max()) == 0
    assert int((Probe.draw(PREFIX, VOCABULARY).row.segment_ids == 0).sum()) == HEAD


@pytest.mark.parametrize("in_blocks", [False, True])
def test_a_sound_model_is_packed(model, in_blocks):
    assert not in_blocks or use_blocks(model)
    assert _chosen(model) == ("packed", "")


@pytest.mark.parametrize("harm", [_ignore_mask, _ignore_positions, _shift_after_head, _leak, _leak_once])
def test_a_model_that_is_broken_is_not_packed(model, monkeypatch, harm):
    _break(monkeypatch, model, harm)
    path, reason = _chosen(model)
    assert path == "cached"
    assert reason.startswith("packed and flat answers of this model differ by ")


@pytest.mark.parametrize("harm", [_ignore_mask, _leak, _leak_once])
def test_a_wrong_mask_shows_in_blocks_too(model, monkeypatch, harm):
    assert use_blocks(model)
    right = row_scoring.attention_mask
    monkeypatch.setattr(
        row_scoring, "attention_mask", lambda *row: harm({"attention_mask": right(*row)})["attention_mask"]
    )
    assert _chosen(model)[0] == "cached"


def test_one_layer_that_is_given_no_mask_shows_in_blocks_too(model, monkeypatch):
    assert use_blocks(model)
    attention = model.model.layers[1].self_attn
    forward = attention.forward
    monkeypatch.setattr(
        attention, "forward", lambda *states, **inputs: forward(*states, **{**inputs, "attention_mask": None})
    )
    assert _chosen(model)[0] != "packed"


def test_a_leak_below_the_noise_of_half_precision_is_told(model, monkeypatch):
    """What all tokens of the row do to an answer is far less than what another padding does in bfloat16."""
    forward = model.forward

    def leaking(**inputs):
        output = forward(**inputs)
        if "position_ids" in inputs:
            drawn = torch.Generator().manual_seed(int(inputs["input_ids"].sum()))
            output.logits *= 1 + 0.004 * torch.randn(output.logits.shape, generator=drawn, dtype=output.logits.dtype)
        return output

    monkeypatch.setattr(model, "forward", leaking)
    # Told that it is bfloat16, a model in float32 is given that one's floor.
    path, reason = choose_path(model, PREFIX, 512, "bfloat16")
    assert path == "cached"
    assert reason.startswith("tokens that an answer must not see change it by 0.0")


def test_a_model_that_sees_nothing_but_its_own_token_is_not_packed(model):
    """Packed and flat, its answers are the same, and nothing was tried."""
    for layer in model.model.layers:
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
    path, reason = _chosen(model)
    assert path == "cached"
    assert reason.startswith("the head changes its answers no more than their noise")


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_window_that_is_left_out_of_the_mask_shows_though_no_prompt_of_the_trial_leaves_it(
    monkeypatch, llama_config, dtype
):
    sizes = llama_config(vocab_size=VOCABULARY, num_hidden_layers=4).to_dict()
    kept = (
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "num_key_value_heads",
        "initializer_range",
    )
    config = MistralConfig(**{name: sizes[name] for name in kept}, vocab_size=VOCABULARY, sliding_window=400)
    model = _build(config, dtype)
    assert _chosen(model) == ("packed", "")
    monkeypatch.setattr(row_scoring, "reaches", lambda config, tokens: None)
    path, reason = _chosen(model)
    assert path == "cached"
    assert reason.startswith(
        "its layers of kind all look back over 400 tokens, fewer than max_tokens 512, and this limit cannot"
    )
    assert model.config.sliding_window == 400
