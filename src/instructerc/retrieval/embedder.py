"""Sentence embedders: what a text means, as a vector of unit length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt

from instructerc.errors import ModelError, one_line
from instructerc.retrieval.optional import import_optional
from instructerc.sharing import BoundedCache

FloatArray = npt.NDArray[np.float32]

# A hub's pickles and code are not even downloaded.
_DOWNLOADED = ("*.json", "*.txt", "*.model", "*.safetensors")
# Without the second beside it, sentence-transformers or peft would read the first, which is a pickle.
_PICKLES = {"pytorch_model.bin": "model.safetensors", "adapter_model.bin": "adapter_model.safetensors"}


class Embedder(Protocol):
    """Turns texts into vectors whose products are cosines; many threads may ask one.

    Attributes:
        name: what a saved bank remembers; `load_embedder` takes it.
    """

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Returns one vector per text, of unit length; an empty text gets one too. Shape: [N, H], float32."""
        ...


class SentenceTransformerEmbedder:
    """Any sentence-transformers model; weights are safetensors, no pickle and no code of the model is run.

    Args:
        name: name on the hub, or a folder.
        source: where to load it from, if that is not its name.
        device: torch device; the best that there is where None.

    Raises:
        MissingExtra: sentence-transformers is not installed.
        ModelError: a model that cannot be found or loaded, or has weights only as a pickle.
    """

    def __init__(self, name: str, source: str | Path | None = None, device: str | None = None) -> None:
        feature = f"the sentence embedder {name!r}"
        package = import_optional("sentence_transformers", feature)
        self.name = name
        # Its tokenizer's padding is set at each call.
        self._running = Lock()
        try:
            folder = _local_folder(name if source is None else str(source), feature)
            self._model = package.SentenceTransformer(
                str(folder),
                device=device,
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
        except ModelError:
            raise
        # Each kind of module has errors of its own for a folder that it cannot read.
        except Exception as error:
            raise ModelError(
                f"sentence embedder {name!r} cannot be loaded: {one_line(error, 300)}; give 'embedded', "
                "a sentence-transformers model with safetensors weights by its name on the hub, or its folder"
            ) from error

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Returns one vector per text, of unit length; an empty text gets one too. Shape: [N, H], float32."""
        if not texts:
            return np.zeros((0, self._model.get_embedding_dimension()), np.float32)
        with self._running:
            vectors = self._model.encode(
                list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32)


class RememberingEmbedder:
    """An embedder that keeps the vectors of the texts it was asked for last: trainings in a row ask for the same.

    Args:
        embedder: makes the vectors.
        size: texts that are kept, at most.
    """

    def __init__(self, embedder: Embedder, size: int = 65_536) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._kept = BoundedCache[str, FloatArray](size)

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Returns one vector per text, of unit length; an empty text gets one too. Shape: [N, H], float32."""
        if not texts:
            return self._embedder.embed(texts)
        return np.stack(self._kept.find(texts, self._embedder.embed))


def _local_folder(source: str, feature: str) -> Path:
    """Returns a folder without pickles to read: the one given, or what the hub has under this name."""
    folder = Path(source)
    if not folder.is_dir():
        hub = import_optional("huggingface_hub", feature)
        return Path(hub.snapshot_download(source, allow_patterns=list(_DOWNLOADED)))
    for pickled, safe in _PICKLES.items():
        for path in folder.rglob(pickled):
            if not path.with_name(safe).is_file():
                raise ModelError(
                    f"sentence embedder {source!r}: {path.relative_to(folder)} is a pickle, which can run any code; "
                    f"{safe} beside it is accepted: convert the model to safetensors"
                )
    return folder
