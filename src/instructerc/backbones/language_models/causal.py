"""The `causal` backbone: any causal language model of Hugging Face, read through packed prompt trees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from transformers import AutoModelForCausalLM

from instructerc.backbones.base import FloatArray
from instructerc.backbones.batching import length_groups
from instructerc.backbones.language_models.block_attention import use_blocks
from instructerc.backbones.language_models.language_model import LanguageModelBackbone, single_questions
from instructerc.backbones.language_models.model_folder import start_model
from instructerc.backbones.language_models.packing_check import choose_path, context_window, inner_model, unpackable
from instructerc.backbones.language_models.row_scoring import (
    RowTensors,
    cached_log_probs,
    flat_tensors,
    leaf_log_probs,
    packed_for,
)
from instructerc.backbones.language_models.tokenizer import PromptTokenizer, check_window
from instructerc.backbones.options import AdapterOptions, BackboneOptions
from instructerc.errors import ModelError
from instructerc.prompts import History, PromptTree
from instructerc.prompts.rows import Leaves, TokenisedTree, fill_rows, flat_rows, pack_row, split_tree


class CausalBackbone(LanguageModelBackbone):
    """A causal language model with its tokenizer, as a backbone.

    Args:
        model: a transformers model, or a PEFT model around one.
        tokenizer: its tokenizer.
        history: earlier turns that a target sees.
        options: how it is read.

    Attributes:
        path: `packed`, or the fallback that the model needs.
        path_reason: why it is not `packed`; empty where it is.

    Raises:
        ModelError: `packed` is asked for of a model that cannot be read so.
    """

    kind = "causal"
    reads = AutoModelForCausalLM

    def __init__(self, model: Any, tokenizer: PromptTokenizer, history: History, options: BackboneOptions) -> None:
        super().__init__(model, tokenizer, history, options)
        in_blocks = use_blocks(inner_model(model))
        if options.packing == "auto":
            self.path, self.path_reason = choose_path(model, tokenizer.prefix, options.max_tokens, options.dtype)
            if self.path != "packed" and in_blocks:
                inner_model(model).set_attn_implementation("sdpa")
                self.path, self.path_reason = choose_path(model, tokenizer.prefix, options.max_tokens, options.dtype)
        else:
            fault = unpackable(model) if options.packing == "packed" else ""
            if fault:
                raise ModelError(
                    f"packing is 'packed', but packed rows of this model give different answers: {fault}; use auto"
                )
            self.path, self.path_reason = options.packing, "" if options.packing == "packed" else "asked for"

    @classmethod
    def from_base(
        cls, options: BackboneOptions, history: History, adapter: AdapterOptions | None = None
    ) -> CausalBackbone:
        """Returns an untrained backbone on base weights, with a new adapter where one is given.

        Raises:
            ModelError: weights or a tokenizer that cannot be used.
            InputError: a longer window than the model's.
        """
        model, tokenizer = start_model(cls.reads, options, adapter, "CAUSAL_LM")
        window = context_window(model)
        if window is not None and adapter is not None and adapter.method == "prefix":
            window -= adapter.virtual_tokens
        check_window(options.max_tokens, window, options.base)
        return cls(model, tokenizer, history, options)

    def _parts(self, tree: TokenisedTree, row_tokens: int, slack: float, training: bool) -> list[TokenisedTree]:
        if self.path == "packed":
            return split_tree(tree, row_tokens, slack)
        # No gradient goes through a cache: training reads flat prompts.
        return [tree] if self.path == "cached" and not training else single_questions(tree)

    def _groups(self, parts: Sequence[TokenisedTree], row_tokens: int, training: bool) -> Iterable[list[int]]:
        if self.path == "packed":
            return fill_rows(parts, row_tokens)
        if self.path == "cached" and not training:
            return [[index] for index in range(len(parts))]
        return length_groups([_padded_size(part) for part in parts], row_tokens)

    def _run(self, trees: Sequence[TokenisedTree]) -> tuple[FloatArray, Leaves]:
        where = self.model.device
        if self.path == "cached":
            packed = pack_row(trees)
            values = [value for tree in trees for value in cached_log_probs(self.model, tree, where)]
            return np.asarray(values, np.float32), packed.leaves
        row, leaves = self.row_tensors(trees)
        return leaf_log_probs(self.model, row).cpu().numpy(), leaves

    def row_tensors(self, trees: Sequence[TokenisedTree]) -> tuple[RowTensors, Leaves]:
        """Returns one row on the device, packed or flat, and what is read off it."""
        where = self.model.device
        if self.path == "packed":
            packed = pack_row(trees)
            return packed_for(self.model, packed), packed.leaves
        flat = flat_rows(trees, self.tokenizer.pad_id)
        return flat_tensors(flat, where), flat.leaves

    def size(self, tree: PromptTree) -> int:
        """Returns the tokens of a tree in training."""
        return len(self.tokenizer.tokenise(tree, gold_only=True))


def _padded_size(single: TokenisedTree) -> int:
    """Returns the tokens of a question's flat prompts, one for each of its options."""
    (question,) = single.questions
    return (len(single.prompt(question)) + max(map(len, question.options)) - 1) * len(question.options)
