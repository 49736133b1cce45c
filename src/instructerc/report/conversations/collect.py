"""Answered conversations as a report shows them: labels, shifts, and how far moods turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from instructerc.conversation import Conversation
from instructerc.labels import LabelSet
from instructerc.recognition import Recognition
from instructerc.report.conversations.periods import Periods, find_periods
from instructerc.report.conversations.turning import find_shifts, turn_strengths


@dataclass(frozen=True, slots=True)
class ReportTurn:
    """A turn.

    Attributes:
        speaker: who says it, as it is shown.
        text: what is said; empty where words are left out.
        best: index of the most probable label.
        second: index of the next one.
        confidence: probability of the best.
        second_confidence: probability of the second.
        unsure: whether it is less probable than was asked for.
        shift_from: index of the speaker's last label, where it is another one.
        strength: how far the speaker's mood turns here, 0 to 1.
        language: of the turn, where the model does not read it.
    """

    speaker: str
    text: str
    best: int
    second: int
    confidence: float
    second_confidence: float
    unsure: bool
    shift_from: int | None
    strength: float
    language: str | None


@dataclass(frozen=True, slots=True)
class ReportTalk:
    """A conversation.

    Attributes:
        name: its id.
        file: which it is from.
        turns: of it.
    """

    name: str
    file: str
    turns: tuple[ReportTurn, ...]

    @property
    def n_shifts(self) -> int:
        """Turns at which their speaker's label changes."""
        return sum(turn.shift_from is not None for turn in self.turns)

    @property
    def strength(self) -> float:
        """How far a mood turns at most, 0 to 1: conversations are ranked by it."""
        return max((turn.strength for turn in self.turns), default=0.0)


@dataclass(frozen=True, slots=True)
class Privacy:
    """What a report leaves out.

    Attributes:
        with_words: whether it holds what was said.
        with_names: whether it names speakers, files and conversations, and does not number them.
    """

    with_words: bool = True
    with_names: bool = True


def shown_name(file: str) -> str:
    """Returns what a reader of the report may know of a file: its name, and not where it lies."""
    return "standard input" + file[1:] if file == "-" or file.startswith("-:") else PurePath(file).name


def count_of(number: int, word: str) -> str:
    """Returns, say, `1 turn` or `1,200 turns`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


class Collector:
    """Gathers answered conversations.

    Args:
        label_set: of the answers.
        privacy: what is left out.
    """

    def __init__(self, label_set: LabelSet, privacy: Privacy) -> None:
        self.label_set = label_set
        self.privacy = privacy
        self.talks: list[ReportTalk] = []
        self._speakers: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._said: list[tuple[Conversation, str]] = []

    def add(self, conversation: Conversation, recognitions: Sequence[Recognition], file: str) -> None:
        """Takes a conversation with one answer a turn."""
        names = self.label_set.names
        speakers = [utterance.speaker for utterance in conversation.utterances]
        rows = np.array([[answer.probabilities[name] for name in names] for answer in recognitions], np.float64)
        order = np.argsort(-rows, axis=1, kind="stable")
        labels = [
            None if answer.label is None else int(best) for answer, best in zip(recognitions, order[:, 0], strict=True)
        ]
        shifts = find_shifts(speakers, labels)
        strengths = turn_strengths(speakers, rows, shifts)
        turns = tuple(
            ReportTurn(
                self._named(utterance.speaker, self._speakers, "Speaker"),
                utterance.text if self.privacy.with_words else "",
                int(order[place, 0]),
                int(order[place, 1]),
                float(rows[place, order[place, 0]]),
                float(rows[place, order[place, 1]]),
                labels[place] is None,
                shifts[place],
                strengths[place],
                recognitions[place].language,
            )
            for place, utterance in enumerate(conversation.utterances)
        )
        name = conversation.id if self.privacy.with_names else f"Conversation {len(self.talks) + 1}"
        self.talks.append(ReportTalk(name, self._named(shown_name(file), self._files, "File"), turns))
        self._said.append((conversation, file))

    @property
    def n_files(self) -> int:
        """Files that the conversations are from."""
        return len({file for _, file in self._said})

    def periods(self) -> Periods:
        """Returns when the turns were said, by the names that the source gives, whether or not they are shown."""
        return find_periods([talk for talk, _ in self._said], [file for _, file in self._said])

    def _named(self, name: str, known: dict[str, str], what: str) -> str:
        return name if self.privacy.with_names else known.setdefault(name, f"{what} {len(known) + 1}")
