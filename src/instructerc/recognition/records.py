"""The one answer record: what every file, the service and the page say of an answered turn, by the same names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from instructerc.conversation import Utterance
from instructerc.formats.table.formulas import guard

if TYPE_CHECKING:
    from instructerc.recognition.recognition import Recognition

# A probability is written to six decimals: beyond that it differs between machines.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class DemonstrationRecord:
    """A labelled utterance that the model was shown."""

    speaker: str | None
    text: str
    label: str
    similarity: float


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """What is written of an answer: a `Recognition` with its numbers rounded.

    Attributes:
        label: the most probable label; None where it is less probable than was asked for.
        probability: of the most probable label.
        probabilities: of every label, in label order.
        history_turns: earlier turns that were read with it.
        text_cut: whether the turn was longer than the model reads, and lost its end.
        language: of the turn, where the model does not read it; see `Recognition`.
        demonstrations: what the model was shown.
        model: which of several models answered, by name; None where there is one.
    """

    label: str | None
    probability: float
    probabilities: dict[str, float]
    history_turns: int
    text_cut: bool
    language: str | None = None
    demonstrations: tuple[DemonstrationRecord, ...] = ()
    model: str | None = None

    @classmethod
    def of(cls, recognition: Recognition) -> AnswerRecord:
        """Returns the record of a recognition."""
        shown = (
            DemonstrationRecord(one.speaker, one.text, one.label, round(one.similarity, DECIMALS))
            for one in recognition.demonstrations
        )
        return cls(
            recognition.label,
            round(recognition.probability, DECIMALS),
            {label: round(value, DECIMALS) for label, value in recognition.probabilities.items()},
            recognition.history_turns,
            recognition.text_cut,
            recognition.language,
            tuple(shown),
            recognition.model,
        )

    def to_data(self) -> dict[str, Any]:
        """Returns the record as plain data, as the service gives it out and keeps it."""
        return asdict(self) | {"demonstrations": [asdict(one) for one in self.demonstrations]}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> AnswerRecord:
        """Returns the record that `to_data` wrote, in this version or an earlier one."""
        shown = tuple(DemonstrationRecord(**one) for one in data.get("demonstrations", ()))
        return cls(**{**data, "demonstrations": shown})


def turn_fields(utterance: Utterance, answer: AnswerRecord | None) -> dict[str, Any]:
    """Returns what a file says of an answered turn, in the order of its columns; None for what there is not.

    The model is told only where there are several.

    Args:
        utterance: the turn; its own emotion is `gold`.
        answer: the model's; None for a turn that has none yet.
    """
    return {
        "speaker": utterance.speaker,
        "text": utterance.text,
        "start": utterance.start,
        "end": utterance.end,
        "emotion": None if answer is None else answer.label,
        "probability": None if answer is None else answer.probability,
        "probabilities": {} if answer is None else answer.probabilities,
        "history_turns": None if answer is None else answer.history_turns,
        "text_cut": None if answer is None else answer.text_cut,
        "language": None if answer is None else answer.language,
        **({} if answer is None or answer.model is None else {"model": answer.model}),
        "gold": utterance.emotion,
    }


def csv_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of a turn as cells of a table: a column `p_LABEL` for each label, and no formula in a text."""
    cells: dict[str, Any] = {name: guard(value) if isinstance(value, str) else value for name, value in fields.items()}
    return cells | {f"p_{label}": value for label, value in cells.pop("probabilities").items()}
