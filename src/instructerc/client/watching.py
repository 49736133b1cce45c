"""Server-sent events of a session: bytes in, turns out, and where to resume after a lost connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx

from instructerc.client.call import Call, answer
from instructerc.client.exchange import Exchange, Retries, read_answer
from instructerc.errors import Unreachable
from instructerc.serving.contract.schemas.sessions import SessionUtterance
from instructerc.serving.contract.schemas.streams import StreamDeletion

# The service sends a comment every 15 s, so a connection that is silent for longer is dead.
SILENCE_S = 45.0


class Watch:
    """A session that is watched over one connection after another.

    Args:
        call: asks for the events.
        retries: how often a lost connection is retried before the watch ends.

    Attributes:
        is_over: whether the session was deleted.
        wait_s: seconds to wait before the next connection.
    """

    def __init__(self, call: Call[SessionUtterance], retries: int) -> None:
        self.is_over = False
        self.wait_s = 0.0
        self._call = call
        # One at least, to learn whether the stream ended with its session.
        self._retries = Retries(max(1, retries))
        self._deletion = Call(call.method, call.path, answer(StreamDeletion))
        self._last_event_id = call.headers["Last-Event-ID"]
        self._was_open = False
        self._rest = b""

    def arguments(self) -> dict[str, Any]:
        """Returns the arguments of an HTTP library's `stream`, for the next connection."""
        headers = {**self._call.headers, "Last-Event-ID": self._last_event_id}
        return replace(self._call, headers=headers).arguments()

    def take(self, response: httpx.Response) -> bool:
        """Returns whether events come; the body of a refusal has to be there.

        Raises:
            ServiceError: a refusal that asking again would not change.
        """
        self._rest = b""
        if response.is_success:
            self._was_open = True
            return True
        if response.status_code == 404 and self._was_open:
            self.is_over, self.wait_s = True, 0.0
            return False
        exchange = Exchange(self._call, self._retries)
        exchange.take(response)
        self.wait_s = exchange.wait_s
        return False

    def end(self) -> None:
        """Takes the end of a stream, which the service ends when it stops, and when the session is deleted.

        Raises:
            Unreachable: it ended often, and at once.
        """
        self.wait_s = self._retries.wait_s(Unreachable("the service ends the stream at once, again and again"))

    def fail(self, fault: httpx.RequestError) -> None:
        """Takes a fault of the connection.

        Raises:
            Unreachable: it failed often enough.
        """
        exchange = Exchange(self._call, self._retries)
        exchange.fail(fault)
        self.wait_s = exchange.wait_s

    def feed(self, chunk: bytes) -> Iterator[SessionUtterance | StreamDeletion]:
        """Yields the turns of the events that a part of the stream ends, and what was deleted."""
        # By bytes: a text may hold what Unicode calls a line end, and an event's does not end there.
        *blocks, self._rest = (self._rest + chunk).split(b"\n\n")
        for block in blocks:
            self._retries.reset()
            fields = [line.partition(b":")[::2] for line in block.split(b"\n")]
            values = {name: value.removeprefix(b" ") for name, value in fields}
            data = values.get(b"data")
            told: SessionUtterance | StreamDeletion | None = None
            if data is not None and values.get(b"event") == b"utterance":
                told = read_answer(self._call, data)
            elif data is not None and values.get(b"event") == b"deletion":
                told = read_answer(self._deletion, data)
            if told is not None:
                # That of the last turn before which none is pending: a client that resumes after it misses no answer.
                if values.get(b"id", b"").isdigit():
                    self._last_event_id = values[b"id"].decode()
                yield told
