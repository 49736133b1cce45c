"""`adapt` at 50, 200 and 1000 labelled turns against label names alone and against SetFit-style training.

The peer is what most people would run on a few labelled texts: SetFit (Tunstall et al. 2022) on all-MiniLM-L6-v2, an
epoch of contrastive pairs over all weights in torch, then logistic regression on the sentence embeddings. It reads one
turn at a time, as published. Conversations are drawn from development until they hold enough turns, anew for every
seed, and all scores are of test, which chose nothing: a user's own conversations are ones that the model has not learnt
from, and it has learnt from the training splits (`--labelled train --split dev` shows what that hides).

    python benchmarks/adapt.py --everyday data/everyday --emorynlp data/emorynlp/subset
    python benchmarks/adapt.py --everyday data/everyday --setfit-seeds 0                # without the peers, seconds
    python benchmarks/adapt.py --everyday data/everyday --seeds 0                       # the peers alone

Prints one JSON line. Scores are means over the seeds, in percent; `seconds` is the whole of `adapt`, states included.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from instructerc import Conversation, LabelSet, Recognizer, load_label_set
from instructerc.corpora import load_corpus
from instructerc.evaluation import Evaluation, evaluate_predictions, evaluate_recognitions
from instructerc.recognition.adapt import adapt

SIZES = (50, 200, 1000)
CORPORA = {"everyday": ("everyday-fine", "goemotions"), "emorynlp": ("emorynlp-csv", "emorynlp")}
# Pairs a turn in SetFit's epoch: 20 of each kind as published; fewer where there are many turns, for the time it takes.
PAIRS = {50: 20, 200: 10, 1000: 3}
LEARNING_RATE = 2e-5
BATCH = 16
MAX_TOKENS = 128


def draw(conversations: Sequence[Conversation], n_turns: int, seed: int) -> list[Conversation]:
    """Returns drawn conversations with labels on the first `n_turns` of their turns."""
    found: list[Conversation] = []
    for talk in random.Random(seed).sample(list(conversations), len(conversations)):
        if n_turns <= 0:
            break
        turns = [turn if place < n_turns else replace(turn, emotion=None) for place, turn in enumerate(talk.utterances)]
        found.append(Conversation(talk.id, turns))
        n_turns -= len(turns)
    return found


def scores(evaluation: Evaluation) -> dict[str, float]:
    """Returns the figures that are compared, in percent."""
    return {
        "weighted_f1": 100 * evaluation.weighted_f1,
        "macro_f1": 100 * evaluation.macro_f1,
        "ece": 100 * (evaluation.expected_calibration_error or 0.0),
    }


def score_adapted(
    train: Sequence[Conversation], test: Sequence[Conversation], labels: LabelSet, model: str | None
) -> dict[str, float]:
    """Returns the figures of a model that was adapted to `train`, and what it said of itself."""
    begin = time.perf_counter()
    found = adapt(train, label_set=labels, model=model)
    seconds = time.perf_counter() - begin
    answers = list(found.recognizer.recognize_many(test))
    return scores(evaluate_recognitions(test, answers, labels, n_draws=1)) | {
        "seconds": seconds,
        "held_out_weighted_f1": 100 * found.evaluation.weighted_f1,
    }


def score_names(test: Sequence[Conversation], labels: LabelSet, model: str | None) -> dict[str, float]:
    """Returns the figures of the label names alone."""
    recognizer = Recognizer.from_pretrained(model, label_set=labels)
    return scores(evaluate_recognitions(test, list(recognizer.recognize_many(test)), labels, n_draws=1))


class SentenceEncoder:
    """all-MiniLM-L6-v2 in torch: the mean over a text's tokens, of unit length."""

    def __init__(self) -> None:
        from transformers import AutoModel, AutoTokenizer

        from instructerc.backbones.base_models.weights import MINILM, resolve_base

        folder = resolve_base(MINILM)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder)

    def embed(self, texts: Sequence[str]) -> Any:
        """Returns one vector a text, with a slope where torch keeps them. Shape: [N, H]"""
        import torch

        batch = self.tokenizer(list(texts), padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        mask = batch["attention_mask"][..., None].float()
        states = self.model(**batch).last_hidden_state
        return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)

    def embed_all(self, texts: Sequence[str]) -> np.ndarray:
        """Returns the vectors of many texts. Shape: [N, H]"""
        import torch

        self.model.eval()
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        found = np.empty((len(texts), self.model.config.hidden_size), np.float32)
        with torch.inference_mode():
            for begin in range(0, len(order), 32):
                part = order[begin : begin + 32]
                found[part] = self.embed([texts[index] for index in part]).numpy()
        return found


def draw_pairs(gold: Sequence[int], each: int, seed: int) -> list[tuple[int, int, float]]:
    """Returns pairs of turns with 1 for the same label and 0 for another, `each` of both kinds a turn, shuffled."""
    chance = random.Random(seed)
    pairs = []
    for one, label in enumerate(gold):
        alike = [other for other, its in enumerate(gold) if its == label and other != one]
        unlike = [other for other, its in enumerate(gold) if its != label]
        for others, target in ((alike, 1.0), (unlike, 0.0)):
            pairs += [(one, chance.choice(others), target) for _ in range(each) if others]
    chance.shuffle(pairs)
    return pairs


