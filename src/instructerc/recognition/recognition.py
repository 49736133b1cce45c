"""The answer for one utterance."""

from __future__ import annotations

from dataclasses import dataclass

from instructerc.prompts import Demonstration


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read with an utterance: all of a `Recognition` that is not the answer itself."""

    history_turns: int
    text_cut: bool = False
    demonstrations: tuple[Demonstration, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """The answer for one utterance.

    Attributes:
        label: the most probable label, or None where it is less probable than was asked for.
        probability: of the most probable label; calibrated on development for the model's own label set.
        probabilities: of every label, in label order; they sum to 1.
        history_turns: earlier turns that were read with it.
        text_cut: whether the utterance was longer than the model reads, and lost its end.
        demonstrations: labelled utterances that the prompt showed.
        language: ISO 639-1 code of the turn's language where the model does not read it, and so is less sure. None
            where it does, or where neither the turn nor those before it tell. Where two models share the work, the
            language of every turn of which it is known.
        model: which of several models answered, by name; None where there is one.
    """

    label: str | None
    probability: float
    probabilities: dict[str, float]
    history_turns: int
    text_cut: bool = False
    demonstrations: tuple[Demonstration, ...] = ()
    language: str | None = None
    model: str | None = None

    @property
    def seen(self) -> Seen:
        """What was read with the utterance."""
        return Seen(self.history_turns, self.text_cut, self.demonstrations, self.language)
