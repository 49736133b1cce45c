"""The `embedded` backbone: the encoder as an ONNX graph, without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from instructerc.backbones.base import FloatArray, log_softmax
from instructerc.backbones.encoders.graph import BATCHES_WORTH_WORKERS, TOKENS_PER_BATCH, EncoderRunner, lone_row
from instructerc.backbones.encoders.head import Head
from instructerc.backbones.encoders.measuring import SegmentMeasure
from instructerc.backbones.encoders.segments import SegmentTokenizer, history_from_window
from instructerc.digests import file_sha256
from instructerc.errors import ModelError, one_line
from instructerc.prompts import History, PackedTree, PromptTree, Segment
from instructerc.sharing import BoundedCache

GRAPH = "model.onnx"
_CACHED_OPTIONS = 4096


class EmbeddedBackbone(SegmentMeasure):
    """An exported encoder; many threads may share one.

    Args:
        model: path of the ONNX file.
        tokenizer: its tokenizer.
        history: earlier turns that a target sees.
        threads: CPU threads; as many as there are cores where None.

    Attributes:
        runner: runs the graph.
        head: answers the labels that it has learnt; others are compared by their names.

    Raises:
        ModelError: a file that onnxruntime cannot load.
    """

    kind = "embedded"

    def __init__(self, model: Path, tokenizer: SegmentTokenizer, history: History, threads: int | None = None) -> None:
        super().__init__(tokenizer, history)
        self.runner = EncoderRunner(model, tokenizer.pad_id, threads)
        self.head: Head | None = None
        self._options = BoundedCache[str, FloatArray](_CACHED_OPTIONS)

    @classmethod
    def load(cls, folder: Path, sha256: Mapping[str, str], threads: int | None = None) -> EmbeddedBackbone:
        """Returns the backbone in a model folder.

        Raises:
            ModelError: a file that is missing, or whose digest is not the one in `sha256`.
        """
        for name in dict.fromkeys((GRAPH, "tokenizer.json", "window.json", *sha256)):
            path = folder / name
            if not path.is_file():
                raise ModelError(f"model folder {folder} has no {name}; install the package or export the model again")
            if name in sha256 and file_sha256(path) != sha256[name]:
                raise ModelError(f"{path} is damaged: its sha256 is not the one in model.json; install it again")
        try:
            window = json.loads((folder / "window.json").read_text(encoding="utf-8"))
            history = history_from_window(window)
            tokenizer = SegmentTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")), **window)
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"model folder {folder}: {one_line(error, 200)}") from error
        return cls(folder / GRAPH, tokenizer, history, threads)

    def score(self, trees: Sequence[PromptTree]) -> list[list[FloatArray]]:
        """Returns log p(option | prompt) of each question of each tree; see `Backbone.score`."""
        return [
            [self.choose(state, question.options) for state, question in zip(states, tree.questions, strict=True)]
            for states, tree in zip(self.states(trees), trees, strict=True)
        ]

    def states(self, trees: Sequence[PromptTree]) -> list[FloatArray]:
        """Returns the state of each question of each tree, which options are compared with. Shape: [Q, H] each."""
        rows, places = self._rows(trees)
        found = [np.empty((len(tree.questions), self.runner.n_hidden), np.float32) for tree in trees]
        for row_places, states in zip(places, self.runner.states(rows), strict=True):
            for (tree, question), state in zip(row_places, states, strict=True):
                found[tree][question] = state
        return found

    def option_states(self, options: tuple[str, ...]) -> FloatArray:
        """Returns the states of these option texts, which are kept for the next time. Shape: [O, H]."""
        return np.stack(self._options.find(options, self.text_states))

    def text_states(
        self,
        texts: Sequence[str],
        batch_tokens: int = TOKENS_PER_BATCH,
        workers_from: int = BATCHES_WORTH_WORKERS,
    ) -> FloatArray:
        """Returns the states of N texts, each read as a prompt of its own, as options are. Shape: [N, H].

        Args:
            texts: the texts.
            batch_tokens: see `EncoderRunner.states`.
            workers_from: see `EncoderRunner.states`.
        """
        rows = [lone_row((self.tokenizer.start_id, *ids)) for ids, _ in self.tokenizer.segments(texts)]
        return np.concatenate(self.runner.states(rows, "options", batch_tokens, workers_from))

    def choose(self, state: FloatArray, options: tuple[str, ...]) -> FloatArray:
        """Returns log p of each option, given the state of its question. Shape: [O]

        Args:
            state: Shape: [H].
            options: their texts.
        """
        if self.head is not None and self.head.knows(options):
            return log_softmax(self.head.score(state, options, self.option_states))
        return log_softmax(self.option_states(options) @ state)

    def live(self) -> EmbeddedTrunk:
        """Returns an empty trunk for one live conversation."""
        return EmbeddedTrunk(self)

    def _rows(self, trees: Sequence[PromptTree]) -> tuple[list[PackedTree], list[list[tuple[int, int]]]]:
        """Returns the rows to run and, for each row's spans, whose answer they are: (tree, question).

        Questions without words of their own share one row; each other one is a row with its branch laid
        down at the end, which is what it sees.
        """
        rows: list[PackedTree] = []
        places: list[list[tuple[int, int]]] = []
        for number, tree in enumerate(trees):
            plain = [index for index, question in enumerate(tree.questions) if not question.text]
            if plain:
                last = max(tree.questions[index].after for index in plain)
                shared = PromptTree(tree.trunk[: last + 1], tuple(tree.questions[index] for index in plain))
                rows.append(self.tokenizer.pack(shared))
                places.append([(number, index) for index in plain])
            for index, question in enumerate(tree.questions):
                if question.text:
                    rows.append(self.tokenizer.pack(tree.prefix(question)))
                    places.append([(number, index)])
        return rows, places


class EmbeddedTrunk:
    """A live trunk: keys and values of past turns are kept, since later turns never change them.

    One thread at a time may ask; a `LiveSession` sees to that.
    """

    def __init__(self, backbone: EmbeddedBackbone) -> None:
        self.backbone = backbone
        self._segments: tuple[Segment, ...] = ()
        self._past: list[FloatArray] | None = None
        self._past_segments: npt.NDArray[np.int64] | None = None
        self._ahead: EmbeddedTrunk | None = None

    @property
    def nbytes(self) -> int:
        """Memory of the keys and values that are kept, in bytes."""
        return sum(array.nbytes for array in self._past or ()) + (self._ahead.nbytes if self._ahead else 0)

    def prepare(self, tree: PromptTree) -> None:
        """Computes another trunk, or its continuation, with which a later one may begin; `ask` takes it up then."""
        # A copy: a trunk that was copied from this one, for another thread, has the same.
        ahead = copy(self._ahead) if self._ahead else EmbeddedTrunk(self.backbone)
        ahead.ask(tree)
        self._ahead = ahead

    def ask(self, tree: PromptTree) -> list[FloatArray]:
        """Returns what `EmbeddedBackbone.score` gives; questions on the last segment only are quick.

        A trunk that does not continue the last one is recomputed.
        """
        known = len(self._segments)
        last = len(tree.trunk) - 1
        if any(question.text or question.after != last for question in tree.questions):
            return self.backbone.score([tree])[0]
        if known > last or tree.trunk[:known] != self._segments:
            known = self._begin_anew(tree)
        row = self.backbone.tokenizer.pack(tree)
        new = _without(row, int(np.searchsorted(row.segment_ids, known)))
        runner = self.backbone.runner
        result = runner.run([new], self._past, self._past_segments, ["queries", *runner.layers])
        added = [result[name] for name in runner.layers]
        self._past = (
            added
            if self._past is None
            else [np.concatenate(pair, axis=1) for pair in zip(self._past, added, strict=True)]
        )
        self._segments, self._past_segments = tree.trunk, row.segment_ids[None]
        states = result["queries"][0]
        return [
            self.backbone.choose(state, question.options)
            for state, question in zip(states, tree.questions, strict=True)
        ]

    def _begin_anew(self, tree: PromptTree) -> int:
        """Takes up what was prepared, where the tree's trunk begins with it; returns how many segments are known."""
        other, self._ahead = self._ahead or EmbeddedTrunk(self.backbone), None
        known = len(other._segments)
        if known >= len(tree.trunk) or tree.trunk[:known] != other._segments:
            other, known = EmbeddedTrunk(self.backbone), 0
        self._segments, self._past, self._past_segments = other._segments, other._past, other._past_segments
        return known


def _without(row: PackedTree, n_tokens: int) -> PackedTree:
    """Returns a row without its first tokens."""
    return PackedTree(
        row.token_ids[n_tokens:],
        row.position_ids[n_tokens:],
        row.segment_ids[n_tokens:],
        row.sees_up_to[n_tokens:],
        tuple((begin - n_tokens, end - n_tokens) for begin, end in row.spans),
    )
