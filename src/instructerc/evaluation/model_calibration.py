"""What a model folder says of its calibration, for a label set and a kind of talk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from instructerc.backbones.settings import ModelSettings
from instructerc.evaluation.calibration import Calibration
from instructerc.labels import LabelSet, fold
from instructerc.prompts import asked_names


def calibration_of(settings: ModelSettings, labels: LabelSet, domain: str | None = None) -> Calibration:
    """Returns the calibration of a model's answers with these labels.

    Some of the model's own labels, in any order, keep the temperature and the biases that were fitted on all; a
    `contextual` bias belongs to prompts that list all. With other labels among them there is no bias, but a label that
    was no option in training is raised beside those that were: a model prefers what it has learnt ("calibrated
    stacking", Chao et al. 2016). The fewer labels, the more turns fit none of them, and the higher the temperature.
    Labels count as the words by which the model is asked, so that `Freude` has what `joy` has.

    Args:
        settings: of the model.
        labels: the options.
        domain: kind of talk that the model is told; what `settings` say where None.
    """
    told = settings if domain is None else replace(settings, domain=domain)
    own, asked = known_as(settings, settings.label_set), known_as(settings, labels)
    temperature, bias = told.domain_temperature, told.domain_bias
    if asked == own or (set(asked) <= set(own) and settings.calibration != "contextual"):
        some = tuple(bias[own.index(name)] for name in asked) if bias else ()
        return Calibration.from_data({"method": settings.calibration, "temperature": temperature, "bias": some})
    fitted = settings.other_temperatures.get(told.domain)
    if fitted:
        counts = sorted(fitted)
        temperature = float(np.interp(len(labels), counts, [fitted[count] for count in counts]))
    unseen = [name not in settings.seen_labels for name in asked]
    if settings.unseen_bonus and any(unseen) and not all(unseen):
        return Calibration("prior", temperature, tuple(-settings.unseen_bonus if one else 0.0 for one in unseen))
    return Calibration.from_data({"method": settings.calibration, "temperature": temperature, "bias": ()})


def known_as(settings: ModelSettings, labels: LabelSet) -> tuple[str, ...]:
    """Returns the words by which a model is asked for labels, folded as `fold` does; no two are the same."""
    return tuple(map(fold, asked_names(settings.load_wording(), labels)))
