"""Language models from hub names and model folders, and back into folders: weights or adapter, tokenizer, settings."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from instructerc.backbones.base_models.hub import LoadOptions, check_consent, load_tokenizer, load_weights
from instructerc.backbones.language_models.adapters import AdapterOptions, add_adapter, load_adapter
from instructerc.backbones.language_models.tokenizer import PromptTokenizer
from instructerc.errors import ModelError
from instructerc.prompts import History

# The name is from the first kind of language model; folders of every kind have it.
FILE = "causal.json"


@dataclass(frozen=True)
class LanguageModelOptions:
    """How a language model is loaded and read.

    Attributes:
        base: hub name, folder or GGUF file of the base model, or a name out of a package.
        max_tokens: window of a prompt, in tokens.
        load: how the weights are loaded.
        chat: whether prompts go through the model's chat template.
        end_token: ends each option; the tokenizer's own where None.
        packing: `auto` packs where the model takes the mask; else the path that is taken.
        row_tokens: tokens of a packed row, and of a flat batch.
        length_normalised: whether an option's log-probability is a mean over its tokens, not their sum.
    """

    base: str
    max_tokens: int = 1024
    load: LoadOptions = field(default_factory=LoadOptions)
    chat: bool = False
    end_token: str | None = None
    packing: Literal["auto", "packed", "cached", "flat"] = "auto"
    row_tokens: int = 1024
    length_normalised: bool = False


def start_model(
    kind: Any, options: LanguageModelOptions, adapter: AdapterOptions | None, task: str
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
    tokenizer = load_tokenizer(options.base, options.load)
    model = load_weights(kind, options.base, options.load)
    model = add_adapter(model, adapter, task) if adapter else model.requires_grad_(False)
    return model, _prompt_tokenizer(tokenizer, options)


def read_model(kind: Any, folder: Path) -> tuple[Any, PromptTokenizer, LanguageModelOptions, History]:
    """Returns what `write_model` wrote, or a plain checkpoint with its settings beside it.

    Raises:
        ModelError: a file that is missing or damaged, or a base model that cannot be had.
    """
    options, history = read_options(folder)
    # An exported model has all its files side by side, as plain checkpoints do.
    merged = (folder / "config.json").is_file()
    tokenizer = load_tokenizer(str(folder if merged else folder / "tokenizer"), options.load)
    if merged or (folder / "model").is_dir():
        model = load_weights(kind, str(folder if merged else folder / "model"), options.load)
    else:
        model = load_weights(kind, options.base, options.load).requires_grad_(False)
        if (folder / "adapter").is_dir():
            model = load_adapter(model, folder / "adapter")
    return model, _prompt_tokenizer(tokenizer, options), options, history


def write_model(
    folder: Path,
    model: Any,
    tokenizer: PromptTokenizer,
    options: LanguageModelOptions,
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
        # No adapter here changes the vocabulary, and PEFT would ask the hub whether one did.
        model.save_pretrained(folder / "adapter", state_dict=state, save_embedding_layers=False)
    elif any(parameter.requires_grad for parameter in model.parameters()):
        model.save_pretrained(folder / "model", state_dict=state)


def _prompt_tokenizer(tokenizer: Any, options: LanguageModelOptions) -> PromptTokenizer:
    return PromptTokenizer(tokenizer, options.max_tokens, chat=options.chat, end_token=options.end_token)


def write_options(folder: Path, options: LanguageModelOptions, history: History) -> None:
    """Writes how the model is loaded and read into `folder`."""
    data = {"options": asdict(options), "history": asdict(history)}
    (folder / FILE).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def read_options(folder: Path) -> tuple[LanguageModelOptions, History]:
    """Returns what `write_options` wrote.

    Raises:
        ModelError: no such file, a damaged one, or one that asks for code or pickles that nobody agreed to.
    """
    try:
        data = json.loads((folder / FILE).read_text(encoding="utf-8"))
        load = LoadOptions(**data["options"].pop("load"))
        options, history = LanguageModelOptions(load=load, **data["options"]), History(**data["history"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"model folder {folder}: {FILE} is missing or damaged ({error})") from error
    check_consent(load, folder)
    return options, history
