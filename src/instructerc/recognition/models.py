"""What a model's name means: a trained model, or a language model that answers without training."""

from __future__ import annotations

import re
from pathlib import Path

from instructerc.backbones.base_models.gguf_files import is_gguf
from instructerc.backbones.base_models.weights import is_packaged
from instructerc.errors import InputError
from instructerc.labels import LabelSet
from instructerc.recognition.recognizer import Recognizer


def is_untrained(model: str | None) -> bool:
    """Says whether a name means a language model as it is: a folder, a GGUF file, a package's, or a name on the hub."""
    if model is None:
        return False
    folder = Path(model)
    if is_gguf(model) or (is_packaged(model) and not folder.exists()):
        return True
    if folder.exists():
        return (folder / "config.json").is_file() and not (folder / "model.json").is_file()
    return re.fullmatch(r"[\w.-]+/[\w.-]+", model) is not None and not folder.parent.is_dir()


def load_model(model: str | None, labels: LabelSet | None, *, threads: int, trust: bool) -> Recognizer:
    """Returns the recognizer of a name: a trained model with its own labels, an untrained one with those given.

    Args:
        model: folder of a trained model, or what `is_untrained` says is a language model; None for the embedded model.
        labels: what an untrained model chooses from.
        threads: see `Recognizer.from_pretrained`.
        trust: see `Recognizer.from_pretrained`.

    Raises:
        InputError: an untrained model without labels, or a trained one with others than its own.
        ModelError: a model that cannot be found or used.
        MissingExtra: a model that needs torch, without torch.
    """
    if model is not None and is_untrained(model):
        return Recognizer.zero_shot(model, needed_labels(model, labels))
    if labels is not None:
        raise InputError("--labels is for language models without training; a request names other labels itself")
    return Recognizer.from_pretrained(model, threads=threads, trust=trust)


def needed_labels(model: str, label_set: LabelSet | None) -> LabelSet:
    """Returns the labels that an untrained model chooses from.

    Raises:
        InputError: there are none.
    """
    if label_set is None:
        raise InputError(f"{model} was not trained by instructerc; give --labels SET for it to choose from")
    return label_set
