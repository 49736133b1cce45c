"""The `encoder` backbone: a bidirectional encoder read utterance-causally, in torch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer

from instructerc.backbones.base import FloatArray, RecomputedTrunk, log_softmax
from instructerc.backbones.base_models.weights import resolve_base
from instructerc.backbones.encoders.check import check_encoder
from instructerc.backbones.encoders.reading import EncoderReading, readable_tokens
from instructerc.backbones.encoders.segments import SegmentTokenizer, history_from_window
from instructerc.errors import ModelError
from instructerc.prompts import PADDING_SEGMENT, History, PromptTree, Question, Segment, visibility

_SCORE_CHARACTERS = 16384
_MULTIPLE = 8
_OPTION_ROW = 64
# Trees shorter than this share of the longest one are padded for too much: they make a batch of their own.
_ALIKE = 0.6


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


def collate(trees: Sequence[PromptTree], tokenizer: SegmentTokenizer, in_order: bool = False) -> EncoderBatch:
    """Returns the padded batch of these trees.

    Args:
        trees: the trees.
        tokenizer: tokenises them.
        in_order: gives each branch a row of its own, in which it stands right behind what it sees, and each option too.
    """
    rows, places = _rows(trees, in_order)
    packed = [tokenizer.pack(row) for row in rows]
    shape = (len(rows), _padded(max(map(len, packed))))
    tokens, positions = np.full(shape, tokenizer.pad_id), np.zeros(shape, np.int64)
    segments, sees = np.full(shape, PADDING_SEGMENT), np.zeros(shape, np.int64)
    for row, item in enumerate(packed):
        size = len(item)
        tokens[row, :size], positions[row, :size] = item.token_ids, item.position_ids
        segments[row, :size], sees[row, :size] = item.segment_ids, item.sees_up_to
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


def _option_rows(texts: Sequence[Sequence[int]], pad_id: int, in_order: bool) -> tuple[Tensor, ...]:
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


def _characters(tree: PromptTree) -> int:
    return sum(len(segment.text) for segment in tree.trunk)


def _alike(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Yields the numbers of what has a size, in batches of similar sizes that memory holds."""
    batch: list[int] = []
    for index in sorted(np.flatnonzero(sizes).tolist(), key=lambda number: -sizes[number]):
        if batch and (len(batch) + 1) * sizes[batch[0]] > _SCORE_CHARACTERS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


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


