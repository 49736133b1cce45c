"""Label sets: the options of the emotion tasks."""

from instructerc.labels.label_set import LabelSet, load_label_set, shipped_label_sets

__all__ = ["LabelSet", "load_label_set", "shipped_label_sets"]
