"""Prompt trees laid out as rows for a causal language model: several trees in one sequence, options as leaves.

A token sees what its flat prompt would show it, and nothing else, at the positions that the flat prompt would give it.
The trunk is computed once for all questions, and the head that several conversations open with once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
Tokens = tuple[int, ...]
_NEVER = -1


@dataclass(frozen=True, slots=True)
class TokenisedQuestion:
    """A question in token ids.

    Attributes:
        after: index of the last trunk segment that it sees.
        branch: its own words; empty where the options follow the trunk itself.
        options: token ids of each option that is scored, the end token included.
        numbers: which of the question's options these are.
        number: which of the tree's questions it is.
    """

    after: int
    branch: Tokens
    options: tuple[Tokens, ...]
    numbers: tuple[int, ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class TokenisedTree:
    """A tree in token ids: its trunk, segment by segment, and its questions."""

    trunk: tuple[Tokens, ...]
    questions: tuple[TokenisedQuestion, ...]

    def __len__(self) -> int:
        """Tokens of the packed tree; the last token of an option is predicted and never read."""
        leaves = sum(len(option) - 1 for question in self.questions for option in question.options)
        return sum(map(len, self.trunk)) + sum(len(question.branch) for question in self.questions) + leaves

    def prompt(self, question: TokenisedQuestion) -> Tokens:
        """Returns the flat prompt of a question."""
        return (*(token for segment in self.trunk[: question.after + 1] for token in segment), *question.branch)


@dataclass(frozen=True)
class Leaves:
    """What is read off a row: P predictions, which sum up to the log-probabilities of L options.

    Attributes:
        source: position whose state predicts. Shape: [P].
        target: token that is predicted. Shape: [P].
        leaf: option that the prediction belongs to. Shape: [P].
        length: tokens of each option, the end token included. Shape: [L].
        tree: which of the row's trees asks. Shape: [L].
        question: which of that tree's questions, by its own number. Shape: [L].
        number: which of its options. Shape: [L].
    """

    source: IntArray
    target: IntArray
    leaf: IntArray
    length: IntArray
    tree: IntArray
    question: IntArray
    number: IntArray


@dataclass(frozen=True)
class PackedRow:
    """One sequence of T tokens.

    Segments are numbered in order. Token q sees an earlier token k, or itself, if k's segment is q's own, or q's
    parent (a leaf's branch), or at most `sees_head`, or from `sees_from` to `sees_up_to`.

    Attributes:
        token_ids: Shape: [T].
        position_ids: Shape: [T].
        segment_ids: Shape: [T].
        parents: segment of the branch that a leaf hangs on, else -1. Shape: [T].
        sees_head: last segment of the shared head that is seen, else -1. Shape: [T].
        sees_from: first own trunk segment that is seen. Shape: [T].
        sees_up_to: last own trunk segment that is seen. Shape: [T].
        leaves: what is read off.
    """

    token_ids: IntArray
    position_ids: IntArray
    segment_ids: IntArray
    parents: IntArray
    sees_head: IntArray
    sees_from: IntArray
    sees_up_to: IntArray
    leaves: Leaves

    def __len__(self) -> int:
        return len(self.token_ids)

    def visibility(self) -> npt.NDArray[np.bool_]:
        """Returns which token sees which: Shape: [T, T], queries first."""
        segment = self.segment_ids[None, :]
        index = np.arange(len(self))
        seen = (segment == self.segment_ids[:, None]) | (segment == self.parents[:, None])
        seen |= segment <= self.sees_head[:, None]
        seen |= (segment >= self.sees_from[:, None]) & (segment <= self.sees_up_to[:, None])
        visible: npt.NDArray[np.bool_] = seen & (index[None, :] <= index[:, None])
        return visible


def split_tree(tree: TokenisedTree, row_tokens: int, slack: float = 1.0) -> list[TokenisedTree]:
    """Returns a tree in parts that fit a row, each with the trunk that its questions see and no more.

    A row's attention grows with the square of its length, so a long tree is cheaper in parts; but each part computes
    its trunk again. A part therefore may hold as many tokens of questions as of trunk, however long that is.

    Args:
        tree: the tree.
        row_tokens: tokens of a row.
        slack: tokens of questions that a part may hold beyond the row, as a share of its trunk.
    """
    if len(tree) <= row_tokens:
        return [tree]
    parts: list[list[TokenisedQuestion]] = []
    ends = np.cumsum([len(segment) for segment in tree.trunk])
    taken = 0
    for question in sorted(tree.questions, key=lambda item: item.after):
        size = len(question.branch) + sum(len(option) - 1 for option in question.options)
        trunk = int(ends[question.after])
        if not parts or trunk + taken + size > max(row_tokens, trunk * (1 + slack)):
            parts.append([])
            taken = 0
        parts[-1].append(question)
        taken += size
    return [TokenisedTree(tree.trunk[: part[-1].after + 1], tuple(part)) for part in parts]


def shared_head(trees: Sequence[TokenisedTree]) -> int:
    """Returns how many first segments all these trees have in common."""
    alike = takewhile(lambda segments: len(set(segments)) == 1, zip(*(tree.trunk for tree in trees), strict=False))
    return sum(1 for _ in alike)


def fill_rows(trees: Sequence[TokenisedTree], row_tokens: int) -> Iterator[list[int]]:
    """Yields which trees share a row: longest first, each into the first row with room for it.

    Args:
        trees: the trees.
        row_tokens: tokens of a row; a tree that is longer still has a row to itself.
    """
    n_shared = shared_head(trees) if len(trees) > 1 else 0
    head = sum(map(len, trees[0].trunk[:n_shared])) if trees else 0
    rows: list[list[int]] = []
    room: list[int] = []
    for index in sorted(range(len(trees)), key=lambda number: -len(trees[number])):
        size = len(trees[index]) - head
        row = next((number for number, left in enumerate(room) if left >= size), None)
        if row is None:
            rows.append([])
            room.append(row_tokens - head)
            row = len(rows) - 1
        rows[row].append(index)
        room[row] -= size
    yield from rows


class _Layout:
    """A row as it grows."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.starts: list[int] = []
        self.sizes: list[int] = []
        self.rules: list[tuple[int, int, int, int]] = []

    def add(self, tokens: Tokens, start: int, parent: int, head: int, first: int, last: int) -> int:
        """Appends a segment whose first token has position `start`; returns its number."""
        self.tokens.extend(tokens)
        self.starts.append(start)
        self.sizes.append(len(tokens))
        self.rules.append((parent, head, first, last))
        return len(self.sizes) - 1


def pack_row(trees: Sequence[TokenisedTree]) -> PackedRow:
    """Returns the row of these trees; the head that they have in common stands in it once.

    Every trunk segment that a question reads, and each option, must have a token.
    """
    layout, leaves = _Layout(), _LeafList()
    n_shared = shared_head(trees) if len(trees) > 1 else 0
    place = 0
    head_ends: list[int] = []
    for number, segment in enumerate(trees[0].trunk[:n_shared]):
        layout.add(segment, place, _NEVER, number, 0, _NEVER)
        place += len(segment)
        head_ends.append(len(layout.tokens) - 1 if layout.tokens else _NEVER)
    for index, tree in enumerate(trees):
        _add_tree(layout, leaves, tree, index, head_ends, place)
    sizes = layout.sizes
    parents, head, first, last = np.repeat(np.asarray(layout.rules, np.int64).reshape(-1, 4), sizes, axis=0).T
    positions = [np.arange(start, start + size) for start, size in zip(layout.starts, sizes, strict=True)]
    return PackedRow(
        np.asarray(layout.tokens, np.int64),
        np.concatenate(positions),
        np.repeat(np.arange(len(sizes)), sizes),
        parents,
        head,
        first,
        last,
        leaves.arrays(),
    )


def _add_tree(
    layout: _Layout, leaves: _LeafList, tree: TokenisedTree, index: int, head_ends: Sequence[int], place: int
) -> None:
    """Appends a tree: its trunk beyond the shared head, then each question with its leaves.

    Args:
        layout: the row so far.
        leaves: what is read off it so far.
        tree: the tree.
        index: number of the tree in the row.
        head_ends: index in the row of the last token of each shared segment.
        place: position after the shared head.
    """
    n_shared = len(head_ends)
    base = len(layout.sizes)
    ends, places = list(head_ends), list[int]()
    for segment in tree.trunk[:n_shared]:
        places.append(len(segment) + (places[-1] if places else 0))
    for number, segment in enumerate(tree.trunk[n_shared:]):
        layout.add(segment, place, _NEVER, n_shared - 1, base, base + number)
        place += len(segment)
        # After an empty segment the last token is the one before it, in this tree.
        ends.append(len(layout.tokens) - 1 if segment else (ends[-1] if ends else _NEVER))
        places.append(place)
    for question in tree.questions:
        head, last = min(question.after, n_shared - 1), base + question.after - n_shared
        source, start, parent = ends[question.after], places[question.after], _NEVER
        if not question.branch and source == _NEVER:
            raise ValueError("a question without a word before its options cannot be answered")
        if question.branch:
            parent = layout.add(question.branch, start, _NEVER, head, base, last)
            source, start = len(layout.tokens) - 1, start + len(question.branch)
        for option, which in zip(question.options, question.numbers, strict=True):
            begin = len(layout.tokens)
            if len(option) > 1:
                layout.add(option[:-1], start, parent, head, base, last)
            leaves.add((source, *range(begin, len(layout.tokens))), option, index, question.number, which)


class _LeafList:
    """Leaves as they are found."""

    def __init__(self) -> None:
        self.source: list[int] = []
        self.target: list[int] = []
        self.leaf: list[int] = []
        self.about: list[tuple[int, int, int, int]] = []

    def add(self, source: Sequence[int], option: Tokens, tree: int, question: int, number: int) -> None:
        """Appends an option whose tokens are predicted from the positions `source`."""
        self.source.extend(source)
        self.target.extend(option)
        self.leaf.extend([len(self.about)] * len(option))
        self.about.append((len(option), tree, question, number))

    def arrays(self) -> Leaves:
        """Returns them as arrays."""
        about = np.asarray(self.about, np.int64).reshape(-1, 4).T
        return Leaves(*(np.asarray(part, np.int64) for part in (self.source, self.target, self.leaf)), *about)


@dataclass(frozen=True)
class FlatRows:
    """One prompt with one option per row, padded on the right: what packing is compared with, and its fallback.

    Attributes:
        token_ids: Shape: [B, T].
        attention_mask: 1 where a token stands. Shape: [B, T].
        leaves: what is read off; `source` counts through the rows, b · T + t.
    """

    token_ids: IntArray
    attention_mask: IntArray
    leaves: Leaves

    def __len__(self) -> int:
        return self.token_ids.size


def flat_rows(trees: Sequence[TokenisedTree], pad_id: int) -> FlatRows:
    """Returns each prompt with each of its options as a row of its own."""
    pieces = [
        (number, question.number, which, tree.prompt(question), option)
        for number, tree in enumerate(trees)
        for question in tree.questions
        for option, which in zip(question.options, question.numbers, strict=True)
    ]
    lengths = np.asarray([len(prompt) + len(option) - 1 for *_, prompt, option in pieces])
    shape = (len(pieces), int(lengths.max()))
    token_ids, leaves = np.full(shape, pad_id, np.int64), _LeafList()
    for row, (tree, question, which, prompt, option) in enumerate(pieces):
        token_ids[row, : lengths[row]] = (*prompt, *option[:-1])
        first = row * shape[1] + len(prompt) - 1
        leaves.add(range(first, first + len(option)), option, tree, question, which)
    attention_mask = (np.arange(shape[1])[None, :] < lengths[:, None]).astype(np.int64)
    return FlatRows(token_ids, attention_mask, leaves.arrays())
