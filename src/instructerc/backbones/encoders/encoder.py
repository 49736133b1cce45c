"""The `encoder` backbone: a bidirectional encoder read utterance-causally, in torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoConfig, AutoModel, AutoTokenizer

from instructerc.backbones.base import FloatArray, RecomputedTrunk, log_softmax
from instructerc.backbones.base_models.weights import resolve_base
from instructerc.backbones.batching import length_groups
from instructerc.backbones.encoders.check import check_encoder, naming_family
from instructerc.backbones.encoders.embedded import GRAPH
from instructerc.backbones.encoders.encoder_batch import EncoderBatch, collate
from instructerc.backbones.encoders.encoder_model import EncoderModel
from instructerc.backbones.encoders.exported_weights import model_of_graph
from instructerc.backbones.encoders.measuring import SegmentMeasure
from instructerc.backbones.encoders.reading import readable_tokens
from instructerc.backbones.encoders.segments import SegmentTokenizer, history_from_window
from instructerc.backbones.evaluating import evaluating
from instructerc.errors import MissingExtra, ModelError, one_line, reason_of
from instructerc.prompts import History, PromptTree

_SCORE_CHARACTERS = 16384
# Trees shorter than this share of the longest one are padded for too much: they make a batch of their own.
_ALIKE = 0.6


def _characters(tree: PromptTree) -> int:
    return sum(len(segment.text) for segment in tree.trunk)


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


def _load_base(name: str) -> tuple[Any, Any]:
    """Returns an encoder and its tokenizer by hub name or folder.

    Raises:
        ModelError: they cannot be found or read.
    """
    folder = resolve_base(name)
    try:
        options = {"use_safetensors": True, "dtype": torch.float32, "config": _attending_whole(folder)}
        encoder = _without_pooler(AutoModel.from_pretrained, folder, **options)
        return encoder, AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise ModelError(f"base weights {name!r}: {reason_of(error)}") from error


def _special_tokens(tokenizer: Any) -> dict[str, str]:
    """Returns what marks where segments begin and end.

    Raises:
        ValueError: a tokenizer without one of these tokens.
    """
    found = {name: getattr(tokenizer, name) for name in ("cls_token", "sep_token", "pad_token")}
    missing = [name for name, token in found.items() if token is None]
    if missing:
        raise ValueError(f"its tokenizer has no {' and no '.join(missing)}")
    return dict(zip(("start_token", "end_token", "pad_token"), found.values(), strict=True))


class EncoderBackbone(SegmentMeasure):
    """An `EncoderModel` with its tokenizer, as a backbone.

    Args:
        model: the model.
        tokenizer: its tokenizer.
        history: earlier turns that a target sees.
    """

    kind = "encoder"
    pads = True

    def __init__(self, model: EncoderModel, tokenizer: SegmentTokenizer, history: History | None = None) -> None:
        super().__init__(tokenizer, history)
        self.model = model
        # A run switches the model's mode for a while.
        self._running = RLock()

    @classmethod
    def from_base(cls, name: str, max_tokens: int, history: History | None = None) -> EncoderBackbone:
        """Returns an untrained backbone on base weights by hub name or folder.

        Raises:
            ModelError: weights that cannot be found, are not safetensors, whose window is shorter than asked, or of a
                family that packed rows cannot be read with.
        """
        encoder, tokenizer = _load_base(name)
        with naming_family(encoder, name):
            window = readable_tokens(encoder)
            if max_tokens > window:
                raise ModelError(f"base weights {name!r} read {window} tokens; max_tokens is {max_tokens}")
            segments = SegmentTokenizer(tokenizer.backend_tokenizer, max_tokens, **_special_tokens(tokenizer))
            model = EncoderModel(encoder)
            check_encoder(encoder, model.reading, name)
        return cls(model, segments, history)

    @classmethod
    def load(cls, folder: Path) -> EncoderBackbone:
        """Returns the backbone that `save` wrote, or one with the weights of an exported model.

        Raises:
            ModelError: a file that is missing or damaged.
            MissingExtra: an exported model, without onnx.
        """
        try:
            window = json.loads((folder / "window.json").read_text(encoding="utf-8"))
            if (folder / GRAPH).exists():
                model = model_of_graph(folder)
            else:
                config = AutoConfig.from_pretrained(folder / "encoder")
                model = EncoderModel(_without_pooler(AutoModel.from_config, config))
                model.load_state_dict(load_file(folder / "model.safetensors"))
            check_encoder(model.encoder, model.reading, str(folder))
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            history = history_from_window(window)
            return cls(model, SegmentTokenizer(tokenizer, **window), history)
        except (ModelError, MissingExtra):
            raise
        except Exception as error:
            raise ModelError(f"model folder {folder}: {one_line(error, 300)}") from error

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

    def score(self, trees: Sequence[PromptTree]) -> list[list[FloatArray]]:
        """Returns log p(option | prompt) of each question of each tree; see `Backbone.score`."""
        with self._running:
            return self._score(trees)

    def _score(self, trees: Sequence[PromptTree]) -> list[list[FloatArray]]:
        answers: list[list[FloatArray]] = [[] for _ in trees]
        asked = [index for index, tree in enumerate(trees) if tree.questions]
        with evaluating(self.model):
            for batch in length_groups([_characters(trees[index]) for index in asked], _SCORE_CHARACTERS):
                numbers = [asked[place] for place in batch]
                rows = self._collate([trees[index] for index in numbers])
                scores = iter(self.model(rows).cpu().numpy())
                for index in numbers:
                    answers[index] = [
                        log_softmax(next(scores)[: len(question.options)]) for question in trees[index].questions
                    ]
        return answers

    def _collate(self, trees: Sequence[PromptTree]) -> EncoderBatch:
        in_order, later = self.model.reading.order_is_position, self.history.shows_later
        return collate(trees, self.tokenizer, in_order, later).to(self.device)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.model.parameters()).device

    def fits(self, tree: PromptTree) -> bool:
        """Returns whether the model's window holds every prompt of a tree."""
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
