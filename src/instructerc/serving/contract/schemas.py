"""What requests and answers hold: the service's contract, from which its OpenAPI document is made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError

MAX_LABELS = 64
MAX_TURNS = 5_000
MAX_CONVERSATIONS = 1_000
MAX_CHARACTERS = 20_000
SESSION_ID = "^[0-9a-f]{1,32}$"


def _text(value: str) -> str:
    try:
        Utterance("x", value)
    except InputError as error:
        raise ValueError(str(error)) from None
    return value


def _name(value: str) -> str:
    if not value.strip():
        raise ValueError("it is blank; give at least one letter")
    return _text(value)


def _whole(value: object) -> object:
    # To JSON Schema 4.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


# What the validators check is said to readers of the document too.
_TEXT = {"pattern": r"^[^\u0000]*$"}
_NAME = {"pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$"}
Text = Annotated[str, Field(max_length=MAX_CHARACTERS, json_schema_extra=_TEXT), AfterValidator(_text)]
Name = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra=_NAME), AfterValidator(_name)]
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False, description="Seconds since the recording began.")]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Label = Annotated[str, Field(min_length=1, max_length=80, json_schema_extra=_NAME), AfterValidator(_name)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class _Turn(_Model):
    speaker: Name = Field(examples=["Ann"])
    text: Text = Field(examples=["We won!"])
    start: Seconds | None = None
    end: Seconds | None = None

    def to_utterance(self) -> Utterance:
        """Returns the turn as the package knows it."""
        return Utterance(self.speaker, self.text, None, self.start, self.end)


class TurnIn(_Turn):
    """A turn, as it is said."""

    @model_validator(mode="after")
    def _check_times(self) -> TurnIn:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(
                f"end is {self.end:g}, before start, {self.start:g}; give seconds since the recording began"
            )
        return self


class ConversationIn(_Model):
    """Turns in the order in which they were said."""

    id: Annotated[str, Field(max_length=200, json_schema_extra=_TEXT), AfterValidator(_text)] = Field(
        "conversation", examples=["c1"]
    )
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


class Choices(_Model):
    """How a request wants to be answered; every field has a default."""

    labels: LabelChoice | None = Field(
        None,
        description="The name of a label set (see /v1/labels), or a list of labels, whose probabilities are not "
        "calibrated; default: the model's own set.",
        examples=["meld", ["happy", "sad", "calm"]],
    )
    context: Annotated[int, Field(ge=0, le=200), BeforeValidator(_whole)] | None = Field(
        None, description="Number of earlier turns that a turn is read with; default: as many as fit."
    )
    min_probability: Probability = Field(0.0, description="A turn below this probability gets no label.")


class RecognizeRequest(Choices):
    """Conversations to be recognised whole."""

    model_config = _example(
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


class DemonstrationOut(_Model):
    """A labelled utterance of the training data that was shown to the model."""

    speaker: str | None
    text: str
    label: str
    similarity: float


class Answer(_Model):
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


class TurnOut(_Turn):
    """A recognised turn."""

    turn: int = Field(description="Counted from 1.")
    answer: Answer


class ConversationOut(_Model):
    """A recognised conversation."""

    id: str
    utterances: list[TurnOut]


class RecognizeResponse(_Model):
    """Conversations in the order of the request."""

    model: str
    label_set: str
    labels: list[str]
    conversations: list[ConversationOut]


class ExplainRequest(_Model):
    """A turn whose answer is to be explained."""

    model_config = _example(
        conversation={
            "utterances": [
                {"speaker": "Ann", "text": "My parcel is late again."},
                {"speaker": "Bo", "text": "I am sorry, I will send a new one today."},
            ]
        },
        turn=2,
    )

    conversation: ConversationIn
    turn: Annotated[int, Field(ge=1, le=MAX_TURNS), BeforeValidator(_whole)] = Field(
        description="Counted from 1; later turns are not read.", examples=[1]
    )
    label: Label | None = Field(None, description="The label to explain; default: the most probable one.")
    labels: Annotated[list[Label], Field(min_length=2, max_length=MAX_LABELS)] | Label | None = Field(
        None, description="As in /v1/recognize.", examples=["meld"]
    )
    context: Annotated[int, Field(ge=0, le=200), BeforeValidator(_whole)] | None = Field(
        None, description="As in /v1/recognize."
    )

    def to_choices(self) -> Choices:
        """Returns how the turn is answered."""
        return Choices(labels=self.labels, context=self.context, min_probability=0.0)


class TurnInfluenceOut(_Model):
    """What an earlier turn does to the answer."""

    turn: int
    change: float = Field(description="Probability of the label with the turn, less that without it.")


class WordInfluenceOut(_Model):
    """What a word of the turn does to the answer."""

    start: int = Field(description="Where it begins in the text, in characters (code points) from 0.")
    end: int
    change: float = Field(description="Probability of the label with the word, less that without it.")


class ExplainResponse(_Model):
    """By how much the label's probability falls when one thing is left out; the numbers do not add up."""

    turn: int
    label: str
    probability: Probability
    turns: list[TurnInfluenceOut]
    words: list[WordInfluenceOut]


class SessionRequest(Choices):
    """A live conversation to be opened."""

    model_config = _example(title="call 17", labels=["happy", "sad", "calm"], context=12)

    title: Annotated[str, Field(max_length=200, json_schema_extra=_TEXT), AfterValidator(_text)] = Field(
        "", examples=["call 17"]
    )


