"""How a request wants to be answered, as the recognizer takes it; checked once and shared by equal requests."""

from __future__ import annotations

from dataclasses import dataclass

from instructerc.errors import LabelError
from instructerc.labels import LabelSet, load_label_set, shipped_label_sets
from instructerc.prompts import History
from instructerc.recognition import Recognizer
from instructerc.serving.contract.schemas.conversations import Choices


@dataclass(frozen=True, slots=True)
class Choice:
    """A checked choice; equal ones share a recognizer.

    Attributes:
        labels: name of a shipped set, or label names; None for the model's own.
        context: earlier turns that a turn is read with; None for as many as fit.
        min_probability: below it a turn gets no label.
    """

    labels: str | tuple[str, ...] | None = None
    context: int | None = None
    min_probability: float = 0.0

    @classmethod
    def from_request(cls, request: Choices) -> Choice:
        """Returns the choice of a request.

        Raises:
            LabelError: no such label set, or labels that contradict themselves.
        """
        labels = tuple(request.labels) if isinstance(request.labels, list) else request.labels
        choice = cls(labels, request.context, request.min_probability)
        choice.label_set()
        return choice

    def label_set(self) -> LabelSet | None:
        """Returns the label set; None for the model's own.

        Raises:
            LabelError: no such label set, or labels that contradict themselves.
        """
        if self.labels is None:
            return None
        if isinstance(self.labels, tuple):
            return LabelSet("custom", self.labels)
        # A name alone: files of this machine are not for those who ask from elsewhere.
        if self.labels not in shipped_label_sets():
            known = ", ".join(shipped_label_sets())
            raise LabelError(f"no label set {self.labels!r}; give one of {known}, or a list of labels")
        return load_label_set(self.labels)

    def recognizer(self, base: Recognizer) -> Recognizer:
        """Returns a recognizer that answers so, on the model of another."""
        history = None if self.context is None else History("window", self.context)
        return base.with_choices(self.label_set(), self.min_probability, history)

    def to_data(self) -> dict[str, object]:
        """Returns the choice as plain data, for a store."""
        labels = list(self.labels) if isinstance(self.labels, tuple) else self.labels
        return {"labels": labels, "context": self.context, "min_probability": self.min_probability}

    @classmethod
    def from_data(cls, data: dict[str, object]) -> Choice:
        """Returns the choice that `to_data` wrote."""
        return cls.from_request(Choices.model_validate(data))
