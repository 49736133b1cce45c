"""Whether a model packs: looked up, then tried; and the mask of a packed row in each of its forms."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaForCausalLM

from instructerc.backbones.evaluating import evaluating
from instructerc.backbones.language_models import packing_check
from instructerc.backbones.language_models.packing_check import (
    Distance,
    choose_path,
    context_window,
    is_out_of_memory,
    reads_on,
    unpackable,
)
from instructerc.backbones.language_models.packing_probe import Probe, few_words, read_flat, read_packed
from instructerc.backbones.language_models.row_scoring import attention_mask, mask_rule, packed_for, visible_tokens
from instructerc.backbones.options import AdapterOptions
from instructerc.prompts.rows import TokenisedQuestion, TokenisedTree, flat_rows, pack_row

CPU = torch.device("cpu")


def _model(**config):
    """Returns what is asked of a model before it is run."""
    config = SimpleNamespace(**config)
    config.get_text_config = lambda: config
    return SimpleNamespace(config=config, device=CPU, dtype=torch.bfloat16)


tokens = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple)


@st.composite
def trees(draw):
    trunk = tuple(draw(st.lists(tokens, min_size=1, max_size=4)))
    questions = tuple(
        TokenisedQuestion(
            draw(st.integers(0, len(trunk) - 1)),
            draw(st.one_of(st.just(()), tokens)),
            tuple(draw(st.lists(tokens, min_size=1, max_size=3))),
            (0, 1, 2),
            number,
        )
        for number in range(draw(st.integers(0, 3)))
    )
    questions = tuple(
        TokenisedQuestion(item.after, item.branch, item.options, item.numbers[: len(item.options)], item.number)
        for item in questions
    )
    return TokenisedTree(trunk, questions)


@given(st.lists(trees(), min_size=1, max_size=4))
def test_every_form_of_the_mask_is_the_same_rule(some):
    row = pack_row(some)
    expected = row.visibility()
    seen = visible_tokens(row, CPU)
    assert (seen.shape, seen.dtype) == ((1, 1, len(row), len(row)), torch.bool)
    np.testing.assert_array_equal(seen[0, 0].numpy(), expected)
    # FlexAttention asks for one query and one key at a time; here all of them are asked for at once.
    index = torch.arange(len(row))
    rule = mask_rule(row, CPU)(torch.tensor(0), torch.tensor(0), index[:, None], index[None, :])
    np.testing.assert_array_equal(rule.numpy(), expected)
    added = attention_mask(_model(_attn_implementation="eager"), row)
    assert (added.shape, added.dtype) == (seen.shape, torch.bfloat16)
    assert set(added.unique().tolist()) <= {0.0, torch.finfo(torch.bfloat16).min}
    np.testing.assert_array_equal((added == 0)[0, 0].numpy(), expected)
    assert expected.diagonal().all()


def test_only_positions_that_predict_are_asked_for_logits():
    questions = (TokenisedQuestion(0, (7,), ((1, 2), (3, 2)), (0, 1)),)
    row = pack_row([TokenisedTree(((4, 5, 6),), questions)])
    tensors = packed_for(_model(_attn_implementation="sdpa"), row)
    assert tensors.inputs["input_ids"].tolist() == [[4, 5, 6, 7, 1, 3]]
    assert tensors.inputs["position_ids"].tolist() == [[0, 1, 2, 3, 4, 4]]
    assert tensors.inputs["logits_to_keep"].tolist() == [3, 4, 5]
    assert tensors.source.tolist() == [0, 1, 0, 2]
    assert (tensors.target.tolist(), tensors.leaf.tolist(), tensors.n_leaves) == ([1, 2, 3, 2], [0, 0, 1, 1], 2)
    assert tensors.inputs["use_cache"] is False


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({}, ""),
        ({"sliding_window": 512}, ""),
        ({"layer_types": ["full_attention", "sliding_attention", "chunked_attention"]}, ""),
        ({"layer_types": ["full_attention", "linear_attention"]}, "it has layers that take no mask (linear_attention)"),
        ({"layer_types": ["mamba", "conv", "attention"]}, "it has layers that take no mask (conv, mamba)"),
        ({"attention_layers": ["global", "global"]}, ""),
        ({"attention_layers": ["global", "local"]}, "it has layers that take no mask (local)"),
    ],
)
def test_what_a_configuration_tells(config, reason):
    assert unpackable(_model(**config)) == reason


@pytest.mark.parametrize(
    ("config", "window"),
    [
        ({}, None),
        ({"max_position_embeddings": 512}, 512),
        ({"max_seq_len": 256}, 256),
        ({"max_position_embeddings": 512, "rope_parameters": {"rope_type": "llama3"}}, 512),
        # One long prompt would change what the short ones beside it say.
        (
            {
                "max_position_embeddings": 512,
                "rope_parameters": {"rope_type": "longrope", "original_max_position_embeddings": 64},
            },
            64,
        ),
        ({"max_position_embeddings": 512, "rope_parameters": {"full_attention": {"rope_type": "default"}}}, 512),
    ],
)
def test_how_much_a_model_reads(config, window):
    assert context_window(_model(**config)) == window


def test_a_model_of_the_usual_kind_is_tried_and_packs(backbone):
    model = backbone.model.train()
    assert _gap(model) < 1e-5
    assert reads_on(model, (), "float32")
    assert choose_path(model, (1,), 512, "float32") == ("packed", "")
    # What was tried leaves nothing behind.
    assert model.training
    assert all(part.grad is None for part in model.parameters())
    model.eval()


def _gap(model):
    """Returns how far packed and flat answers to made-up trees lie apart at most, as a share of their size."""
    probe = Probe.draw((1,), model.config.vocab_size)
    with evaluating(model):
        return Distance.between(read_flat(model, flat_rows(probe.trees, 0)), read_packed(model, probe.row)).most


def _is_packed(inputs):
    mask = inputs.get("attention_mask")
    return isinstance(mask, dict) or (mask is not None and mask.dim() == 4)


def _break(monkeypatch, model, error=None, noise=0.0, by_tokens=False):
    """Makes a model fail on packed rows, or answer otherwise by a share of its logits; the same share, or by tokens."""
    forward = model.forward

    def broken(**inputs):
        if not _is_packed(inputs):
            return forward(**inputs)
        if error is not None:
            raise error
        output = forward(**inputs)
        drawn = torch.Generator().manual_seed(int(inputs["input_ids"].sum()) if by_tokens else 0)
        output.logits *= 1 + noise * torch.randn(output.logits.shape, generator=drawn, dtype=output.logits.dtype)
        return output

    monkeypatch.setattr(model, "forward", broken)


@pytest.mark.parametrize("error", [TypeError("position_ids"), ValueError("shape"), KeyError("x"), RuntimeError("size")])
def test_a_model_that_fails_on_packed_rows_is_read_from_its_cache(backbone, monkeypatch, error):
    _break(monkeypatch, backbone.model, error)
    reason = "it does not accept the mask and the positions of a packed row"
    assert choose_path(backbone.model, (1,), 512, "float32") == ("cached", reason)


@pytest.mark.parametrize(("dtype", "path"), [("float32", "cached"), ("bfloat16", "packed")])
def test_a_gap_is_measured_against_the_precision(backbone, monkeypatch, dtype, path):
    _break(monkeypatch, backbone.model, noise=0.004)
    assert 0.004 < _gap(backbone.model) < 0.008
    found, reason = choose_path(backbone.model, (1,), 512, dtype)
    assert found == path
    assert reason.startswith("packed and flat answers of this model differ by 0.00") == (path == "cached")


def test_a_cache_that_gives_other_answers_is_not_used(backbone, monkeypatch):
    _break(monkeypatch, backbone.model, ValueError("shape"))
    monkeypatch.setattr(packing_check, "cached_log_probs", lambda model, tree, device: [0.0] * 6)
    path, reason = choose_path(backbone.model, (1,), 512, "float32")
    assert path == "flat"
    assert reason.endswith("and several questions cannot continue from its cache of a trunk")


def test_memory_that_runs_out_while_a_model_is_tried_is_not_taken_for_an_answer(backbone, monkeypatch):
    _break(monkeypatch, backbone.model, torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(torch.OutOfMemoryError):
        choose_path(backbone.model, (1,), 512, "float32")


def test_virtual_tokens_are_read_flat(llama, make_backbone):
    backbone = make_backbone(llama, AdapterOptions(method="prefix"), max_tokens=512)
    assert (backbone.path, backbone.path_reason) == ("flat", "its adapter puts tokens of its own before the prompt")


def test_eager_attention_packs_too(backbone, make_backbone, llama, chats, make_trees, joined):
    eager = make_backbone(llama, attention="eager")
    assert eager.path == "packed"
    trees_of = make_trees(chats, backbone)
    mask = packed_for(eager.model, pack_row([eager.tokenizer.tokenise(trees_of[0])])).inputs["attention_mask"]
    assert mask.dtype == torch.float32
    np.testing.assert_allclose(joined(eager.score(trees_of)), joined(backbone.score(trees_of)), atol=1e-4)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("x"), True),
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("shapes do not fit"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_memory_that_ran_out_is_told_from_other_errors(error, expected):
    assert is_out_of_memory(error) is expected


def test_few_words_are_the_same_logits_of_fewer_tokens(llama_config):
    model = LlamaForCausalLM(llama_config(vocab_size=3000)).eval()
    ids = torch.tensor([[5, 6, 7]])
    with torch.inference_mode():
        whole = model(input_ids=ids).logits
        with few_words(model):
            some = model(input_ids=ids).logits
        assert some.shape == (1, 3, 1000)
        torch.testing.assert_close(some, whole[..., ::3])
        torch.testing.assert_close(model(input_ids=ids).logits, whole)


def test_an_output_layer_that_something_else_patched_is_left_alone(llama_config, monkeypatch):
    model = LlamaForCausalLM(llama_config(vocab_size=3000)).eval()
    monkeypatch.setattr(model.lm_head, "forward", model.lm_head.forward)
    with torch.inference_mode(), few_words(model):
        assert model(input_ids=torch.tensor([[5]])).logits.shape[-1] == 3000
