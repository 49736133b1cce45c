"""Prompt trees as a padded batch for an encoder in torch; option texts that trees share are in it once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from instructerc.backbones.encoders.segments import SegmentTokenizer
from instructerc.prompts import PADDING_SEGMENT, PromptTree, visibility

_MULTIPLE = 8
_OPTION_ROW = 64


@dataclass
class EncoderBatch:
    """B packed trees, padded, with their Q questions in all and the N option texts that these share, in rows too.

    Attributes:
        token_ids: Shape: [B, T].
        position_ids: Shape: [B, T].
        visible: which token sees which. Shape: [B, 1, T, T], bool.
        answering: the tokens that answer, question after question, numbered through all rows.
        answering_from: where each question's tokens begin in that list. Shape: [Q].
        option_ids: Shape: [R, L].
        option_positions: Shape: [R, L].
        option_visible: which token sees which: those of its own text. Shape: [R, 1, L, L], bool.
        naming: the tokens of the option texts, text after text, numbered through all rows.
        naming_from: where each text's tokens begin in that list. Shape: [N].
        choices: option text of each option of each question, -1 where there is none. Shape: [Q, O].
        targets: the share of each option in the answer, all 0 where there is none. Shape: [Q, O].
        weights: Shape: [Q].
    """

    token_ids: Tensor
    position_ids: Tensor
    visible: Tensor
    answering: Tensor
    answering_from: Tensor
    option_ids: Tensor
    option_positions: Tensor
    option_visible: Tensor
    naming: Tensor
    naming_from: Tensor
    choices: Tensor
    targets: Tensor
    weights: Tensor

    def to(self, device: torch.device) -> EncoderBatch:
        """Returns the batch on a device."""
        return EncoderBatch(**{item.name: getattr(self, item.name).to(device) for item in fields(self)})


def collate(
    trees: Sequence[PromptTree], tokenizer: SegmentTokenizer, in_order: bool = False, shows_later: bool = False
) -> EncoderBatch:
    """Returns the padded batch of these trees.

    Args:
        trees: the trees.
        tokenizer: tokenises them.
        in_order: gives each branch a row of its own, in which it stands right behind what it sees, and each option too.
        shows_later: lets every token see the whole trunk.
    """
    rows, places = _rows(trees, in_order)
    packed = [tokenizer.pack(row) for row in rows]
    shape = (len(rows), _padded(max(map(len, packed))))
    tokens, positions = np.full(shape, tokenizer.pad_id), np.zeros(shape, np.int64)
    segments, sees = np.full(shape, PADDING_SEGMENT), np.zeros(shape, np.int64)
    for row, item in enumerate(packed):
        size = len(item)
        tokens[row, :size], positions[row, :size] = item.token_ids, item.position_ids
        segments[row, :size] = item.segment_ids
        sees[row, :size] = len(rows[row].trunk) - 1 if shows_later else item.sees_up_to
    questions = [question for tree in trees for question in tree.questions]
    texts = list(dict.fromkeys(option for question in questions for option in question.options))
    number = {text: index for index, text in enumerate(texts)}
    choices = np.full((len(questions), max(len(question.options) for question in questions)), -1)
    targets = np.zeros(choices.shape, np.float32)
    spans = []
    for index, (question, (row, place)) in enumerate(zip(questions, places, strict=True)):
        begin, end = packed[row].spans[place]
        spans.append((row * shape[1] + begin, end - begin))
        choices[index, : len(question.options)] = [number[option] for option in question.options]
        targets[index, : len(question.options)] = question.distribution()
    return EncoderBatch(
        torch.from_numpy(tokens),
        torch.from_numpy(positions),
        torch.from_numpy(visibility(segments, sees))[:, None],
        *_bags(spans),
        *_option_rows([tokenizer.option(text) for text in texts], tokenizer.pad_id, in_order),
        torch.from_numpy(choices),
        torch.from_numpy(targets),
        torch.tensor([question.weight for question in questions]),
    )


def _option_rows(
    texts: Sequence[Sequence[int]], pad_id: int, in_order: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Returns the fields of a batch that hold its option texts, several in a row unless order is position."""
    width = max(map(len, texts))
    if not in_order:
        width = max(width, min(_OPTION_ROW, sum(map(len, texts))))
    width = _padded(width)
    starts: list[int] = []
    end = 0
    for ids in texts:
        if in_order or end % width + len(ids) > width:
            end = -(-end // width) * width
        starts.append(end)
        end += len(ids)
    size = -(-end // width) * width
    tokens, positions, owners = np.full(size, pad_id), np.zeros(size, np.int64), np.full(size, -1)
    for number, (ids, start) in enumerate(zip(texts, starts, strict=True)):
        stop = start + len(ids)
        tokens[start:stop], positions[start:stop], owners[start:stop] = ids, np.arange(len(ids)), number
    rows = owners.reshape(-1, width)
    return (
        torch.from_numpy(tokens.reshape(rows.shape)),
        torch.from_numpy(positions.reshape(rows.shape)),
        torch.from_numpy(rows[:, :, None] == rows[:, None, :])[:, None],
        *_bags([(start, len(ids)) for start, ids in zip(starts, texts, strict=True)]),
    )


def _bags(spans: Sequence[tuple[int, int]]) -> tuple[Tensor, Tensor]:
    """Returns the numbers of all spans' tokens, and where each span's begin among them."""
    sizes = np.asarray([size for _, size in spans])
    begins = np.cumsum(sizes) - sizes
    numbers = np.arange(sizes.sum()) + np.repeat(np.asarray([start for start, _ in spans]) - begins, sizes)
    return torch.from_numpy(numbers), torch.from_numpy(begins)


def _padded(length: int) -> int:
    """Returns a length that fused attention on a GPU takes with a mask."""
    return -(-length // _MULTIPLE) * _MULTIPLE


def _rows(trees: Sequence[PromptTree], in_order: bool) -> tuple[list[PromptTree], list[tuple[int, int]]]:
    """Returns the trees that are rows and, for each question of all trees, its row and its number there."""
    rows: list[PromptTree] = []
    places: list[tuple[int, int]] = []
    for tree in trees:
        shared = [question for question in tree.questions if not (in_order and question.text)]
        row, n_shared = len(rows), 0
        if shared:
            rows.append(replace(tree, questions=tuple(shared)))
        for question in tree.questions:
            if in_order and question.text:
                places.append((len(rows), 0))
                rows.append(tree.prefix(question))
            else:
                places.append((row, n_shared))
                n_shared += 1
    return rows, places
