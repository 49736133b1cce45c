"""Models of kind `adapted`: the embedded model with a head for a user's own labels.

A head holds for the states of one graph alone, so its folder names that graph by its digest.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np

from instructerc.backbones.base import FloatArray
from instructerc.backbones.encoders.embedded import GRAPH, EmbeddedBackbone
from instructerc.backbones.encoders.head import Head
from instructerc.backbones.settings import ModelSettings, read_settings
from instructerc.errors import ModelError, reason_of
from instructerc.prompts import TreeBuilder

HEAD = "head.npz"
# Another graph, or other tokens, give other states.
_FIXED = (GRAPH, "tokenizer.json", "window.json")
_ARRAYS = ("weights", "bias", "name_scale")
_MAX_BYTES = 64 * 1024 * 1024


def load_adapted(folder: Path, settings: ModelSettings, base: Path, threads: int | None = None) -> EmbeddedBackbone:
    """Returns an embedded model that answers the labels of a head by it, and any others by their names.

    Args:
        folder: of the adapted model.
        settings: of the adapted model.
        base: folder of the embedded model.
        threads: CPU threads; as many as there are cores where None.

    Raises:
        ModelError: a file that is missing or damaged, or another embedded model than the head was fitted on.
    """
    under = read_settings(base)
    named = {name: digest for name, digest in settings.base.items() if name != "model"}
    if base_digests(under) != named:
        raise ModelError(
            f"the model in {folder} was adapted from another version of the model {settings.base.get('model', '')!r}, "
            "which gives other states; run `instructerc adapt` again on the same labelled files"
        )
    backbone = EmbeddedBackbone.load(base, under.sha256, threads)
    backbone.head = read_head(folder, settings, backbone.runner.n_hidden)
    return backbone


def base_digests(settings: ModelSettings) -> dict[str, str]:
    """Returns the digests of an embedded model's files on which its states depend, by file name.

    Raises:
        ModelError: a model that does not say them.
    """
    missing = [name for name in _FIXED if name not in settings.sha256]
    if missing:
        raise ModelError(f"the embedded model's model.json has no sha256 of {missing[0]}; export the model again")
    return {name: settings.sha256[name] for name in _FIXED}


def write_head(folder: Path, head: Head) -> str:
    """Writes a head into `folder` and returns the file's sha256."""
    stream = io.BytesIO()
    np.savez(stream, weights=head.weights, bias=head.bias, name_scale=np.float32(head.name_scale))
    (folder / HEAD).write_bytes(stream.getvalue())
    return hashlib.sha256(stream.getvalue()).hexdigest()


def read_head(folder: Path, settings: ModelSettings, n_hidden: int) -> Head:
    """Returns the head in a model folder; nothing in the file is run.

    Raises:
        ModelError: a file that is missing or damaged, holds anything but the three arrays, or is of another shape.
    """
    path = folder / HEAD
    if not path.is_file():
        raise ModelError(f"model folder {folder} has no {HEAD}; run `instructerc adapt` again")
    if path.stat().st_size > _MAX_BYTES:
        raise ModelError(f"{path} has more than {_MAX_BYTES >> 20} MiB, too large for a head")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != settings.sha256.get(HEAD):
        raise ModelError(f"{path} is damaged: its sha256 is not the one in model.json; run `instructerc adapt` again")
    try:
        weights, bias, name_scale = _unpack(content)
    except (ValueError, KeyError, OSError, EOFError, TypeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is not a head: {reason_of(error)[:200]}") from error
    n_labels = len(settings.label_set)
    if (weights.shape, bias.shape, name_scale.shape) != ((n_labels, n_hidden), (n_labels,), ()):
        raise ModelError(
            f"{path} has arrays of shapes {weights.shape}, {bias.shape} and {name_scale.shape}; "
            f"expected {(n_labels, n_hidden)}, {(n_labels,)} and ()"
        )
    return Head(option_texts(settings), weights, bias, float(name_scale))


def option_texts(settings: ModelSettings) -> tuple[str, ...]:
    """Returns the labels of a model as its questions spell them."""
    return TreeBuilder(settings.load_wording(), settings.label_set).label_options()


def _unpack(content: bytes) -> list[FloatArray]:
    """Returns the arrays of a head; an archive that unpacks to more than a head has is refused first."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(item.file_size for item in archive.infolist()) > _MAX_BYTES:
            raise ValueError(f"it unpacks to more than {_MAX_BYTES >> 20} MiB")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        found = [arrays[name] for name in _ARRAYS]
    if not all(array.dtype == np.float32 and np.isfinite(array).all() for array in found):
        raise ValueError("expected finite float32 numbers")
    return found
