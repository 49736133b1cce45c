"""Live conversations, their turns, and a person's corrections."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from instructerc.serving.contract.schemas.conversations import Answer, Choices, TurnFields, TurnIn
from instructerc.serving.contract.schemas.fields import Key, Label, Name, Schema, Text, Title, example


class SessionRequest(Choices):
    """A live conversation to be opened."""

    model_config = example(title="call 17", labels=["happy", "sad", "calm"], context=12)

    title: Title = Field("", examples=["call 17"])


class Session(Schema):
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

    model_config = example(speaker="Ann", text="We won!", key="msg-17")

    key: Key | None = Field(
        None,
        description="The sender's own name for this turn: sent again with the same key, it is the same turn.",
        examples=["msg-17"],
    )


class UtteranceChange(Schema):
    """What a turn of a live conversation says from now on."""

    model_config = example(speaker="Ann", text="We lost!")

    speaker: Name = Field(examples=["Ann"])
    text: Text = Field(examples=["We lost!"])
    restore: bool = Field(False, description="Whether a turn that was deleted comes back, at its place.")


class SessionUtterance(TurnFields):
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


class SessionList(Schema):
    """Sessions, the newest first."""

    sessions: list[Session]
    next: str | None = Field(description="Pass it as `after` to get the next page; null on the last page.")


class Correction(Schema):
    """A person's label for a turn."""

    model_config = example(label="surprise")

    label: Label | None = Field(description="A label of the session's set; null removes the correction.")
