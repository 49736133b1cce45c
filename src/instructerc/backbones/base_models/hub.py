"""Weights and tokenizers by name or file; by default nothing that could run code of others is loaded."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoTokenizer, BitsAndBytesConfig
from transformers.utils import logging

from instructerc.backbones.base_models.gguf_files import check_gguf, gguf_fault, is_gguf
from instructerc.backbones.base_models.weights import resolve_base
from instructerc.backbones.options import BackboneOptions
from instructerc.compat.transformers_models import forget_quantisation, keep_trainable, without_gguf_bar
from instructerc.errors import MissingExtra, ModelError, one_line


def device() -> torch.device:
    """Returns the device that models run on."""
    return torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")


def load_config(options: BackboneOptions) -> Any:
    """Returns the configuration of a base model.

    Raises:
        ModelError: it cannot be found or read.
    """
    return _guarded(AutoConfig.from_pretrained, options.base, options)


def load_tokenizer(options: BackboneOptions, where: str | None = None) -> Any:
    """Returns the tokenizer of a base model.

    Args:
        options: how.
        where: what it is loaded from, if not from the base.

    Raises:
        ModelError: it cannot be found or read.
    """
    return _guarded(AutoTokenizer.from_pretrained, where or options.base, options)


def load_weights(kind: Any, options: BackboneOptions, where: str | None = None) -> Any:
    """Returns a model with its weights, on the device.

    Args:
        kind: a transformers class such as `AutoModelForCausalLM`.
        options: the base and how it is loaded.
        where: what they are loaded from, if not from the base.

    Raises:
        ModelError: weights that cannot be found or read, or that are pickles though these were not asked for.
        MissingExtra: 4-bit weights without bitsandbytes, or a GGUF file without what reads it.
    """
    name = where or options.base
    _refuse_pickles(name, options)
    if is_gguf(name) and options.quantisation != "none":
        raise ModelError(
            f"{name} is a GGUF file, which is dequantised as it is loaded; set quantisation: none, or give a folder of "
            "safetensors for nf4"
        )
    more: dict[str, Any] = {
        "dtype": getattr(torch, options.dtype),
        "use_safetensors": None if options.pickle_weights else True,
        # Left open, it is sdpa where the model has that; asked for, it is an error where the model has not.
        "attn_implementation": None if options.attention == "sdpa" else options.attention,
    }
    if options.quantisation == "nf4":
        try:
            import bitsandbytes  # noqa: F401
        except ModuleNotFoundError as error:
            raise MissingExtra("quantisation: nf4", "qlora") from error
        more["quantization_config"] = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=getattr(torch, options.dtype),
            bnb_4bit_quant_storage=getattr(torch, options.dtype),
        )
        more["device_map"] = {"": device()}
    model = _guarded(kind.from_pretrained, name, options, **more)
    # Not the folder that it is read from: an adapter's file says what base it is for.
    model.name_or_path = name
    if options.quantisation == "none":
        return _moved(forget_quantisation(model) if is_gguf(name) else model, name)
    return keep_trainable(model)


def _moved(model: Any, name: str) -> Any:
    try:
        return model.to(device())
    except torch.OutOfMemoryError as error:
        raise ModelError(
            f"base model {name!r} does not fit into the memory of {device()}; "
            "load it in bfloat16 or float16 (--dtype; backbone.dtype in a recipe), set quantisation: nf4 in a recipe, "
            "or choose a smaller model"
        ) from error


def _refuse_pickles(name: str, options: BackboneOptions) -> None:
    folder = Path(name)
    if options.pickle_weights or not folder.is_dir():
        return
    files = [path.name for path in folder.iterdir()]
    pickles = sorted(file for file in files if file.endswith((".bin", ".pt", ".pth", ".ckpt")))
    if pickles and not any(file.endswith(".safetensors") for file in files):
        raise ModelError(
            f"{name} has its weights as pickle only ({pickles[0]}), and a pickle can run code; "
            "convert them to safetensors, or set backbone.pickle_weights: true if you trust them"
        )


def _guarded(load: Any, name: str, options: BackboneOptions, **more: Any) -> Any:
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    where = resolve_base(name)
    if is_gguf(name):
        check_gguf(Path(name))
        where, more = str(Path(name).parent), {**more, "gguf_file": Path(name).name}
    try:
        with without_gguf_bar() if is_gguf(name) else nullcontext():
            return load(where, trust_remote_code=options.trust_remote_code, revision=options.revision or "main", **more)
    except MissingExtra:
        raise
    except Exception as error:
        reason = one_line(error)
        if is_gguf(name):
            raise gguf_fault(Path(name), reason) from error
        if "trust_remote_code" in reason:
            reason = "it contains its own Python code; set backbone.trust_remote_code: true if you trust it"
        raise ModelError(f"base model {name!r}: {reason[:400]}") from error
