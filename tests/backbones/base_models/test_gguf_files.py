"""GGUF files as base models: the same weights and words as the folder they were made of, and clear errors."""

from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from instructerc.backbones.base_models import gguf_files
from instructerc.backbones.base_models.gguf_folder import write_folder
from instructerc.backbones.base_models.hub import load_tokenizer, load_weights
from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.backbones.options import AdapterOptions, BackboneOptions
from instructerc.errors import MissingExtra, ModelError

pytest.importorskip("gguf", reason="reads GGUF files: pip install 'instructerc[gguf]'")
TEMPLATE = "{% for m in messages %}<s>{{ m['role'] }}: {{ m['content'] }}</s>{% endfor %}assistant:"
_NAMES = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def _gguf_tensor(name, values, config):
    """Returns a tensor of a Llama as GGUF names and orders it."""
    if name == "model.embed_tokens.weight":
        return "token_embd.weight", values
    if name == "model.norm.weight":
        return "output_norm.weight", values
    if name == "lm_head.weight":
        return "output.weight", values
    _, _, layer, rest = name.split(".", 3)
    part = _NAMES[rest.removesuffix(".weight")]
    if part in ("attn_q", "attn_k"):
        heads = config.num_attention_heads if part == "attn_q" else config.num_key_value_heads
        shape = values.shape
        values = values.reshape(heads, 2, shape[0] // heads // 2, shape[1]).swapaxes(1, 2).reshape(shape)
    return f"blk.{layer}.{part}.weight", np.ascontiguousarray(values)


def _write(folder, path, architecture="llama"):
    """Writes the Llama in `folder`, byte-level tokenizer and a chat template as a GGUF file."""
    import gguf

    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config, words = model.config, json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("made up")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(config.vocab_size)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(sorted(words["vocab"], key=words["vocab"].get))
    writer.add_token_types([3 if number < 3 else 1 for number in range(len(words["vocab"]))])
    writer.add_token_merges([" ".join(pair) for pair in words["merges"]])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_chat_template(TEMPLATE)
    for name, values in model.state_dict().items():
        writer.add_tensor(*_gguf_tensor(name, values.numpy(), config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="module")
def file(llama, tmp_path_factory):
    """The random Llama as a GGUF file."""
    return _write(llama, tmp_path_factory.mktemp("gguf") / "tiny.gguf")


def test_the_weights_are_those_of_the_folder_it_was_made_of(file, llama):
    read, made_of = (_load(path) for path in (file, llama))
    weights = made_of.state_dict()
    assert read.state_dict().keys() == weights.keys()
    assert all(torch.equal(values, weights[name]) for name, values in read.state_dict().items())
    assert not hasattr(read.config, "quantization_config")
    assert _load(file, dtype="bfloat16").dtype == torch.bfloat16


def test_the_words_and_the_chat_template_are_the_files_own(file, llama):
    read, made_of = load_tokenizer(BackboneOptions(base=str(file))), AutoTokenizer.from_pretrained(llama)
    text = "who was that, then? it's joy"
    assert read(text, add_special_tokens=False)["input_ids"] == made_of(text, add_special_tokens=False)["input_ids"]
    assert read.chat_template == TEMPLATE
    assert (read.eos_token, read.bos_token) == ("</s>", "<s>")


def test_a_template_cannot_reach_python(file):
    tokenizer = load_tokenizer(BackboneOptions(base=str(file)))
    tokenizer.chat_template = "{{ messages.__class__.__mro__ }}"
    with pytest.raises(Exception, match="unsafe"):
        tokenizer.apply_chat_template([{"role": "user", "content": "hello"}], tokenize=False)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_what_is_trained_on_a_file_is_saved_and_comes_back(
    file, make_backbone, make_trees, chats, joined, shake, tmp_path, method
):
    backbone = make_backbone(file, AdapterOptions(method=method))
    trees = make_trees(chats, backbone)
    shake(backbone)
    expected = joined(backbone.score(trees))
    backbone.save(tmp_path / "model")
    again = CausalBackbone.load(tmp_path / "model")
    assert joined(again.score(trees)) == pytest.approx(expected, abs=1e-5)
    if method == "lora":
        merged = again.model.merge_and_unload()
        merged.save_pretrained(tmp_path / "merged")
        config = json.loads((tmp_path / "merged" / "config.json").read_text(encoding="utf-8"))
    else:
        config = json.loads((tmp_path / "model" / "model" / "config.json").read_text(encoding="utf-8"))
    assert "quantization_config" not in config


def test_a_folder_made_of_a_file_gives_the_same_answers(file, make_backbone, make_trees, chats, joined, tmp_path):
    write_folder(file, tmp_path / "folder")
    straight, made = make_backbone(file), make_backbone(tmp_path / "folder")
    trees = make_trees(chats, straight)
    assert (joined(made.score(trees)) == joined(straight.score(trees))).all()
    assert load_tokenizer(BackboneOptions(base=str(tmp_path / "folder"))).chat_template == TEMPLATE


def _load(path, **options):
    return load_weights(AutoModelForCausalLM, BackboneOptions(kind="causal", base=str(path), **options))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match=r"no such file: .*no\.gguf"):
        _load(tmp_path / "no.gguf")


def test_a_file_of_another_kind(tmp_path):
    (tmp_path / "not.gguf").write_bytes(b"PK\x03\x04 a zip")
    with pytest.raises(ModelError, match="is not a GGUF file"):
        _load(tmp_path / "not.gguf")


@pytest.mark.parametrize("share", [0.0001, 0.02, 0.5, 0.95])
def test_a_file_that_was_cut_short(file, tmp_path, share):
    whole = file.read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[: max(4, int(len(whole) * share))])
    with pytest.raises(ModelError, match=r"cut\.gguf is damaged or cut short"):
        _load(tmp_path / "cut.gguf")


def test_an_architecture_that_is_not_read(llama, tmp_path):
    _write(llama, tmp_path / "other.gguf", architecture="whistle")
    with pytest.raises(ModelError, match=r"architecture 'whistle'.* it reads .*llama"):
        _load(tmp_path / "other.gguf")


def test_four_bits_are_refused(file):
    with pytest.raises(ModelError, match="dequantised as it is loaded; set quantisation: none"):
        _load(file, quantisation="nf4")


def test_without_the_package_the_extra_is_named(file, monkeypatch):
    monkeypatch.setattr(gguf_files, "find_spec", lambda name: None if name == "gguf" else find_spec(name))
    with pytest.raises(MissingExtra, match="gguf"):
        _load(file)
