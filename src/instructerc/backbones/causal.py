"""The `causal` backbone: any causal language model of Hugging Face, read through packed prompt trees."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from instructerc.backbones.adapters import AdapterOptions, add_adapter, load_adapter
from instructerc.backbones.base import FloatArray, RecomputedTrunk, log_softmax
from instructerc.backbones.block_attention import use_blocks
from instructerc.backbones.hub import LoadOptions, check_consent, load_tokenizer, load_weights
from instructerc.backbones.llm_tokenizer import PromptTokenizer, check_window
from instructerc.backbones.packing_check import choose_path, context_window, inner_model, is_out_of_memory, unpackable
from instructerc.backbones.row_scoring import (
    RowTensors,
    cached_log_probs,
    flat_tensors,
    leaf_log_probs,
    packed_for,
)
from instructerc.errors import ModelError
from instructerc.prompts import History, PromptTree, Question, Segment
from instructerc.prompts.rows import (
    Leaves,
    TokenisedTree,
    fill_rows,
    flat_rows,
    pack_row,
    split_tree,
)

FILE = "causal.json"


@dataclass(frozen=True)
class CausalOptions:
    """How a causal language model is loaded and read.

    Attributes:
        base: hub name or folder of the base model.
        max_tokens: window of a prompt, in tokens.
        load: how the weights are loaded.
        chat: whether prompts go through the model's chat template.
        end_token: ends each option; the tokenizer's own where None.
        packing: `auto` packs where the model takes the mask; else the path that is taken.
        row_tokens: tokens of a packed row, and of a flat batch.
        length_normalised: whether an option's log-probability is a mean over its tokens, not their sum.
    """

    base: str
    max_tokens: int = 1024
    load: LoadOptions = field(default_factory=LoadOptions)
    chat: bool = False
    end_token: str | None = None
    packing: Literal["auto", "packed", "cached", "flat"] = "auto"
    row_tokens: int = 1024
    length_normalised: bool = False


@dataclass(frozen=True)
class TrainingPiece:
    """Questions with their gold options, and the weight of each one's loss."""

    tree: TokenisedTree
    weights: tuple[float, ...]


