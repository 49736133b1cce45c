"""`model.json`: what a model folder must tell about itself before it can be used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from instructerc.errors import LabelError, ModelError
from instructerc.labels import LabelSet

FORMAT = 1
FILE = "model.json"


@dataclass(frozen=True)
class ModelSettings:
    """What the recognizer has to know about a model.

    Attributes:
        kind: name of the backbone, `encoder` or `embedded`.
        label_set: the labels it was trained and calibrated on.
        prompt: version of the wording.
        temperature: divides the log-probabilities; fitted on development.
        figures: measured quality, as fractions.
        recipe: name of the recipe that made it.
        sha256: digest of each file that a damaged download would spoil, by file name.
    """

    kind: str
    label_set: LabelSet
    prompt: str
    temperature: float = 1.0
    figures: Mapping[str, float] = field(default_factory=dict)
    recipe: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)


def write_settings(folder: Path, settings: ModelSettings) -> None:
    """Writes `model.json` into `folder`."""
    labels = settings.label_set
    data = {
        "format": FORMAT,
        "kind": settings.kind,
        "prompt": settings.prompt,
        "label_set": {
            "name": labels.name,
            "labels": {name: list(labels.aliases.get(name, ())) for name in labels.names},
        },
        "temperature": settings.temperature,
        "figures": dict(settings.figures),
        "recipe": settings.recipe,
        "sha256": dict(settings.sha256),
    }
    (folder / FILE).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def read_settings(folder: Path) -> ModelSettings:
    """Returns what `model.json` says.

    Raises:
        ModelError: no such file, one that is damaged, or one of another format version.
    """
    path = folder / FILE
    if not path.is_file():
        raise ModelError(f"{folder} is not a model folder: it has no {FILE}")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ModelError(f"{path} has format {data['format']}; this version of instructerc reads {FORMAT}")
        labels = data["label_set"]["labels"]
        return ModelSettings(
            kind=data["kind"],
            label_set=LabelSet(data["label_set"]["name"], tuple(labels), labels),
            prompt=data["prompt"],
            temperature=float(data["temperature"]),
            figures=data["figures"],
            recipe=data["recipe"],
            sha256=data["sha256"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, LabelError) as error:
        raise ModelError(f"{path} is damaged: {type(error).__name__} {error}") from error
