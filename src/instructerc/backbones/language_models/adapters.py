"""Adapters of PEFT: what of a language model is trained."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from instructerc.backbones.options import AdapterOptions
from instructerc.errors import MissingExtra, ModelError, did_you_mean, one_line

# Query, key and value projections by the names that architectures give them; the first group that is found is taken.
_ATTENTION = (
    ("q_proj", "k_proj", "v_proj"),
    ("query_key_value",),
    ("qkv_proj",),
    ("Wqkv",),
    ("c_attn",),
    ("q", "k", "v"),
    ("query", "key", "value"),
    ("W_pack",),
    # PEFT refuses the output projection of state-space models.
    ("in_proj",),
)


def add_adapter(model: Any, options: AdapterOptions, task: str = "CAUSAL_LM") -> Any:
    """Returns the model with a new adapter on it; the model itself for `full`.

    Raises:
        ModelError: a target that the model does not have, or a method that it cannot be trained by.
        MissingExtra: peft is not installed.
    """
    if options.method == "full":
        if getattr(model, "is_loaded_in_4bit", False):
            raise ModelError(
                "adapter.method full trains all weights, but 4-bit weights cannot be trained; "
                "choose lora, or quantisation: none"
            )
        return model.requires_grad_(True)
    peft = _peft()
    config = _adapter_config(model, options, task)
    model = _prepared(model)
    try:
        with _quiet():
            return peft.get_peft_model(model, config)
    except (ValueError, NotImplementedError) as error:
        reason = one_line(error, 300)
        raise ModelError(f"adapter.method {options.method} does not fit this model: {reason}") from error


def _adapter_config(model: Any, options: AdapterOptions, task: str) -> Any:
    """Returns PEFT's settings of a new adapter."""
    peft = _peft()
    if options.method == "prefix":
        return peft.PrefixTuningConfig(task_type=task, num_virtual_tokens=options.virtual_tokens)
    targets = check_targets(model, options.targets)
    # GPT-2 keeps its weights the other way round.
    turned = any(
        type(part).__name__ == "Conv1D" and name.split(".")[-1] in targets for name, part in model.named_modules()
    )
    if options.method == "ia3":
        return peft.IA3Config(task_type=task, target_modules=targets, feedforward_modules=[], fan_in_fan_out=turned)
    return peft.LoraConfig(
        task_type=task,
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules=targets,
        use_dora=options.method == "dora",
        fan_in_fan_out=turned,
        bias="none",
    )


def _prepared(model: Any) -> Any:
    """Returns the model as adapters are trained on it: with what is not in 4 bits in float32, where some is."""
    if not getattr(model, "is_loaded_in_4bit", False):
        return model
    return _peft().prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)


def load_adapter(model: Any, folder: Path, trainable: bool = True) -> Any:
    """Returns the model with the adapter that a folder holds.

    Raises:
        ModelError: an adapter that is damaged, or of another base model.
        MissingExtra: peft is not installed.
    """
    peft = _peft()
    if not (folder / "adapter_model.safetensors").is_file():
        raise ModelError(f"{folder} has no adapter_model.safetensors; adapters are read only as safetensors")
    try:
        with _quiet():
            # PEFT warns about keys that do not fit and continues; an incomplete adapter is an error here.
            warnings.filterwarnings("error", message=".*[Mm]issing adapter keys.*")
            config = peft.PeftConfig.from_pretrained(str(folder))
            # PEFT refuses to load virtual tokens for training, and leaves them trainable all the same.
            more = {"config": config, "is_trainable": trainable and not config.is_prompt_learning}
            return peft.PeftModel.from_pretrained(_prepared(model), str(folder), use_safetensors=True, **more)
    except Exception as error:
        reason = one_line(error, 300)
        raise ModelError(f"the adapter in {folder} does not fit its base model: {reason}") from error


def check_targets(model: Any, targets: tuple[str, ...]) -> list[str]:
    """Returns the modules that an adapter goes on: those that are asked for, else query, key and value.

    Raises:
        ModelError: a name that no linear module of the model has, or a model whose attention is not known.
    """
    names = sorted({name.split(".")[-1] for name, module in model.named_modules() if _is_linear(module)})
    for target in targets:
        if target not in names:
            raise ModelError(
                f"adapter target {target!r} is not a linear module of this model{did_you_mean(target, names)}; "
                f"it has {', '.join(names)}"
            )
    if targets:
        return list(targets)
    for group in _ATTENTION:
        if set(group) <= set(names):
            return list(group)
    raise ModelError(
        f"this model's query, key and value modules have unknown names; choose adapter.targets from {', '.join(names)}"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps back what PEFT's use of a name that transformers has renamed makes it say."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
        yield


def _is_linear(module: Any) -> bool:
    weight = getattr(module, "weight", None)
    named = "Linear" in type(module).__name__ or type(module).__name__ == "Conv1D"
    return named and weight is not None


def _peft() -> Any:
    try:
        import peft
    except ModuleNotFoundError as error:
        raise MissingExtra("adapters of language models", "train") from error
    return peft
