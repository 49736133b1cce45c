"""What transformers, bitsandbytes and the families of models keep to themselves, and this package needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask


def attention_of(model: Any) -> str:
    """Returns the name of a model's attention, such as `sdpa`; empty where it has none to choose."""
    return str(getattr(model.config.get_text_config(), "_attn_implementation", None) or "")


def attend_by_sdpa(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """Returns what a layer's attention gives by torch's fused function. Shape: [B, T, heads, D]."""
    attended: tuple[Tensor, None] = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    return attended


def register_attention(name: str, forward: Callable[..., Any]) -> None:
    """Lets models be told to attend by `forward`, which is given the masks that SDPA is given."""
    AttentionInterface.register(name, forward)
    AttentionMaskInterface.register(name, sdpa_mask)


def set_attention(model: Any, name: str) -> bool:
    """Makes a model attend by a registered function; says whether it lets itself be told so."""
    try:
        model.set_attn_implementation(name)
    except (ValueError, ImportError, AttributeError):
        return False
    return True


@contextmanager
def forward_by(module: Any, forward: Callable[..., Any]) -> Iterator[None]:
    """Runs another forward in place of a module's own; hooks on the module stay."""
    vars(module)["forward"] = forward
    try:
        yield
    finally:
        del module.forward


def is_patched(module: Any) -> bool:
    """Returns whether a module runs another forward than its class's, as what spreads a model over devices makes it."""
    return "forward" in vars(module)


def read_by_position(model: Any) -> list[Any]:
    """Returns the last layer's modules whose output at a position matters there alone: not its keys and values.

    None where a model's modules are not known by name. One that is patched already is left out.

    Args:
        model: a causal language model, perhaps wrapped.
    """
    while hasattr(model, "module"):
        model = model.module
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    layers = getattr(getattr(base, "model", None), "layers", None)
    if not isinstance(layers, torch.nn.ModuleList) or len(layers) == 0:
        return []
    attention = getattr(layers[-1], "self_attn", None)
    named = [getattr(layers[-1], "mlp", None), *(getattr(attention, name, None) for name in ("q_proj", "o_proj"))]
    return [module for module in named if isinstance(module, torch.nn.Module) and not is_patched(module)]


def run_deberta(encoder: Any, inputs: dict[str, Tensor], mask: Tensor) -> Tensor:
    """Returns the last hidden states of a DeBERTa: its embeddings take a mask of padding alone, its layers any mask."""
    output = encoder.encoder(encoder.embeddings(**inputs), mask, output_hidden_states=False)
    states: Tensor = output.last_hidden_state
    return states


@contextmanager
def without_gguf_bar() -> Iterator[None]:
    """Keeps back the progress bar that transformers draws as it reads a GGUF file, whatever its settings say."""
    from transformers import modeling_gguf_pytorch_utils

    reading: Any = modeling_gguf_pytorch_utils
    bar = reading.tqdm
    reading.tqdm = partial(bar, disable=True)
    try:
        yield
    finally:
        reading.tqdm = bar


def gguf_architectures() -> Collection[str]:
    """Returns the architectures that transformers reads from GGUF files."""
    from transformers.integrations.ggml import GGUF_CONFIG_MAPPING

    return sorted(GGUF_CONFIG_MAPPING)


def forget_quantisation(model: Any) -> Any:
    """Returns a model that was dequantised, without what says that it is quantised: it is saved and trained as any."""
    for name in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(model.config, name):
            delattr(model.config, name)
    model.hf_quantizer = None
    for name in ("is_quantized", "quantization_method"):
        vars(model).pop(name, None)
    return model


def keep_trainable(model: Any) -> Any:
    """Returns a model in 4 bits that gradients flow through after scoring on a CPU, which changes the weights' form."""
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    return model


def sample_by(trainer: Any, sampler: Callable[..., Any]) -> None:
    """Makes a transformers `Trainer` draw its training items by what `sampler` returns."""
    trainer._get_train_sampler = sampler


def write_tensorboard_into(trainer: Any, folder: Path) -> None:
    """Makes a transformers `Trainer` write for TensorBoard into `folder`, unless the environment names another."""
    from transformers.integrations.integration_utils import TensorBoardCallback

    for callback in trainer.callback_handler.callbacks:
        if isinstance(callback, TensorBoardCallback) and callback.logging_dir is None:
            callback.logging_dir = str(folder)
