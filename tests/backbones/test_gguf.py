"""GGUF files: a tiny Llama written as one is read, trained on and saved; clear words for every fault."""

from __future__ import annotations

import numpy as np
import pytest
from transformers import AutoModelForCausalLM

from instructerc.backbones import gguf_files
from instructerc.backbones.hub import LoadOptions, load_config, load_weights
from instructerc.errors import MissingExtra, ModelError

gguf = pytest.importorskip("gguf")
HIDDEN, WORDS = 32, 8


def _write(path, architecture="llama"):
    """Writes a Llama of one layer, float32, without a tokenizer."""
    writer = gguf.GGUFWriter(str(path), architecture)
    for name, value in (
        ("context_length", 64),
        ("embedding_length", HIDDEN),
        ("block_count", 1),
        ("feed_forward_length", HIDDEN),
        ("attention.head_count", 2),
        ("attention.head_count_kv", 2),
        ("vocab_size", WORDS),
    ):
        writer.add_uint32(f"{architecture}.{name}", value)
    writer.add_float32(f"{architecture}.attention.layer_norm_rms_epsilon", 1e-5)
    numbers = np.random.default_rng(0)
    square = [
        f"blk.0.{name}" for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    ]
    shapes = {f"{name}.weight": (HIDDEN, HIDDEN) for name in square}
    shapes |= {f"{name}.weight": (WORDS, HIDDEN) for name in ("token_embd", "output")}
    shapes |= {f"{name}.weight": (HIDDEN,) for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")}
    for name, shape in shapes.items():
        writer.add_tensor(name, numbers.normal(size=shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_a_file_is_read_and_saved_as_any_model(tmp_path):
    _write(tmp_path / "tiny.gguf")
    name = str(tmp_path / "tiny.gguf")
    assert load_config(name, LoadOptions()).hidden_size == HIDDEN
    model = load_weights(AutoModelForCausalLM, name, LoadOptions())
    model.save_pretrained(tmp_path / "saved")
    again = load_weights(AutoModelForCausalLM, str(tmp_path / "saved"), LoadOptions())
    assert not hasattr(again.config, "quantization_config")
    assert all((value == again.state_dict()[key]).all() for key, value in model.state_dict().items())


def _fails(path, words):
    with pytest.raises(ModelError, match=words):
        load_config(str(path), LoadOptions())


def test_each_fault_has_its_words(tmp_path):
    _fails(tmp_path / "none.gguf", "there is no file")
    (tmp_path / "text.gguf").write_text("GPT")
    _fails(tmp_path / "text.gguf", "not a GGUF file")
    _write(tmp_path / "tiny.gguf")
    (tmp_path / "cut.gguf").write_bytes((tmp_path / "tiny.gguf").read_bytes()[:-5000])
    _fails(tmp_path / "cut.gguf", "damaged or cut short")
    _write(tmp_path / "other.gguf", "unheard-of")
    _fails(tmp_path / "other.gguf", "architecture 'unheard-of'")
    with pytest.raises(ModelError, match="set quantisation: none"):
        load_weights(AutoModelForCausalLM, str(tmp_path / "tiny.gguf"), LoadOptions(quantisation="nf4"))


def test_the_extra_is_named(tmp_path, monkeypatch):
    _write(tmp_path / "tiny.gguf")
    monkeypatch.setattr(gguf_files, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"instructerc\[gguf\]"):
        load_config(str(tmp_path / "tiny.gguf"), LoadOptions())
