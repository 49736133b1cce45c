"""The bootstrap against a loop that draws conversations one by one."""

from __future__ import annotations

from time import process_time

import numpy as np
import pytest

from instructerc.errors import InputError
from instructerc.evaluation import bootstrap, compare_predictions, confusion_matrix, weighted_f1, weighted_f1_interval

N_LABELS = 3


def _sample(seed=0, n_conversations=40, share_right=0.6):
    generator = np.random.default_rng(seed)
    conversation = np.repeat(np.arange(n_conversations), generator.integers(1, 12, size=n_conversations))
    gold = generator.integers(0, N_LABELS, size=conversation.size)
    noise = generator.integers(-1, N_LABELS, size=gold.size)
    return gold, np.where(generator.random(gold.size) < share_right, gold, noise), conversation


def _naive_scores(gold, predicted, conversation, n_draws, seed):
    generator = np.random.default_rng(seed)
    names = np.unique(conversation)
    scores = []
    for _ in range(n_draws):
        rows = np.concatenate([np.flatnonzero(conversation == name) for name in generator.choice(names, len(names))])
        scores.append(weighted_f1(confusion_matrix(gold[rows], predicted[rows], N_LABELS)))
    return np.array(scores)


def test_the_interval_equals_that_of_a_naive_loop():
    gold, predicted, conversation = _sample()
    interval = weighted_f1_interval(gold, predicted, conversation, N_LABELS, n_draws=20_000, seed=1)
    naive = np.quantile(_naive_scores(gold, predicted, conversation, 4000, seed=2), (0.025, 0.975))
    np.testing.assert_allclose(interval, naive, atol=0.008)  # both are drawn: their own noise is about 0.003


def test_two_thousand_draws_of_a_split_as_large_as_meld_s_take_two_seconds_at_most():
    generator = np.random.default_rng(0)
    conversation = np.sort(generator.integers(0, 280, 2610))
    gold, ours, theirs = generator.integers(0, 7, (3, 2610))
    before = process_time()
    found = compare_predictions(gold, ours, theirs, conversation, 7, n_draws=2000)
    # Time of the processor: what else the machine does is not in it.
    assert process_time() - before <= 2
    assert found.interval is not None


def test_each_draw_scores_what_the_repeated_utterances_score():
    gold, predicted, conversation = _sample(n_conversations=5)
    counts = bootstrap._counts_by_conversation(gold, predicted, conversation, N_LABELS)
    (weights,) = bootstrap._draws(5, 7, seed=3)
    drawn = bootstrap._drawn_scores([counts], 7, seed=3)[0]
    for times, score in zip(weights.astype(int), drawn, strict=True):
        rows = np.repeat(np.arange(gold.size), times[conversation])
        assert score == pytest.approx(weighted_f1(confusion_matrix(gold[rows], predicted[rows], N_LABELS)))


def test_the_interval_holds_the_score_and_repeats_with_its_seed():
    gold, predicted, conversation = _sample()
    low, high = weighted_f1_interval(gold, predicted, conversation, N_LABELS, seed=5)
    assert low < weighted_f1(confusion_matrix(gold, predicted, N_LABELS)) < high
    assert weighted_f1_interval(gold, predicted, conversation, N_LABELS, seed=5) == (low, high)
    assert weighted_f1_interval(gold, predicted, conversation, N_LABELS, seed=6) != (low, high)


def test_the_size_of_a_block_of_draws_changes_nothing(monkeypatch):
    sample = _sample()
    whole = weighted_f1_interval(*sample, N_LABELS, n_draws=50)
    monkeypatch.setattr(bootstrap, "_CELLS_AT_ONCE", 300)
    assert weighted_f1_interval(*sample, N_LABELS, n_draws=50) == pytest.approx(whole)


def test_utterances_that_belong_together_widen_the_interval():
    # Every conversation is all right or all wrong, so forty conversations are forty observations, not two hundred.
    conversation = np.repeat(np.arange(40), 5)
    gold = np.zeros(200, dtype=int)
    predicted = conversation % 2
    together = weighted_f1_interval(gold, predicted, conversation, 2)
    apart = weighted_f1_interval(gold, predicted, np.arange(200), 2)
    assert together[1] - together[0] > 1.8 * (apart[1] - apart[0])


def test_one_conversation_has_no_interval():
    assert weighted_f1_interval([0, 1], [0, 0], [4, 4], 2) is None
    comparison = compare_predictions([0, 1], [0, 1], [0, 0], [4, 4], 2)
    assert comparison.difference > 0
    assert comparison.interval is comparison.p_value is None


def test_a_better_system_is_told_from_a_worse_one():
    gold, worse, conversation = _sample(n_conversations=200, share_right=0.4)
    _, better, _ = _sample(n_conversations=200, share_right=0.8)
    comparison = compare_predictions(gold, better, worse, conversation, N_LABELS)
    assert comparison.interval[0] > 0.1
    assert comparison.p_value == pytest.approx(2 / 2001)
    back = compare_predictions(gold, worse, better, conversation, N_LABELS)
    assert back.difference == pytest.approx(-comparison.difference)
    assert back.interval == pytest.approx((-comparison.interval[1], -comparison.interval[0]))


def test_a_system_does_not_differ_from_itself():
    gold, predicted, conversation = _sample()
    comparison = compare_predictions(gold, predicted, predicted, conversation, N_LABELS)
    assert (comparison.difference, comparison.interval, comparison.p_value) == (0.0, (0.0, 0.0), 1.0)


def test_pairing_gives_a_narrower_interval_than_the_two_alone():
    gold, predicted, conversation = _sample()
    nearly = predicted.copy()
    nearly[::25] = (gold[::25] + 1) % N_LABELS
    paired = compare_predictions(gold, predicted, nearly, conversation, N_LABELS).interval
    alone = weighted_f1_interval(gold, predicted, conversation, N_LABELS)
    assert paired[1] - paired[0] < 0.6 * (alone[1] - alone[0])


def test_lengths_that_differ_and_no_draws_are_refused():
    with pytest.raises(InputError, match="expected one each"):
        weighted_f1_interval([0, 1], [0, 1], [0], 2)
    with pytest.raises(InputError, match="at least one draw"):
        weighted_f1_interval([0, 1], [0, 1], [0, 1], 2, n_draws=0)
