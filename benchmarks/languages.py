"""What a model gets right in each language, and how many tokens an utterance takes there.

    python benchmarks/languages.py --split dev --model multilingual
    python benchmarks/languages.py --split dev --model auto --xdailydialog DIR
    taskset -c 0,1 python benchmarks/languages.py --model multilingual --live

Reads data/everyday/multilingual and data/everyday (as English). `--xdailydialog` is the folder `data` of XDailyDialog's
repository, of which the test split is read; there the figure to compare is the micro-F1 without `no emotion`, and
`of_english` is its share of the same model's English figure. Prints one JSON line, in percent; `mean` and `worst` are
of the other languages. `other_labels` are 28 fine ones, which no calibration was fitted on in these languages.

`--live` prints only the milliseconds of a live turn in these languages: by the clock, and the processor time of all
threads, which other programs on the machine change less.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from instructerc import Conversation, LabelSet, Recognizer, load_label_set, load_model
from instructerc.corpora import load_corpus
from instructerc.evaluation import evaluate_recognitions

EVERYDAY = Path("data/everyday")
XDAILYDIALOG = ("en", "de", "it", "zh")
WARM_UP = 20
# Live, every sixth conversation tells enough.
LIVE_EVERY = 6


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


def score_xdailydialog(recognizer: Recognizer, folder: Path) -> dict[str, dict[str, Any]]:
    """Returns the figures of the test split in each of its languages, in percent."""
    labels = load_label_set("dailydialog")
    figures = {
        code: score(recognizer, load_corpus(f"xdailydialog-{code}", folder, "test"), labels) for code in XDAILYDIALOG
    }
    english = figures["en"]["micro_f1_without_neutral"]
    for figure in figures.values():
        figure["of_english"] = percent(figure["micro_f1_without_neutral"] / english) if english else None
    return figures


def live_times(recognizer: Recognizer, talks: Sequence[Conversation]) -> dict[str, Any]:
    """Returns milliseconds of turns that are added one by one, each with all turns before it as history."""
    clock, processor = [], []
    for talk in talks:
        session = recognizer.session()
        for turn in talk.utterances:
            begin, begin_processor = time.perf_counter(), time.process_time()
            session.add(turn.speaker, turn.text)
            clock.append(1000 * (time.perf_counter() - begin))
            processor.append(1000 * (time.process_time() - begin_processor))
    spread = {"clock": clock[WARM_UP:], "processor": processor[WARM_UP:]}
    figures = {
        f"{name}_ms_p{share}": round(float(np.percentile(times, share)), 2)
        for name, times in spread.items()
        for share in (50, 90)
    }
    return {"turns": len(clock) - WARM_UP, **figures}


def percent(share: float) -> float:
    """Returns a fraction in percent."""
    return round(100 * share, 2)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="dev", choices=("train", "dev"))
    parser.add_argument("--model", default=None)
    parser.add_argument("--xdailydialog", type=Path)
    parser.add_argument("--live", action="store_true")
    given = parser.parse_args()
    recognizer = load_model(given.model)
    if given.live:
        live = live_times(recognizer, load_corpus("everyday-multilingual", EVERYDAY, given.split)[::LIVE_EVERY])
        print(json.dumps({"model": given.model or "default", "live": live}))
        return
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
        told["xdailydialog"] = score_xdailydialog(recognizer, given.xdailydialog)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
