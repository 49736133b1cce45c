"""What backbones on language models share: they spell options after prompts, row by row, and memory may run out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from instructerc.backbones.base import Dtype, FloatArray, RecomputedTrunk, log_softmax
from instructerc.backbones.evaluating import evaluating
from instructerc.backbones.language_models.model_folder import read_model, write_model
from instructerc.backbones.language_models.packing_check import is_out_of_memory
from instructerc.backbones.language_models.row_scoring import RowTensors, leaf_log_probs
from instructerc.backbones.language_models.tokenizer import PromptTokenizer
from instructerc.backbones.options import BackboneOptions
from instructerc.errors import ModelError
from instructerc.prompts import History, PromptTree, Question, Segment
from instructerc.prompts.rows import Leaves, TokenisedTree


@dataclass(frozen=True)
class TrainingPiece:
    """Questions with their gold options, and the weight of each one's loss."""

    tree: TokenisedTree
    weights: tuple[float, ...]


class LanguageModelBackbone(ABC):
    """A language model with its tokenizer, as a backbone; a kind of model says how its rows are laid out and run.

    Many threads may ask one: prompts are prepared beside one another, and the model runs for one thread at a time.

    Args:
        model: a transformers model, or a PEFT model around one.
        tokenizer: its tokenizer.
        history: earlier turns that a target sees.
        options: how it is read.

    Attributes:
        path: `packed`, or the fallback that the model needs.
        path_reason: why it is not `packed`; empty where it is.
    """

    kind: str
    # The transformers class that reads its weights.
    reads: ClassVar[Any]
    spells_options = True
    pads = False
    path: str
    path_reason: str

    def __init__(self, model: Any, tokenizer: PromptTokenizer, history: History, options: BackboneOptions) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.history = history
        self.options = options
        self.budget = options.max_tokens - len(tokenizer.prefix)
        self.row_tokens = options.row_tokens
        # A run patches modules and switches the model's mode for a while.
        self._running = RLock()

    @property
    def dtype(self) -> Dtype:
        """What the base weights are held in."""
        return self.options.dtype

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Returns the backbone that `save` wrote.

        Raises:
            ModelError: a file that is missing or damaged, or a base model that cannot be found.
        """
        model, tokenizer, options, history = read_model(cls.reads, folder, cls.kind)
        return cls(model, tokenizer, history, options)

    @abstractmethod
    def row_tensors(self, trees: Sequence[TokenisedTree]) -> tuple[RowTensors, Leaves]:
        """Returns one row on the device, and what is read off it."""

    @abstractmethod
    def _parts(self, tree: TokenisedTree, row_tokens: int, slack: float, training: bool) -> list[TokenisedTree]:
        """Returns a tree in the parts that are read by themselves.

        Args:
            tree: the tree.
            row_tokens: tokens of a row.
            slack: see `split_tree`.
            training: whether gradients are needed.
        """

    @abstractmethod
    def _groups(self, parts: Sequence[TokenisedTree], row_tokens: int, training: bool) -> Iterable[list[int]]:
        """Returns which parts share a row."""

    @abstractmethod
    def _run(self, trees: Sequence[TokenisedTree]) -> tuple[FloatArray, Leaves]:
        """Returns the log-probability of each option of a row, and what it belongs to. Shape: [L]."""

    def save(self, folder: Path, state: dict[str, Tensor] | None = None) -> None:
        """Writes the adapter, or all weights where they are trained, with tokenizer and settings; see `write_model`."""
        write_model(folder, self.model, self.tokenizer, self.options, self.history, state)

    def segment_lengths(self, texts: Sequence[str]) -> list[tuple[int, bool]]:
        """Returns, for each segment text, its tokens as used and whether it had to be cut."""
        return [(len(ids), cut) for ids, cut in self.tokenizer.pieces(texts, "segment")]

    def head_length(self, head: Sequence[Segment]) -> int:
        """Returns the tokens of the instruction and the opening."""
        return self.tokenizer.head_length(head)

    def reserve(self, questions: Sequence[Question]) -> int:
        """Returns the most tokens that one of these questions takes with its longest option."""
        return self.tokenizer.reserve(questions)

    def check_options(self, options: Sequence[str]) -> None:
        """Raises LabelError if the model could not tell two of these option texts apart, or read one of them."""
        self.tokenizer.check_options(options)

    def live(self) -> RecomputedTrunk:
        """Returns an empty trunk for one live conversation."""
        return RecomputedTrunk(self)

    def score(self, trees: Sequence[PromptTree]) -> list[list[FloatArray]]:
        """Returns log p(option | prompt) of each question of each tree; see `Backbone.score`.

        A row that does not fit into memory is halved, and halved again, until one question alone is left.
        """
        scores = self.option_scores(trees)
        return [[log_softmax(values) for values in answers] for answers in scores]

    def option_scores(self, trees: Sequence[PromptTree]) -> list[list[FloatArray]]:
        """Returns the log-probability of each option's tokens, not normalised over the options.

        Raises:
            ModelError: answers that are no numbers.
        """
        pieces = [
            (number, part)
            for number, tree in enumerate(trees)
            for part in self._parts(self.tokenizer.tokenise(tree), self.row_tokens, 1.0, training=False)
            if part.questions
        ]
        scores = [[np.zeros(len(question.options), np.float32) for question in tree.questions] for tree in trees]
        with self._running, evaluating(self.model):
            for row in self._groups([part for _, part in pieces], self.row_tokens, training=False):
                numbers, parts = zip(*(pieces[index] for index in row), strict=True)
                score_in_parts(self._run, parts, numbers, scores, self.options.length_normalised)
        self._check_numbers(scores)
        return scores

    def _check_numbers(self, scores: Sequence[Sequence[FloatArray]]) -> None:
        """Raises ModelError if an answer is no number: what overflows in half precision would look like any answer."""
        if any(np.isnan(values).any() for answers in scores for values in answers):
            dtype = self.options.dtype
            reason = (
                "it leaves the range of these; hold it in bfloat16 or float32"
                if dtype == "float16"
                else "its weights may be damaged, or have left all bounds in training"
            )
            raise ModelError(f"{self.options.base} gives values that are not numbers in {dtype}: {reason}")

    def fits(self, tree: PromptTree) -> bool:
        """Returns whether the model's window holds every prompt of a tree."""
        tokenised = self.tokenizer.tokenise(tree)
        longest = max(
            (len(tokenised.prompt(one)) + max(map(len, one.options)) for one in tokenised.questions), default=0
        )
        return longest <= self.options.max_tokens

    def rows(self, trees: Sequence[PromptTree], scale: float = 1.0) -> list[list[TrainingPiece]]:
        """Returns a training step's questions that have a gold option, in rows that memory holds.

        Args:
            trees: the trees of the step.
            scale: share of `row_tokens` that a row may take, where memory did not hold a whole one.
        """
        row_tokens = int(self.row_tokens * scale)
        pieces = [
            TrainingPiece(part, tuple(tree.questions[question.number].weight for question in part.questions))
            for tree in trees
            for part in self._parts(self.tokenizer.tokenise(tree, gold_only=True), row_tokens, scale, training=True)
            if part.questions
        ]
        groups = self._groups([piece.tree for piece in pieces], row_tokens, training=True)
        return [[pieces[index] for index in group] for group in groups]

    def loss(self, model: Any, row: Sequence[TrainingPiece]) -> Tensor:
        """Returns the weighted negative log-likelihood of a row's gold options, a sum over its questions.

        Args:
            model: the model, as the trainer wraps it.
            row: what `rows` gave.
        """
        tensors, _ = self.row_tensors([piece.tree for piece in row])
        gold = leaf_log_probs(model, tensors)
        weights = torch.tensor([weight for piece in row for weight in piece.weights], device=gold.device)
        return -(gold * weights).sum()


def single_questions(tree: TokenisedTree) -> list[TokenisedTree]:
    """Returns a tree for each question, with as much trunk as it sees."""
    return [TokenisedTree(tree.trunk[: one.after + 1], (one,)) for one in tree.questions]


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


def halves(trees: Sequence[TokenisedTree], numbers: Sequence[int]) -> list[tuple[list[TokenisedTree], list[int]]]:
    """Returns a row's trees in two parts; a single tree is parted by its questions.

    Raises:
        ModelError: one question alone, which cannot be made smaller.
    """
    if len(trees) > 1:
        middle = len(trees) // 2
        return [(list(trees[part]), list(numbers[part])) for part in (slice(0, middle), slice(middle, len(trees)))]
    questions = sorted(trees[0].questions, key=lambda question: question.after)
    if len(questions) < 2:
        raise ModelError(
            "not even a single question fits into memory; lower max_tokens, or use a smaller or quantised model"
        )
    middle = len(questions) // 2
    # Of the trunk, a part keeps what its questions see.
    parts = [
        TokenisedTree(trees[0].trunk[: some[-1].after + 1], tuple(some))
        for some in (questions[:middle], questions[middle:])
    ]
    return [([part], list(numbers)) for part in parts]
