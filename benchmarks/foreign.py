"""How true the embedded model's confidence is on turns in languages that it does not read, before and after lowering.

    python benchmarks/foreign.py

Reads the development conversations in sixteen other languages of data/everyday; only turns that are noticed to be in
another language are counted. Prints one JSON line, in percent.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from instructerc import Conversation, Recognizer
from instructerc.corpora import load_corpus
from instructerc.evaluation import Foreign, expected_calibration_error
from instructerc.recognition.foreign import answers_in_other_languages


def measure(recognizer: Recognizer, talks: Sequence[Conversation]) -> dict[str, Any]:
    """Returns accuracy, mean confidence and calibration error on the noticed turns, in percent."""
    rows, gold = answers_in_other_languages(recognizer, talks)
    answers = np.array(rows)
    return {
        "turns": len(rows),
        "accuracy": percent(float(np.mean(answers.argmax(axis=1) == gold))),
        "confidence": percent(float(answers.max(axis=1).mean())),
        "ece": percent(expected_calibration_error(rows, gold)),
    }


def percent(value: float) -> float:
    """Returns a fraction in percent, to a hundredth."""
    return round(100 * value, 2)


def main() -> None:
    """Prints the figures of the shipped model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--everyday", type=Path, default=Path("data/everyday"))
    given = parser.parse_args()
    talks = load_corpus("everyday-multilingual", given.everyday, "dev")
    lowered = Recognizer.from_pretrained()
    # A lowering that changes nothing.
    plain = Recognizer(lowered.backbone, replace(lowered.settings, foreign=Foreign(1.0, 0.0).to_data()))
    report = {"benchmark": "foreign", "before": measure(plain, talks), "after": measure(lowered, talks)}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
