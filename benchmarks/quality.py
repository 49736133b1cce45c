"""What a model gets right, corpus by corpus: quality, calibration, what history gives, names that it has not met.

    python benchmarks/quality.py --split dev
    python benchmarks/quality.py --split test --model runs/embedded/average/model

Reads data/everyday and, where they are there, data/meld, data/emorynlp and data/goemotions. Prints one JSON line, in
percent. EmoryNLP is the release with 984 test utterances. GoEmotions is asked in Ekman's seven, comment by comment,
those with several feelings left out. `ece_by_chance` is what the calibration error would be on average if every
confidence were true: an error that is not clearly larger shows no fault. `history` compares everyday talk with and
without the turns before, in points of weighted F1. `unseen_names` takes the turns whose feeling the recipe held out
from training: the right name among five, the other four drawn from the label set; chance is 20. `few_labels` are ten
sets of neutral and four of everyday's fine labels, in which what fits no other one is neutral. `abstention` is
of everyday talk: accuracy of the surest share of the turns.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from instructerc import Conversation, LabelSet, Recognizer, load_label_set, load_model
from instructerc.corpora import load_corpus
from instructerc.evaluation import compare_predictions, evaluate_recognitions, expected_calibration_error
from instructerc.prompts import History

CORPORA = {
    "everyday": ("everyday", "everyday", "meld"),
    "everyday_fine": ("everyday-fine", "everyday", "goemotions"),
    "meld": ("meld", "meld", "meld"),
    "emorynlp": ("emorynlp-csv", "emorynlp/subset", "emorynlp"),
    "goemotions_ekman": ("goemotions-single", "goemotions", "ekman"),
}
HELD_OUT = ("relief", "embarrassment", "pride", "excitement")
OPTIONS = 5
SHARES = (0.25, 0.5, 0.75, 1.0)


def score(recognizer: Recognizer, corpus: str, talks: Sequence[Conversation], labels: LabelSet) -> dict[str, Any]:
    """Returns the figures of one split, in percent."""
    asked = recognizer.with_choices(labels).for_corpus(corpus)
    found = evaluate_recognitions(talks, list(asked.recognize_many(talks)), labels)
    interval = found.weighted_f1_interval or (0.0, 0.0)
    return {
        "utterances": found.n_utterances,
        "weighted_f1": percent(found.weighted_f1),
        "interval": [percent(bound) for bound in interval],
        "macro_f1": percent(found.macro_f1),
        "accuracy": percent(found.accuracy),
        "ece": percent(found.expected_calibration_error or 0.0),
        "ece_by_chance": percent(found.calibration_error_by_chance or 0.0),
        "f1": {row.label: percent(row.f1) for row in found.per_class},
    }


def compare_history(recognizer: Recognizer, talks: Sequence[Conversation]) -> dict[str, Any]:
    """Returns what the turns before give, with the interval of the difference."""
    labels = recognizer.label_set
    gold = [labels.index(labels.resolve(turn.emotion)) for talk in talks for turn in talk.utterances]
    where = [number for number, talk in enumerate(talks) for _ in talk.utterances]

    def answers(asked: Recognizer) -> list[int]:
        return [labels.index(turn.label) for turns in asked.recognize_many(talks) for turn in turns]

    alone = recognizer.with_choices(history=History("window", 0))
    found = compare_predictions(gold, answers(recognizer), answers(alone), where, len(labels))
    return {
        "difference": percent(found.difference),
        "interval": [percent(bound) for bound in found.interval or (0.0, 0.0)],
    }


def score_unseen(recognizer: Recognizer, talks: Sequence[Conversation], labels: LabelSet, draws: int) -> dict[str, Any]:
    """Returns how often the right name is chosen among five, of the names that training held out."""
    draw = random.Random(0)
    answers = list(recognizer.with_choices(labels).recognize_many(talks))
    turns = [
        (turn.emotion, answer.probabilities)
        for talk, row in zip(talks, answers, strict=True)
        for turn, answer in zip(talk.utterances, row, strict=True)
        if turn.emotion in HELD_OUT
    ]
    # Scores of options do not depend on the other options, so five of 28 probabilities choose as five alone would.
    right = [
        max([gold, *draw.sample([name for name in labels.names if name != gold], OPTIONS - 1)], key=chances.__getitem__)
        == gold
        for gold, chances in turns
        for _ in range(draws)
    ]
    return {"turns": len(turns), "accuracy": percent(float(np.mean(right)))}


def score_few(
    recognizer: Recognizer, talks: Sequence[Conversation], labels: LabelSet, n_sets: int = 10
) -> dict[str, Any]:
    """Returns the figures of sets of five labels, as a user names them; what fits no other one is neutral there."""
    draw = random.Random(1)
    others = [name for name in labels.names if name != "neutral"]
    right: list[bool] = []
    rows: list[list[float]] = []
    gold: list[int] = []
    for _ in range(n_sets):
        few = LabelSet("few", ("neutral", *draw.sample(others, OPTIONS - 1)))
        for talk, turns in zip(talks, recognizer.with_choices(few).recognize_many(talks), strict=True):
            for utterance, turn in zip(talk.utterances, turns, strict=True):
                label = utterance.emotion if utterance.emotion in few.names else "neutral"
                right.append(turn.label == label)
                rows.append([turn.probabilities[name] for name in few.names])
                gold.append(few.names.index(label))
    return {
        "utterances": len(right),
        "accuracy": percent(float(np.mean(right))),
        "ece": percent(expected_calibration_error(rows, gold)),
    }


def abstain(recognizer: Recognizer, talks: Sequence[Conversation]) -> dict[str, float]:
    """Returns the accuracy of the surest share of the turns."""
    rows = [
        (answer.probability, answer.label == turn.emotion)
        for talk, turns in zip(talks, recognizer.recognize_many(talks), strict=True)
        for turn, answer in zip(talk.utterances, turns, strict=True)
    ]
    rows.sort(key=lambda row: -row[0])
    return {
        f"{share:.2f}": percent(float(np.mean([ok for _, ok in rows[: round(share * len(rows))]]))) for share in SHARES
    }


def percent(value: float) -> float:
    """Returns a fraction in percent, to a hundredth."""
    return round(100 * value, 2)


def main() -> None:
    """Prints the figures of one model and split."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="small", help="name or folder of a trained model")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--draws", type=int, default=20, help="draws of the other four names")
    given = parser.parse_args()
    recognizer = load_model(given.model)
    result: dict[str, Any] = {"benchmark": "quality", "model": given.model, "split": given.split}
    for name, (corpus, folder, labels) in CORPORA.items():
        if (given.data / folder).is_dir():
            talks = load_corpus(corpus, given.data / folder, given.split)
            result[name] = score(recognizer, corpus, talks, load_label_set(labels))
    everyday = load_corpus("everyday", given.data / "everyday", given.split)
    fine = load_corpus("everyday-fine", given.data / "everyday", given.split)
    result["history"] = compare_history(recognizer, everyday)
    result["unseen_names"] = score_unseen(recognizer, fine, load_label_set("goemotions"), given.draws)
    result["few_labels"] = score_few(recognizer, fine, load_label_set("goemotions"))
    result["abstention"] = abstain(recognizer, everyday)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
