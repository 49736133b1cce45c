"""A small row of made-up trees, read in several ways: what tells whether a model reads packed rows as flat prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from instructerc.backbones.language_models.row_scoring import RowTensors, flat_tensors, packed_for, row_logits
from instructerc.compat.transformers_models import forward_by, is_patched
from instructerc.prompts.rows import FlatRows, PackedRow, TokenisedQuestion, TokenisedTree, Tokens, flat_rows, pack_row

BoolArray = npt.NDArray[np.bool_]
# Columns of the vocabulary that are compared: as telling as all of them, and small where the vocabulary is large.
_COLUMNS = 1024
_EXTRA_PADDING = 7


@dataclass(frozen=True)
class Probe:
    """Made-up trees with a common head, and the row that they make.

    Attributes:
        trees: the trees.
        row: the packed row of them.
        vocabulary: number of tokens.
    """

    trees: tuple[TokenisedTree, ...]
    row: PackedRow
    vocabulary: int

    @classmethod
    def draw(cls, prefix: Sequence[int], vocabulary: int) -> Probe:
        """Returns two trees of three questions, of two options each.

        Args:
            prefix: token ids that open every prompt.
            vocabulary: number of tokens.
        """
        random = np.random.default_rng(0)

        def some(size: int) -> Tokens:
            return tuple(random.integers(0, vocabulary, size).tolist())

        head = (*prefix, *some(4))
        trees = []
        for _ in range(2):
            questions = [
                TokenisedQuestion(after, some(2), (some(3), some(2)), (0, 1), number)
                for number, after in enumerate((1, 2, 4))
            ]
            trees.append(TokenisedTree((head, some(3), some(1), some(4), some(2)), tuple(questions)))
        return cls(tuple(trees), pack_row(trees), vocabulary)

    def predictions(self) -> list[tuple[int, int, int, int]]:
        """Returns of each prediction its source in the row, its tree, its question and its option. Length: P."""
        leaves = self.row.leaves
        return [
            (int(source), int(leaves.tree[leaf]), int(leaves.question[leaf]), int(leaves.number[leaf]))
            for source, leaf in zip(leaves.source, leaves.leaf, strict=True)
        ]

    def hidden(self) -> Iterator[tuple[BoolArray, BoolArray]]:
        """Yields tokens of the row, and the predictions that see none of them. Shapes: [T], [P].

        Together they hold each token that a prediction must not see.
        """
        visible, about = self.row.visibility(), self.predictions()
        for part, n_kinds in ((1, 2), (2, 3), (3, 2)):
            for kind in range(n_kinds):
                chosen = np.array([one[part] == kind for one in about])
                seen = visible[[source for (source, *_), take in zip(about, chosen, strict=True) if take]].any(0)
                yield np.logical_not(seen), np.asarray(chosen, np.bool_)

    def seen(self) -> Iterator[tuple[str, BoolArray, BoolArray]]:
        """Yields a name, tokens of the row, and the predictions that see one of them. Shapes: [T], [P]."""
        row, visible = self.row, self.row.visibility()
        branches = np.isin(row.segment_ids, row.parents)
        leaves = row.parents >= 0
        head = row.segment_ids <= row.sees_head.max()
        parts = {
            "the head": head,
            "the trunk": ~(head | branches | leaves),
            "the question": branches,
            "the option": leaves,
        }
        sources = row.leaves.source
        for name, tokens in parts.items():
            yield name, np.asarray(tokens, np.bool_), np.asarray(visible[sources][:, tokens].any(1), np.bool_)

    def with_other(self, tokens: BoolArray) -> PackedRow:
        """Returns the row with other tokens at these places. Shape of `tokens`: [T]."""
        return replace(
            self.row, token_ids=np.where(tokens, (self.row.token_ids + 1) % self.vocabulary, self.row.token_ids)
        )

    def crossed(self) -> FlatRows:
        """Returns the flat prompts of `flat`, with those of the second tree changed."""
        rows = flat_rows(self.trees, 0)
        width = rows.token_ids.shape[1]
        other = rows.leaves.source[rows.leaves.tree[rows.leaves.leaf] == 1] // width
        token_ids = rows.token_ids.copy()
        token_ids[other] = (token_ids[other] + 1) % self.vocabulary
        return replace(rows, token_ids=token_ids)


@contextmanager
def few_words(model: Any) -> Iterator[None]:
    """Lets a model compute the logits of the compared tokens alone, where its output layer is a plain one.

    The output layer of a large vocabulary would be most of what the probe costs.
    """
    head: Any = getattr(model, "get_output_embeddings", lambda: None)()
    # One that is patched, as by what spreads a model over devices, is left alone.
    if type(head) is not torch.nn.Linear or is_patched(head):
        yield
        return
    step = _step(len(head.weight))
    weight, bias = head.weight[::step], None if head.bias is None else head.bias[::step]
    with forward_by(head, lambda states: torch.nn.functional.linear(states, weight, bias)):
        yield


def _step(n_words: int) -> int:
    """Returns the distance between the tokens of a vocabulary that are compared."""
    return -(-n_words // _COLUMNS)


def read(model: Any, row: RowTensors) -> Tensor:
    """Returns the logits that predict, each less their mean, in float32. Shape: [P, columns]."""
    logits = row_logits(model, row)
    some = logits.reshape(-1, logits.shape[-1])[row.source][:, :: _step(logits.shape[-1])].float()
    return (some - some.mean(-1, keepdim=True)).cpu()


def read_packed(model: Any, row: PackedRow) -> Tensor:
    """Returns `read` of a packed row."""
    return read(model, packed_for(model, row))


def read_flat(model: Any, rows: FlatRows) -> Tensor:
    """Returns `read` of padded prompts."""
    return read(model, flat_tensors(rows, model.device))


def other_layouts(model: Any, probe: Probe) -> Iterator[Tensor]:
    """Yields `read` of the flat prompts, laid out otherwise; what differs is the model's noise. Shape: [P, columns].

    With more padding; and question by question, so that prompts are fewer and shorter.
    """
    rows = flat_rows(probe.trees, 0)
    wide = np.pad(rows.token_ids, ((0, 0), (0, _EXTRA_PADDING)))
    mask = np.pad(rows.attention_mask, ((0, 0), (0, _EXTRA_PADDING)))
    width = rows.token_ids.shape[1]
    source = rows.leaves.source // width * wide.shape[1] + rows.leaves.source % width
    yield read_flat(model, FlatRows(wide, mask, replace(rows.leaves, source=source)))
    yield torch.cat([read_flat(model, flat_rows([single], 0)) for single in questions_alone(probe.trees)])


def questions_alone(trees: Sequence[TokenisedTree]) -> Iterator[TokenisedTree]:
    """Yields a tree for each question."""
    for tree in trees:
        for question in tree.questions:
            yield TokenisedTree(tree.trunk[: question.after + 1], (question,))
