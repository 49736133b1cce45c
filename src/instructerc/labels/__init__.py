"""Label sets, wheels of feelings and mappings between them: the options of the emotion tasks."""

from instructerc.labels.affect import Affect, affect_of
from instructerc.labels.label_set import LabelSet, fold, load_label_set, shipped_label_sets
from instructerc.labels.languages import (
    english_names,
    label_description,
    label_languages,
    label_name,
    label_words,
)
from instructerc.labels.mapping import LabelMapping, MappedLabel, map_labels, shipped_mappings
from instructerc.labels.placing import place_on_wheel
from instructerc.labels.shipped import load_paraphrases
from instructerc.labels.wheel import Wheel, load_wheel, shipped_wheels

__all__ = [
    "Affect",
    "LabelMapping",
    "LabelSet",
    "MappedLabel",
    "Wheel",
    "affect_of",
    "english_names",
    "fold",
    "label_description",
    "label_languages",
    "label_name",
    "label_words",
    "load_label_set",
    "load_paraphrases",
    "load_wheel",
    "map_labels",
    "place_on_wheel",
    "shipped_label_sets",
    "shipped_mappings",
    "shipped_wheels",
]
