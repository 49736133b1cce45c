"""Encoders of every family are read at their own positions, utterance-causally; one that cannot be is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import (
    AutoModel,
    AutoTokenizer,
    BertConfig,
    CamembertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    FNetConfig,
    LongformerConfig,
    ModernBertConfig,
    MPNetConfig,
    RobertaConfig,
    T5Config,
    XLMRobertaConfig,
    XLNetConfig,
)

from instructerc.backbones.encoders.check import check_encoder
from instructerc.backbones.encoders.encoder import EncoderBackbone, _without_pooler
from instructerc.backbones.encoders.encoder_model import EncoderModel
from instructerc.backbones.encoders.reading import EncoderReading, position_offset, readable_tokens
from instructerc.errors import ModelError

_SIZE: dict[str, Any] = {
    "vocab_size": 200,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 130,
}
_DEBERTA = {"relative_attention": True, "position_buckets": 16, "pos_att_type": ["p2c", "c2p"], "share_att_key": True}
_TOKENS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}
FAMILIES: dict[str, tuple[Any, int]] = {
    "bert": (BertConfig(**_SIZE), 0),
    "roberta": (RobertaConfig(**_SIZE), 2),
    "xlm-roberta": (XLMRobertaConfig(**_SIZE), 2),
    "camembert": (CamembertConfig(**_SIZE), 2),
    "mpnet": (MPNetConfig(**_SIZE), 2),
    "electra": (ElectraConfig(**_SIZE, embedding_size=16), 0),
    "deberta-v3": (
        DebertaV2Config(**_SIZE, **_DEBERTA, norm_rel_ebd="layer_norm", position_biased_input=False, type_vocab_size=0),
        0,
    ),
    "distilbert": (
        DistilBertConfig(vocab_size=200, dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=130),
        0,
    ),
    # A window shorter than the conversation: its layers that slide see eight positions.
    "modernbert": (ModernBertConfig(**_SIZE, **_TOKENS, local_attention=8, global_attn_every_n_layers=2), 0),
}
_NO_PLACES = "it has no max_position_embeddings"
UNSERVED: dict[str, tuple[Any, str]] = {
    # It takes a mask of padding alone.
    "longformer": (LongformerConfig(**_SIZE, attention_window=8), "cannot be read in packed rows: "),
    # It mixes all tokens, whatever the mask.
    "fnet": (
        FNetConfig(vocab_size=200, hidden_size=32, num_hidden_layers=2, intermediate_size=64),
        "lets a turn see later turns or padding",
    ),
    "t5": (T5Config(vocab_size=200, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4), _NO_PLACES),
    "xlnet": (XLNetConfig(vocab_size=200, d_model=32, n_layer=2, n_head=4, d_inner=64), _NO_PLACES),
}


def _encoder(family: str) -> Any:
    torch.manual_seed(0)
    return _without_pooler(AutoModel.from_config, FAMILIES[family][0]).eval()


@pytest.mark.parametrize("family", FAMILIES)
def test_one_utterance_has_the_models_own_states(family: str) -> None:
    encoder = _encoder(family)
    reading = EncoderReading(encoder)
    tokens = torch.randint(5, 200, (2, 11), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        # Asked before ours could have changed the model.
        own = _encoder(family)(input_ids=tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state
        positions = torch.arange(11).expand(2, -1)
        states = reading(encoder, tokens, positions, torch.ones(2, 1, 11, 11, dtype=torch.bool))
    torch.testing.assert_close(states, own, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_passes_the_check_when_it_is_loaded(family: str) -> None:
    encoder = _encoder(family)
    model = EncoderModel(encoder)
    check_encoder(encoder, model.reading, family)
    # DeBERTa counts tokens in the order in which they stand, so its branches get rows of their own.
    assert model.reading.order_is_position == (family == "deberta-v3")
    assert position_offset(encoder) == FAMILIES[family][1]
    assert readable_tokens(encoder) == 130 - FAMILIES[family][1]


class _ShiftedPositions(EncoderReading):
    def __call__(self, encoder: Any, token_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Tensor:
        return super().__call__(encoder, token_ids, position_ids + 1, visible)


class _SeesAll(EncoderReading):
    def __call__(self, encoder: Any, token_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Tensor:
        return super().__call__(encoder, token_ids, position_ids, torch.ones_like(visible))


class _SeesOwnTurn(EncoderReading):
    def __call__(self, encoder: Any, token_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Tensor:
        # What is seen both ways is of one turn.
        return super().__call__(encoder, token_ids, position_ids, visible & visible.transpose(-1, -2))


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (_ShiftedPositions, "different states for one turn"),
        (_SeesAll, "later turns"),
        (_SeesOwnTurn, "turns before it"),
    ],
)
@pytest.mark.parametrize("family", ["bert", "roberta", "mpnet"])
def test_a_wrong_reading_is_refused(family: str, reading: type[EncoderReading], words: str) -> None:
    encoder = _encoder(family)
    with pytest.raises(ModelError, match=f"(?s)'{family}'.*{words}"):
        check_encoder(encoder, reading(encoder), family)


@pytest.mark.parametrize("family", UNSERVED)
def test_a_family_that_cannot_be_served_is_refused_by_its_name(family: str, tiny_base: Path, tmp_path: Path) -> None:
    config, reason = UNSERVED[family]
    AutoModel.from_config(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny_base).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=f"{tmp_path.name}', an encoder of family '{family}', .*{reason}"):
        EncoderBackbone.from_base(str(tmp_path), 64)


def test_a_model_whose_tokenizer_marks_no_segments_is_refused_by_its_family(tiny_llm: Path) -> None:
    with pytest.raises(ModelError, match=r"of family 'llama', .*: its tokenizer has no cls_token and no sep_token"):
        EncoderBackbone.from_base(str(tiny_llm), 64)


def test_branches_out_of_order_are_noticed() -> None:
    encoder = _encoder("deberta-v3")
    reading = EncoderReading(encoder)
    reading.order_is_position = False
    check_encoder(encoder, reading, "deberta-v3")
    assert reading.order_is_position
