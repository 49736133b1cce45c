"""Whether a language model can read packed rows: looked up in its configuration, then tried.

What is tried is the structure: what an answer must not see changes nothing in it, what it must see does, and it lies no
further from the flat prompt's answer than flat answers of one prompt lie apart when it is padded or batched otherwise.
That noise is small in float32 and large in bfloat16 through many layers, so no fixed tolerance would do.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from instructerc.backbones.evaluating import evaluating
from instructerc.backbones.language_models.layer_kinds import maskless_kinds, reaches, shorter_reach
from instructerc.backbones.language_models.packing_probe import (
    Probe,
    few_words,
    other_layouts,
    questions_alone,
    read_flat,
    read_packed,
)
from instructerc.backbones.language_models.row_scoring import cached_log_probs, flat_tensors, leaf_log_probs
from instructerc.prompts.rows import flat_rows

ScoringPath = Literal["packed", "cached", "flat"]
# Of two readings of the same prompt, as a share of the size of its logits: what is never taken for a difference.
_FLOOR = {"float32": 1e-5, "float16": 2e-3, "bfloat16": 1e-2}
# Of one layout, read with other hidden tokens: the same arithmetic, on a GPU perhaps in another order.
_SAME = 1e-6
# Packed against flat may differ by this many times what flat and flat do. In bfloat16, positions that are off by one
# gave four to ten times as much on a model of 30 layers.
_MEAN_NOISE, _MOST_NOISE = 2.0, 3.0
# A window that the prompts of the probe leave.
_SHORT_REACH = 7
_NOT_TAKEN = "it does not accept the mask and the positions of a packed row"


@dataclass(frozen=True)
class Distance:
    """How far two readings lie apart, as shares of the size of the logits: over the predictions.

    Attributes:
        mean: on average.
        most: where they lie furthest apart.
    """

    mean: float
    most: float

    @classmethod
    def between(cls, one: Tensor, other: Tensor) -> Distance:
        """Returns the distance of two readings. Shapes: [P, columns]."""
        size = one.pow(2).mean(-1).sqrt().clamp_min(torch.finfo(torch.float32).tiny)
        apart = (one - other).pow(2).mean(-1).sqrt() / size
        # What is not a number is not near anything.
        apart = apart.nan_to_num(float("inf"), float("inf"))
        return cls(float(apart.mean()), float(apart.max()))

    def within(self, noise: Distance, floor: float) -> bool:
        """Returns whether it is small enough to be noise, given how large that was found and is at the least."""
        mean, most = max(noise.mean, floor), max(noise.most, floor)
        return self.mean <= _MEAN_NOISE * mean and self.most <= _MOST_NOISE * most


def choose_path(model: Any, prefix: Sequence[int], max_tokens: int, dtype: str) -> tuple[ScoringPath, str]:
    """Returns how a model is best read, and why not packed; the reason is empty where it is packed.

    Args:
        model: a causal language model, with its adapter.
        prefix: token ids that open every prompt.
        max_tokens: the longest prompt.
        dtype: of the weights.
    """
    reason = unpackable(model) or packing_fault(model, prefix, max_tokens, dtype)
    if not reason:
        return "packed", ""
    if is_prompt_learning(model):
        return "flat", reason
    if reads_on(model, prefix, dtype):
        return "cached", reason
    return "flat", f"{reason}, and several questions cannot continue from its cache of a trunk"


def packing_fault(model: Any, prefix: Sequence[int], max_tokens: int, dtype: str) -> str:
    """Returns what is wrong with a model's answers to a packed row of made-up trees; empty where nothing is.

    Raises:
        Exception: memory ran out.
    """
    config = inner_model(model).config.get_text_config()
    probe = Probe.draw(prefix, config.vocab_size)
    with _quietly(model), few_words(model):
        fault = _fault(model, probe, _FLOOR[dtype], whole=True)
        limits = reaches(config, max_tokens)
        if fault or limits is None:
            return fault
        with shorter_reach(config, _SHORT_REACH):
            fault = _fault(model, probe, _FLOOR[dtype], whole=False)
    if not fault:
        return ""
    kinds = [kind for kind, reach in limits.items() if reach] if isinstance(limits, dict) else ["all"]
    size = next(reach.size for reach in (limits.values() if isinstance(limits, dict) else [limits]) if reach)
    return (
        f"its layers of kind {', '.join(kinds)} look back over {size} tokens, fewer than max_tokens {max_tokens}, and "
        f"this limit cannot be set in a packed row: {fault}"
    )


def _fault(model: Any, probe: Probe, floor: float, whole: bool) -> str:
    flat = read_flat(model, flat_rows(probe.trees, 0))
    try:
        packed = read_packed(model, probe.row)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        return _NOT_TAKEN
    apart = [Distance.between(flat, other) for other in other_layouts(model, probe)]
    noise = Distance(max(one.mean for one in apart), max(one.most for one in apart))
    gap = Distance.between(flat, packed)
    if not gap.within(noise, floor):
        noisy = f"of their size, flat ones among themselves by {noise.most:.2g}"
        return f"packed and flat answers of this model differ by {gap.most:.2g} {noisy}"
    return _leak(model, probe, flat, packed) or (_blindness(model, probe, packed, noise, floor) if whole else "")


def _leak(model: Any, probe: Probe, flat: Tensor, packed: Tensor) -> str:
    """Returns a fault if tokens that an answer must not see change it more than the other prompts of a batch do."""
    first = torch.tensor([tree == 0 for _, tree, *_ in probe.predictions()])
    batch = Distance.between(flat[first], read_flat(model, probe.crossed())[first])
    for tokens, chosen in probe.hidden():
        other = read_packed(model, probe.with_other(tokens))
        change = Distance.between(packed[chosen], other[chosen])
        if not change.within(batch, _SAME):
            return f"tokens that an answer must not see change it by {change.most:.2g} of its size"
    return ""


def _blindness(model: Any, probe: Probe, packed: Tensor, noise: Distance, floor: float) -> str:
    """Returns a fault if tokens that an answer must see do not change it more than its noise does."""
    for name, tokens, chosen in probe.seen():
        other = read_packed(model, probe.with_other(tokens))
        if Distance.between(packed[chosen], other[chosen]).within(noise, floor):
            return f"{name} changes its answers no more than their noise, {max(noise.mean, floor):.2g} of their size"
    return ""


def reads_on(model: Any, prefix: Sequence[int], dtype: str) -> bool:
    """Returns whether several questions can be read on from what a model caches of a trunk, with the flat answers."""
    trees = Probe.draw(prefix, inner_model(model).config.get_text_config().vocab_size).trees
    with _quietly(model):
        try:
            cached = torch.tensor([value for tree in trees for value in cached_log_probs(model, tree, model.device)])
        except Exception as error:
            if is_out_of_memory(error):
                raise
            return False
        flat, *alone = (
            leaf_log_probs(model, flat_tensors(flat_rows(some, 0), model.device)).cpu()
            for some in (trees, *([tree] for tree in questions_alone(trees)))
        )
    # Rounding, as a share of the tokens' log-probabilities.
    least = _FLOOR[dtype] * float(flat.abs().max())
    noise = max(least, float((flat - torch.cat(alone)).abs().max()))
    return float((flat - cached).abs().max()) <= _MOST_NOISE * noise


@contextmanager
def _quietly(model: Any) -> Iterator[None]:
    """Reads a model as in use, without a gradient and without its warnings."""
    with evaluating(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def is_out_of_memory(error: BaseException) -> bool:
    """Returns whether memory ran out, on the GPU or on the CPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and ("out of memory" in str(error) or "can't allocate memory" in str(error))


def unpackable(model: Any) -> str:
    """Returns why a model cannot read packed rows, as far as its configuration tells; empty where nothing does."""
    if is_prompt_learning(model):
        return "its adapter puts tokens of its own before the prompt"
    other = maskless_kinds(inner_model(model).config.get_text_config())
    return f"it has layers that take no mask ({', '.join(other)})" if other else ""


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
    """Returns whether an adapter works by tokens, or keys and values, of its own before the prompt."""
    return any(config.is_prompt_learning for config in getattr(model, "peft_config", {}).values())


def inner_model(model: Any) -> Any:
    """Returns the transformers model inside of PEFT's, or the model itself."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model
