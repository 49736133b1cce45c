"""Why each turn of a conversation got its answer, in a line each."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from instructerc.cli.shared.writers import Answered

if TYPE_CHECKING:
    from instructerc.recognition import Explanation, Recognizer

_MOST = 5


def check_why(recognizer: Recognizer) -> None:
    """Raises InputError if the recognizer's answers cannot be explained one by one."""
    from instructerc.recognition.explain import check_explainable

    check_explainable(recognizer)


def print_why(recognizer: Recognizer, answered: Answered) -> None:
    """Writes which words and earlier turns each answer rests on, below the table of its conversation."""
    from instructerc.recognition import explain

    lines = ["why: points that the answer loses when a word or a turn alone is left out"]
    for number, recognition in enumerate(answered.recognitions, start=1):
        best = max(recognition.probabilities, key=recognition.probabilities.__getitem__)
        found = explain(recognizer, answered.conversation, number, best)
        lines.append(f"{number:>4}  {best}: {render_why(found, answered.conversation.utterances[number - 1].text)}")
    sys.stdout.write("\n".join(lines) + "\n")


def render_why(found: Explanation, text: str) -> str:
    """Returns the strongest words and turns of an explanation, words first."""
    words = [(f"“{text[word.start : word.end]}”", word.change) for word in found.words]
    turns = [(f"turn {one.turn}", one.change) for one in found.turns]
    return ", ".join([*_strongest(words), *_strongest(turns)]) or "no single word or turn"


def _strongest(changes: Iterable[tuple[str, float]]) -> list[str]:
    large = [one for one in changes if round(one[1] * 100)]
    kept = sorted(large, key=lambda one: -abs(one[1]))[:_MOST]
    return [f"{name} {round(change * 100):+d}" for name, change in kept]
