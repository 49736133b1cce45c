"""What `instructerc prompt show` counts and draws; imports numpy, so it is imported where it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation
from instructerc.prompts import History, PromptTree, Question, Segment, TreeBuilder
from instructerc.prompts.rows import (
    PackedRow,
    TokenisedQuestion,
    TokenisedTree,
    Tokens,
    fill_rows,
    pack_row,
    shared_head,
    split_tree,
)

Span = tuple[int, int]
Kind = Literal["head", "segment", "branch", "option"]
UNLIMITED = 1 << 40
_END = 0


class Tokenizer(Protocol):
    """What is needed of `PromptTokenizer`."""

    prefix: Tokens

    def pieces(self, texts: Sequence[str], kind: Kind) -> list[tuple[Tokens, bool]]:
        """Returns, for each text, its token ids and whether it was longer than it may be and was cut."""
        ...

    def head_length(self, segments: Sequence[Segment]) -> int:
        """Returns the tokens of the segments before the first utterance, without what opens every prompt."""
        ...

    def tokenise(self, tree: PromptTree) -> TokenisedTree:
        """Returns the tree in token ids."""
        ...

    def reserve(self, questions: Sequence[Question]) -> int:
        """Returns the most tokens that one of these questions takes with its longest option."""
        ...


class CharacterTokenizer:
    """Takes each character for a token, where no tokenizer is given; nothing is cut."""

    prefix: Tokens = ()

    def pieces(self, texts: Sequence[str], kind: Kind) -> list[tuple[Tokens, bool]]:
        """Returns the characters of each text."""
        return [(_characters(text), False) for text in texts]

    def head_length(self, segments: Sequence[Segment]) -> int:
        """Returns the characters of these segments."""
        return sum(len(segment.text) for segment in segments)

    def tokenise(self, tree: PromptTree) -> TokenisedTree:
        """Returns the tree in characters, each option with an end."""
        questions = [
            TokenisedQuestion(
                question.after,
                _characters(question.text),
                tuple((*_characters(option), _END) for option in question.options),
                tuple(range(len(question.options))),
                number,
            )
            for number, question in enumerate(tree.questions)
        ]
        return TokenisedTree(tuple(_characters(segment.text) for segment in tree.trunk), tuple(questions))

    def reserve(self, questions: Sequence[Question]) -> int:
        """Returns the most characters that one of these questions takes with its longest option."""
        return max((len(one.text) + max(map(len, one.options)) + 1 for one in questions), default=0)


def _characters(text: str) -> Tokens:
    return tuple(map(ord, text))


class PromptReader:
    """Stands where a causal language model would: conversations are cut for it as for the model, but it only counts.

    Args:
        tokenizer: counts.
        history: earlier turns that a target sees.
        max_tokens: window of a prompt, and tokens of a packed row.
    """

    spells_options = True

    def __init__(self, tokenizer: Tokenizer, history: History, max_tokens: int) -> None:
        self.tokenizer = tokenizer
        self.history = history
        self.max_tokens = max_tokens
        self.budget = max_tokens - len(tokenizer.prefix)

    def segment_lengths(self, texts: Sequence[str]) -> list[tuple[int, bool]]:
        """Returns, for each segment text, its tokens as used and whether it had to be cut."""
        return [(len(ids), cut) for ids, cut in self.tokenizer.pieces(texts, "segment")]

    def head_length(self, head: Sequence[Segment]) -> int:
        """Returns the tokens of the instruction and the opening."""
        return self.tokenizer.head_length(head)

    def reserve(self, questions: Sequence[Question]) -> int:
        """Returns the most tokens that one of these questions takes with its longest option."""
        return self.tokenizer.reserve(questions)

    def parts(self, conversation: Conversation, builder: TreeBuilder) -> list[Part]:
        """Returns the trees of a conversation as the model is given them.

        Raises:
            InputError: an utterance and its question alone do not fit the window.
        """
        n_head = len(builder.scene(conversation).head)
        return [
            Part(tree, self.tokenizer.tokenise(tree), trunk.start, n_head)
            for trunk, tree in build_trees(conversation, builder, self)
        ]

    def shortened(self, tree: PromptTree, question: Question) -> list[str]:
        """Returns the pieces of a flat prompt that are longer than a piece may be: the model reads them cut."""
        texts = [segment.text for segment in tree.trunk[: question.after + 1] if not segment.whole]
        cut = [
            text for text, (_, was_cut) in zip(texts, self.tokenizer.pieces(texts, "segment"), strict=True) if was_cut
        ]
        return cut + [question.text for _, was_cut in self.tokenizer.pieces([question.text], "branch") if was_cut]


@dataclass(frozen=True)
class Part:
    """A tree, or a part of one that fits a row, in words and in tokens.

    Attributes:
        tree: the whole tree.
        tokens: the part of it; its questions are numbered as the tree's.
        start: index, in the conversation, of the trunk's first utterance.
        n_head: segments before it.
    """

    tree: PromptTree
    tokens: TokenisedTree
    start: int
    n_head: int

    def questions(self) -> Iterator[tuple[Question, TokenisedQuestion]]:
        """Yields each question of the part in words and in tokens."""
        return ((self.tree.questions[question.number], question) for question in self.tokens.questions)


@dataclass(frozen=True, slots=True)
class Words:
    """What a segment of a row is.

    Attributes:
        kind: `instruction`, `opening`, `turn`, `question` or `option`.
        text: its words.
        turn: the turn that it is, or that is asked about, from 1; None in the head.
        task: that asks; empty in the trunk.
        gold: whether it is the gold option.
    """

    kind: str
    text: str
    turn: int | None = None
    task: str = ""
    gold: bool = False


@dataclass(frozen=True, slots=True)
class PlacedSegment:
    """A segment where it stands in its row.

    Attributes:
        number: of the segment in the row, from 0.
        words: what it is.
        tokens: its first token in the row, and the one after its last.
        positions: the position ids of these two.
        sees: numbers of the segments that all of it sees; of itself, a token sees what stands before it.
    """

    number: int
    words: Words
    tokens: Span
    positions: Span
    sees: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """Rows as a model would read them.

    Attributes:
        rows: the segments of each row.
        n_packed: tokens of all rows.
        n_flat: tokens of one prompt per question, with all of its options after it.
    """

    rows: list[list[PlacedSegment]]
    n_packed: int
    n_flat: int


def lay_out(parts: Iterable[Part], row_tokens: int) -> Layout:
    """Returns the rows that these trees are packed into."""
    small = [
        Part(part.tree, tokens, part.start, part.n_head)
        for part in parts
        for tokens in split_tree(part.tokens, row_tokens)
        if tokens.questions
    ]
    rows, n_packed = [], 0
    for indices in fill_rows([part.tokens for part in small], row_tokens):
        together = [small[index] for index in indices]
        row = pack_row([part.tokens for part in together])
        rows.append(_placed(row, list(_words(together))))
        n_packed += len(row)
    n_flat = sum(_flat_size(part.tokens, question) for part in small for _, question in part.questions())
    return Layout(rows, n_packed, n_flat)


def _flat_size(tree: TokenisedTree, question: TokenisedQuestion) -> int:
    return len(tree.prompt(question)) + sum(len(option) - 1 for option in question.options)


def _words(parts: Sequence[Part]) -> Iterator[Words]:
    """Yields what each segment of a row is, in the order in which `pack_row` lays them."""
    n_shared = shared_head([part.tokens for part in parts]) if len(parts) > 1 else 0
    yield from (_trunk_words(parts[0], number) for number in range(n_shared))
    for part in parts:
        yield from (_trunk_words(part, number) for number in range(n_shared, len(part.tokens.trunk)))
        for question, tokens in part.questions():
            turn, task = question.utterance + 1, question.task
            if tokens.branch:
                yield Words("question", question.text, turn, task)
            for option, number in zip(tokens.options, tokens.numbers, strict=True):
                if len(option) > 1:
                    yield Words("option", question.options[number], turn, task, number == question.answer)


def _trunk_words(part: Part, number: int) -> Words:
    text = part.tree.trunk[number].text
    if number < part.n_head:
        return Words("opening" if number else "instruction", text)
    return Words("turn", text, part.start + number - part.n_head + 1)


def _placed(row: PackedRow, words: Sequence[Words]) -> list[PlacedSegment]:
    """Returns the segments of a row that have a token, each with what it is."""
    found, starts, sizes = np.unique(row.segment_ids, return_index=True, return_counts=True)
    present = set(found.tolist())
    placed = []
    for number, start, size in zip(found.tolist(), starts.tolist(), sizes.tolist(), strict=True):
        place = int(row.position_ids[start])
        sees = tuple(other for other in _seen(row, start) if other in present)
        placed.append(PlacedSegment(number, words[number], (start, start + size), (place, place + size), sees))
    return placed


def _seen(row: PackedRow, token: int) -> list[int]:
    """Returns the segments before its own that a token sees; see `PackedRow`."""
    parent, head, first, last = (
        int(part[token]) for part in (row.parents, row.sees_head, row.sees_from, row.sees_up_to)
    )
    seen = {*range(head + 1), *range(first, last + 1), parent}
    return sorted(number for number in seen if 0 <= number < row.segment_ids[token])