class EncoderModel(nn.Module):
    """An encoder with two projections; an option's score is the similarity of its state and the question's.

    Args:
        encoder: a transformers encoder that takes a 4-D mask.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.reading = EncoderReading(encoder)
        hidden = int(encoder.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.query = nn.Linear(hidden, hidden)
        self.option = nn.Linear(hidden, hidden, bias=False)
        # From the identity, training starts at the similarity that the base weights were made for.
        for layer in (self.query, self.option):
            nn.init.eye_(layer.weight)
        nn.init.zeros_(self.query.bias)

    def states(self, token_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Tensor:
        """Returns the last hidden states. Shape: [B, T, H]."""
        return self.reading(self.encoder, token_ids, position_ids, visible)

    def forward(self, batch: EncoderBatch) -> Tensor:
        """Returns the scores of all options, -inf where a question has no such option. Shape: [Q, O], float32."""
        states = self.states(batch.token_ids, batch.position_ids, batch.visible)
        questions = _means(states, batch.answering, batch.answering_from)
        named = self.states(batch.option_ids, batch.option_positions, batch.option_visible)
        options = _means(named, batch.naming, batch.naming_from)
        scores = (self.query(questions) @ self.option(options).T).float() * questions.shape[-1] ** -0.5
        chosen = scores.gather(1, batch.choices.clamp(min=0))
        scores_or_none: Tensor = chosen.masked_fill(batch.choices < 0, -torch.inf)
        return scores_or_none


def _means(states: Tensor, tokens: Tensor, begins: Tensor) -> Tensor:
    """Returns the mean state of each span of tokens. Shape: [N, H]."""
    return nn.functional.embedding_bag(tokens, states.flatten(0, 1), begins, mode="mean")


def _without_pooler(make: Any, source: Any, **options: Any) -> Any:
    """Returns an encoder without the layer over its first token, where its family has one."""
    try:
        return make(source, add_pooling_layer=False, **options)
    except TypeError:
        return make(source, **options)


def _attending_whole(folder: str | Path) -> Any:
    """Returns the configuration without dropout of attention: with it torch computes attention a third slower."""
    config = AutoConfig.from_pretrained(folder)
    for name in ("attention_probs_dropout_prob", "attention_dropout"):
        if hasattr(config, name):
            setattr(config, name, 0.0)
    return config


class EncoderBackbone:
    """An `EncoderModel` with its tokenizer, as a backbone.

    Args:
        model: the model.
        tokenizer: its tokenizer.
        history: earlier turns that a target sees.
    """

    kind = "encoder"
    spells_options = False
    worth_copying = False
    pads = True

    def __init__(self, model: EncoderModel, tokenizer: SegmentTokenizer, history: History | None = None) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.history = history or History()
        self.budget = tokenizer.max_tokens - 1
        # A run switches the model's mode for a while.
        self._running = RLock()

    @classmethod
    def from_base(cls, name: str, max_tokens: int, history: History | None = None) -> EncoderBackbone:
        """Returns an untrained backbone on base weights by hub name or folder.

        Raises:
            ModelError: weights that cannot be found, are not safetensors, or whose window is shorter than asked.
        """
        folder = resolve_base(name)
        try:
            options = {"use_safetensors": True, "dtype": torch.float32, "config": _attending_whole(folder)}
            encoder = _without_pooler(AutoModel.from_pretrained, folder, **options)
            tokenizer = AutoTokenizer.from_pretrained(folder)
        except (OSError, ValueError, TypeError) as error:
            raise ModelError(f"base weights {name!r}: {' '.join(str(error).split())}") from error
        window = readable_tokens(encoder)
        if max_tokens > window:
            raise ModelError(f"base weights {name!r} read {window} tokens; max_tokens is {max_tokens}")
        specials = {
            "start_token": tokenizer.cls_token,
            "end_token": tokenizer.sep_token,
            "pad_token": tokenizer.pad_token,
        }
        segments = SegmentTokenizer(tokenizer.backend_tokenizer, max_tokens, **specials)
        model = EncoderModel(encoder)
        check_encoder(encoder, model.reading, name)
        return cls(model, segments, history)

    @classmethod
    def load(cls, folder: Path) -> EncoderBackbone:
        """Returns the backbone that `save` wrote.

        Raises:
            ModelError: a file that is missing or damaged.
        """
        try:
            window = json.loads((folder / "window.json").read_text(encoding="utf-8"))
            config = AutoConfig.from_pretrained(folder / "encoder")
            model = EncoderModel(_without_pooler(AutoModel.from_config, config))
            model.load_state_dict(load_file(folder / "model.safetensors"))
            check_encoder(model.encoder, model.reading, str(folder))
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            history = history_from_window(window)
            return cls(model, SegmentTokenizer(tokenizer, **window), history)
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"model folder {folder}: {' '.join(str(error).split())[:300]}") from error

    def save(self, folder: Path, state: dict[str, Tensor] | None = None) -> None:
        """Writes weights, configuration and tokenizer into `folder`; see `TrainableBackbone.save`."""
        folder.mkdir(parents=True, exist_ok=True)
        weights = self.model.state_dict() if state is None else state
        whole = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
        save_file(whole, folder / "model.safetensors")
        self.model.encoder.config.save_pretrained(folder / "encoder")  # type: ignore[union-attr, operator]
        self.save_tokenizer(folder)

    def save_tokenizer(self, folder: Path) -> None:
        """Writes the tokenizer and how it is used into `folder`."""
        self.tokenizer.tokenizer.save(str(folder / "tokenizer.json"))
        window: dict[str, Any] = {
            "max_tokens": self.tokenizer.max_tokens,
            "history": self.history.mode,
            "min_history": self.history.turns,
            **self.tokenizer.special_tokens,
        }
        (folder / "window.json").write_text(json.dumps(window, indent=2) + "\n", encoding="utf-8")

    def segment_lengths(self, texts: Sequence[str]) -> list[tuple[int, bool]]:
        """Returns, for each segment text, its tokens as used and whether it had to be cut."""
        return [(len(ids), cut) for ids, cut in self.tokenizer.segments(texts)]

    def head_length(self, head: Sequence[Segment]) -> int:
        """Returns the tokens of the instruction; an empty one has none."""
        return sum(length for length, _ in self.segment_lengths([segment.text for segment in head if segment.text]))

    def reserve(self, questions: Sequence[Question]) -> int:
        """Returns the tokens of the longest branch; an option is read by itself."""
        branches = self.segment_lengths([question.text for question in questions if question.text])
        return max((length for length, _ in branches), default=0)

    def check_options(self, options: Sequence[str]) -> None:
        """Refuses nothing: options are compared by their states, and words that are not known still have one."""

    def score(self, trees: Sequence[PromptTree]) -> list[list[FloatArray]]:
        """Returns log p(option | prompt) of each question of each tree; see `Backbone.score`."""
        with self._running:
            return self._score(trees)

    def _score(self, trees: Sequence[PromptTree]) -> list[list[FloatArray]]:
        answers: list[list[FloatArray]] = [[] for _ in trees]
        training = self.model.training
        self.model.eval()
        with torch.inference_mode():
            for batch in _alike([_characters(tree) if tree.questions else 0 for tree in trees]):
                rows = self._collate([trees[index] for index in batch])
                scores = iter(self.model(rows).cpu().numpy())
                for index in batch:
                    answers[index] = [
                        log_softmax(next(scores)[: len(question.options)]) for question in trees[index].questions
                    ]
        self.model.train(training)
        return answers

    def _collate(self, trees: Sequence[PromptTree]) -> EncoderBatch:
        return collate(trees, self.tokenizer, self.model.reading.order_is_position).to(self.device)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.model.parameters()).device

    def fits(self, tree: PromptTree) -> bool:
        """Says whether the model's window holds every prompt of a tree."""
        texts = [*(segment.text for segment in tree.trunk), *(question.text for question in tree.questions)]
        # A token has a character or more, but for what is named by words.
        if sum(len(text) + 2 for text in texts) < self.tokenizer.max_tokens and all(map(str.isascii, texts)):
            return True
        return int(self.tokenizer.pack(tree).position_ids.max()) < self.tokenizer.max_tokens

    def rows(self, trees: Sequence[PromptTree], scale: float = 1.0) -> list[list[PromptTree]]:
        """Returns the trees of a step in batches of similar length; see `TrainableBackbone.rows`."""
        sizes = list(map(_characters, trees))
        most = max(1, round(len(trees) * scale))
        rows: list[list[PromptTree]] = []
        longest = 0
        for index in sorted(range(len(trees)), key=lambda number: -sizes[number]):
            if not rows or len(rows[-1]) >= most or sizes[index] < _ALIKE * longest:
                rows.append([])
                longest = sizes[index]
            rows[-1].append(trees[index])
        return rows

    def loss(self, model: Any, row: Sequence[PromptTree]) -> Tensor:
        """Returns the weighted cross-entropy of the gold options, a sum over the questions that have one."""
        batch = self._collate(row)
        log_probs = model(batch).log_softmax(-1).masked_fill(batch.choices < 0, 0)
        losses = -(batch.targets * log_probs).sum(-1)
        total: Tensor = (losses * batch.weights).sum()
        return total

    def live(self) -> RecomputedTrunk:
        """Returns an empty trunk for one live conversation."""
        return RecomputedTrunk(self)
