"""Versioned wordings: what a tree's segments and branches say. A released wording never changes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import resources

from instructerc.errors import ModelError, did_you_mean


@dataclass(frozen=True, slots=True)
class Wording:
    """Templates with the slots `{speaker}`, `{text}` and `{option}`.

    Attributes:
        version: name that checkpoints store.
        instruction: first segment of every trunk.
        utterance: a trunk segment, from `{speaker}` and `{text}`.
        emotion_recognition: branch after the target utterance; empty reads the target itself.
        emotion_prediction: branch after the utterance before the target, from the target's `{speaker}`.
        speaker_identification: branch with the target's `{text}`, its speaker hidden.
        option: an option, from `{option}`.
    """

    version: str
    instruction: str
    utterance: str
    emotion_recognition: str
    emotion_prediction: str
    speaker_identification: str
    option: str

    def render(self, slot: str, **values: str) -> str:
        """Returns template `slot` with its slots filled; braces inside the values stay as they are."""
        text: str = getattr(self, slot)
        pieces = text.split("{")
        filled = [pieces[0]]
        for piece in pieces[1:]:
            name, closing, rest = piece.partition("}")
            filled.append(values[name] + rest if closing else "{" + piece)
        return "".join(filled)


def wording_versions() -> tuple[str, ...]:
    """Returns the versions that come with the package."""
    folder = resources.files("instructerc.prompts") / "wordings"
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def load_wording(version: str) -> Wording:
    """Returns the wording of this version.

    Raises:
        ModelError: a version that this installation does not have.
    """
    import yaml

    if version not in wording_versions():
        raise ModelError(
            f"prompt version {version!r} is not in this installation, which has {', '.join(wording_versions())}"
            + did_you_mean(version, wording_versions())
        )
    path = resources.files("instructerc.prompts") / "wordings" / f"{version}.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Wording(
        version=version, **{item.name: data[item.name] for item in fields(Wording) if item.name != "version"}
    )
