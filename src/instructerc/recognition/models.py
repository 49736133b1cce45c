"""What a model's name means: a trained model, or an untrained language model; either may be on a server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from instructerc.backbones.base import Dtype
from instructerc.backbones.base_models.gguf_files import is_gguf
from instructerc.backbones.base_models.weights import is_packaged
from instructerc.backbones.remote.address import is_remote, parse_address
from instructerc.backbones.shipped import (
    AUTO,
    MULTILINGUAL,
    SMALL,
    default_model,
    is_installed,
    is_named,
    model_folder,
    named_model,
)
from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.evaluation.label_free import LabelFreeMethod
from instructerc.labels import LabelSet
from instructerc.recognition.language.route import ABROAD_FROM
from instructerc.recognition.recognizer import Recognizer
from instructerc.recognition.routed import RoutedRecognizer, languages_of


def is_untrained(model: str | None) -> bool:
    """Returns whether a name means an untrained language model: a folder, a GGUF file, a package's or a hub name.

    So does the address of a server, unless it names the folder of a model of ours.

    Raises:
        ModelError: an address that is none.
    """
    if model is None:
        return False
    if is_remote(model):
        return parse_address(model).folder is None
    folder = Path(model)
    if is_named(model):
        return False
    if is_gguf(model) or (is_packaged(model) and not folder.exists()):
        return True
    if folder.exists():
        return (folder / "config.json").is_file() and not (folder / "model.json").is_file()
    return re.fullmatch(r"[\w.-]+/[\w.-]+", model) is not None and not folder.parent.is_dir()


def load_model(
    model: str | Path | None = None,
    label_set: LabelSet | None = None,
    *,
    min_probability: float = 0.0,
    threads: int | None = None,
    trust: bool = False,
    wording: str | None = None,
    calibration: LabelFreeMethod | None = None,
    chat: bool | None = None,
    dtype: Dtype | None = None,
) -> Recognizer:
    """Returns the recognizer that a name means: a trained model, or a language model that answers without training.

    Args:
        model: folder of a trained model; `small` (the embedded model) or `multilingual`; `auto`, which gives each
            conversation to `small` or `multilingual` by its language; or what `is_untrained` says is a language
            model. None is `auto` where the package of `multilingual` is installed, else `small`.
        label_set: what it chooses from; a trained model's own labels where None.
        min_probability: below it a recognition abstains.
        threads: see `Recognizer.from_pretrained`.
        trust: see `Recognizer.from_pretrained`.
        wording: of an untrained model, see `Recognizer.zero_shot`; `compact-1` where None.
        calibration: of an untrained model; `contextual` where None.
        chat: of an untrained model.
        dtype: of an untrained model's weights; `float32` where None.

    Raises:
        InputError: an untrained model without labels, or a trained one with what only an untrained one takes.
        ModelError: a model that cannot be found or used.
        Unreachable: a server that does not answer.
        MissingExtra: a model that needs torch, without torch.
    """
    name = None if model is None else str(model)
    if name is not None and is_untrained(name):
        return Recognizer.zero_shot(
            name,
            needed_labels(name, label_set),
            wording=wording or "compact-1",
            min_probability=min_probability,
            chat=chat,
            calibration=calibration or "contextual",
            dtype=dtype,
        )
    for what, value in (("wording", wording), ("calibration", calibration), ("chat", chat), ("dtype", dtype)):
        if value is not None:
            raise InputError(f"{what} is for untrained language models; a trained model keeps its own")
    if name is not None and is_remote(name):
        return Recognizer.on_server(parse_address(name), label_set=label_set, min_probability=min_probability)

    def load(folder: str | Path | None) -> Recognizer:
        return Recognizer.from_pretrained(
            folder, label_set=label_set, min_probability=min_probability, threads=threads, trust=trust
        )

    given = default_model() if name is None else name
    if not (given == AUTO and (name is None or is_named(AUTO))):
        # What nobody named is no folder that happens to be called so.
        return load(named_model(given) if name is None else model_folder(given))
    home, abroad = (load(named_model(one)) for one in (SMALL, MULTILINGUAL))
    return RoutedRecognizer((SMALL, home), (MULTILINGUAL, abroad))


def choose_one(conversations: Sequence[Conversation]) -> str:
    """Returns the name of the shipped model that is to read all of these conversations, where it must be one.

    That is `multilingual`, where its package is installed and `auto` would give it a share of them that makes a
    conversation one in other languages; it reads English too.
    """
    n_abroad = sum(languages_of(talk).abroad for talk in conversations) if is_installed(MULTILINGUAL) else 0
    return MULTILINGUAL if n_abroad and n_abroad >= ABROAD_FROM * len(conversations) else SMALL


def needed_labels(model: str, label_set: LabelSet | None) -> LabelSet:
    """Returns the labels that an untrained model chooses from.

    Raises:
        InputError: there are none.
    """
    if label_set is None:
        raise InputError(f"{model} was not trained by instructerc; give --labels SET for it to choose from")
    return label_set
