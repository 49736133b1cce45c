"""What transformers and its models keep to themselves is still there, and still does what it did."""

from __future__ import annotations

import inspect
from importlib import metadata, util
from types import SimpleNamespace

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    DebertaV2Config,
    DebertaV2Model,
    LlamaConfig,
    MPNetConfig,
    MPNetModel,
    Trainer,
    modeling_gguf_pytorch_utils,
)
from transformers.integrations.integration_utils import TensorBoardCallback
from transformers.models.mpnet import modeling_mpnet

from instructerc.compat import transformers_models as compat
from instructerc.compat.mpnet import relative_bias, use_explicit_positions

VERSIONS = {name: metadata.version(name) for name in ("torch", "transformers")}


@pytest.fixture
def llama():
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
    )
    return AutoModelForCausalLM.from_config(config).eval()


def test_a_model_names_its_attention_and_can_be_told_another(llama):
    assert compat.attention_of(llama) == "sdpa", f"models name their attention otherwise: {VERSIONS}"
    assert compat.set_attention(llama, "eager")
    assert compat.attention_of(llama) == "eager"
    assert not compat.set_attention(llama, "no such attention")


def test_a_registered_attention_is_given_the_masks_of_sdpa(llama):
    given = []

    def attention(module, query, key, value, attention_mask, **options):
        given.append(attention_mask)
        return compat.attend_by_sdpa(module, query, key, value, attention_mask, **options)

    ids = torch.tensor([[1, 2, 3, 4]])
    mask = torch.ones(1, 1, 4, 4, dtype=torch.bool).tril()
    with torch.inference_mode():
        expected = llama(input_ids=ids, attention_mask=mask, use_cache=False).logits
        compat.register_attention("canary", attention)
        assert compat.set_attention(llama, "canary"), f"registered attention is not taken: {VERSIONS}"
        found = llama(input_ids=ids, attention_mask=mask, use_cache=False).logits
    assert len(given) == 2
    # The very mask that was handed in: row by row, blocks are found by it.
    assert all(one is not None and one.data_ptr() == mask.data_ptr() for one in given)
    torch.testing.assert_close(found, expected)


def test_another_forward_runs_until_it_is_taken_back(llama):
    head = llama.get_output_embeddings()
    with compat.forward_by(head, lambda states: states):
        assert compat.is_patched(head)
        assert llama(input_ids=torch.tensor([[1, 2]])).logits.shape == (1, 2, 16)
    assert not compat.is_patched(head)
    assert llama(input_ids=torch.tensor([[1, 2]])).logits.shape == (1, 2, 50)


def test_the_last_layer_s_modules_are_found_by_name(llama):
    last = llama.model.layers[-1]
    expected = [last.mlp, last.self_attn.q_proj, last.self_attn.o_proj]
    assert compat.read_by_position(llama) == expected, f"Llama's modules have other names: {VERSIONS}"
    with compat.forward_by(last.mlp, lambda states: states):
        assert compat.read_by_position(llama) == expected[1:]
    assert compat.read_by_position(torch.nn.Linear(2, 2)) == []


