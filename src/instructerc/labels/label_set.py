"""A label set: the ordered options of the emotion tasks, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from instructerc.errors import LabelError, did_you_mean


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
    folder = resources.files("instructerc.labels") / "sets"
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def load_label_set(source: str | Path) -> LabelSet:
    """Returns a label set by shipped name (`meld`), YAML file, or comma-separated labels (`happy,sad,calm`).

    Raises:
        LabelError: none of these, or a file that is not a label set.
    """
    import yaml

    text = str(source)
    if text in shipped_label_sets():
        raw = (resources.files("instructerc.labels") / "sets" / f"{text}.yaml").read_text(encoding="utf-8")
        return _from_mapping(text, yaml.safe_load(raw))
    path = Path(text)
    if path.suffix in {".yaml", ".yml"}:
        try:
            return _from_mapping(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise LabelError(f"label set file {text}: {' '.join(str(error).split())}") from error
    if "," in text:
        return LabelSet("custom", tuple(word.strip() for word in text.split(",") if word.strip()))
    raise LabelError(
        f"no label set {text!r}: give one of {', '.join(shipped_label_sets())}, a YAML file, or labels with commas"
        + did_you_mean(text, shipped_label_sets())
    )


def _from_mapping(name: str, data: Any) -> LabelSet:
    accepted = ("labels", "ignored")
    if not isinstance(data, dict) or not isinstance(data.get("labels"), dict | list):
        raise LabelError(f"label set {name!r}: a mapping with the key 'labels' (a list, or label: [aliases]) is needed")
    unknown = [key for key in data if key not in accepted]
    if unknown:
        raise LabelError(f"label set {name!r}: unknown key {unknown[0]!r}{did_you_mean(str(unknown[0]), accepted)}")
    labels = data["labels"]
    aliases = labels if isinstance(labels, dict) else dict.fromkeys(_words(name, labels), None)
    return LabelSet(
        name,
        _words(name, list(aliases)),
        {label: _words(name, words) for label, words in aliases.items()},
        _words(name, data.get("ignored")),
    )


def _words(name: str, value: Any) -> tuple[str, ...]:
    """Returns a list of words as YAML gives it; one word alone is a list of one."""
    words = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise LabelError(f"label set {name!r}: words are needed, got {value!r}; quote yes, no, null and numbers")
    return tuple(words)
