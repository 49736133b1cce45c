"""Every architecture through the same code: it packs, or falls back and says why; the numbers are the naive loop's."""

from __future__ import annotations

import numpy as np
import pytest
import transformers

from instructerc.backbones.language_models.adapters import check_targets
from instructerc.prompts.rows import pack_row

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.3,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
# As GPT-2 and its age named them.
OLD = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512, "initializer_range": 0.3}
NARROW = {"head_dim": 8}
MIXTURE = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
LINEAR = {
    "linear_num_value_heads": 4,
    "linear_num_key_heads": 2,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "layer_types": ["linear_attention", "full_attention"],
}
STATE_SPACE = {"mamba_n_heads": 8, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_n_groups": 1, "mamba_chunk_size": 16}
CHUNKS = {"intermediate_size_mlp": 64, "num_local_experts": 2}
QKV = ["q_proj", "k_proj", "v_proj"]
FUSED = ["query_key_value"]
NO_MASK = "it has layers that take no mask"
NOT_TAKEN = "it does not accept the mask and the positions of a packed row"
ALONE = "several questions cannot continue from its cache of a trunk"

PACKED = {
    "Llama": (SIZES, QKV),
    "Qwen2": (SIZES, QKV),
    "Qwen3": ({**SIZES, **NARROW}, QKV),
    "Qwen3Moe": ({**SIZES, **NARROW, **MIXTURE}, QKV),
    "Mistral": ({**SIZES, "sliding_window": None}, QKV),
    # A window that no prompt leaves, though the row does.
    "Mistral long window": ({**SIZES, "sliding_window": 160}, QKV),
    # Eager attention: its scores have a soft cap.
    "Gemma2": ({**SIZES, **NARROW, "sliding_window": 160}, QKV),
    "Gemma3Text": ({**SIZES, **NARROW, "sliding_window": 160}, QKV),
    "GptOss": ({**SIZES, **NARROW, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 160}, QKV),
    "Llama4Text long chunk": ({**SIZES, **NARROW, **CHUNKS, "attention_chunk_size": 160}, QKV),
    # A window that prompts leave: each kind of layer has a mask of its own.
    "Mistral short window": ({**SIZES, "sliding_window": 24}, QKV),
    "Qwen2 short window": (
        {**SIZES, "sliding_window": 24, "use_sliding_window": True, "max_window_layers": 1},
        QKV,
    ),
    "Gemma3Text short window": ({**SIZES, **NARROW, "sliding_window": 24}, QKV),
    "Gemma2 short window": ({**SIZES, **NARROW, "sliding_window": 24}, QKV),
    "Llama4Text": ({**SIZES, **NARROW, **CHUNKS, "attention_chunk_size": 24}, QKV),
    "GPT2": (OLD, ["c_attn"]),
    "GPTJ": ({**OLD, "rotary_dim": 4}, QKV),
    "GPTNeoX": ({key: value for key, value in SIZES.items() if key != "num_key_value_heads"}, FUSED),
    "Phi": (SIZES, QKV),
    "Phi3": (SIZES, ["qkv_proj"]),
    "Falcon": (SIZES, FUSED),
    "OPT": ({**SIZES, "ffn_dim": 64, "word_embed_proj_dim": 32, "init_std": 0.3}, QKV),
    "SmolLM3": (SIZES, QKV),
    "Glm4": ({**SIZES, **NARROW}, QKV),
    "Olmo2": (SIZES, QKV),
}
FALLING_BACK = {
    # ALiBi counts places in the row.
    "Bloom": ({**OLD, "hidden_size": 32}, FUSED, "cached", NOT_TAKEN),
    "Falcon alibi": ({**SIZES, "alibi": True}, FUSED, "cached", NOT_TAKEN),
    "Mpt": ({"d_model": 32, "n_layers": 2, "n_heads": 4, "initializer_range": 0.3}, ["Wqkv"], "cached", "differ by"),
    "GPTNeo": (
        {"hidden_size": 32, "num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]]},
        QKV,
        "cached",
        f"{NO_MASK} (local)",
    ),
    "Qwen3Next": (
        {**SIZES, **NARROW, **MIXTURE, **LINEAR, "shared_expert_intermediate_size": 32},
        QKV,
        "cached",
        f"{NO_MASK} (linear_attention)",
    ),
    "FalconH1": ({**SIZES, **NARROW, **STATE_SPACE, "mamba_d_ssm": 64}, QKV, "cached", f"{NO_MASK} (hybrid)"),
    "Lfm2": ({**SIZES, "layer_types": ["conv", "full_attention"]}, QKV, "cached", f"{NO_MASK} (conv)"),
    "Mamba": ({"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8}, ["in_proj"], "flat", ALONE),
    # Going on from its cache gives other answers than reading at once does.
    "Bamba": ({**SIZES, **STATE_SPACE, "attn_layer_indices": [1]}, QKV, "flat", ALONE),
    "RecurrentGemma": ({**SIZES, "lru_width": 32, "num_hidden_layers": 3}, QKV, "flat", ALONE),
}

IN_HALF = {
    "bfloat16": (
        *(
            "Llama",
            "Qwen2",
            "Qwen3",
            "Mistral short window",
            "Gemma2",
            "Gemma2 short window",
            "Gemma3Text short window",
        ),
        *("GPT2", "Phi", "Falcon", "Falcon alibi", "Bloom", "Mamba"),
    ),
    "float16": ("Llama", "Mistral short window", "Gemma3Text short window", "GPT2", "Bloom", "Mamba"),
}


@pytest.fixture(scope="module")
def vocabulary(make_tokenizer):
    return make_tokenizer()


def _assert_answers_are_the_flat_ones(name, sizes, path, reason, targets, fixtures):
    write_base, vocabulary, make_backbone, read_by, make_chat, make_trees, naive, joined = fixtures
    config = getattr(transformers, f"{name.split()[0]}Config")(**sizes)
    backbone = make_backbone(write_base(config, vocabulary), max_tokens=160)
    trees = make_trees([make_chat(2), make_chat(3)], backbone)
    assert len(pack_row([backbone.tokenizer.tokenise(tree) for tree in trees])) > 200
    expected = joined(naive(backbone, trees))
    assert expected.std() > 0.1
    assert backbone.path == path
    assert reason in backbone.path_reason
    assert bool(reason) == bool(backbone.path_reason)
    scores = joined(backbone.option_scores(trees))
    np.testing.assert_allclose(scores, expected, atol=5e-4, rtol=0)
    np.testing.assert_allclose(joined(read_by(backbone, packing="flat").option_scores(trees)), scores, atol=5e-4)
    # Trunks as long as they may be, and rows that hold less than a tree.
    longer = make_trees([make_chat(9)], backbone)
    whole = joined(read_by(backbone, packing="flat").option_scores(longer))
    for row_tokens in (8192, 60):
        short = joined(read_by(backbone, packing=path, row_tokens=row_tokens).option_scores(longer))
        np.testing.assert_allclose(short, whole, atol=5e-4, rtol=0)
    assert check_targets(backbone.model, ()) == targets


@pytest.fixture
def fixtures(write_base, vocabulary, make_backbone, read_by, make_chat, make_trees, naive, joined):
    return write_base, vocabulary, make_backbone, read_by, make_chat, make_trees, naive, joined


@pytest.mark.parametrize("name", PACKED)
def test_it_packs(name, fixtures):
    sizes, targets = PACKED[name]
    _assert_answers_are_the_flat_ones(name, sizes, "packed", "", targets, fixtures)


@pytest.mark.parametrize("name", FALLING_BACK)
def test_it_falls_back_and_says_why(name, fixtures):
    sizes, targets, path, reason = FALLING_BACK[name]
    _assert_answers_are_the_flat_ones(name, sizes, path, reason, targets, fixtures)


@pytest.mark.parametrize(("dtype", "name"), [(dtype, name) for dtype, names in IN_HALF.items() for name in names])
def test_it_is_read_by_the_same_path_in_half_precision(name, dtype, write_base, vocabulary, make_backbone):
    sizes, _, path, reason = FALLING_BACK[name] if name in FALLING_BACK else (*PACKED[name], "packed", "")
    config = getattr(transformers, f"{name.split()[0]}Config")(**sizes)
    backbone = make_backbone(write_base(config, vocabulary), max_tokens=160, dtype=dtype)
    assert str(backbone.model.dtype) == f"torch.{dtype}"
    assert backbone.path == path
    assert reason in backbone.path_reason
    assert bool(reason) == bool(backbone.path_reason)