def test_deberta_s_layers_take_a_mask_that_its_embeddings_do_not():
    torch.manual_seed(0)
    size = {"vocab_size": 40, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
    model = DebertaV2Model(DebertaV2Config(**size, num_attention_heads=2)).eval()
    ids = torch.tensor([[3, 4, 5, 6]])
    inputs = {"input_ids": ids, "position_ids": torch.arange(4)[None]}
    with torch.inference_mode():
        whole = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        torch.testing.assert_close(compat.run_deberta(model, inputs, torch.ones(1, 1, 4, 4, dtype=torch.bool)), whole)
        alone = compat.run_deberta(model, inputs, torch.ones(1, 1, 4, 4, dtype=torch.bool).tril())
    assert not torch.allclose(alone[:, 0], whole[:, 0])


def test_mpnet_computes_its_bias_where_it_is_replaced():
    wanted = "compute_position_bias(hidden_states)"
    assert wanted in inspect.getsource(modeling_mpnet.MPNetEncoder.forward), (
        f"MPNet's bias is made elsewhere: {VERSIONS}"
    )
    parts = {"q", "k", "v", "o", "num_attention_heads", "attention_head_size", "dropout"}
    torch.manual_seed(0)
    size = {"vocab_size": 40, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
    model = MPNetModel(MPNetConfig(**size, num_attention_heads=2), add_pooling_layer=False).eval()
    attention = model.encoder.layer[0].attention.attn
    assert all(hasattr(attention, name) for name in parts), f"MPNet's attention has other parts: {VERSIONS}"
    ids = torch.tensor([[3, 4, 5, 6]])
    with torch.inference_mode():
        own = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        use_explicit_positions(model)
        mask = torch.ones(1, 1, 4, 4, dtype=torch.bool)
        positions = torch.arange(4)[None]
        found = model(input_ids=ids, attention_mask=mask, position_ids=positions + 2).last_hidden_state
    torch.testing.assert_close(found, own, atol=1e-5, rtol=1e-5)
    assert relative_bias(model, 5).shape == (9, 2)


def test_gguf_files_are_read_under_a_bar_that_can_be_kept_back(capsys):
    reading = "load_gguf_checkpoint"
    assert "in tqdm(" in inspect.getsource(getattr(modeling_gguf_pytorch_utils, reading)), f"no such bar: {VERSIONS}"
    with compat.without_gguf_bar():
        assert list(modeling_gguf_pytorch_utils.tqdm(range(3))) == [0, 1, 2]
    assert capsys.readouterr().err == ""
    assert {"llama", "gemma3"} <= set(compat.gguf_architectures())


def test_a_dequantised_model_is_told_by_what_is_taken_off(llama):
    llama.config.quantization_config, llama.config._pre_quantization_dtype = {}, torch.float32
    llama.hf_quantizer, llama.is_quantized, llama.quantization_method = object(), True, "gguf"
    forgotten = compat.forget_quantisation(llama)
    assert forgotten.hf_quantizer is None
    assert not hasattr(forgotten.config, "quantization_config")
    assert not {"is_quantized", "quantization_method"} & set(vars(forgotten))


@pytest.mark.skipif(util.find_spec("bitsandbytes") is None, reason="needs bitsandbytes")
def test_layers_in_4_bits_say_by_an_attribute_whether_they_change_form():
    from bitsandbytes.nn import Linear4bit

    layer = Linear4bit(64, 64)
    assert hasattr(layer, "support_avx512bf16_for_cpu"), "bitsandbytes names it otherwise: trainings after scoring fail"
    layer.support_avx512bf16_for_cpu = True
    compat.keep_trainable(torch.nn.Sequential(layer))
    assert not layer.support_avx512bf16_for_cpu


def test_the_trainer_asks_one_method_for_its_sampler():
    assert "sampler_fn=self._get_train_sampler" in inspect.getsource(Trainer.get_train_dataloader), VERSIONS

    class Stub:
        pass

    stub = Stub()
    compat.sample_by(stub, list)
    assert stub._get_train_sampler is list


def test_tensorboard_writes_where_its_callback_is_told_to(tmp_path):
    source = inspect.getsource(TensorBoardCallback)
    assert "self._SummaryWriter(log_dir=self.logging_dir)" in source, (
        f"the writer's folder is set elsewhere: {VERSIONS}"
    )
    assert "self.callback_handler = CallbackHandler(" in inspect.getsource(Trainer.__init__), VERSIONS
    # Made without its program, which need not be installed.
    callbacks = [object.__new__(TensorBoardCallback) for _ in range(2)]
    callbacks[0].logging_dir, callbacks[1].logging_dir = None, "elsewhere"
    compat.write_tensorboard_into(SimpleNamespace(callback_handler=SimpleNamespace(callbacks=callbacks)), tmp_path)
    assert [callback.logging_dir for callback in callbacks] == [str(tmp_path), "elsewhere"]
