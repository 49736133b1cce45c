"""From one label set to another, with a stated rule for each label, and what is lost on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from instructerc.errors import LabelError, did_you_mean
from instructerc.labels.label_set import LabelSet, fold, load_label_set, shipped_label_sets
from instructerc.labels.shipped import read_shipped, shipped_names

SAME_WORD = "the same word"
OTHER_WORD = "a synonym of a label of the target"
NO_WORD = "neither a label of the target nor a synonym of one"


@dataclass(frozen=True, slots=True)
class MappedLabel:
    """What becomes of a label.

    Attributes:
        label: of the source.
        target: label of the target; None where it has none.
        rule: why, in a sentence.
        feeling: the feeling of Willcox's wheel by which the rule goes, where it goes by one.
    """

    label: str
    target: str | None
    rule: str
    feeling: str | None = None


@dataclass(frozen=True)
class LabelMapping:
    """What becomes of every label of a set in another.

    Attributes:
        name: of the shipped mapping; None where only the words of the two sets were compared.
        source: the label set that is mapped.
        target: the label set that it is mapped to.
        entries: one for each label of the source, in its order.

    Example:
        >>> mapping = map_labels("meld", "wheel")
        >>> mapping.map("Anger")
        'mad'
    """

    name: str | None
    source: LabelSet
    target: LabelSet
    entries: Sequence[MappedLabel]

    @cached_property
    def _targets(self) -> dict[str, str | None]:
        return {entry.label: entry.target for entry in self.entries}

    def map(self, word: str) -> str | None:
        """Returns the target's label for a word of the source; None where it is lost or ignored.

        Raises:
            LabelError: no word of the source.
        """
        label = self.source.resolve(word)
        return None if label is None else self._targets[label]

    @property
    def merged(self) -> dict[str, tuple[str, ...]]:
        """The target's labels that several labels of the source become, which can no longer be told apart."""
        found: dict[str, list[str]] = {}
        for entry in self.entries:
            if entry.target is not None:
                found.setdefault(entry.target, []).append(entry.label)
        return {target: tuple(labels) for target, labels in found.items() if len(labels) > 1}

    @property
    def lost(self) -> tuple[str, ...]:
        """The source's labels without a target."""
        return tuple(entry.label for entry in self.entries if entry.target is None)

    @property
    def unreached(self) -> tuple[str, ...]:
        """The target's labels that no label of the source becomes."""
        reached = set(self._targets.values())
        return tuple(label for label in self.target.names if label not in reached)


def shipped_mappings() -> tuple[str, ...]:
    """Returns the names of the mappings that come with the package."""
    return shipped_names("mappings")


def mapped_sets(name: str) -> tuple[str, ...]:
    """Returns the label sets that a shipped mapping begins from."""
    return tuple(read_shipped(f"mappings/{name}")["labels"])


def map_labels(source: str | LabelSet, target: str | LabelSet) -> LabelMapping:
    """Returns what becomes of a label set's labels in another.

    Args:
        source: a label set, or what `load_label_set` takes.
        target: the same, or a shipped mapping's name, such as `paper` or `wheel`. Where no shipped mapping goes from
            the one to the other, a label becomes the target's label that is, or has, the same word.

    Raises:
        LabelError: no such label set, or a mapping that does not begin from the source.
    """
    given = source if isinstance(source, LabelSet) else load_label_set(source)
    if isinstance(target, str) and target in shipped_mappings():
        if given.name in mapped_sets(target):
            return _shipped(target, given)
        begins = mapped_sets(target)
        # A label set may have the mapping's name; then its words can be compared.
        if target == read_shipped(f"mappings/{target}")["target"]:
            return _by_words(given, load_label_set(target))
        raise LabelError(
            f"mapping {target!r} cannot map from {given.name!r}{did_you_mean(given.name, begins)}; it maps from "
            f"{', '.join(begins)}. With a label set as target, such as {read_shipped(f'mappings/{target}')['target']}, "
            "labels are compared by their words"
        )
    end = target if isinstance(target, LabelSet) else _load_target(target)
    for name in shipped_mappings():
        if read_shipped(f"mappings/{name}")["target"] == end.name and given.name in mapped_sets(name):
            return _shipped(name, given)
    return _by_words(given, end)


def _load_target(target: str) -> LabelSet:
    """Returns a label set, where the name is not that of a mapping."""
    try:
        return load_label_set(target)
    except LabelError as error:
        mappings, sets = shipped_mappings(), shipped_label_sets()
        near = did_you_mean(target, (*mappings, *sets))
        if Path(target).suffix in {".yaml", ".yml"} or "," in target:
            raise
        raise LabelError(
            f"no mapping or label set {target!r}{near}: give a mapping ({', '.join(mappings)}), a label set "
            f"({', '.join(sets)}), a YAML file, or words with commas"
        ) from error


def _shipped(name: str, source: LabelSet) -> LabelMapping:
    data = read_shipped(f"mappings/{name}")
    entries = []
    for label in source.names:
        target, rule, *feeling = data["labels"][source.name][label]
        entries.append(MappedLabel(label, target, data["rules"][rule], *feeling))
    return LabelMapping(name, source, load_label_set(data["target"]), entries)


def _by_words(source: LabelSet, target: LabelSet) -> LabelMapping:
    entries = []
    for label in source.names:
        found = None
        for word in (label, *source.aliases.get(label, ())):
            try:
                found = target.resolve(word)
            except LabelError:
                continue
            if found is not None:
                break
        same = found is not None and fold(found) == fold(label)
        rule = SAME_WORD if same else OTHER_WORD if found is not None else NO_WORD
        entries.append(MappedLabel(label, found, rule))
    return LabelMapping(None, source, target, entries)
