"""The `embedded` backbone: the encoder as an ONNX graph, without torch.

Every number of a token depends on the tokens it sees and on nothing else: activation scales are fixed in
the file, so a turn scores the same alone, in a batch, and live.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

# onnxruntime sends its makers an identity of this machine unless it is told not to, before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from instructerc.backbones.base import FloatArray, log_softmax
from instructerc.backbones.encoders.head import Head
from instructerc.backbones.encoders.segments import SegmentTokenizer, history_from_window
from instructerc.errors import ModelError
from instructerc.prompts import PADDING_SEGMENT, History, PackedTree, PromptTree, Question, Segment
from instructerc.sharing import BoundedCache, made_once

GRAPH = "model.onnx"
_TOKENS_PER_BATCH = 512
_BATCHES_WORTH_WORKERS = 8
_CACHED_OPTIONS = 4096


class EmbeddedBackbone:
    """An exported encoder; many threads may share one.

    Args:
        model: path of the ONNX file.
        tokenizer: its tokenizer.
        history: earlier turns that a target sees.
        threads: CPU threads; as many as there are cores where None.

    Attributes:
        head: answers the labels that it has learnt; others are compared by their names.

    Raises:
        ModelError: a file that onnxruntime cannot load.
    """

    spells_options = False
    worth_copying = True

    def __init__(self, model: Path, tokenizer: SegmentTokenizer, history: History, threads: int | None = None) -> None:
        self.tokenizer = tokenizer
        self.history = history
        self.budget = tokenizer.max_tokens - 1
        self.threads = threads or os.cpu_count() or 1
        self._model = model
        self.head: Head | None = None
        self.session = self._open(self.threads)
        inputs = {item.name: item for item in self.session.get_inputs()}
        self._past_names = [name for name in inputs if name.startswith("past_") and name != "past_segments"]
        self._hidden = int(inputs[self._past_names[0]].shape[-1])
        self._options = BoundedCache[str, FloatArray](_CACHED_OPTIONS)

    def _open(self, threads: int) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(str(self._model), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelError(f"{self._model} cannot be loaded: {' '.join(str(error).split())[:200]}") from error

    @made_once
    def _lone_session(self) -> onnxruntime.InferenceSession:
        """One thread a batch, several batches at once: quicker than several threads on one batch."""
        return self.session if self.threads == 1 else self._open(1)

    @classmethod
    def load(cls, folder: Path, sha256: Mapping[str, str], threads: int | None = None) -> EmbeddedBackbone:
        """Returns the backbone in a model folder.

        Raises:
            ModelError: a file that is missing, or whose digest is not the one in `sha256`.
        """
        for name in (GRAPH, "tokenizer.json", "window.json"):
            path = folder / name
            if not path.is_file():
                raise ModelError(f"model folder {folder} has no {name}; install the package or export the model again")
            if name in sha256 and hashlib.sha256(path.read_bytes()).hexdigest() != sha256[name]:
                raise ModelError(f"{path} is damaged: its sha256 is not the one in model.json; install it again")
        try:
            window = json.loads((folder / "window.json").read_text(encoding="utf-8"))
            history = history_from_window(window)
            tokenizer = SegmentTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")), **window)
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"model folder {folder}: {' '.join(str(error).split())[:200]}") from error
        return cls(folder / GRAPH, tokenizer, history, threads)

    @property
    def n_hidden(self) -> int:
        """H, the numbers of a state."""
        return self._hidden

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
        return [
            [self._choose(state, question.options) for state, question in zip(states, tree.questions, strict=True)]
            for states, tree in zip(self.states(trees), trees, strict=True)
        ]

    def states(self, trees: Sequence[PromptTree]) -> list[FloatArray]:
        """Returns the state of each question of each tree, which options are compared with. Shape: [Q, H] each."""
        rows, places = self._rows(trees)
        found = [np.empty((len(tree.questions), self._hidden), np.float32) for tree in trees]
        for row, states in self._run_all(rows):
            for (tree, question), state in zip(places[row], states, strict=True):
                found[tree][question] = state
        return found

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

    def _run_all(self, rows: Sequence[PackedTree]) -> Iterator[tuple[int, FloatArray]]:
        """Yields each row's number and the states of its spans, batched by length. Shape: [S, H]."""
        order = sorted(range(len(rows)), key=lambda index: -len(rows[index]))
        batches: list[list[int]] = []
        while order:
            size = max(1, _TOKENS_PER_BATCH // len(rows[order[0]]))
            batches.append(order[:size])
            order = order[size:]
        for batch, states in zip(batches, self._run_batches(rows, batches), strict=True):
            for row, state in zip(batch, states, strict=True):
                yield row, state[: len(rows[row].spans)]

    def _run_batches(self, rows: Sequence[PackedTree], batches: Sequence[Sequence[int]]) -> Iterator[FloatArray]:
        """Yields the states of each batch, in order."""
        if len(batches) < _BATCHES_WORTH_WORKERS or self.threads == 1:
            yield from (self.run([rows[index] for index in batch])["queries"] for batch in batches)
            return
        session = self._lone_session
        with ThreadPoolExecutor(self.threads) as workers:
            yield from workers.map(
                lambda batch: self.run([rows[index] for index in batch], session=session)["queries"], batches
            )

    def run(
        self,
        rows: Sequence[PackedTree],
        past: Sequence[FloatArray] | None = None,
        past_segments: npt.NDArray[np.int64] | None = None,
        outputs: Sequence[str] = ("queries",),
        session: onnxruntime.InferenceSession | None = None,
    ) -> dict[str, Any]:
        """Returns the named outputs of one run of the graph.

        Args:
            rows: B rows of trunk tokens.
            past: keys and values of the tokens before, in the graph's order. Shape: [B, P, H] each.
            past_segments: their segment numbers. Shape: [B, P].
            outputs: `queries` and `options` are [B, S, H]; `key_i` and `value_i` of layer i are [B, T, H].
            session: another session of the same graph.
        """
        shape = (len(rows), max(map(len, rows)))
        feed: dict[str, Any] = {
            "token_ids": np.full(shape, self.tokenizer.pad_id, np.int64),
            "position_ids": np.zeros(shape, np.int64),
            "segment_ids": np.full(shape, PADDING_SEGMENT, np.int64),
            "pool": np.zeros((shape[0], max(len(row.spans) for row in rows), shape[1]), np.float32),
            "past_segments": np.zeros((shape[0], 0), np.int64) if past_segments is None else past_segments,
        }
        for number, row in enumerate(rows):
            feed["token_ids"][number, : len(row)] = row.token_ids
            feed["position_ids"][number, : len(row)] = row.position_ids
            feed["segment_ids"][number, : len(row)] = row.segment_ids
            for index, (begin, end) in enumerate(row.spans):
                feed["pool"][number, index, begin:end] = 1 / (end - begin)
        nothing = np.zeros((shape[0], 0, self._hidden), np.float32)
        feed |= (
            dict.fromkeys(self._past_names, nothing) if past is None else dict(zip(self._past_names, past, strict=True))
        )
        return dict(zip(outputs, (session or self.session).run(list(outputs), feed), strict=True))

    def _choose(self, state: FloatArray, options: tuple[str, ...]) -> FloatArray:
        if self.head is not None and self.head.knows(options):
            return log_softmax(self.head.score(state, options, self._option_states))
        return log_softmax(self._option_states(options) @ state)

    def _option_states(self, options: tuple[str, ...]) -> FloatArray:
        """Returns the states of these option texts. Shape: [O, H]."""
        return np.stack(self._options.find(options, self._new_option_states))

    def _new_option_states(self, texts: Sequence[str]) -> FloatArray:
        rows = [_lone_row(self.tokenizer.option(text)) for text in texts]
        states: FloatArray = self.run(rows, outputs=["options"])["options"][:, 0]
        return states


class EmbeddedTrunk:
    """A live trunk: keys and values of past turns are kept, since later turns never change them.

    One thread at a time may ask; a `LiveSession` sees to that.
    """

    def __init__(self, backbone: EmbeddedBackbone) -> None:
        self.backbone = backbone
        self._segments: tuple[Segment, ...] = ()
        self._past: list[FloatArray] | None = None
        self._past_segments: npt.NDArray[np.int64] | None = None

    @property
    def nbytes(self) -> int:
        """Memory of the keys and values that are kept, in bytes."""
        return sum(array.nbytes for array in self._past or ())

    def ask(self, tree: PromptTree) -> list[FloatArray]:
        """Returns what `EmbeddedBackbone.score` gives; questions on the last segment only are quick.

        A trunk that does not go on from the last one is computed anew.
        """
        known = len(self._segments)
        last = len(tree.trunk) - 1
        if any(question.text or question.after != last for question in tree.questions):
            return self.backbone.score([tree])[0]
        if known > last or tree.trunk[:known] != self._segments:
            self._segments, self._past, self._past_segments, known = (), None, None, 0
        row = self.backbone.tokenizer.pack(tree)
        fresh = int(np.searchsorted(row.segment_ids, known))
        new = PackedTree(
            row.token_ids[fresh:],
            row.position_ids[fresh:],
            row.segment_ids[fresh:],
            row.sees_up_to[fresh:],
            tuple((begin - fresh, end - fresh) for begin, end in row.spans),
        )
        names = [name.removeprefix("past_") for name in self.backbone._past_names]
        result = self.backbone.run([new], self._past, self._past_segments, ["queries", *names])
        added = [result[name] for name in names]
        self._past = (
            added
            if self._past is None
            else [np.concatenate(pair, axis=1) for pair in zip(self._past, added, strict=True)]
        )
        self._segments, self._past_segments = tree.trunk, row.segment_ids[None]
        states = result["queries"][0]
        return [
            self.backbone._choose(state, question.options)
            for state, question in zip(states, tree.questions, strict=True)
        ]


def _lone_row(ids: Sequence[int]) -> PackedTree:
    """Returns a row of one segment that sees itself."""
    size = len(ids)
    zeros = np.zeros(size, np.int64)
    return PackedTree(np.asarray(ids, np.int64), np.arange(size), zeros, zeros, ((0, size),))