class CausalBackbone:
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
    spells_options = True
    pads = False

    def __init__(self, model: Any, tokenizer: PromptTokenizer, history: History, options: CausalOptions) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.history = history
        self.options = options
        self.budget = options.max_tokens - len(tokenizer.prefix)
        self.row_tokens = options.row_tokens
        in_blocks = use_blocks(inner_model(model))
        if options.packing == "auto":
            self.path, self.path_reason = choose_path(model, tokenizer.prefix, options.max_tokens, options.load.dtype)
            if self.path != "packed" and in_blocks:
                inner_model(model).set_attn_implementation("sdpa")
                self.path, self.path_reason = choose_path(
                    model, tokenizer.prefix, options.max_tokens, options.load.dtype
                )
        else:
            fault = unpackable(model, options.max_tokens) if options.packing == "packed" else ""
            if fault:
                raise ModelError(
                    f"packing is 'packed', and packed rows of this model give other answers: {fault}; use auto"
                )
            self.path, self.path_reason = options.packing, "" if options.packing == "packed" else "asked for"

    @classmethod
    def from_base(
        cls, options: CausalOptions, history: History, adapter: AdapterOptions | None = None
    ) -> CausalBackbone:
        """Returns an untrained backbone on base weights, with a new adapter where one is given.

        Raises:
            ModelError: weights or a tokenizer that cannot be used.
            InputError: a longer window than the model's.
        """
        tokenizer = load_tokenizer(options.base, options.load)
        model = load_weights(AutoModelForCausalLM, options.base, options.load)
        window = context_window(model)
        if window is not None and adapter is not None and adapter.method == "prefix":
            window -= adapter.virtual_tokens
        check_window(options.max_tokens, window, options.base)
        prompt_tokenizer = PromptTokenizer(
            tokenizer, options.max_tokens, chat=options.chat, end_token=options.end_token
        )
        # What is not trained is frozen: `save` then writes down its name alone.
        model = add_adapter(model, adapter) if adapter else model.requires_grad_(False)
        return cls(model, prompt_tokenizer, history, options)

    @classmethod
    def load(cls, folder: Path) -> CausalBackbone:
        """Returns the backbone that `save` wrote.

        Raises:
            ModelError: a file that is missing or damaged, or a base model that cannot be had.
        """
        options, history = read_options(folder)
        # An exported model has all its files side by side, as plain checkpoints do.
        merged = (folder / "config.json").is_file()
        tokenizer = load_tokenizer(str(folder if merged else folder / "tokenizer"), options.load)
        if merged or (folder / "model").is_dir():
            model = load_weights(AutoModelForCausalLM, str(folder if merged else folder / "model"), options.load)
        else:
            model = load_weights(AutoModelForCausalLM, options.base, options.load)
            adapter = folder / "adapter"
            # What is not trained is frozen, here as in `from_base`.
            model = load_adapter(model, adapter) if adapter.is_dir() else model.requires_grad_(False)
        prompt_tokenizer = PromptTokenizer(
            tokenizer, options.max_tokens, chat=options.chat, end_token=options.end_token
        )
        return cls(model, prompt_tokenizer, history, options)

    def save(self, folder: Path, state: dict[str, Tensor] | None = None) -> None:
        """Writes the adapter in PEFT's format, or all weights where there is none, with tokenizer and settings.

        An untouched base model is not copied: its name is written down.

        Args:
            folder: where to.
            state: all weights, where the model's own are spread over processes.
        """
        folder.mkdir(parents=True, exist_ok=True)
        write_options(folder, self.options, self.history)
        self.tokenizer.tokenizer.save_pretrained(folder / "tokenizer")
        if hasattr(self.model, "peft_config"):
            self.model.save_pretrained(folder / "adapter", state_dict=state)
        elif any(parameter.requires_grad for parameter in self.model.parameters()):
            self.model.save_pretrained(folder / "model", state_dict=state)

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
        """Returns the log-probability of each option's tokens, not normalised over the options."""
        pieces = [
            (number, part)
            for number, tree in enumerate(trees)
            for part in self._parts(self.tokenizer.tokenise(tree))
            if part.questions
        ]
        scores = [[np.zeros(len(question.options), np.float32) for question in tree.questions] for tree in trees]
        training = self.model.training
        self.model.eval()
        try:
            with torch.inference_mode():
                for row in self._batches([part for _, part in pieces]):
                    self._score_row([pieces[index][1] for index in row], [pieces[index][0] for index in row], scores)
        finally:
            self.model.train(training)
        return scores

    def _parts(self, tree: TokenisedTree) -> list[TokenisedTree]:
        """Returns a tree in the parts that are read by themselves."""
        if self.path == "cached":
            return [tree]
        if self.path == "packed":
            return split_tree(tree, self.row_tokens)
        return _singles(tree)

    def _batches(self, parts: Sequence[TokenisedTree]) -> Iterable[list[int]]:
        """Returns which parts are read together."""
        if self.path == "cached":
            return [[index] for index in range(len(parts))]
        if self.path == "packed":
            return fill_rows(parts, self.row_tokens)
        return _flat_groups([_padded_size(part) for part in parts], self.row_tokens)

    def _score_row(
        self, trees: Sequence[TokenisedTree], numbers: Sequence[int], scores: Sequence[Sequence[FloatArray]]
    ) -> None:
        """Writes the scores of one row's questions to their places; halves it where memory does not hold it."""
        values: FloatArray | None = None
        try:
            values, leaves = self._run(trees)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        if values is None:
            for part, some in halves(trees, numbers):
                self._score_row(part, some, scores)
            return
        if self.options.length_normalised:
            values = np.divide(values, leaves.length, dtype=np.float32)
        for value, tree, question, option in zip(values, leaves.tree, leaves.question, leaves.number, strict=True):
            scores[numbers[tree]][question][option] = value

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

    def rows(self, trees: Sequence[PromptTree], scale: float = 1.0) -> list[list[TrainingPiece]]:
        """Returns a training step's questions that have a gold option, in rows that memory holds.

        Args:
            trees: the trees of the step.
            scale: share of `row_tokens` that a row may take, where memory did not hold a whole one.
        """
        row_tokens = int(self.row_tokens * scale)
        pieces = []
        for tree in trees:
            whole = self.tokenizer.tokenise(tree, gold_only=True)
            parts = split_tree(whole, row_tokens, scale) if self.path == "packed" else _singles(whole)
            pieces += [
                TrainingPiece(part, tuple(tree.questions[question.number].weight for question in part.questions))
                for part in parts
                if part.questions
            ]
        if self.path == "packed":
            rows = list(fill_rows([piece.tree for piece in pieces], row_tokens))
        else:
            rows = _flat_groups([_padded_size(piece.tree) for piece in pieces], row_tokens)
        return [[pieces[index] for index in row] for row in rows]

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

    def size(self, tree: PromptTree) -> int:
        """Returns the tokens of a tree in training."""
        return len(self.tokenizer.tokenise(tree, gold_only=True))


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
            "memory does not hold a single question; lower max_tokens, or use a smaller or quantised model"
        )
    middle = len(questions) // 2
    # Of the trunk, a part keeps what its questions see.
    parts = [
        TokenisedTree(trees[0].trunk[: some[-1].after + 1], tuple(some))
        for some in (questions[:middle], questions[middle:])
    ]
    return [([part], list(numbers)) for part in parts]


def _singles(tree: TokenisedTree) -> list[TokenisedTree]:
    """Returns a tree for each question."""
    return [TokenisedTree(tree.trunk[: one.after + 1], (one,)) for one in tree.questions]


def _padded_size(single: TokenisedTree) -> int:
    """Returns the tokens of a question's flat prompts, one for each of its options."""
    (question,) = single.questions
    return (len(single.prompt(question)) + max(map(len, question.options)) - 1) * len(question.options)


def _flat_groups(sizes: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Returns which single questions share a batch of at most `batch_tokens` padded tokens, or of one question."""
    groups: list[list[int]] = []
    size = 0
    for index in sorted(range(len(sizes)), key=lambda number: -sizes[number]):
        if not groups or (len(groups[-1]) + 1) * size > batch_tokens:
            groups.append([])
            size = sizes[index]
        groups[-1].append(index)
    return groups


def write_options(folder: Path, options: CausalOptions, history: History) -> None:
    """Writes how the model is loaded and read into `folder`."""
    data = {"options": asdict(options), "history": asdict(history)}
    (folder / FILE).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def read_options(folder: Path) -> tuple[CausalOptions, History]:
    """Returns what `write_options` wrote.

    Raises:
        ModelError: no such file, a damaged one, or one that asks for code or pickles that nobody agreed to.
    """
    try:
        data = json.loads((folder / FILE).read_text(encoding="utf-8"))
        load = LoadOptions(**data["options"].pop("load"))
        options, history = CausalOptions(load=load, **data["options"]), History(**data["history"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"model folder {folder}: {FILE} is missing or damaged ({error})") from error
    check_consent(load, folder)
    return options, history
