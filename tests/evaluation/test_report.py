"""The printed report, whole, as a person sees it."""

from __future__ import annotations

from rich.console import Console

from instructerc.evaluation import evaluate_predictions
from instructerc.evaluation.report import render_report
from instructerc.labels import LabelSet

MOOD = LabelSet("mood", ("neutral", "glad [very]", "cross"), ignored=("unclear",))
GOLD = [["neutral", "glad [very]", "cross", None], ["glad [very]", "glad [very]"], ["cross", "unclear", "neutral"]]
PREDICTED = [
    ["neutral", "glad [very]", "neutral", "cross"],
    ["glad [very]", None],
    ["cross", "cross", "glad [very]"],
]
PROBABILITIES = [
    *([0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.5, 0.1, 0.4], [0.1, 0.1, 0.8]),
    *([0.2, 0.6, 0.2], [0.3, 0.4, 0.3]),
    *([0.1, 0.2, 0.7], [0.1, 0.2, 0.7], [0.3, 0.6, 0.1]),
]


def _text(evaluation, **options) -> str:
    console = Console(width=100, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(render_report(evaluation, **options))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def test_golden_report(assert_golden):
    evaluation = evaluate_predictions(GOLD, PREDICTED, MOOD, probabilities=PROBABILITIES)
    assert_golden("report.txt", _text(evaluation, title="invented corpus, test split"))


def test_golden_report_without_probabilities_abstentions_or_neutral(assert_golden):
    pair = LabelSet("pair", ("glad", "cross"))
    evaluation = evaluate_predictions([["glad", "cross"]], [["glad", "glad"]], pair)
    assert_golden("report_short.txt", _text(evaluation))