class Session(_Model):
    """A live conversation."""

    id: str
    title: str
    created_at: datetime
    expires_at: datetime | None = Field(description="Time at which it is deleted; null if it is kept.")
    label_set: str
    labels: list[str]
    context: int | None
    min_probability: float
    n_utterances: int


class UtteranceRequest(TurnIn):
    """A turn of a live conversation."""

    model_config = _example(speaker="Ann", text="We won!", key="msg-17")

    key: Annotated[str, Field(min_length=1, max_length=100, json_schema_extra=_TEXT), AfterValidator(_text)] | None = (
        Field(
            None,
            description="The sender's own name for this turn: sent again with the same key, it is the same turn.",
            examples=["msg-17"],
        )
    )


class UtteranceChange(_Model):
    """What a turn of a live conversation says from now on."""

    model_config = _example(speaker="Ann", text="We lost!")

    speaker: Name = Field(examples=["Ann"])
    text: Text = Field(examples=["We lost!"])
    restore: bool = Field(False, description="Whether a turn that was deleted comes back, at its place.")


class SessionUtterance(_Turn):
    """A turn of a live conversation, as it is kept."""

    turn: int = Field(description="Counted from 1; the number of a deleted turn is not given again.")
    key: str | None
    received_at: datetime
    status: Literal["pending", "scored", "failed"] = Field(
        description="pending: stored, but not scored yet; failed: the model cannot read it, see detail."
    )
    answer: Answer | None
    correction: str | None = Field(description="The label that a person gave instead.")
    detail: str | None = None


class SessionDetail(Session):
    """A live conversation with its turns."""

    utterances: list[SessionUtterance]


class SessionList(_Model):
    """Sessions, the newest first."""

    sessions: list[Session]
    next: str | None = Field(description="Pass it as `after` to get the next page; null on the last page.")


class Correction(_Model):
    """A person's label for a turn."""

    model_config = _example(label="surprise")

    label: Label | None = Field(description="A label of the session's set; null removes the correction.")


class ReadResponse(_Model):
    """A file as conversations."""

    format: str = Field(description="The format that it was read as.", examples=["text"])
    conversations: list[ConversationIn]
    gold: list[list[str | None]] = Field(description="Labels in the file, turn by turn.")
    notes: list[str]
    n_skipped: int = Field(0, description="Rows that could not be read and were left out.")
    skipped: list[str] = Field(default_factory=list, description="The first of them, each with its place and why.")
    columns: list[str] = Field(default_factory=list, description="Names of a table's columns; empty for no table.")


class FormatInfo(_Model):
    """A file format that can be read."""

    name: str
    title: str
    about: str
    extensions: list[str]
    times: str


class FormatList(_Model):
    """What /v1/read takes as `input_format`."""

    formats: list[FormatInfo]


class ModelInfo(_Model):
    """A model that answers."""

    id: str
    kind: str
    label_set: str
    labels: list[str]
    calibration: str
    languages: list[str] = Field(default_factory=list, description="ISO 639-1 codes of what it reads; empty: unknown.")
    domain: str = Field("", description="Kind of talk that it takes every text for; empty: unknown.")
    figures: dict[str, float | str | int | None]
    unsure_below: Probability | None = Field(
        None, description="Below this probability its answers with its own labels are more often wrong than right."
    )
    other_unsure_below: dict[str, Probability] = Field(
        default_factory=dict, description="Likewise with other labels, by their number; linear between the numbers."
    )


class ModelList(_Model):
    """The models of this service."""

    models: list[ModelInfo]


class LabelInfo(_Model):
    """A label, its other words, and where it stands."""

    label: str
    aliases: list[str]
    description: str | None
    valence: float | None = Field(description="-1, unpleasant, to 1, pleasant.")
    arousal: float | None = Field(description="-1, sleepy, to 1, excited.")
    wheel: list[str] | None = Field(description="Path to it on Willcox's feeling wheel, from the core feeling.")


class LabelSetInfo(_Model):
    """A label set."""

    name: str
    labels: list[LabelInfo]


class WheelInfo(_Model):
    """A feeling wheel: core feelings, then the feelings of the rings around each."""

    name: str
    about: str
    edition: str
    source: str
    feelings: dict[str, dict[str, list[str]]]


class LabelList(_Model):
    """What can be asked for as `labels`."""

    label_sets: list[LabelSetInfo]
    wheels: list[WheelInfo]
    affect_source: str


class Problem(_Model):
    """Why a request was refused."""

    code: str = Field(examples=["queue_full"])
    detail: str = Field(examples=["the queue is full; try again in 2 s"])
    errors: list[dict[str, str]] | None = Field(
        default=None, description="Each invalid field of the request: its place, and what is wrong."
    )
    columns: list[str] | None = Field(
        default=None, description="Columns of the table that cannot be read, to choose from; only of /v1/read."
    )


class StreamIn(UtteranceRequest):
    """A message to the WebSocket of a session: a turn."""

    type: Literal["utterance"] = "utterance"


class StreamUtterance(_Model):
    """A message from the WebSocket: a turn was accepted, scored, changed or corrected."""

    type: Literal["utterance"] = "utterance"
    utterance: SessionUtterance


class StreamDeletion(_Model):
    """A message from the WebSocket, and the data of an event: a turn was deleted."""

    type: Literal["deletion"] = "deletion"
    turn: int


class StreamProblem(Problem):
    """A message from the WebSocket: the turn with this key was refused."""

    type: Literal["problem"] = "problem"
    status: int
    key: str | None = None
    retry_after_s: float | None = None
