"""How a model folder answers labels that are not its own: fitted on conversations with such labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from instructerc.backbones.settings import ModelSettings, read_settings, write_settings
from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.evaluation import Foreign, fit_temperature
from instructerc.evaluation.unseen import fit_unseen_bonus
from instructerc.labels import LabelSet
from instructerc.recognition.recognizer import Recognizer

_SMALLEST = 1e-12


def calibrate_other_labels(
    folder: Path, seen_labels: Sequence[str], conversations: Sequence[Conversation], label_set: LabelSet
) -> ModelSettings:
    """Fits a bonus for labels that training never named, then a temperature; writes both into `model.json`.

    The temperature holds for the kind of talk that the model is told by default.

    Args:
        folder: of the model.
        seen_labels: names of the labels that were options in its training, in lower case.
        conversations: of development, labelled with `label_set`.
        label_set: has labels that are not the model's own.

    Raises:
        InputError: no labelled turn.
        LabelError: a turn with another label.
        ModelError: a folder that cannot be loaded.
    """
    settings = replace(read_settings(folder), seen_labels=tuple(seen_labels))
    names = label_set.names
    rows: list[list[float]] = []
    gold: list[int] = []
    answers = _uncalibrated(folder, settings, label_set).recognize_many(conversations)
    for conversation, turns in zip(conversations, answers, strict=True):
        for utterance, turn in zip(conversation.utterances, turns, strict=True):
            label = None if utterance.emotion is None else label_set.resolve(utterance.emotion)
            if label is not None:
                gold.append(names.index(label))
                rows.append([turn.probabilities[name] for name in names])
    if not rows:
        raise InputError(f"no turn is labelled with {label_set.name}; give conversations that are")
    log_probs = np.log(np.maximum(rows, _SMALLEST))
    seen = np.array([name.casefold() in settings.seen_labels for name in names])
    bonus = fit_unseen_bonus(log_probs, gold, seen)
    temperature = fit_temperature(log_probs + bonus * ~seen, gold)
    found = replace(settings, unseen_bonus=bonus, other_temperatures={settings.domain: temperature})
    write_settings(folder, found)
    return found


def _uncalibrated(folder: Path, settings: ModelSettings, label_set: LabelSet) -> Recognizer:
    plain = replace(
        settings,
        calibration="none",
        temperature=1.0,
        bias=(),
        temperatures={},
        biases={},
        unseen_bonus=0.0,
        other_temperatures={},
        foreign=Foreign(1.0, 0.0).to_data(),
    )
    return Recognizer(Recognizer.from_pretrained(folder).backbone, plain, label_set=label_set)
