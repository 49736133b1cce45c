"""Running a suite on a model, and its pass rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import LabelError
from instructerc.evaluation.behaviour.suite import Check, Kind
from instructerc.evaluation.evaluation import AnswerLike
from instructerc.labels import LabelSet

# A probability that ends this near to its bound has no room left to move by the margin.
SURE = 0.95
KINDS: tuple[Kind, ...] = ("MFT", "INV", "DIR")


class Model(Protocol):
    """What is used of a `Recognizer`."""

    @property
    def label_set(self) -> LabelSet: ...

    def recognize_many(self, conversations: Iterable[Conversation]) -> Iterator[Sequence[AnswerLike]]: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model did in one check.

    Attributes:
        check: the check.
        passed: whether it did what it should.
        answer: its label for the conversation as it stands, or None where it gave none.
        answer_changed: its label after the change; None without one.
        probability: of `answer` for MFT and INV, of the check's label for DIR.
        probability_changed: the same after the change; None without one.
    """

    check: Check
    passed: bool
    answer: str | None
    answer_changed: str | None
    probability: float
    probability_changed: float | None

    def to_dict(self) -> dict[str, Any]:
        """Returns what JSON can hold, with the turns that were read."""
        check = self.check
        wanted: dict[str, dict[str, Any]] = {
            "MFT": {"expect": list(check.expect), "not": list(check.reject)},
            "INV": {"change": check.change},
            "DIR": {"label": check.label, "direction": "rises" if check.rises else "falls", "margin": check.margin},
        }
        return {
            "id": check.id, "capability": check.capability, "type": check.kind, "split": check.split,
            "passed": self.passed, **wanted[check.kind],
            "conversation": _turns(check.conversation, check.target),
            "changed": None if check.changed is None else _turns(check.changed, check.target),
            "answer": self.answer, "answer_changed": self.answer_changed,
            "probability": round(self.probability, 6),
            "probability_changed": None if self.probability_changed is None else round(self.probability_changed, 6),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of some checks a model passes."""

    passed: int
    total: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.passed / self.total


@dataclass(frozen=True, slots=True)
class BehaviourReport:
    """Outcomes of a suite, and what is counted from them; every rate is a share from 0 to 1."""

    outcomes: tuple[Outcome, ...]

    @property
    def capabilities(self) -> tuple[str, ...]:
        """By name."""
        return tuple(sorted({outcome.check.capability for outcome in self.outcomes}))

    @property
    def splits(self) -> tuple[str, ...]:
        """Those that were run."""
        return tuple(sorted({outcome.check.split for outcome in self.outcomes}))

    def rates(self, capability: str, split: str | None = None) -> dict[Kind, Rate]:
        """Returns the pass rate of each kind of check that a capability has."""
        found: dict[Kind, Rate] = {}
        for kind in KINDS:
            own = [
                outcome.passed
                for outcome in self.outcomes
                if outcome.check.capability == capability
                and outcome.check.kind == kind
                and split in (None, outcome.check.split)
            ]
            if own:
                found[kind] = Rate(sum(own), len(own))
        return found

    def rate(self, capability: str, split: str | None = None) -> float | None:
        """Returns the mean over its kinds of checks, so that the many invariances do not drown the few others."""
        shares = [rate.share for rate in self.rates(capability, split).values()]
        return sum(shares) / len(shares) if shares else None

    def pass_rate(self, split: str | None = None) -> float | None:
        """Returns the suite's figure: the mean over capabilities."""
        rates = [rate for name in self.capabilities if (rate := self.rate(name, split)) is not None]
        return sum(rates) / len(rates) if rates else None

    def invariances(self, split: str | None = None) -> dict[str, Rate]:
        """Returns, for each change that must not matter, how many turns keep their label."""
        found: dict[str, list[bool]] = {}
        for outcome in self.outcomes:
            if outcome.check.change and split in (None, outcome.check.split):
                found.setdefault(outcome.check.change, []).append(outcome.passed)
        return {change: Rate(sum(passed), len(passed)) for change, passed in found.items()}

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """Checks that were not passed."""
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)

    def to_dict(self) -> dict[str, Any]:
        """Returns every rate as what JSON can hold; `n_checks` says of how many."""
        return {
            "n_checks": len(self.outcomes),
            "n_failures": len(self.failures),
            "pass_rate": self.pass_rate(),
            "pass_rate_by_split": {split: self.pass_rate(split) for split in self.splits},
            "capabilities": [
                {
                    "capability": name,
                    "pass_rate": self.rate(name),
                    "pass_rate_by_split": {split: self.rate(name, split) for split in self.splits},
                    "by_type": _plain(self.rates(name)),
                }
                for name in self.capabilities
            ],
            "invariances": _plain(self.invariances()),
        }


def run_suite(checks: Sequence[Check], model: Model) -> BehaviourReport:
    """Returns what a model does in every check; a conversation that several ask about is read once.

    Raises:
        LabelError: a case's label that the model's label set does not have.
    """
    for check in checks:
        _check_labels(check, model.label_set)
    conversations: dict[tuple[Utterance, ...], Conversation] = {}
    for check in checks:
        for conversation in (check.conversation, check.changed):
            if conversation is not None:
                conversations.setdefault(conversation.utterances, conversation)
    answers = dict(zip(conversations, model.recognize_many(conversations.values()), strict=True))
    outcomes = []
    for check in checks:
        before = answers[check.conversation.utterances][check.target]
        after = None if check.changed is None else answers[check.changed.utterances][check.target]
        outcomes.append(_outcome(check, before, after, model.label_set))
    return BehaviourReport(tuple(outcomes))


def _outcome(check: Check, before: AnswerLike, after: AnswerLike | None, label_set: LabelSet) -> Outcome:
    asked = label_set.resolve(check.label) if check.label else None
    first = before.probabilities[asked] if asked else max(before.probabilities.values())
    second = None
    if after is not None:
        second = after.probabilities[asked] if asked else max(after.probabilities.values())
    if after is None:
        passed = _is_accepted(check, before.label, label_set)
    elif check.kind == "INV":
        passed = before.label == after.label
    else:
        passed = second is not None and _moves(check, first, second)
    return Outcome(check, passed, before.label, None if after is None else after.label, first, second)


def _is_accepted(check: Check, label: str | None, label_set: LabelSet) -> bool:
    if label is None or label in map(label_set.resolve, check.reject):
        return False
    return not check.expect or label in map(label_set.resolve, check.expect)


def _moves(check: Check, before: float, after: float) -> bool:
    if not check.rises:
        before, after = 1 - before, 1 - after
    return after - before >= check.margin or (after >= SURE and after >= before)


def _check_labels(check: Check, label_set: LabelSet) -> None:
    for label in (*check.expect, *check.reject, *((check.label,) if check.label else ())):
        try:
            label_set.index(label)
        except LabelError as error:
            raise LabelError(f"behaviour case {check.id!r}: {error}; run it on a model with such labels") from error


def _turns(conversation: Conversation, target: int) -> list[dict[str, str]]:
    """Returns the turns up to the target: later ones were not read for its answer."""
    return [{"speaker": turn.speaker, "text": turn.text} for turn in conversation.utterances[: target + 1]]


def _plain(rates: Mapping[Any, Rate]) -> dict[str, dict[str, Any]]:
    return {
        str(name): {"passed": rate.passed, "total": rate.total, "pass_rate": rate.share} for name, rate in rates.items()
    }
