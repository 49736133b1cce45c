"""Scores of parts of a run: each utterance is counted once, in the part that it belongs to."""

from __future__ import annotations

import numpy as np
import pytest

from instructerc.evaluation.runs import (
    UNLABELLED,
    Predictions,
    abstention_curve,
    breakdowns,
    by_length,
    by_position,
    by_shift,
    by_speaker,
)


def _predictions(conversations, speakers, gold, right, n_words=None, confidence=None) -> Predictions:
    """Two labels; `right` says whether the answer is the gold label."""
    n = len(conversations)
    turns = [conversations[:place].count(name) + 1 for place, name in enumerate(conversations)]
    answers = np.array([0 if g == UNLABELLED else g if ok else 1 - g for g, ok in zip(gold, right, strict=True)])
    sure = np.array(confidence or [0.8] * n, np.float32)
    rows = np.full((n, 2), 0, np.float32)
    rows[np.arange(n), answers] = sure
    rows[np.arange(n), 1 - answers] = 1 - sure
    words = np.array(n_words or [1] * n)
    return Predictions(
        ("x", "y"), tuple(conversations), np.array(turns), tuple(speakers), words, np.array(gold), answers, rows
    )


def test_a_shift_is_against_the_speakers_own_last_emotion():
    found = by_shift(
        _predictions(
            ["a"] * 6 + ["b"],
            ["A", "B", "A", "B", "A", "A", "A"],
            [0, 1, 0, 0, UNLABELLED, 1, 1],
            [1, 1, 1, 0, 1, 1, 0],
        )
    )
    # A: first, same, (unlabelled), different; B: first, different; A again in another conversation: first.
    assert [(one.group, one.n_utterances, one.accuracy) for one in found] == [
        ("same", 1, 1.0),
        ("different", 2, 0.5),
        ("first", 3, pytest.approx(2 / 3)),
    ]


def test_speakers_with_few_turns_share_a_row():
    found = by_speaker(_predictions(["a"] * 5, ["A", "A", "B", "C", "A"], [0, 1, 0, 1, 0], [1, 1, 0, 1, 1]), least=2)
    assert [(one.group, one.n_utterances, one.accuracy) for one in found] == [
        ("A", 3, 1.0),
        ("(other speakers)", 2, 0.5),
    ]


def test_positions_and_lengths_are_ranges():
    n = 23
    found = _predictions(["a"] * n, ["A"] * n, [0] * n, [1] * n, n_words=[0, 3, 4, 7, 8, 15, 16] + [20] * 16)
    assert [(one.group, one.n_utterances) for one in by_position(found)] == [
        *(("1", 1), ("2", 1), ("3-5", 3), ("6-10", 5), ("11-20", 10), ("21 and more", 3)),
    ]
    assert [(one.group, one.n_utterances) for one in by_length(found)] == [
        *(("0-3", 2), ("4-7", 2), ("8-15", 2), ("16 and more", 17)),
    ]


def test_every_labelled_utterance_is_in_one_part():
    found = _predictions(["a", "a", "b"], ["A", "B", "A"], [0, UNLABELLED, 1], [1, 1, 0])
    tables = breakdowns(found)
    for name in ("by_speaker", "by_position", "by_shift", "by_length"):
        assert sum(row["n_utterances"] for row in tables[name]) == 2
    assert tables["by_position"][0]["confidence"] == pytest.approx(0.8)


def test_the_surest_answers_stay_longest():
    sure = [0.99, 0.95, 0.9, 0.6]
    curve = abstention_curve(_predictions(["a"] * 4, ["A"] * 4, [0, 1, 0, 1], [1, 1, 0, 0], confidence=sure))
    assert (curve[0].coverage, curve[0].accuracy) == (1.0, 0.5)
    at_half = next(point for point in curve if point.coverage == 0.5)
    assert (at_half.accuracy, at_half.threshold) == (1.0, pytest.approx(0.95))
    assert [point.coverage for point in curve] == sorted((point.coverage for point in curve), reverse=True)
