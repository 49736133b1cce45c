"""What a model gets right in each language, and how many tokens an utterance takes there.

    python benchmarks/languages.py --split dev --model multilingual
    python benchmarks/languages.py --split dev --model auto --xdailydialog DIR

Reads data/everyday/multilingual and data/everyday (as English). `--xdailydialog` is a folder of labelled conversations,
one file `CODE.jsonl` for each language, with DailyDialog's labels; there the figure to compare is the micro-F1 without
`no emotion`. Prints one JSON line, in percent; `mean` and `worst` are of the other languages. `other_labels` are 28
fine ones, which no calibration was fitted on in these languages.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from instructerc import Conversation, LabelSet, Recognizer, load_label_set, load_model
from instructerc.corpora import load_corpus
from instructerc.evaluation import evaluate_recognitions
from instructerc.formats import read_conversations

EVERYDAY = Path("data/everyday")


def score(recognizer: Recognizer, talks: Sequence[Conversation], labels: LabelSet) -> dict[str, Any]:
    """Returns the figures of conversations in one language, in percent."""
    answers = list(recognizer.with_choices(labels).recognize_many(talks))
    found = evaluate_recognitions(talks, answers, labels)
    texts = [f"{turn.speaker}: {turn.text}" for talk in talks for turn in talk.utterances]
    lengths = [length for length, _ in recognizer.reader_of(talks[0]).backbone.segment_lengths(texts)]
    return {
        "utterances": found.n_utterances,
        "macro_f1": percent(found.macro_f1),
        "weighted_f1": percent(found.weighted_f1),
        "micro_f1_without_neutral": percent(micro_f1(talks, answers, labels)),
        "tokens": round(sum(lengths) / len(lengths), 1),
    }


def score_other_labels(recognizer: Recognizer, split: str) -> dict[str, Any]:
    """Returns the figures of the other languages' talk with 28 fine labels, in percent."""
    labels = load_label_set("goemotions")
    talks = load_corpus("everyday-fine", EVERYDAY / "multilingual", split)
    found = evaluate_recognitions(talks, list(recognizer.with_choices(labels).recognize_many(talks)), labels)
    return {
        "utterances": found.n_utterances,
        "weighted_f1": percent(found.weighted_f1),
        "ece": percent(found.expected_calibration_error or 0.0),
        "ece_by_chance": percent(found.calibration_error_by_chance or 0.0),
    }


def micro_f1(talks: Sequence[Conversation], answers: Sequence[Sequence[Any]], labels: LabelSet) -> float:
    """Returns the micro-F1 over all labels but the one that `neutral` names, as a fraction."""
    neutral = labels.resolve("neutral")
    pairs = [
        (labels.resolve(turn.emotion), answer.label)
        for talk, turns in zip(talks, answers, strict=True)
        for turn, answer in zip(talk.utterances, turns, strict=True)
        if turn.emotion is not None
    ]
    right = sum(gold == said != neutral for gold, said in pairs)
    asked, given = (sum(pair[place] != neutral for pair in pairs) for place in (0, 1))
    return 2 * right / (asked + given) if asked + given else 0.0


def percent(share: float) -> float:
    """Returns a fraction in percent."""
    return round(100 * share, 2)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="dev", choices=("train", "dev"))
    parser.add_argument("--model", default=None)
    parser.add_argument("--xdailydialog", type=Path)
    given = parser.parse_args()
    recognizer = load_model(given.model)
    by_code: dict[str, list[Conversation]] = {"en": load_corpus("everyday", EVERYDAY, given.split)}
    for talk in load_corpus("everyday-multilingual", EVERYDAY, given.split):
        by_code.setdefault(talk.id.rpartition("/")[2][:2], []).append(talk)
    labels = load_label_set("meld")
    figures = {code: score(recognizer, talks, labels) for code, talks in by_code.items()}
    others = [figure["macro_f1"] for code, figure in figures.items() if code != "en"]
    told: dict[str, Any] = {"model": given.model or "default", "split": given.split, "everyday": figures}
    told |= {"mean": round(sum(others) / len(others), 2), "worst": min(others)}
    told["other_labels"] = score_other_labels(recognizer, given.split)
    if given.xdailydialog:
        labels = load_label_set("dailydialog")
        told["xdailydialog"] = {
            path.stem: score(recognizer, list(read_conversations(path)), labels)
            for path in sorted(given.xdailydialog.glob("*.jsonl"))
        }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