def score_setfit(
    train: Sequence[Conversation], test: Sequence[Conversation], labels: LabelSet, each: int, seed: int
) -> dict[str, float]:
    """Returns the figures of SetFit-style training; `each` 0 leaves the encoder as it is."""
    import torch
    from sklearn.linear_model import LogisticRegression

    begin = time.perf_counter()
    torch.manual_seed(seed)
    encoder = SentenceEncoder()
    known = [turn for talk in train for turn in talk.utterances if turn.emotion is not None]
    texts, gold = [turn.text for turn in known], [labels.index(turn.emotion or "") for turn in known]
    pairs = draw_pairs(gold, each, seed)
    optimiser = torch.optim.AdamW(encoder.model.parameters(), lr=LEARNING_RATE)
    n_steps = -(-len(pairs) // BATCH)
    # Linear warm-up over a tenth, then linear decay, as SetFit does.
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / (0.1 * n_steps + 1), (n_steps - step) / (0.9 * n_steps + 1))
    )
    encoder.model.train()
    for start in range(0, len(pairs), BATCH):
        ones, others, targets = zip(*pairs[start : start + BATCH], strict=True)
        left, right = encoder.embed([texts[i] for i in (*ones, *others)]).chunk(2)
        loss = torch.nn.functional.mse_loss((left * right).sum(-1), torch.tensor(targets))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()
    head = LogisticRegression(max_iter=1000).fit(encoder.embed_all(texts), gold)
    asked = [turn.text for talk in test for turn in talk.utterances]
    rows = np.zeros((len(asked), len(labels)))
    rows[:, head.classes_] = head.predict_proba(encoder.embed_all(asked))
    return _score_rows(rows, test, labels) | {"seconds": time.perf_counter() - begin}


def _score_rows(rows: np.ndarray, test: Sequence[Conversation], labels: LabelSet) -> dict[str, float]:
    answers = iter(rows.argmax(axis=1))
    predicted = [[labels.names[next(answers)] for _ in talk.utterances] for talk in test]
    gold = [[turn.emotion for turn in talk.utterances] for talk in test]
    return scores(evaluate_predictions(gold, predicted, labels, probabilities=rows, n_draws=1))


def mean(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """Returns the mean of each figure, the spread of weighted F1 between seeds, and how many seeds there were."""
    means = {key: round(statistics.fmean(run[key] for run in runs), 2) for key in runs[0]}
    spread = statistics.stdev(run["weighted_f1"] for run in runs) if len(runs) > 1 else 0.0
    return means | {"weighted_f1_sd": round(spread, 2), "seeds": len(runs)}


def run_corpus(name: str, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Returns the figures of one corpus by number of labelled turns."""
    corpus, label_set = CORPORA[name]
    labels = load_label_set(label_set)
    train, test = load_corpus(corpus, path, options.labelled), load_corpus(corpus, path, options.split)
    names = {key: round(value, 2) for key, value in score_names(test, labels, options.model).items()}
    print(f"{name}: names alone {names}", file=sys.stderr)
    sizes: dict[str, Any] = {}
    for size in options.sizes:
        drawn = [draw(train, size, seed) for seed in range(max(options.seeds, options.setfit_seeds))]
        found: dict[str, Any] = {}
        if options.seeds:
            ours = mean([score_adapted(some, test, labels, options.model) for some in drawn[: options.seeds]])
            found = {"adapt": ours, "gain": round(ours["weighted_f1"] - names["weighted_f1"], 2)}
        for key, pairs in (("embeddings", 0), ("setfit", PAIRS.get(size, 3))):
            peers = enumerate(drawn[: min(1, options.setfit_seeds) if size > 200 else options.setfit_seeds])
            runs = [score_setfit(some, test, labels, pairs, seed) for seed, some in peers]
            found |= {key: mean(runs)} if runs else {}
        sizes[str(size)] = found
        print(f"{name}, {size}: {found}", file=sys.stderr)
    return {"names_alone": names, "turns": sizes}


def main() -> None:
    """Prints the record."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    for name in CORPORA:
        parser.add_argument(f"--{name}", type=Path, metavar="DIR", help=f"folder of the corpus {CORPORA[name][0]}")
    parser.add_argument(
        "--model", metavar="MODEL", help="the embedded model that is adapted; the shipped one by default"
    )
    parser.add_argument("--labelled", choices=("train", "dev"), default="dev", help="split of the labelled turns")
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="split of the scores")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), metavar="N")
    parser.add_argument("--seeds", type=int, default=5, help="of adapt; 0 leaves it out")
    parser.add_argument("--setfit-seeds", type=int, default=2, help="at 1000 turns one; 0 leaves the peers out")
    options = parser.parse_args()
    given = {name: getattr(options, name) for name in CORPORA if getattr(options, name)}
    if not given:
        parser.error("give --everyday DIR, --emorynlp DIR, or both")
    if options.labelled == options.split:
        parser.error("--labelled and --split are the same split; what is learnt from can't be scored on")
    record = {name: run_corpus(name, path, options) for name, path in given.items()}
    about = {"labelled": options.labelled, "split": options.split, "model": options.model or "embedded"}
    print(json.dumps({"benchmark": "adapt"} | about | record))


if __name__ == "__main__":
    main()
