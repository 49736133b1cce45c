"""Where labels stand on the feeling wheel: by mapping `wheel` where it has them, else by their words."""

from __future__ import annotations

from collections.abc import Mapping

from instructerc.labels.label_set import LabelSet
from instructerc.labels.mapping import map_labels, mapped_sets
from instructerc.labels.wheel import Wheel, load_wheel

Path = tuple[str, ...]


def place_on_wheel(labels: LabelSet) -> Mapping[str, Path | None]:
    """Returns, for each label, the way from the core feeling of Willcox's wheel to it; None where it has no place.

    A label that the mapping leaves off the wheel has none, though the wheel may have its word: MELD's surprise is not
    the `surprised` beside aware, which is powerful.

    Example:
        >>> from instructerc.labels import load_label_set
        >>> place_on_wheel(load_label_set("iemocap"))["frustrated"]
        ('mad', 'angry', 'frustrated')
    """
    wheel = load_wheel("willcox")
    if labels.name not in mapped_sets("wheel"):
        return {label: _by_words(label, labels, wheel) for label in labels.names}
    entries = map_labels(labels, "wheel").entries
    return {entry.label: wheel.path(entry.feeling or entry.target or "") for entry in entries}


def _by_words(label: str, labels: LabelSet, wheel: Wheel) -> Path | None:
    words = (label, *labels.aliases.get(label, ()))
    return next((path for word in words if (path := wheel.path(word)) is not None), None)
