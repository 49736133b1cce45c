"""Running rows of a prompt tree through a causal language model in torch."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from instructerc.backbones.language_models.block_attention import in_blocks
from instructerc.backbones.language_models.layer_kinds import Reach, reaches
from instructerc.compat.transformers_models import attention_of, forward_by, read_by_position
from instructerc.prompts.rows import FlatRows, IntArray, Leaves, PackedRow, TokenisedTree

_POSITIONS_AT_ONCE = 2048
_NORMALISED_AT_ONCE = 16


@dataclass(frozen=True)
class RowTensors:
    """A row on the device, ready for the model.

    Attributes:
        inputs: keyword arguments of the model.
        source: index of each prediction among the logits that come back, flattened. Shape: [P].
        target: token that is predicted. Shape: [P].
        leaf: option that it belongs to. Shape: [P].
        n_leaves: L.
    """

    inputs: dict[str, Any]
    source: Tensor
    target: Tensor
    leaf: Tensor
    n_leaves: int


def visible_tokens(
    row: PackedRow,
    device: torch.device,
    queries: IntArray | None = None,
    keys: IntArray | None = None,
    reach: Reach | None = None,
) -> Tensor:
    """Returns `row.visibility()`, or a part of it, made on the device. Shape: [1, 1, queries, keys], bool.

    Args:
        row: the row.
        device: where it is made.
        queries: which tokens see; all where None.
        keys: which tokens are seen; all where None.
        reach: how far a layer looks back; to the beginning where None.
    """
    every = np.arange(len(row))
    query, key = (torch.from_numpy(every if part is None else part).to(device) for part in (queries, keys))
    none = torch.zeros((), device=device)
    visible: Tensor = mask_rule(row, device, reach)(none, none, query[:, None], key[None, :])
    return visible[None, None]


def block_mask(row: PackedRow, device: torch.device, reach: Reach | None = None) -> Any:
    """Returns the same rule as a FlexAttention block mask, which skips the blocks that nobody sees; for a GPU."""
    from torch.nn.attention.flex_attention import create_block_mask

    size = len(row)
    return create_block_mask(mask_rule(row, device, reach), None, None, size, size, device=str(device))


def mask_rule(row: PackedRow, device: torch.device, reach: Reach | None = None) -> Any:
    """Returns the visibility of a row as FlexAttention asks for it: a function of batch, head, query and key."""
    # Small numbers: the rule is evaluated for every pair of tokens.
    kind = np.int16 if len(row) < np.iinfo(np.int16).max else np.int32
    segment, parents, head, first, last, place = (
        torch.from_numpy(part.astype(kind)).to(device)
        for part in (row.segment_ids, row.parents, row.sees_head, row.sees_from, row.sees_up_to, row.position_ids)
    )

    def rule(batch: Tensor, attention_head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        number = segment[key]
        seen = (number == segment[query]) | (number == parents[query]) | (number <= head[query])
        seen = seen | ((number >= first[query]) & (number <= last[query]))
        visible: Tensor = seen & (key <= query)
        return visible if reach is None else visible & reach.holds(place[query], place[key])

    return rule


def attention_mask(model: Any, row: PackedRow, queries: IntArray | None = None, keys: IntArray | None = None) -> Any:
    """Returns the mask of a row, or of a part of it, in the form that the model's attention takes.

    Where layers look back less far than the longest prompt of the row reaches, each kind of layer has a mask of its
    own, by the name of the kind.
    """
    config = model.config.get_text_config()
    found = reaches(config, int(row.position_ids.max(initial=0)) + 1)
    if isinstance(found, dict):
        return {kind: _mask_in_form(model, row, queries, keys, reach) for kind, reach in found.items()}
    return _mask_in_form(model, row, queries, keys, found)


def _mask_in_form(
    model: Any, row: PackedRow, queries: IntArray | None, keys: IntArray | None, reach: Reach | None
) -> Any:
    attention = attention_of(model)
    if attention == "flex_attention":
        return block_mask(row, model.device, reach)
    mask = visible_tokens(row, model.device, queries, keys, reach)
    if attention != "eager":
        return mask
    # Eager attention adds its mask to the scores.
    least = torch.finfo(model.dtype).min
    return torch.zeros(mask.shape, dtype=model.dtype, device=mask.device).masked_fill(~mask, least)


def packed_for(model: Any, row: PackedRow) -> RowTensors:
    """Returns a packed row on the model's device; only the positions that predict are asked for logits."""
    device = model.device
    keep, source = np.unique(row.leaves.source, return_inverse=True)
    inputs = {
        "input_ids": torch.from_numpy(row.token_ids)[None].to(device),
        "position_ids": torch.from_numpy(row.position_ids)[None].to(device),
        "attention_mask": attention_mask(model, row),
        # With a cache, transformers would lay a mask of its own over ours.
        "use_cache": False,
        "logits_to_keep": torch.from_numpy(keep).to(device),
    }
    return _tensors(inputs, source, row.leaves, device)


def flat_tensors(rows: FlatRows, device: torch.device) -> RowTensors:
    """Returns padded flat prompts on the device."""
    inputs = {
        "input_ids": torch.from_numpy(rows.token_ids).to(device),
        "attention_mask": torch.from_numpy(rows.attention_mask).to(device),
        "use_cache": False,
    }
    return _tensors(inputs, rows.leaves.source, rows.leaves, device)


