"""How far layers look back, read from a configuration; and the mask that says so in a packed row."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from instructerc.backbones.language_models.layer_kinds import Reach, maskless_kinds, reaches, shorter_reach
from instructerc.backbones.language_models.row_scoring import attention_mask, mask_rule
from instructerc.prompts.rows import TokenisedQuestion, TokenisedTree, pack_row

CPU = torch.device("cpu")
TREE = TokenisedTree(((4, 5, 6), (7, 8)), (TokenisedQuestion(0, (9,), ((1, 2, 3), (2, 1)), (0, 1)),))
MIXED = {"layer_types": ["full_attention", "sliding_attention"]}


@pytest.mark.parametrize(
    ("config", "prompt_tokens", "expected"),
    [
        ({}, 9999, None),
        ({"sliding_window": None}, 9999, None),
        ({"sliding_window": 512}, 512, None),
        ({"sliding_window": 512}, 513, Reach(512)),
        # Qwen2 has the number and does not use it.
        ({"sliding_window": 512, "use_sliding_window": False}, 9999, None),
        ({"sliding_window": 512, "layer_types": ["full_attention"] * 2}, 9999, None),
        ({"sliding_window": 512, **MIXED}, 512, None),
        ({"sliding_window": 512, **MIXED}, 9999, {"full_attention": None, "sliding_attention": Reach(512)}),
        ({"attention_chunk_size": 64, "layer_types": ["chunked_attention"]}, 64, None),
        (
            {"attention_chunk_size": 64, "layer_types": ["chunked_attention"]},
            100,
            {"chunked_attention": Reach(64, chunks=True)},
        ),
        ({"attention_layers": ["global", "global"]}, 9999, None),
    ],
)
def test_how_far_the_layers_look_back(config, prompt_tokens, expected):
    assert reaches(SimpleNamespace(**config), prompt_tokens) == expected


def test_layers_that_take_no_mask_are_named_in_order():
    assert maskless_kinds(SimpleNamespace(layer_types=["mamba", "conv", "chunked_attention", "attention"])) == [
        "conv",
        "mamba",
    ]
    assert maskless_kinds(SimpleNamespace()) == []


@pytest.mark.parametrize(
    ("reach", "seen"),
    [(Reach(3), [2, 3, 4]), (Reach(3, chunks=True), [3, 4]), (Reach(1), [4]), (Reach(9), [0, 1, 2, 3, 4])],
)
def test_what_a_token_sees_of_its_prompt(reach, seen):
    assert [key for key in range(5) if reach.holds(torch.tensor(4), torch.tensor(key))] == seen


def test_a_window_is_counted_in_the_prompt_and_not_in_the_row():
    row = pack_row([TREE, TREE])
    places, every = row.position_ids, torch.arange(len(row))
    for reach, near in (
        (Reach(3), places[:, None] - places[None] < 3),
        (Reach(3, chunks=True), places[:, None] // 3 == places[None] // 3),
    ):
        found = mask_rule(row, CPU, reach)(torch.tensor(0), torch.tensor(0), every[:, None], every[None])
        np.testing.assert_array_equal(found.numpy(), row.visibility() & near)
        assert not np.array_equal(found.numpy(), row.visibility())


def test_each_kind_of_layer_has_its_own_mask_where_a_prompt_leaves_the_window():
    row = pack_row([TREE])
    config = SimpleNamespace(sliding_window=3, _attn_implementation="sdpa", **MIXED)
    config.get_text_config = lambda: config
    model = SimpleNamespace(config=config, device=CPU, dtype=torch.float32)
    masks = attention_mask(model, row)
    assert sorted(masks) == ["full_attention", "sliding_attention"]
    np.testing.assert_array_equal(masks["full_attention"][0, 0].numpy(), row.visibility())
    assert (masks["sliding_attention"] <= masks["full_attention"]).all()
    assert masks["sliding_attention"].sum() < masks["full_attention"].sum()
    config.sliding_window = int(row.position_ids.max()) + 1
    assert attention_mask(model, row).shape == (1, 1, len(row), len(row))


def test_a_shorter_reach_is_only_borrowed():
    config = SimpleNamespace(sliding_window=512, attention_chunk_size=None)
    with shorter_reach(config, 7):
        assert (config.sliding_window, config.attention_chunk_size) == (7, None)
    assert (config.sliding_window, config.attention_chunk_size) == (512, None)
