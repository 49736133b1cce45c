"""The exported encoder as onnxruntime runs it: packed rows in, states out, several batches at once.

Every number of a token depends on the tokens it sees and on nothing else: activation scales are fixed in
the file, so a turn scores the same alone, in a batch, and live.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

# onnxruntime sends its makers an identity of this machine unless that is turned off before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import numpy.typing as npt
import onnxruntime

from instructerc.backbones.base import FloatArray
from instructerc.backbones.batching import length_groups
from instructerc.errors import ModelError, one_line
from instructerc.prompts import PADDING_SEGMENT, PackedTree
from instructerc.sharing import made_once

TOKENS_PER_BATCH = 512
# What it makes of a sum and a norm takes seven times as long.
_SLOWER = ["SkipLayerNormFusion"]
BATCHES_WORTH_WORKERS = 8


class EncoderRunner:
    """Runs an exported encoder; many threads may share one.

    Args:
        path: of the ONNX file.
        pad_id: token that fills up rows.
        threads: CPU threads; as many as there are cores where None.

    Attributes:
        n_hidden: H, the numbers of a state.
        layers: names of the keys and values of each layer, in the graph's order.

    Raises:
        ModelError: a file that onnxruntime cannot load.
    """

    def __init__(self, path: Path, pad_id: int, threads: int | None = None) -> None:
        self.path = path
        self.pad_id = pad_id
        self.threads = threads or os.cpu_count() or 1
        self.session = self.open_session(self.threads)
        inputs = {item.name: item for item in self.session.get_inputs()}
        past = [name for name in inputs if name.startswith("past_") and name != "past_segments"]
        self.layers = tuple(name.removeprefix("past_") for name in past)
        self.n_hidden = int(inputs[past[0]].shape[-1])

    def open_session(self, threads: int) -> onnxruntime.InferenceSession:
        """Returns a new session of the graph.

        Raises:
            ModelError: a file that onnxruntime cannot load.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(
                str(self.path), options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
            )
        except Exception as error:
            raise ModelError(f"{self.path} cannot be loaded: {one_line(error, 200)}") from error

    @made_once
    def lone_session(self) -> onnxruntime.InferenceSession:
        """One thread a batch, several batches at once: quicker than several threads on one batch."""
        return self.session if self.threads == 1 else self.open_session(1)

    def states(
        self,
        rows: Sequence[PackedTree],
        output: str = "queries",
        batch_tokens: int = TOKENS_PER_BATCH,
        workers_from: int = BATCHES_WORTH_WORKERS,
    ) -> list[FloatArray]:
        """Returns the states of each row's spans. Shape: [S, H] each.

        Args:
            rows: rows of trunk tokens.
            output: `queries` or `options`.
            batch_tokens: of a padded batch.
            workers_from: batches from which on several are run at once.
        """
        found = [np.empty((len(row.spans), self.n_hidden), np.float32) for row in rows]
        batches = length_groups(list(map(len, rows)), batch_tokens)
        for batch, states in zip(batches, self._run_batches(rows, batches, output, workers_from), strict=True):
            for row, state in zip(batch, states, strict=True):
                found[row][:] = state[: len(found[row])]
        return found

    def _run_batches(
        self, rows: Sequence[PackedTree], batches: Sequence[Sequence[int]], output: str, workers_from: int
    ) -> Iterator[FloatArray]:
        """Yields the states of each batch, in order."""
        if len(batches) < workers_from or self.threads == 1:
            yield from (self.run([rows[index] for index in batch], outputs=[output])[output] for batch in batches)
            return
        session = self.lone_session
        with ThreadPoolExecutor(self.threads) as workers:
            yield from workers.map(
                lambda batch: self.run([rows[index] for index in batch], outputs=[output], session=session)[output],
                batches,
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
            past: keys and values of the tokens before, in the order of `layers`. Shape: [B, P, H] each.
            past_segments: their segment numbers. Shape: [B, P].
            outputs: `queries` and `options` are [B, S, H]; `key_i` and `value_i` of layer i are [B, T, H].
            session: another session of the same graph.
        """
        shape = (len(rows), max(map(len, rows)))
        feed: dict[str, Any] = {
            "token_ids": np.full(shape, self.pad_id, np.int64),
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
        nothing = np.zeros((shape[0], 0, self.n_hidden), np.float32)
        before = [nothing] * len(self.layers) if past is None else past
        feed |= {f"past_{name}": array for name, array in zip(self.layers, before, strict=True)}
        return dict(zip(outputs, (session or self.session).run(list(outputs), feed), strict=True))


def lone_row(ids: Sequence[int]) -> PackedTree:
    """Returns a row of one segment that sees itself."""
    size = len(ids)
    zeros = np.zeros(size, np.int64)
    return PackedTree(np.asarray(ids, np.int64), np.arange(size), zeros, zeros, ((0, size),))
