"""The whole evaluation: what is scored, what is left out, and what JSON gets."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn import metrics

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, LabelError
from instructerc.evaluation import evaluate_predictions, evaluate_recognitions
from instructerc.labels import LabelSet, load_label_set

MOOD = LabelSet("mood", ("neutral", "glad", "cross"), {"glad": ("happy",)}, ignored=("unclear",))


@dataclass
class Answer:
    label: str | None
    probabilities: dict[str, float]


def _answer(label, *probabilities):
    return Answer(label, dict(zip(MOOD.names, probabilities, strict=True)))


def test_scores_equal_scikit_learn():
    generator = np.random.default_rng(0)
    gold = [[MOOD.names[i] for i in generator.integers(0, 3, size=size)] for size in (3, 8, 5)]
    predicted = [[MOOD.names[i] for i in generator.integers(0, 3, size=len(words))] for words in gold]
    evaluation = evaluate_predictions(gold, predicted, MOOD)
    flat = [[word for words in side for word in words] for side in (gold, predicted)]
    names = list(MOOD.names)
    assert evaluation.weighted_f1 == pytest.approx(metrics.f1_score(*flat, labels=names, average="weighted"))
    assert evaluation.macro_f1 == pytest.approx(metrics.f1_score(*flat, labels=names, average="macro"))
    assert evaluation.accuracy == evaluation.micro_f1 == pytest.approx(metrics.accuracy_score(*flat))
    assert evaluation.micro_f1_without_neutral == pytest.approx(
        metrics.f1_score(*flat, labels=names[1:], average="micro")
    )
    np.testing.assert_array_equal(evaluation.confusion_matrix, metrics.confusion_matrix(*flat, labels=names))
    assert [row.support for row in evaluation.per_class] == [flat[0].count(name) for name in names]
    assert evaluation.weighted_f1_interval[0] <= evaluation.weighted_f1 <= evaluation.weighted_f1_interval[1]


def test_unlabelled_and_ignored_utterances_are_left_out_and_counted():
    gold = [["happy", None, "cross"], [None], ["unclear", "neutral"]]
    predicted = [["glad", "cross", "cross"], ["glad"], ["cross", "neutral"]]
    probabilities = np.eye(3)[[1, 2, 2, 1, 2, 0]]
    evaluation = evaluate_predictions(gold, predicted, MOOD, probabilities=probabilities)
    assert (evaluation.n_utterances, evaluation.n_conversations) == (3, 2)
    assert (evaluation.n_unlabelled, evaluation.n_ignored) == (2, 1)
    assert evaluation.weighted_f1 == evaluation.accuracy == 1
    assert evaluation.expected_calibration_error == evaluation.brier == 0


def test_an_abstention_is_a_miss_and_is_counted():
    evaluation = evaluate_predictions([["glad", "cross"], ["cross"]], [["glad", None], ["cross"]], MOOD)
    assert (evaluation.abstained, evaluation.coverage) == (1, pytest.approx(2 / 3))
    assert evaluation.accuracy == pytest.approx(2 / 3)
    cross = evaluation.per_class[2]
    assert (cross.precision, cross.recall, cross.support, cross.predicted, cross.abstained) == (1, 0.5, 2, 1, 1)
    assert evaluation.confusion_matrix == ((0, 0, 0), (0, 1, 0), (0, 0, 1))


def test_recognitions_are_read_in_label_order():
    talks = [
        Conversation("a", [Utterance("Ann", "Hm.", "neutral"), Utterance("Bo", "Yes!", "happy")]),
        Conversation("b", [Utterance("Ann", "No."), Utterance("Bo", "Why not?", "cross")]),
    ]
    answers = [
        [_answer("neutral", 0.8, 0.1, 0.1), _answer("glad", 0.2, 0.7, 0.1)],
        [_answer("cross", 0.1, 0.1, 0.8), _answer(None, 0.4, 0.3, 0.3)],
    ]
    evaluation = evaluate_recognitions(iter(talks), iter(answers), MOOD)
    assert (evaluation.n_utterances, evaluation.n_unlabelled, evaluation.abstained) == (3, 1, 1)
    rows = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.4, 0.3, 0.3]])
    theirs = metrics.brier_score_loss([0, 1, 2], rows, labels=[0, 1, 2], scale_by_half=False)
    assert evaluation.brier == pytest.approx(theirs)


def test_to_dict_is_json_with_fractions():
    evaluation = evaluate_predictions([["glad"], ["cross"]], [["glad"], ["glad"]], MOOD)
    data = evaluation.to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert set(data) >= {
        *("weighted_f1", "macro_f1", "micro_f1", "accuracy", "expected_calibration_error", "brier"),
        *("n_utterances", "n_conversations", "per_class", "confusion_matrix", "labels", "weighted_f1_interval"),
        *("abstained", "coverage"),
    }
    assert data["accuracy"] == 0.5
    assert data["labels"] == ["neutral", "glad", "cross"]
    assert data["brier"] is None
    glad = {"precision": 0.5, "recall": 1.0, "support": 1, "predicted": 2, "abstained": 0}
    assert data["per_class"][1] == {"label": "glad", "f1": pytest.approx(2 / 3)} | glad


def test_the_order_of_conversations_changes_no_score():
    gold = [["glad", "cross"], ["neutral"], ["cross", "cross", "glad"]]
    predicted = [["glad", "glad"], ["neutral"], ["cross", None, "neutral"]]
    ahead = evaluate_predictions(gold, predicted, MOOD).to_dict()
    back = evaluate_predictions(gold[::-1], predicted[::-1], MOOD).to_dict()
    for data in (ahead, back):
        assert data.pop("weighted_f1_interval")  # drawn by position
    assert ahead == back


def test_the_neutral_label_is_found_by_its_alias():
    dailydialog = load_label_set("dailydialog")
    assert evaluate_predictions([["fear"]], [["fear"]], dailydialog).neutral == "no emotion"
    pair = LabelSet("pair", ("glad", "cross"))
    without = evaluate_predictions([["glad"]], [["glad"]], pair)
    assert without.neutral is without.micro_f1_without_neutral is without.weighted_f1_interval is None


@pytest.mark.parametrize(
    ("gold", "predicted", "error", "said"),
    [
        ([], [], InputError, "no utterance has a label of 'mood'"),
        ([[None]], [["glad"]], InputError, "no utterance has a label of 'mood'"),
        ([["unclear"]], [["glad"]], InputError, "no utterance has a label of 'mood'"),
        ([["glad"]], [], InputError, "1 conversations with gold labels, 0 with predictions"),
        (
            [["glad"], ["cross"]],
            [["glad"], ["cross", "glad"]],
            InputError,
            "conversation 1 has 1 utterances and 2 pred",
        ),
        ([["gald"]], [["glad"]], LabelError, "did you mean 'glad'"),
        ([["glad"]], [["joy"]], LabelError, "'joy' is not in label set 'mood'"),
        ([["glad"]], [["unclear"]], LabelError, "not scored"),
    ],
)
def test_what_cannot_be_scored_is_named(gold, predicted, error, said):
    with pytest.raises(error, match=said):
        evaluate_predictions(gold, predicted, MOOD)


def test_probabilities_must_cover_every_utterance():
    with pytest.raises(InputError, match=r"shape \(1, 3\); expected \(2, 3\)"):
        evaluate_predictions([["glad", None]], [["glad", "glad"]], MOOD, probabilities=[[0.2, 0.7, 0.1]])


def test_recognitions_of_too_few_conversations_are_refused():
    talks = [Conversation(name, [Utterance("Ann", "Yes!", "glad")]) for name in "ab"]
    with pytest.raises(InputError, match="2 conversations with gold labels, 1 with predictions"):
        evaluate_recognitions(talks, [[_answer("glad", 0.1, 0.8, 0.1)]], MOOD)
