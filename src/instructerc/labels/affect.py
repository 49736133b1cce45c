"""Valence and arousal of labels, for plots: means of ratings (Russell and Mehrabian 1977)."""

from __future__ import annotations

from dataclasses import dataclass

from instructerc.labels.label_set import LabelSet, fold
from instructerc.labels.shipped import read_shipped


@dataclass(frozen=True, slots=True)
class Affect:
    """Where a label stands in the plane of valence and arousal.

    Attributes:
        valence: from -1, unpleasant, to 1, pleasant.
        arousal: from -1, sleepy, to 1, excited.
        term: the rated term of the source that stands for the label; None for the middle of both scales, which is not
            rated but is what neutral means.
    """

    valence: float
    arousal: float
    term: str | None


def affect_of(label: str, label_set: LabelSet | None = None) -> Affect | None:
    """Returns valence and arousal of a label; None where no rated term is near enough.

    Args:
        label: the label, in any case.
        label_set: where its other words stand, which are tried after the label itself.

    Example:
        >>> affect_of("anger")
        Affect(valence=-0.51, arousal=0.59, term='angry')
    """
    data = read_shipped("affect")
    terms, words = data["terms"], data["words"]
    others = () if label_set is None else label_set.aliases.get(label, ())
    for word in map(fold, (label, *others)):
        if word in data["middle"]:
            return Affect(0.0, 0.0, None)
        term = word if word in terms else words.get(word)
        if term is not None:
            valence, arousal = terms[term]
            return Affect(valence, arousal, term)
    return None


def affect_source() -> str:
    """Returns where the values were published."""
    source: str = read_shipped("affect")["source"]
    return source
