"""Open streams, counted and ended together; live turns as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from fastapi.responses import StreamingResponse

from instructerc.serving.contract.refusals import Refused
from instructerc.serving.contract.schemas import SessionUtterance
from instructerc.serving.watching.subscribers import Subscription

_BEAT_S = 15.0
_LOOK_S = 0.05


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


async def event_stream(
    subscription: Subscription, known: Sequence[SessionUtterance], after: int
) -> AsyncIterator[bytes]:
    """Yields a session's turns as server-sent events, then each as it changes; a comment now and then keeps it open.

    The id of an event is the number of the last turn before which none is pending or still to be told, so that resuming
    after it misses no answer.

    Args:
        subscription: begun before `known` was read.
        known: turns after number `after`.
        after: the event after which it resumes.
    """
    # Turns after number `settled`, and whether they have their answers; those of other processes may come later.
    has_answer: dict[int, bool] = {}
    settled = after

    def event(utterance: SessionUtterance) -> bytes:
        nonlocal settled
        if utterance.turn > settled:
            has_answer[utterance.turn] = utterance.status != "pending"
        while has_answer.get(settled + 1):
            settled += 1
            del has_answer[settled]
        return f"event: utterance\nid: {settled}\ndata: {utterance.model_dump_json()}\n\n".encode()

    for utterance in known:
        yield event(utterance)
    while True:
        try:
            async with asyncio.timeout(_BEAT_S):
                item = await subscription.queue.get()
        except TimeoutError:
            yield b": still here\n\n"
            continue
        if item is None:
            return
        if not isinstance(item, SessionUtterance):
            continue
        # What was read already may be newer.
        if item.status != "pending" or (item.turn > settled and item.turn not in has_answer):
            yield event(item)
