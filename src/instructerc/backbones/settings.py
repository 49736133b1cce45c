"""`model.json`: what a model folder must tell about itself before it can be used."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from instructerc.errors import LabelError, ModelError, reason_of
from instructerc.labels import LabelSet
from instructerc.prompts import Wording, load_wording, wording_from_data, wording_versions

FORMAT = 1
FILE = "model.json"


@dataclass(frozen=True)
class ModelSettings:
    """What the recognizer has to know about a model.

    Attributes:
        kind: name of the backbone, such as `encoder` or `causal`.
        label_set: the labels it was trained and calibrated on.
        prompt: version of the wording.
        temperature: divides the log-probabilities; fitted on development.
        calibration: name of the calibration.
        bias: what it takes off the log-probability of each label, in label order; empty for nothing. Shape: [O].
        domain: kind of talk that the model is told, if its wording has it.
        domains: the kind of talk of corpora that it was trained on, by name.
        temperatures: by kind of talk, where development had enough of it for one of its own; goes before `temperature`.
        biases: likewise, for `bias`.
        wording: the whole wording, so that one of the user's own goes with its model; empty for the shipped version.
        base: of a model that stands on another one: `model`, the other's name or folder, and the digests of its files.
        figures: measured quality, as fractions.
        recipe: name of the recipe that made it.
        languages: ISO 639-1 codes of the languages that it reads; empty where nothing is claimed: then all are read.
        foreign: temperature and mix that lower its confidence on turns in another language; empty for the default.
        seen_labels: names of labels that were options in its training, in lower case; empty where nobody says.
        unseen_bonus: added to the log-probability of every other label, in label sets that have both; in nats.
        other_temperatures: by kind of talk, for label sets with labels that are not its own: a temperature for each of
            some numbers of labels, between which it is linear; goes before the others.
        unsure_below: probability below which its answers with its own labels are told as unsure; None where nobody
            fitted it. Here and next, for the kind of talk that it is told by default.
        other_unsure_below: likewise for labels that are not its own, by their number; linear between.
        sha256: digest of each file that a damaged download would spoil, by file name.
    """

    kind: str
    label_set: LabelSet
    prompt: str
    temperature: float = 1.0
    figures: Mapping[str, float] = field(default_factory=dict)
    recipe: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)
    calibration: str = "temperature"
    bias: tuple[float, ...] = ()
    wording: Mapping[str, str] = field(default_factory=dict)
    domain: str = ""
    domains: Mapping[str, str] = field(default_factory=dict)
    temperatures: Mapping[str, float] = field(default_factory=dict)
    biases: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    base: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    foreign: Mapping[str, float] = field(default_factory=dict)
    seen_labels: tuple[str, ...] = ()
    unseen_bonus: float = 0.0
    other_temperatures: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    unsure_below: float | None = None
    other_unsure_below: Mapping[int, float] = field(default_factory=dict)

    @property
    def domain_temperature(self) -> float:
        """The temperature for the kind of talk that is told to the model."""
        return self.temperatures.get(self.domain, self.temperature)

    @property
    def domain_bias(self) -> tuple[float, ...]:
        """The bias for the kind of talk that is told to the model. Shape: [O], or empty."""
        return self.biases.get(self.domain, self.bias)

    def domain_of(self, corpus: str) -> str:
        """Returns the kind of talk of a corpus: as it was trained on, or as another release of it was; or the default.

        Releases of one corpus are named after it, such as `emorynlp` and `emorynlp-csv`.
        """
        owner = corpus.partition("-")[0]
        return self.domains.get(corpus, self.domains.get(owner, self.domain))

    def load_wording(self) -> Wording:
        """Returns the wording that the model was trained with.

        Raises:
            ModelError: a version that this installation does not have, or has with other words.
        """
        if not self.wording:
            return load_wording(self.prompt)
        own = wording_from_data(dict(self.wording), f"in {FILE}")
        if self.prompt in wording_versions() and load_wording(self.prompt) != own:
            raise ModelError(
                f"the model was trained with another text of prompt version {self.prompt!r} than this installation "
                "has; use the version of instructerc that trained it"
            )
        return own


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
            "ignored": list(labels.ignored),
            "descriptions": dict(labels.descriptions),
        },
        "temperature": settings.temperature,
        "calibration": settings.calibration,
        "bias": list(settings.bias),
        "wording": dict(settings.wording),
        "domain": settings.domain,
        "domains": dict(settings.domains),
        "figures": dict(settings.figures),
        "recipe": settings.recipe,
        "languages": list(settings.languages),
        "foreign": dict(settings.foreign),
        "sha256": dict(settings.sha256),
        **({"base": dict(settings.base)} if settings.base else {}),
        **({"temperatures": dict(settings.temperatures)} if settings.temperatures else {}),
        **({"biases": {name: list(bias) for name, bias in settings.biases.items()}} if settings.biases else {}),
        **({"other_temperatures": _by_count(settings.other_temperatures, str)} if settings.other_temperatures else {}),
        **({"unsure_below": settings.unsure_below} if settings.unsure_below is not None else {}),
        **({"other_unsure_below": dict(settings.other_unsure_below)} if settings.other_unsure_below else {}),
        **({"unseen_bonus": settings.unseen_bonus} if settings.unseen_bonus else {}),
        **({"seen_labels": ", ".join(settings.seen_labels)} if settings.seen_labels else {}),
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
        known = data["label_set"]
        labels = known["labels"]
        return ModelSettings(
            kind=data["kind"],
            label_set=LabelSet(
                known["name"], tuple(labels), labels, tuple(known.get("ignored", ())), known.get("descriptions", {})
            ),
            prompt=data["prompt"],
            temperature=float(data["temperature"]),
            figures=data["figures"],
            recipe=data["recipe"],
            sha256=data["sha256"],
            # Models of version 0.1 have none of these.
            calibration=data.get("calibration", "temperature"),
            bias=tuple(map(float, data.get("bias", ()))),
            wording=data.get("wording", {}),
            domain=data.get("domain", ""),
            domains=data.get("domains", {}),
            temperatures={name: float(value) for name, value in data.get("temperatures", {}).items()},
            biases={name: tuple(map(float, bias)) for name, bias in data.get("biases", {}).items()},
            base=dict(data.get("base", {})),
            languages=tuple(map(str, data.get("languages", ("en",)))),
            foreign={name: float(value) for name, value in data.get("foreign", {}).items()},
            seen_labels=tuple(filter(None, data.get("seen_labels", "").split(", "))),
            unseen_bonus=float(data.get("unseen_bonus", 0.0)),
            other_temperatures=_by_count(data.get("other_temperatures", {}), int),
            unsure_below=None if data.get("unsure_below") is None else float(data["unsure_below"]),
            other_unsure_below={
                int(count): float(value) for count, value in data.get("other_unsure_below", {}).items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, LabelError) as error:
        raise ModelError(f"{path} is damaged: {type(error).__name__}, {reason_of(error)}") from error


def _by_count(data: Mapping[str, Mapping[Any, float]], key: Callable[[Any], Any]) -> dict[str, dict[Any, float]]:
    return {name: {key(count): float(value) for count, value in found.items()} for name, found in data.items()}
