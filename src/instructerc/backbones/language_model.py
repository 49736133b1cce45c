"""What the backbones that read whole prompts share: model folders, questions one by one, and memory that runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from instructerc.backbones.adapters import AdapterOptions, add_adapter, load_adapter
from instructerc.backbones.base import FloatArray
from instructerc.backbones.causal import CausalOptions, halves, read_options, write_options
from instructerc.backbones.hub import load_tokenizer, load_weights
from instructerc.backbones.llm_tokenizer import PromptTokenizer
from instructerc.backbones.packing_check import is_out_of_memory
from instructerc.prompts import History
from instructerc.prompts.rows import Leaves, TokenisedTree


def start_model(
    kind: Any, options: CausalOptions, adapter: AdapterOptions | None, task: str
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


def read_model(kind: Any, folder: Path) -> tuple[Any, PromptTokenizer, CausalOptions, History]:
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
    options: CausalOptions,
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
        model.save_pretrained(folder / "adapter", state_dict=state)
    elif any(parameter.requires_grad for parameter in model.parameters()):
        model.save_pretrained(folder / "model", state_dict=state)


def _prompt_tokenizer(tokenizer: Any, options: CausalOptions) -> PromptTokenizer:
    return PromptTokenizer(tokenizer, options.max_tokens, chat=options.chat, end_token=options.end_token)


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Runs what is inside without dropout and gradients; the model is then in the mode that it was in."""
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(training)


def single_questions(tree: TokenisedTree) -> list[TokenisedTree]:
    """Returns a tree for each question, with as much trunk as it sees."""
    return [TokenisedTree(tree.trunk[: one.after + 1], (one,)) for one in tree.questions]


def length_groups(lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Returns which rows share a padded batch: longest first, each batch of at most `batch_tokens`, or one row."""
    groups: list[list[int]] = []
    width = 0
    for index in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        if not groups or (len(groups[-1]) + 1) * width > batch_tokens:
            groups.append([])
            width = lengths[index]
        groups[-1].append(index)
    return groups


def score_in_parts(
    run: Callable[[Sequence[TokenisedTree]], tuple[FloatArray, Leaves]],
    trees: Sequence[TokenisedTree],
    numbers: Sequence[int],
    scores: Sequence[Sequence[FloatArray]],
    length_normalised: bool = False,
) -> None:
    """Writes the scores of a row's questions to their places; halves the row where memory does not hold it.

    Args:
        run: gives the log-probability of each option of a row, and what it belongs to.
        trees: the trees of the row.
        numbers: index in `scores` of each of them.
        scores: for each tree and question, an array over its options.
        length_normalised: whether an option's score is a mean over its tokens.

    Raises:
        ModelError: memory does not hold a single question.
    """
    found: tuple[FloatArray, Leaves] | None = None
    try:
        found = run(trees)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    # Outside of `except`, whose error would keep the row's tensors in memory.
    if found is None:
        for part, some in halves(trees, numbers):
            score_in_parts(run, part, some, scores, length_normalised)
        return
    values, leaves = found
    if length_normalised:
        values = np.divide(values, leaves.length, dtype=np.float32)
    for value, tree, question, option in zip(values, leaves.tree, leaves.question, leaves.number, strict=True):
        scores[numbers[tree]][question][option] = value
