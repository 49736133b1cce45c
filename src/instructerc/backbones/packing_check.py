"""Whether a language model can read packed rows: looked up in its configuration, then tried."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import torch

from instructerc.backbones.row_scoring import cached_log_probs, flat_tensors, leaf_log_probs, packed_for
from instructerc.prompts.rows import TokenisedQuestion, TokenisedTree, Tokens, flat_rows, pack_row

ScoringPath = Literal["packed", "cached", "flat"]
_FULL = {"full_attention", "attention", "global"}
_TOLERANCE = {"float32": 1e-3, "bfloat16": 0.15}


def choose_path(model: Any, prefix: Sequence[int], max_tokens: int, dtype: str) -> tuple[ScoringPath, str]:
    """Returns how a model is best read, and why not packed; the reason is empty where it is packed.

    Args:
        model: a causal language model, with its adapter.
        prefix: token ids that open every prompt.
        max_tokens: the longest prompt.
        dtype: of the weights.
    """
    reason = unpackable(model, max_tokens)
    if not reason:
        gap = packing_gap(model, prefix)
        if gap <= _TOLERANCE[dtype]:
            return "packed", ""
        reason = f"packed and flat answers of this model differ by {gap:.2g}"
        if math.isinf(gap):
            reason = "it does not take the mask and the positions of a packed row"
    if is_prompt_learning(model):
        return "flat", reason
    if caching_gap(model, prefix) <= _TOLERANCE[dtype]:
        return "cached", reason
    return "flat", f"{reason}, and what it caches of a trunk cannot be read on by several questions"


def packing_gap(model: Any, prefix: Sequence[int]) -> float:
    """Returns how far packed and flat log-probabilities of made-up trees lie apart; infinite if packing fails."""
    return _gap(model, prefix, lambda trees: leaf_log_probs(model, packed_for(model, pack_row(trees))))


def caching_gap(model: Any, prefix: Sequence[int]) -> float:
    """Returns how far log-probabilities with a cached trunk and flat ones lie apart; infinite if that fails."""
    return _gap(
        model,
        prefix,
        lambda trees: torch.tensor([value for tree in trees for value in cached_log_probs(model, tree, model.device)]),
    )


def _gap(model: Any, prefix: Sequence[int], read: Callable[[Sequence[TokenisedTree]], torch.Tensor]) -> float:
    vocabulary = inner_model(model).config.get_text_config().vocab_size
    trees = [_probe_tree(prefix, vocabulary, seed) for seed in (0, 1)]
    training = model.training
    model.eval()
    try:
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = read(trees).cpu()
            flat = leaf_log_probs(model, flat_tensors(flat_rows(trees, 0), model.device)).cpu()
        return float((found - flat).abs().max())
    except Exception as error:
        if is_out_of_memory(error):
            raise
        return float("inf")
    finally:
        model.train(training)


def is_out_of_memory(error: BaseException) -> bool:
    """Says whether memory ran out, on the GPU or on the CPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and ("out of memory" in str(error) or "can't allocate memory" in str(error))


def unpackable(model: Any, max_tokens: int) -> str:
    """Returns why a model cannot read packed rows, as far as its configuration tells; empty where nothing does."""
    if is_prompt_learning(model):
        return "its adapter puts tokens of its own before the prompt"
    config = inner_model(model).config.get_text_config()
    # GPT-Neo names its layers in a way of its own.
    kinds = {*(getattr(config, "layer_types", None) or ()), *(getattr(config, "attention_layers", None) or ())}
    window = getattr(config, "sliding_window", None) or getattr(config, "attention_chunk_size", None)
    slides = bool(window) and getattr(config, "use_sliding_window", True) and (not kinds or kinds - _FULL)
    if slides and window is not None and max_tokens > window:
        return f"its attention slides over {window} tokens, fewer than max_tokens {max_tokens}"
    other = kinds - _FULL - {"sliding_attention", "chunked_attention"}
    if other:
        return f"it has layers that take no mask ({', '.join(sorted(other))})"
    return ""


def context_window(model: Any) -> int | None:
    """Returns the tokens that a model reads, None where nothing limits them.

    Beyond its first window, a model with "longrope" reads every position otherwise as soon as one prompt of a batch is
    that long: its answers would depend on what stands beside them.
    """
    config = model.config.get_text_config()
    window = getattr(config, "max_position_embeddings", getattr(config, "max_seq_len", None))
    rope = getattr(config, "rope_parameters", None) or {}
    first = rope.get("original_max_position_embeddings") if rope.get("rope_type") == "longrope" else None
    return first or window


def is_prompt_learning(model: Any) -> bool:
    """Says whether an adapter works by tokens, or keys and values, of its own before the prompt."""
    return any(config.is_prompt_learning for config in getattr(model, "peft_config", {}).values())


def inner_model(model: Any) -> Any:
    """Returns the transformers model inside of PEFT's, or the model itself."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _probe_tree(prefix: Sequence[int], vocabulary: int, seed: int) -> TokenisedTree:
    random = np.random.default_rng(seed)

    def draw(size: int) -> Tokens:
        return tuple(random.integers(0, vocabulary, size).tolist())

    trunk = ((*prefix, *draw(3)), draw(7), draw(2), draw(9), draw(5))
    questions = [
        TokenisedQuestion(index, draw(3), (draw(2), draw(3)), (0, 1), number) for number, index in enumerate((0, 2, 4))
    ]
    return TokenisedTree(trunk, tuple(questions))
