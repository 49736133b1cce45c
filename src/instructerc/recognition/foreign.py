"""How sure a model may be of turns in languages that it does not read: fitted on labelled conversations in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from instructerc.backbones.settings import read_settings, write_settings
from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.evaluation import Foreign, fit_foreign
from instructerc.recognition.recognizer import Recognizer


def fit_foreign_confidence(recognizer: Recognizer, conversations: Sequence[Conversation]) -> Foreign:
    """Returns what lowers the model's confidence on the turns that it notices to be in another language.

    Args:
        recognizer: the model, with the label set that it was trained on.
        conversations: with labels of that set, in languages that the model does not read.

    Raises:
        InputError: no labelled turn in another language.
    """
    # A lowering that changes nothing: what comes back is the answer as it is for the model's own language.
    plain = Recognizer(
        recognizer.backbone,
        replace(recognizer.settings, foreign=Foreign(1.0, 0.0).to_data()),
        label_set=recognizer.label_set,
    )
    rows, gold = answers_in_other_languages(plain, conversations)
    if not rows:
        raise InputError("no labelled turn in a language that the model does not read; give conversations in others")
    return fit_foreign(np.log(np.maximum(rows, 1e-12)), gold)


def answers_in_other_languages(
    recognizer: Recognizer, conversations: Sequence[Conversation]
) -> tuple[list[list[float]], list[int]]:
    """Returns the probabilities of labelled turns that are noticed to be in another language, and their gold labels.

    Shapes: [U, O], in the order of the label set, and [U]
    """
    names = recognizer.label_set.names
    rows: list[list[float]] = []
    gold: list[int] = []
    for conversation, turns in zip(conversations, recognizer.recognize_many(conversations), strict=True):
        for utterance, turn in zip(conversation.utterances, turns, strict=True):
            if turn.language is not None and utterance.emotion in names:
                rows.append([turn.probabilities[name] for name in names])
                gold.append(names.index(utterance.emotion))
    return rows, gold


def calibrate_foreign(folder: Path, conversations: Sequence[Conversation]) -> Foreign:
    """Fits the confidence of a model folder on turns in other languages, writes it into `model.json` and returns it.

    Raises:
        InputError: as `fit_foreign_confidence`.
        ModelError: a folder that cannot be loaded.
    """
    foreign = fit_foreign_confidence(Recognizer.from_pretrained(folder), conversations)
    write_settings(folder, replace(read_settings(folder), foreign=foreign.to_data()))
    return foreign
