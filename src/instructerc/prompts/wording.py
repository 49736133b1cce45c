"""Versioned wordings: what a tree's segments and branches say. A released wording never changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from instructerc.compat.yaml_text import load_yaml
from instructerc.errors import ModelError, did_you_mean, reason_of

_LINE_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")

# What every speaker is called where an experiment tells nobody apart.
_ALIKE = "Somebody"

# Slots that each template may use; the others of a `Wording` are plain settings.
_SLOTS: Mapping[str, tuple[str, ...]] = {
    "instruction": ("labels", "descriptions", "domain"),
    "opening": ("labels", "descriptions", "speaker_notes", "domain"),
    "utterance": ("speaker", "text", "note"),
    "closing": ("labels", "descriptions"),
    "emotion_recognition": (
        *("speaker", "number", "text", "labels", "descriptions", "demonstrations", "note", "speaker_note"),
    ),
    "emotion_prediction": ("speaker", "number", "labels", "descriptions", "speaker_note"),
    "speaker_identification": ("text", "cast", "note"),
    "demonstration": ("speaker", "text", "label", "history"),
    "demonstration_turn": ("speaker", "text"),
    "option": ("option", "description"),
    "speaker_name": ("name", "number"),
    "note": ("note",),
    "speaker_note": ("speaker", "note"),
    "description": ("label", "description"),
    "list_separator": (),
    "speaker_list": (),
    "speaker_names": (),
    "cast": (),
    "kept_characters": (),
    "joint": (),
}
_NEEDED = ("version", "utterance", "emotion_recognition", "emotion_prediction", "speaker_identification", "option")


@dataclass(frozen=True, slots=True)
class Wording:
    """Templates with slots such as `{speaker}`; a brace that opens no known slot is text.

    A prompt is instruction + opening + utterances + closing + question, then an option. A question that sees
    no utterance hangs after the instruction and has neither opening nor closing.

    Attributes:
        version: name that checkpoints store.
        utterance: a trunk segment, from `{speaker}`, `{text}` and an optional `{note}` about the utterance.
        emotion_recognition: branch after the target; empty reads the target itself. Slots `{speaker}`, `{text}`,
            `{labels}`, `{demonstrations}`, and the optional `{note}` and `{speaker_note}`.
        emotion_prediction: branch after the utterance before the target, from the target's `{speaker}` or `{number}`.
        speaker_identification: branch with the target's `{text}` and the `{cast}`, its speaker hidden.
        option: an option, from `{option}` and, where its label set describes it, `{description}`.
        instruction: first segment of every trunk; `{domain}` is what kind of talk it is.
        opening: second segment, before the first utterance; left out where it is empty.
        closing: begins each branch that sees utterances.
        demonstration: one labelled example, from `{text}`, `{label}`, `{speaker}` and its `{history}`.
        demonstration_turn: one turn of that history.
        speaker_name: how a speaker is called, from `{name}` or from `{number}`: the place in `speaker_list`, from 0, or
            else the order of appearance among those who are not in it.
        note: what `{note}` becomes where the data have a note about the utterance; else it becomes nothing.
        speaker_note: what `{speaker_note}` becomes for a speaker with a note; `{speaker_notes}` has one for each.
        description: what `{descriptions}` says of each label that has one in its label set.
        list_separator: stands between the entries of `{labels}` and `{cast}`.
        speaker_list: speakers whose numbers are given, separated by `list_separator`: whole names, or what stands in
            them after the last `_`.
        speaker_names: what speakers are called in place of their names, one after the other by their numbers, separated
            by `list_separator`; a further one by a name and a number.
        cast: options of speaker identification for every conversation, separated by `list_separator`; its own speakers
            where empty.
        kept_characters: line breaks within a text that stay as they are, where each would become a blank.
        joint: stands between the pieces of a flat prompt; for encoders, which mark where a piece ends.
    """

    version: str
    utterance: str
    emotion_recognition: str
    emotion_prediction: str
    speaker_identification: str
    option: str
    instruction: str = ""
    opening: str = ""
    closing: str = ""
    demonstration: str = ""
    demonstration_turn: str = ""
    speaker_name: str = "{name}"
    note: str = ""
    speaker_note: str = ""
    description: str = ""
    list_separator: str = ", "
    speaker_list: str = ""
    speaker_names: str = ""
    cast: str = ""
    kept_characters: str = ""
    joint: str = ""

    def entries(self, setting: str) -> tuple[str, ...]:
        """Returns the entries of a setting that is a list, such as `cast`."""
        text: str = getattr(self, setting)
        return tuple(text.split(self.list_separator)) if text else ()

    def one_line(self, text: str) -> str:
        """Returns a text without line breaks but those that are kept: a turn must not be able to write the next one."""
        kept = self.kept_characters
        return _LINE_BREAKS.sub(lambda found: found[0] if kept and set(found[0]) <= set(kept) else " ", text)

    def calling(self, speakers: str) -> Wording:
        """Returns this wording with speakers called by their `names`, by `numbers`, or all alike (`none`)."""
        if speakers == "names":
            return self
        name = {"numbers": "Speaker {number}", "none": _ALIKE}[speakers]
        return replace(self, speaker_name=name, version=f"{self.version}-{speakers}")

    def render(self, slot: str, **values: str) -> str:
        """Returns template `slot` with its slots filled; braces inside the values stay as they are."""
        text: str = getattr(self, slot)
        pieces = text.split("{")
        filled = [pieces[0]]
        for piece in pieces[1:]:
            name, closing, rest = piece.partition("}")
            filled.append(values.get(name, "") + rest if closing and name in _SLOTS[slot] else "{" + piece)
        return "".join(filled)

    def to_data(self) -> dict[str, str]:
        """Returns the wording as plain data, from which `wording_from_data` makes it again."""
        return asdict(self)


def wording_versions() -> tuple[str, ...]:
    """Returns the versions that come with the package."""
    folder = resources.files("instructerc.prompts") / "wordings"
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def load_wording(source: str | Path) -> Wording:
    """Returns a wording that comes with the package, by its version, or one of the user's own, by its YAML file.

    Raises:
        ModelError: a version that this installation does not have, or a file that is not a wording.
    """
    import yaml

    text = str(source)
    path = Path(text)
    if path.suffix in {".yaml", ".yml"}:
        try:
            data = load_yaml(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ModelError(f"wording {text}: {reason_of(error)}") from error
        if isinstance(data, dict):
            data = {"version": path.stem, **data}
            if data["version"] in wording_versions():
                raise ModelError(
                    f"wording {text}: {data['version']!r} is the name of a shipped version; choose another name"
                )
        return wording_from_data(data, text)
    if text not in wording_versions():
        raise ModelError(
            f"prompt version {text!r} is not in this installation, which has {', '.join(wording_versions())}; "
            f"give your own wording as a .yaml file{did_you_mean(text, wording_versions())}"
        )
    return _shipped_wording(text)


@cache
def _shipped_wording(version: str) -> Wording:
    # A service asks for it with every request that has labels of its own.
    shipped = resources.files("instructerc.prompts") / "wordings" / f"{version}.yaml"
    return wording_from_data({"version": version, **load_yaml(shipped.read_text(encoding="utf-8"))}, version)


def wording_from_data(data: Any, source: str) -> Wording:
    """Returns the wording of a mapping.

    Args:
        data: template by name.
        source: where it is from, for error messages.

    Raises:
        ModelError: not a mapping of texts, a key or slot that is not known, or a template that is missing.
    """
    accepted = [item.name for item in fields(Wording)]
    if not isinstance(data, dict):
        raise ModelError(f"wording {source}: expected a mapping of templates, got {type(data).__name__}")
    for key, value in data.items():
        if key not in accepted:
            raise ModelError(
                f"wording {source}: unknown key {key!r}{did_you_mean(str(key), accepted)}; accepted: "
                + ", ".join(accepted)
            )
        if not isinstance(value, str):
            raise ModelError(f"wording {source}: {key} must be text, got {value!r}; put it in quotes")
    missing = [key for key in _NEEDED if key not in data]
    if missing:
        raise ModelError(f"wording {source}: {', '.join(missing)} missing")
    _check_slots(data, source)
    wording = Wording(**data)
    _check_lists(wording, source)
    return wording


def _check_lists(wording: Wording, source: str) -> None:
    for setting in ("speaker_list", "cast"):
        entries = wording.entries(setting)
        if len(set(entries)) < len(entries) or "" in entries:
            raise ModelError(f"wording {source}: {setting} has an entry twice or an empty one: {', '.join(entries)}")
    if len(wording.entries("cast")) == 1:
        raise ModelError(f"wording {source}: cast has one entry, {wording.cast!r}; a choice needs two or more")


def _check_slots(data: Mapping[str, str], source: str) -> None:
    """Raises ModelError for `{word}` where that template has no slot `word`, or an option without its name."""
    for key, slots in _SLOTS.items():
        for piece in data.get(key, "").split("{")[1:]:
            name, closing, _ = piece.partition("}")
            if closing and name.isidentifier() and name not in slots:
                known = ", ".join("{" + slot + "}" for slot in slots) or "none"
                raise ModelError(f"wording {source}: {key} has no slot {{{name}}}; it has {known}")
    if "{option}" not in data["option"]:
        raise ModelError(f"wording {source}: option must hold {{option}}, got {data['option']!r}")
    called = data.get("speaker_name", "{name}")
    if "{name}" not in called and "{number}" not in called and called != _ALIKE:
        raise ModelError(f"wording {source}: speaker_name must hold {{name}} or {{number}}, got {called!r}")
