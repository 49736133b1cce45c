"""Conversations to be recognised or read from files, and what the model says of their turns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag, model_validator

from instructerc.conversation import Conversation, Utterance
from instructerc.serving.contract.schemas.fields import (
    MAX_CONVERSATIONS,
    MAX_LABELS,
    MAX_TURNS,
    Label,
    Name,
    Probability,
    Schema,
    Seconds,
    Text,
    Title,
    TurnCount,
    example,
)


class TurnFields(Schema):
    """Who says what, and when: what every turn has."""

    speaker: Name = Field(examples=["Ann"])
    text: Text = Field(examples=["We won!"])
    start: Seconds | None = None
    end: Seconds | None = None

    def to_utterance(self) -> Utterance:
        """Returns the turn as the package knows it."""
        return Utterance(self.speaker, self.text, None, self.start, self.end)


class TurnIn(TurnFields):
    """A turn, as it is said."""

    @model_validator(mode="after")
    def _check_times(self) -> TurnIn:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(
                f"end is {self.end:g}, before start, {self.start:g}; give seconds since the recording began"
            )
        return self


class ConversationIn(Schema):
    """Turns in the order in which they were said."""

    id: Title = Field("conversation", examples=["c1"])
    # What is longer is refused as too large, not as wrong.
    utterances: Annotated[list[TurnIn], Field(min_length=1, json_schema_extra={"maxItems": MAX_TURNS})]

    def to_conversation(self) -> Conversation:
        """Returns the conversation as the package knows it."""
        return Conversation(self.id, [turn.to_utterance() for turn in self.utterances])


def _kind_of_labels(value: object) -> str:
    return "list" if isinstance(value, list) else "name"


# Told apart by their form, so that what is wrong is said of the form that was sent.
LabelChoice = Annotated[
    Annotated[list[Label], Field(min_length=2, max_length=MAX_LABELS), Tag("list")] | Annotated[Label, Tag("name")],
    Discriminator(_kind_of_labels),
]


class Choices(Schema):
    """How a request wants to be answered; every field has a default."""

    labels: LabelChoice | None = Field(
        None,
        description="The name of a label set (see /v1/labels), or a list of labels, whose probabilities are not "
        "calibrated; default: the model's own set.",
        examples=["meld", ["happy", "sad", "calm"]],
    )
    context: TurnCount | None = Field(
        None, description="Number of earlier turns that a turn is read with; default: as many as fit."
    )
    min_probability: Probability = Field(0.0, description="A turn below this probability gets no label.")


class RecognizeRequest(Choices):
    """Conversations to be recognised whole."""

    model_config = example(
        labels="meld",
        conversations=[
            {
                "id": "call 17",
                "utterances": [
                    {"speaker": "Ann", "text": "My parcel is late again.", "start": 0.0, "end": 2.5},
                    {"speaker": "Bo", "text": "I am sorry, I will send a new one today."},
                ],
            }
        ],
    )

    conversations: Annotated[
        list[ConversationIn], Field(min_length=1, json_schema_extra={"maxItems": MAX_CONVERSATIONS})
    ]


class DemonstrationOut(Schema):
    """A labelled utterance of the training data that was shown to the model."""

    speaker: str | None
    text: str
    label: str
    similarity: float


class Answer(Schema):
    """What the model says of a turn."""

    label: str | None = Field(description="The most probable label; null if it is below the requested probability.")
    probability: Probability = Field(description="Probability of the most probable label.")
    probabilities: dict[str, float] = Field(description="Probability of every label; they sum to 1.")
    history_turns: int = Field(description="Number of earlier turns that were read with it.")
    text_cut: bool = Field(description="Whether the turn was too long for the model and was cut at its end.")
    language: str | None = Field(
        None,
        description="Language of the turn, as an ISO 639-1 code, if the model does not read it; the confidence is then "
        "lowered. Null if the model reads it, or if the language is unknown. If several models answer, the language of "
        "every turn, if it is known.",
    )
    model: str | None = Field(
        None, description="Which of several models answered, such as small or multilingual; null if there is one."
    )
    demonstrations: list[DemonstrationOut] = Field(default_factory=list)


class TurnOut(TurnFields):
    """A recognised turn."""

    turn: int = Field(description="Counted from 1.")
    answer: Answer


class ConversationOut(Schema):
    """A recognised conversation."""

    id: str
    utterances: list[TurnOut]


class RecognizeResponse(Schema):
    """Conversations in the order of the request."""

    model: str
    label_set: str
    labels: list[str]
    conversations: list[ConversationOut]


class ReadResponse(Schema):
    """A file as conversations."""

    format: str = Field(description="The format that it was read as.", examples=["text"])
    conversations: list[ConversationIn]
    gold: list[list[str | None]] = Field(description="Labels in the file, turn by turn.")
    notes: list[str]
    n_skipped: int = Field(0, description="Rows that could not be read and were left out.")
    skipped: list[str] = Field(default_factory=list, description="The first of them, each with its place and why.")
    columns: list[str] = Field(default_factory=list, description="Names of a table's columns; empty for no table.")
