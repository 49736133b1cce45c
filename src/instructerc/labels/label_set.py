"""A label set: the ordered options of the emotion tasks, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from instructerc.compat.yaml_text import load_yaml
from instructerc.errors import LabelError, did_you_mean, reason_of
from instructerc.labels.shipped import read_shipped, shipped_names

# Of Latin, Chinese, Japanese and Arabic keyboards.
_COMMAS = re.compile("[,\uff0c\u3001\u060c]")


def fold(label: str) -> str:
    """Returns the form under which two spellings of a label are the same: case and outer blanks do not count."""
    return " ".join(label.casefold().split())


@dataclass(frozen=True)
class LabelSet:
    """Ordered label names, each with the other words that mean it.

    Attributes:
        name: short name, as given to `--labels`.
        names: O label names, in the order that breaks ties.
        aliases: other spellings of a label, by label name.
        ignored: labels that a corpus holds but does not score, such as IEMOCAP's `xxx`.
        descriptions: what a label means, by label name, for readers and for prompts that ask for it.
        groups: the coarser feeling that a label is a shade of, by label name; two shades may both be right.

    Raises:
        LabelError: fewer than two labels, an empty or repeated one, an alias of two labels.

    Example:
        >>> LabelSet("mood", ["good", "bad"], {"good": ["fine"]}).resolve("Fine")
        'good'
    """

    name: str
    names: tuple[str, ...]
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    ignored: tuple[str, ...] = ()
    descriptions: Mapping[str, str] = field(default_factory=dict, hash=False)
    groups: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "aliases", {key: tuple(words) for key, words in self.aliases.items()})
        object.__setattr__(self, "ignored", tuple(self.ignored))
        if len(self.names) < 2:
            raise LabelError(f"label set {self.name!r} has {len(self.names)} label(s); at least two are needed")
        owner: dict[str, str] = {}
        for label in self.names:
            if not isinstance(label, str) or not label.strip():
                raise LabelError(f"label set {self.name!r} holds {label!r}; a label is non-empty text")
            if fold(label) in owner:
                raise LabelError(f"label set {self.name!r} names {label!r} twice")
            owner[fold(label)] = label
        for label, words in self.aliases.items():
            if label not in self.names:
                raise LabelError(f"label set {self.name!r} gives aliases of {label!r}, which is not one of its labels")
            for word in words:
                if owner.setdefault(fold(word), label) != label:
                    raise LabelError(
                        f"in label set {self.name!r}, {word!r} stands for both {owner[fold(word)]!r} and {label!r}"
                    )
        for word in self.ignored:
            if fold(word) in owner:
                raise LabelError(f"label set {self.name!r} both scores and ignores {word!r}")
        for label in self.descriptions:
            if label not in self.names:
                raise LabelError(f"label set {self.name!r} describes {label!r}, which is not one of its labels")
        for label in self.groups:
            if label not in self.names:
                raise LabelError(f"label set {self.name!r} groups {label!r}, which is not one of its labels")

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def _by_word(self) -> dict[str, str]:
        words = {fold(word): label for label, aliases in self.aliases.items() for word in aliases}
        return words | {fold(label): label for label in self.names}

    def resolve(self, word: str) -> str | None:
        """Returns the label that `word` names, by itself or as an alias; None for a label that is ignored.

        Raises:
            LabelError: a word that is none of these.
        """
        label = self._by_word.get(fold(word))
        if label is not None:
            return label
        if fold(word) in map(fold, self.ignored):
            return None
        raise LabelError(
            f"label {word!r} is not in label set {self.name!r}: {', '.join(self.names)}"
            + did_you_mean(fold(word), self._by_word)
        )

    def index(self, word: str) -> int:
        """Returns the position in `names` of the label that `word` names.

        Raises:
            LabelError: a word that names no label of this set, an ignored one included.
        """
        label = self.resolve(word)
        if label is None:
            raise LabelError(f"label {word!r} is not scored in label set {self.name!r}")
        return self.names.index(label)


def shipped_label_sets() -> tuple[str, ...]:
    """Returns the names of the label sets that come with the package."""
    return shipped_names("sets")


def load_label_set(source: str | Path) -> LabelSet:
    """Returns a label set by shipped name (`meld`), YAML file, or comma-separated labels (`happy,sad,calm`).

    The comma may be that of another script: `，`, `、` or `،`.

    Raises:
        LabelError: none of these, or a file that is not a label set.
    """
    import yaml

    text = str(source)
    if text in shipped_label_sets():
        return _from_mapping(text, read_shipped(f"sets/{text}"))
    path = Path(text)
    if path.suffix in {".yaml", ".yml"}:
        try:
            return _from_mapping(path.stem, load_yaml(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise LabelError(f"label set file {text}: {reason_of(error)}") from error
    if _COMMAS.search(text):
        return LabelSet("custom", tuple(word.strip() for word in _COMMAS.split(text) if word.strip()))
    raise LabelError(
        f"no label set {text!r}{did_you_mean(text, shipped_label_sets())}: give one of "
        f"{', '.join(shipped_label_sets())}, a YAML file, or words with commas"
    )


def _from_mapping(name: str, data: Any) -> LabelSet:
    accepted = ("labels", "ignored", "mapping")
    if not isinstance(data, dict) or not isinstance(data.get("labels"), dict | list):
        raise LabelError(f"label set {name!r}: expected a mapping with the key 'labels' (a list, or label: [aliases])")
    unknown = [key for key in data if key not in accepted]
    if unknown:
        raise LabelError(f"label set {name!r}: unknown key {unknown[0]!r}{did_you_mean(str(unknown[0]), accepted)}")
    labels = data["labels"]
    labels = labels if isinstance(labels, dict) else dict.fromkeys(_words(name, labels), None)
    names = _words(name, list(labels))
    entries = {label: _entry(name, label, value) for label, value in labels.items()}
    aliases = {label: words for label, (words, _, _) in entries.items()}
    ignored = _words(name, data.get("ignored"))
    if data.get("mapping") is not None:
        aliases, ignored = _mapped_words(name, data["mapping"], aliases, ignored)
    descriptions = {label: text for label, (_, text, _) in entries.items() if text}
    return LabelSet(
        name, names, aliases, ignored, descriptions, {label: group for label, (*_, group) in entries.items() if group}
    )


def _entry(name: str, label: str, value: Any) -> tuple[tuple[str, ...], str, str]:
    """Returns aliases, description and group of a label: its value is a list of aliases, or a mapping with these."""
    if not isinstance(value, dict):
        return _words(name, value), "", ""
    accepted = ("aliases", "description", "group")
    unknown = [key for key in value if key not in accepted]
    if unknown:
        near = did_you_mean(str(unknown[0]), accepted)
        raise LabelError(f"label set {name!r}: unknown key {unknown[0]!r} of label {label!r}{near}")
    texts = {key: value.get(key, "") for key in ("description", "group")}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise LabelError(f"label set {name!r}: the {key} of {label!r} must be text, got {text!r}")
    return _words(name, value.get("aliases")), " ".join(texts["description"].split()), texts["group"]


def _mapped_words(
    name: str, mapping: Any, aliases: Mapping[str, tuple[str, ...]], ignored: tuple[str, ...]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Returns aliases and ignored words with those of the sets that a shipped mapping begins from.

    A label without a target is ignored, and so is what its set ignores, unless another set scores the word.
    """
    if mapping not in shipped_names("mappings"):
        near = did_you_mean(str(mapping), shipped_names("mappings"))
        raise LabelError(
            f"label set {name!r}: no mapping {mapping!r}{near}; there are {', '.join(shipped_names('mappings'))}"
        )
    owner = {fold(word): label for label, own in aliases.items() for word in (label, *own)}
    words = {label: list(own) for label, own in aliases.items()}
    left_out = list(ignored)
    others: list[tuple[str, str]] = []
    for source, targets in read_shipped(f"mappings/{mapping}")["labels"].items():
        # What a set has by a mapping of its own are words of other sets.
        mapped = "mapping" in read_shipped(f"sets/{source}")
        known = LabelSet(source, tuple(targets)) if mapped else load_label_set(source)
        left_out += known.ignored
        for label, (target, *_) in targets.items():
            if target is None:
                left_out.append(label)
            elif owner.setdefault(fold(label), target) == target:
                words[target].append(label)
            else:
                raise LabelError(f"mapping {mapping!r} gives {label!r} two targets: {owner[fold(label)]!r}, {target!r}")
            others += [(word, target) for word in known.aliases.get(label, ()) if target is not None]
    # A label of one set goes before the same word as an alias in another.
    for word, target in others:
        if owner.setdefault(fold(word), target) == target:
            words[target].append(word)
    kept = {
        label: tuple(dict.fromkeys(word for word in own if fold(word) != fold(label))) for label, own in words.items()
    }
    return kept, tuple(dict.fromkeys(word for word in left_out if fold(word) not in owner))


def _words(name: str, value: Any) -> tuple[str, ...]:
    """Returns a list of words as YAML gives it; one word alone is a list of one."""
    words = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise LabelError(f"label set {name!r}: expected words, got {value!r}; quote yes, no, null and numbers")
    return tuple(words)