def _tensors(inputs: dict[str, Any], source: Any, leaves: Leaves, device: torch.device) -> RowTensors:
    return RowTensors(
        inputs,
        torch.from_numpy(np.asarray(source)).to(device),
        torch.from_numpy(leaves.target).to(device),
        torch.from_numpy(leaves.leaf).to(device),
        len(leaves.length),
    )


def leaf_log_probs(model: Any, row: RowTensors) -> Tensor:
    """Returns the summed log-probability of each option's tokens, in float32. Shape: [L]."""
    return sum_leaves(row_logits(model, row), row)


def row_logits(model: Any, row: RowTensors) -> Tensor:
    """Returns the logits that a row's `source` counts through. Shape: [B, N, V]."""
    if _runs_again(model):
        whole: Tensor = model(**row.inputs).logits
        return whole
    with reading_only(model, row.inputs.get("logits_to_keep")), in_blocks(row.inputs["attention_mask"]):
        logits: Tensor = model(**row.inputs).logits
    return logits


def _runs_again(model: Any) -> bool:
    """Returns whether layers are run again for their gradients, which would happen outside of the patched forward."""
    return torch.is_grad_enabled() and any(getattr(part, "gradient_checkpointing", False) for part in model.modules())


@contextmanager
def reading_only(model: Any, keep: Tensor | None) -> Iterator[None]:
    """Lets the last layer ask and answer at the positions that are read alone: nothing else of its output is used.

    Left as it is where a model's modules are not known by name. A module that does not work position by position
    would show when packed rows are tried.

    Args:
        model: a causal language model, perhaps wrapped.
        keep: the positions. Shape: [N].
    """
    if keep is None:
        yield
        return
    with ExitStack() as patched:
        for module in read_by_position(model):
            patched.enter_context(forward_by(module, _at_positions(module.forward, keep)))
        yield


def _at_positions(whole: Any, keep: Tensor) -> Any:
    """Returns a module's forward that runs at these positions alone and gives zeros elsewhere."""

    def forward(states: Tensor) -> Any:
        some = whole(states[:, keep])
        if not isinstance(some, Tensor):
            return whole(states)
        return some.new_zeros((*states.shape[:-1], some.shape[-1])).index_copy(1, keep, some)

    return forward


def sum_leaves(logits: Tensor, row: RowTensors) -> Tensor:
    """Returns what `leaf_log_probs` does, for logits that are there already. Shape: [L]."""
    logits = logits.reshape(-1, logits.shape[-1])
    sums = torch.zeros(row.n_leaves, dtype=torch.float32, device=logits.device)
    parts = [
        token_log_probs(logits, row.source[begin : begin + _POSITIONS_AT_ONCE], row.target[begin:][:_POSITIONS_AT_ONCE])
        for begin in range(0, len(row.source), _POSITIONS_AT_ONCE)
    ]
    return sums.index_add(0, row.leaf, torch.cat(parts)) if parts else sums


def token_log_probs(logits: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Returns log p of each target token, in float32.

    Args:
        logits: Shape: [N, V].
        source: which row of them predicts. Shape: [P].
        target: Shape: [P].
    """
    rows, which = torch.unique(source, return_inverse=True)
    chosen = logits if len(rows) == len(logits) else logits[rows]
    # On a CPU a few rows at once: what a large one allocates costs more than its arithmetic.
    at_once = len(rows) if logits.is_cuda else _NORMALISED_AT_ONCE
    parts = torch.split(chosen, max(at_once, 1))
    normaliser = torch.cat([part.float().logsumexp(-1) for part in parts])
    return chosen[which, target].float() - normaliser[which]


def cached_log_probs(model: Any, tree: TokenisedTree, device: torch.device) -> list[float]:
    """Returns the log-probability of each option of a tree, question by question, with the trunk computed once.

    For models that take no mask of ours: the keys and values (or the state) of the trunk so far are copied for each
    question, whose options are then a small batch.
    """
    results: list[list[float]] = [[] for _ in tree.questions]
    cache: Any = None
    last: Tensor | None = None
    for number, segment in enumerate(tree.trunk):
        if segment:
            ids = torch.tensor([segment], device=device)
            output = model(input_ids=ids, past_key_values=cache, use_cache=True)
            cache, last = output.past_key_values, output.logits[:, -1:]
        for index, question in enumerate(tree.questions):
            if question.after == number:
                results[index] = _branch_log_probs(model, question.branch, question.options, cache, last, device)
    return [value for values in results for value in values]


def _branch_log_probs(
    model: Any,
    branch: Sequence[int],
    options: Sequence[Sequence[int]],
    cache: Any,
    last: Tensor | None,
    device: torch.device,
) -> list[float]:
    """Returns the options' log-probabilities after a trunk whose cache and last logits are given and not changed."""
    n_options, width = len(options), max(map(len, options)) - 1
    ids = [[*branch, *option[:-1], *([0] * (width - len(option) + 1))] for option in options]
    own = None
    if cache is not None:
        own = copy.deepcopy(cache)
        # Every kind of cache can be put into another order, but only some can be repeated.
        own.reorder_cache(torch.zeros(n_options, dtype=torch.long, device=device))
    logits = model(input_ids=torch.tensor(ids, device=device), past_key_values=own, use_cache=True).logits
    before = len(branch)
    if last is not None:
        logits, before = torch.cat([last.expand(n_options, -1, -1), logits], 1), before + 1
    log_probs = logits.float().log_softmax(-1)
    return [
        float(sum(log_probs[row, before - 1 + place, token] for place, token in enumerate(option)))
        for row, option in enumerate(options)
    ]
