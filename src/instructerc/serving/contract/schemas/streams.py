"""Messages over the WebSocket of a live conversation, and the deletion that its events tell too."""

from __future__ import annotations

from typing import Literal

from instructerc.serving.contract.schemas.fields import Schema
from instructerc.serving.contract.schemas.problems import Problem
from instructerc.serving.contract.schemas.sessions import SessionUtterance, UtteranceRequest


class StreamIn(UtteranceRequest):
    """A message to the WebSocket of a session: a turn."""

    type: Literal["utterance"] = "utterance"


class StreamUtterance(Schema):
    """A message from the WebSocket: a turn was accepted, scored, changed or corrected."""

    type: Literal["utterance"] = "utterance"
    utterance: SessionUtterance


class StreamDeletion(Schema):
    """A message from the WebSocket, and the data of an event: a turn was deleted."""

    type: Literal["deletion"] = "deletion"
    turn: int


class StreamProblem(Problem):
    """A message from the WebSocket: the turn with this key was refused."""

    type: Literal["problem"] = "problem"
    status: int
    key: str | None = None
    retry_after_s: float | None = None
