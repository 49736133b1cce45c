"""What is kept of a session and of a turn, as the tables have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from instructerc.serving.contract.schemas.conversations import Answer
from instructerc.serving.contract.schemas.sessions import SessionUtterance
from instructerc.serving.contract.schemas.streams import StreamDeletion, StreamUtterance

Status = Literal["pending", "scored", "failed"]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session; times are in UTC, without a zone.

    Attributes:
        id: of the session.
        owner: id of the API key that opened it; empty without keys.
        title: for people.
        choice: how it is answered, as `Choice.to_data` writes it.
        created_at: when it was opened.
        expires_at: when it is deleted; None where it is kept.
        version: changes of its turns so far.
        n_utterances: its turns.
    """

    id: str
    owner: str
    title: str
    choice: dict[str, object]
    created_at: datetime
    expires_at: datetime | None
    version: int
    n_utterances: int


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A turn of a session.

    Attributes:
        session: its id.
        turn: number of the turn, from 1.
        key: the sender's own name for it.
        speaker: who says it.
        text: what is said.
        start: seconds.
        end: seconds.
        received_at: in UTC, without a zone.
        status: whether it is scored; of one that was deleted, number, key and times are left.
        answer: the model's, as `Answer` has it.
        correction: a person's label.
        detail: why it has no answer.
        version: of its session, when this last changed; 0 where it is not kept as it is here.
        claimed_at: when a process last said that it scores it; in UTC, without a zone.
        revision: changes of words in its session that its answer is to know of: those of this turn and earlier ones,
            and of later ones where it was said after them.
    """

    session: str
    turn: int
    key: str | None
    speaker: str
    text: str
    start: float | None
    end: float | None
    received_at: datetime
    status: Status | Literal["deleted"] = "pending"
    answer: dict[str, Any] | None = None
    correction: str | None = None
    detail: str | None = None
    version: int = 0
    claimed_at: datetime | None = None
    revision: int = 0

    def to_message(self) -> StreamUtterance | StreamDeletion:
        """Returns what watchers are told of the turn."""
        if self.status == "deleted":
            return StreamDeletion(turn=self.turn)
        return StreamUtterance(utterance=self.to_utterance())

    def to_utterance(self) -> SessionUtterance:
        """Returns the turn as the service gives it out; one that was deleted is not given out."""
        assert self.status != "deleted"
        # One with a detail is kept as pending, so that it is tried again on the next start.
        given_up = self.status == "pending" and self.detail is not None
        return SessionUtterance(
            speaker=self.speaker,
            text=self.text,
            start=self.start,
            end=self.end,
            turn=self.turn,
            key=self.key,
            received_at=self.received_at.replace(tzinfo=UTC),
            status="failed" if given_up else self.status,
            answer=None if self.answer is None else Answer.model_validate(self.answer),
            correction=self.correction,
            detail=self.detail,
        )


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """What became of a turn: an answer, or why there is none."""

    status: Status
    answer: dict[str, Any] | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class ChangedTurns:
    """A turn whose words were changed, or that was deleted, and all later ones.

    Attributes:
        rows: what is kept of them, in order.
        is_new: False where they were so already.
    """

    rows: list[TurnRow]
    is_new: bool


@dataclass(frozen=True, slots=True)
class AddedTurn:
    """A turn that was written.

    Attributes:
        row: what is kept of it.
        is_new: False where a turn with its key was there already.
    """

    row: TurnRow
    is_new: bool
