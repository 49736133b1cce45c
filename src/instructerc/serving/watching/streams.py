"""Open streams, counted and ended together; live turns as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from fastapi.responses import StreamingResponse

from instructerc.serving.contract.refusals import Refused
from instructerc.serving.contract.schemas.streams import StreamDeletion
from instructerc.serving.keeping.rows import TurnRow
from instructerc.serving.watching.subscribers import Subscription

_BEAT_S = 15.0
_LOOK_S = 0.05
MOST_TURNS = 1_000_000
# Of what a column of whole numbers holds.
MOST_REVISIONS = 2**31 - 1
# A session's revision counts so much in the id of an event, and the number of a turn is below it.
_REVISION = 10 * MOST_TURNS


class Streams:
    """The open WebSockets and event streams.

    Args:
        limit: how many there may be.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: dict[object, Callable[[], None]] = {}
        self._closing = False

    @property
    def n_open(self) -> int:
        """How many there are."""
        return len(self._open)

    @contextmanager
    def opened(self, finish: Callable[[], None]) -> Iterator[None]:
        """Counts a stream for the length of the block.

        Args:
            finish: called when the service closes; the stream then ends by itself.

        Raises:
            Refused: there are too many, or the service closes.
        """
        if self._closing:
            raise Refused(503, "closing", "the service is being shut down", retry_after_s=5)
        if len(self._open) >= self._limit:
            raise Refused(429, "streams", f"{self._limit} streams are already open", retry_after_s=5)
        key = object()
        self._open[key] = finish
        try:
            yield
        finally:
            del self._open[key]

    async def close(self, timeout_s: float) -> None:
        """Ends every stream, each with what it has still to say, and waits for that at most `timeout_s`."""
        self._closing = True
        for finish in list(self._open.values()):
            finish()
        for _ in range(int(timeout_s / _LOOK_S)):
            if not self._open:
                return
            await asyncio.sleep(_LOOK_S)


class EventResponse(StreamingResponse):
    """Server-sent events.

    Args:
        events: what is sent.
        held: closed when the answer ends, also where it never began.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[bytes], held: ExitStack) -> None:
        # A proxy that gathers an answer would hold the events back.
        super().__init__(events, headers={"X-Accel-Buffering": "no"})
        self._held = held

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Sends the events until one side ends them."""
        with self._held:
            await super().__call__(scope, receive, send)


def read_event_id(text: str | None) -> tuple[int, int]:
    """Returns the turn up to which, and the revision of the session of which an event's id says that they were told."""
    revision, turn = divmod(int(text), _REVISION) if text and text.isdecimal() else (0, 0)
    return min(turn, MOST_TURNS), min(revision, MOST_REVISIONS)


class _Told:
    """How far a stream has told of a session.

    Args:
        settled: number of the last turn before which none is pending or still to be told.
        revision: of the session, up to which all that it concerns was told or comes after that turn.
    """

    def __init__(self, settled: int, revision: int) -> None:
        self._settled = settled
        self._revision = revision
        # Turns after that one, and whether they have their answers; those of other processes may come later.
        self._has_answer: dict[int, bool] = {}

    def tell(self, row: TurnRow) -> bytes:
        """Returns a turn as an event, with the id from which a stream goes on that has told it."""
        # Where another process changed more, which is told later, its revision waits, and is told again after a gap.
        if row.revision == self._revision + 1:
            # The turn that changed comes first, and all later ones wait for new answers.
            self._revision, self._settled = row.revision, min(self._settled, row.turn - 1)
            self._has_answer = {turn: has for turn, has in self._has_answer.items() if turn < row.turn}
        if row.turn > self._settled:
            self._has_answer[row.turn] = row.status != "pending"
        while self._has_answer.get(self._settled + 1):
            self._settled += 1
            del self._has_answer[self._settled]
        message = row.to_message()
        data = message if isinstance(message, StreamDeletion) else message.utterance
        place = self._revision * _REVISION + self._settled
        return f"event: {message.type}\nid: {place}\ndata: {data.model_dump_json()}\n\n".encode()


async def event_stream(
    subscription: Subscription, known: Sequence[TurnRow], after: int, revision: int = 0
) -> AsyncIterator[bytes]:
    """Yields a session's turns as server-sent events, then each as it changes; a comment now and then keeps it open.

    The id of an event is the number of the last turn before which none is pending or still to be told, so that resuming
    after it misses no answer. It also counts the changes of words that were told: turns that are scored again since
    then are told again, however low their numbers are.

    Args:
        subscription: begun before `known` was read.
        known: turns after number `after` and those of a later revision; the last ones, without gaps.
        after: the turn after which it resumes.
        revision: of the session, up to which it was told.
    """
    first, read = (known[0].turn, max(row.version for row in known)) if known else (after + 1, 0)
    told = _Told(min(after, first - 1), known[-1].revision if known else revision)
    for row in known:
        event = told.tell(row)
        if row.status != "deleted" or row.revision > revision:
            yield event
    while True:
        try:
            async with asyncio.timeout(_BEAT_S):
                item = await subscription.queue.get()
        except TimeoutError:
            yield b": still here\n\n"
            continue
        if item is None:
            return
        # What was published up to then was read too; a version of 0 is of what is not kept as it is told.
        if isinstance(item, TurnRow) and not (item.turn >= first and 0 < item.version <= read):
            yield told.tell(item)
