"""Language models from hub names and model folders, and back into folders: weights or adapter, tokenizer, settings."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from instructerc.backbones.base_models.consent import check_consent
from instructerc.backbones.base_models.hub import load_tokenizer, load_weights
from instructerc.backbones.language_models.adapters import add_adapter, load_adapter
from instructerc.backbones.language_models.tokenizer import PromptTokenizer
from instructerc.backbones.options import AdapterOptions, BackboneOptions
from instructerc.compat.peft_models import save_adapter
from instructerc.errors import ModelError, reason_of
from instructerc.prompts import History

# What `KIND.json` says of the options, and of these what stands in it under `load`.
_READ = ("base", "max_tokens", "load", "chat", "end_token", "packing", "row_tokens", "length_normalised")
_LOAD = ("dtype", "quantisation", "trust_remote_code", "pickle_weights", "revision", "attention")
# Folders of every kind of language model had this file once.
_FIRST_FILE = "causal.json"


def start_model(
    kind: Any, options: BackboneOptions, adapter: AdapterOptions | None, task: str
) -> tuple[Any, PromptTokenizer]:
    """Returns base weights with a new adapter, or frozen where none is given, and their tokenizer.

    Args:
        kind: a transformers class such as `AutoModelForSeq2SeqLM`.
        options: how the model is loaded and read.
        adapter: what is trained.
        task: PEFT's name of the model's task.

    Raises:
        ModelError: weights or a tokenizer that cannot be used.
    """
    tokenizer = load_tokenizer(options)
    model = load_weights(kind, options)
    model = add_adapter(model, adapter, task) if adapter else model.requires_grad_(False)
    return model, _prompt_tokenizer(tokenizer, options)


def read_model(kind: Any, folder: Path, name: str) -> tuple[Any, PromptTokenizer, BackboneOptions, History]:
    """Returns what `write_model` wrote, or a plain checkpoint with its settings beside it.

    Args:
        kind: a transformers class such as `AutoModelForSeq2SeqLM`.
        folder: of the model.
        name: of the kind of backbone.

    Raises:
        ModelError: a file that is missing or damaged, or a base model that cannot be found.
    """
    options, history = read_options(folder, name)
    # An exported model has all its files side by side, as plain checkpoints do.
    merged = (folder / "config.json").is_file()
    tokenizer = load_tokenizer(options, str(folder if merged else folder / "tokenizer"))
    if merged or (folder / "model").is_dir():
        model = load_weights(kind, options, str(folder if merged else folder / "model"))
    else:
        model = load_weights(kind, options).requires_grad_(False)
        if (folder / "adapter").is_dir():
            model = load_adapter(model, folder / "adapter")
    return model, _prompt_tokenizer(tokenizer, options), options, history


def write_model(
    folder: Path,
    model: Any,
    tokenizer: PromptTokenizer,
    options: BackboneOptions,
    history: History,
    state: dict[str, Tensor] | None = None,
) -> None:
    """Writes the adapter in PEFT's format, or all weights where they are trained, with tokenizer and settings.

    An untouched base model is not copied: its name is written down.

    Args:
        folder: where to.
        model: the model, with its adapter.
        tokenizer: its tokenizer.
        options: how it is loaded and read.
        history: earlier turns that a target sees.
        state: all weights, where the model's own are spread over processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_options(folder, options, history)
    tokenizer.tokenizer.save_pretrained(folder / "tokenizer")
    if hasattr(model, "peft_config"):
        save_adapter(model, folder / "adapter", state)
    elif any(parameter.requires_grad for parameter in model.parameters()):
        model.save_pretrained(folder / "model", state_dict=state)


def _prompt_tokenizer(tokenizer: Any, options: BackboneOptions) -> PromptTokenizer:
    return PromptTokenizer(tokenizer, options.max_tokens, chat=options.chat, end_token=options.end_token)


def write_options(folder: Path, options: BackboneOptions, history: History) -> None:
    """Writes how the model is loaded and read into `folder`, as `KIND.json`."""
    every = options.model_dump(mode="json")
    every["load"] = {name: every[name] for name in _LOAD}
    data = {"options": {name: every[name] for name in _READ}, "history": asdict(history)}
    (folder / f"{options.kind}.json").write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def read_options(folder: Path, kind: str) -> tuple[BackboneOptions, History]:
    """Returns what `write_options` wrote for a kind of language model.

    Raises:
        ModelError: no such file, a damaged one, or one that asks for code or pickles that nobody agreed to.
    """
    file = f"{kind}.json"
    if not (folder / file).is_file() and (folder / _FIRST_FILE).is_file():
        file = _FIRST_FILE
    try:
        data = json.loads((folder / file).read_text(encoding="utf-8"))
        options = BackboneOptions(kind=kind, **data["options"].pop("load"), **data["options"])
        history = History(**data["history"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = reason_of(error)[:300]
        raise ModelError(f"model folder {folder}: {file} is missing or damaged ({reason})") from error
    check_consent(options, folder)
    return options, history
