"""Fits the detector, in about three minutes on one core.

    python -m instructerc.recognition.language.fit OUTPUT.npz --english FILE... --other FILE... --meld DIR \\
        --goemotions DIR --django DIR --stopwords FILE

`--english` and `--other` are files of conversations; those of `--other` have ids that begin with a language's code, as
in everyday's `multilingual`. Django and its translations come from the package `Django`, the lists of words from
`stopwordsiso`. A softmax regression over hashed features by Adagrad, from a fixed seed; weights in int8.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from instructerc.corpora import load_corpus
from instructerc.formats import read_conversations
from instructerc.recognition.language.features import N_BUCKETS, buckets_of
from instructerc.recognition.language.fit_texts import Example, build_examples, fitting_data

_SEED = 0
_EPOCHS = 3
_BATCH = 256
_RATE = 0.1
_RIDGE = 1e-6
# An English text that looks foreign is a worse fault than a foreign one that goes unnoticed.
_ENGLISH_WEIGHT = 2.0
_LEVELS = 127

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]


def fit_weights(examples: Sequence[Example], codes: Sequence[str]) -> FloatArray:
    """Returns the weights of each class, English's first, on each bucket. Shape: [N_BUCKETS, classes]"""
    draw = np.random.default_rng(_SEED)
    buckets_once = cache(buckets_of)
    features = [
        np.array([bucket for word in words for bucket in buckets_once(word)], dtype=np.int32) for words, _ in examples
    ]
    places = {code: place for place, code in enumerate(codes)}
    gold = np.array([places[code] for _, code in examples])
    weights = np.zeros((N_BUCKETS, len(codes)), np.float32)
    squares = np.full((N_BUCKETS, 1), 1e-6, np.float32)
    n_steps = _EPOCHS * -(-len(examples) // _BATCH)
    step = 0
    for _ in range(_EPOCHS):
        order = draw.permutation(len(examples))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            buckets, slope = _slope(weights, [features[place] for place in chosen], gold[chosen])
            squares[buckets] += (slope * slope).mean(axis=1, keepdims=True)
            weights[buckets] -= _RATE * (1 - 0.9 * step / n_steps) * slope / np.sqrt(squares[buckets])
            step += 1
    return weights


def _slope(weights: FloatArray, batch: Sequence[IntArray], gold: IntArray) -> tuple[IntArray, FloatArray]:
    """Returns the buckets that a batch has, and how its loss changes with their weights."""
    lengths = np.array([len(row) for row in batch])
    flat = np.concatenate(batch)
    owner = np.repeat(np.arange(len(batch)), lengths)
    chances = np.add.reduceat(weights[flat], np.cumsum(lengths) - lengths, axis=0)
    chances = np.exp(chances - chances.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    chances[np.arange(len(batch)), gold] -= 1
    chances *= np.where(gold == 0, _ENGLISH_WEIGHT, 1.0)[:, None].astype(np.float32) / len(batch)
    order = np.argsort(flat, kind="stable")
    buckets, starts = np.unique(flat[order], return_index=True)
    slope = np.add.reduceat(chances[owner[order]], starts, axis=0)
    return buckets, slope + _RIDGE * weights[buckets]


def write_detector(path: Path, weights: FloatArray, codes: Sequence[str]) -> None:
    """Writes what `Detector.load` reads."""
    scale = float(np.abs(weights).max()) / _LEVELS
    small = np.rint(weights / scale).astype(np.int8)
    np.savez_compressed(path, weights=small, scale=np.float64(scale), codes=np.array(codes))


def main() -> None:
    """Reads the texts, fits and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    for name in ("--english", "--other"):
        parser.add_argument(name, type=Path, nargs="+", required=True)
    for name in ("--meld", "--goemotions", "--django", "--stopwords"):
        parser.add_argument(name, type=Path, required=True)
    given = parser.parse_args()
    talks = [talk for file in given.english for talk in read_conversations(file)]
    for corpus in ("meld", "goemotions"):
        talks += load_corpus(corpus, getattr(given, corpus), "train")
    other: dict[str, list[str]] = {}
    for file in given.other:
        for talk in read_conversations(file):
            other.setdefault(talk.id[:2], []).extend(turn.text for turn in talk.utterances)
    english = [turn.text for talk in talks for turn in talk.utterances]
    examples = build_examples(english, other, given.django, given.stopwords, random.Random(_SEED))
    codes = list(fitting_data()["classes"])
    write_detector(given.output, fit_weights(examples, codes), codes)


if __name__ == "__main__":
    main()
