"""Which model answers: something that can be sent to another process and loaded there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from instructerc.backbones.remote.address import is_remote, without_pace
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.backbones.base import Dtype
    from instructerc.evaluation.label_free import LabelFreeMethod
    from instructerc.recognition import Recognizer


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What `load_model` is given; see there.

    Attributes:
        model: name, folder or address; None for the embedded model.
        labels: name, file or words of a label set; the model's own where None.
        min_probability: below it a turn gets no label.
        trust: whether a model may run code of its own.
        wording: of an untrained language model.
        calibration: of an untrained language model.
        chat: of an untrained language model.
        dtype: of an untrained language model's weights.
    """

    model: str | None = None
    labels: str | None = None
    min_probability: float = 0.0
    trust: bool = False
    wording: str | None = None
    calibration: LabelFreeMethod | None = None
    chat: bool | None = None
    dtype: Dtype | None = None

    def is_small(self) -> bool:
        """Returns whether several processes gain by a copy each; see `BackboneKind.worth_copying`.

        Raises:
            ModelError: no model of ours.
        """
        from instructerc.backbones.registry import backbone_kind
        from instructerc.backbones.settings import read_settings
        from instructerc.backbones.shipped import AUTO, model_folder
        from instructerc.recognition import is_untrained

        if is_remote(self.model) or is_untrained(self.model):
            return False
        if self.model is None or self.model == AUTO:
            return True
        folder = model_folder(self.model)
        return backbone_kind(read_settings(folder).kind, folder).worth_copying

    def load(self, threads: int | None) -> Recognizer:
        """Returns the recognizer.

        Args:
            threads: CPU threads where the model's kind counts them.

        Raises:
            InputError: a calibration that looks at the whole input.
            InstructERCError: a model or label set that cannot be used; see `load_model`.
        """
        from instructerc.labels import load_label_set
        from instructerc.recognition import load_model

        if self.calibration == "prior":
            raise InputError("calibration prior reads the whole input before its first answer; use contextual or none")
        return load_model(
            self.model,
            None if self.labels is None else load_label_set(self.labels),
            min_probability=self.min_probability,
            threads=threads,
            trust=self.trust,
            wording=self.wording,
            calibration=self.calibration,
            chat=self.chat,
            dtype=self.dtype,
        )


@dataclass(frozen=True, slots=True)
class ModelAbout:
    """What a run must know of its model without loading it.

    Attributes:
        model: name and version, such as `embedded:1f0c3a9b`.
        label_set: name and version of the label set, such as `meld:7d93a110`.
        labels: its labels, in their order.
        languages: those that it reads; empty where nothing is claimed.
    """

    model: str
    label_set: str
    labels: tuple[str, ...]
    languages: tuple[str, ...]


def describe_model(choice: ModelChoice, recognizer: Recognizer) -> ModelAbout:
    """Returns what a run notes of a loaded model; its version changes with whatever could change an answer."""
    # `auto` is two models, of which a conversation's languages choose.
    models = [model.settings for _, model in getattr(recognizer, "models", [("", recognizer)])]
    names = recognizer.label_set.names
    how = asdict(choice) | {
        "model": [
            {
                "kind": settings.kind,
                "prompt": settings.prompt,
                "wording": dict(settings.wording),
                "sha256": dict(settings.sha256) or _files_of(choice.model),
                "calibration": [settings.calibration, settings.domain_temperature, list(settings.domain_bias)],
            }
            for settings in models
        ],
        "labels": list(names),
        # Wordings may have a place for them.
        "descriptions": dict(recognizer.label_set.descriptions),
    }
    name = choice.model or ("embedded" if len(models) == 1 else "auto")
    if is_remote(name):
        name = without_pace(name)
    return ModelAbout(
        f"{name}:{_digest(how)}",
        f"{recognizer.label_set.name}:{_digest(list(names))}",
        names,
        tuple(recognizer.settings.languages),
    )


def _files_of(model: str | None) -> dict[str, int]:
    """Returns the size of each file of a model folder without digests."""
    folder = Path(model or "")
    if model is None or not folder.is_dir():
        return {}
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _digest(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:8]
