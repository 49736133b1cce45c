"""How a model folder answers labels that are not its own: fitted on conversations with such labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from instructerc.backbones.settings import ModelSettings, read_settings, write_settings
from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.evaluation import Foreign, apply_temperature, fit_temperature, fit_unsure_below
from instructerc.evaluation.unseen import fit_unseen_bonus
from instructerc.labels import LabelSet, fold
from instructerc.recognition.recognizer import Recognizer

_SMALLEST = 1e-12
_NEUTRAL = "neutral"
# As many labels as people name for themselves.
_FEW = 5
_DRAWS = 10


def calibrate_other_labels(
    folder: Path, seen_labels: Sequence[str], conversations: Sequence[Conversation], label_set: LabelSet
) -> ModelSettings:
    """Fits a bonus for labels that training never named, then temperatures; writes them into `model.json`.

    One temperature is for all of the labels. Another is for five of them, drawn at random with `neutral` among them:
    turns that fit no other one are neutral there. Both hold for the kind of talk that the model is told by default.
    For each of the two follows the probability below which such answers are told as unsure.

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
    seen = np.array([fold(name) in settings.seen_labels for name in names])
    bonus = fit_unseen_bonus(log_probs, gold, seen)
    raised = log_probs + bonus * ~seen
    answered = {len(names): (raised, np.asarray(gold))}
    if _NEUTRAL in names and len(names) > _FEW:
        answered[_FEW] = _few_options(raised, np.asarray(gold), names.index(_NEUTRAL))
    temperatures = {count: fit_temperature(*some) for count, some in answered.items()}
    unsure = {
        count: fit_unsure_below(apply_temperature(scores, temperatures[count]), right)
        for count, (scores, right) in answered.items()
    }
    temperatures_of = {settings.domain: temperatures}
    found = replace(settings, unseen_bonus=bonus, other_temperatures=temperatures_of, other_unsure_below=unsure)
    write_settings(folder, found)
    return found


def _few_options(
    rows: npt.NDArray[np.float64], gold: npt.NDArray[np.int64], neutral: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Returns the scores of drawn options, the neutral one first, and which is right: that one where no other is.

    Shapes: [U x draws, few], [U x draws]
    """
    draw = np.random.default_rng(0)
    others = np.delete(np.arange(rows.shape[1]), neutral)
    drawn = np.stack([draw.choice(others, _FEW - 1, replace=False) for _ in range(_DRAWS * len(rows))])
    options = np.concatenate([np.full((len(drawn), 1), neutral), drawn], axis=1)
    hits = options == np.repeat(gold, _DRAWS)[:, None]
    return np.take_along_axis(np.repeat(rows, _DRAWS, axis=0), options, axis=1), hits.argmax(axis=1)


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
