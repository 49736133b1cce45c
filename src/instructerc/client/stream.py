"""A session over one WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import Self
from urllib.parse import urlsplit

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from instructerc.client import operations
from instructerc.client.exchange import Retries, is_temporary, refusal, unreachable
from instructerc.client.methods import method
from instructerc.client.target import Target
from instructerc.errors import ServiceBusy, ServiceError
from instructerc.serving.contract.schemas.streams import StreamDeletion, StreamIn, StreamProblem, StreamUtterance

_MESSAGE_BYTES = 8 * 1024 * 1024
_DONE = frozenset({1000, 1001})
_POLICY, _BEHIND = 1008, 1013
_Event = StreamUtterance | StreamDeletion | StreamProblem
_KINDS: dict[str, type[_Event]] = {
    "utterance": StreamUtterance,
    "deletion": StreamDeletion,
    "problem": StreamProblem,
}


async def _send(stream: Stream, turn: StreamIn) -> str:
    try:
        await stream.socket.send(turn.model_dump_json(exclude_defaults=True))
    except ConnectionClosed as closed:
        raise stream.fault(closed) from None
    assert turn.key is not None
    return turn.key


class Stream:
    """A live session over a WebSocket: `send` says a turn, and the stream itself yields what becomes of all turns.

    A `StreamUtterance` is a turn, of anybody, that was accepted, scored, changed or corrected; a `StreamDeletion`, one
    that was deleted. A `StreamProblem` says that the turn with its key was refused; where it has `retry_after_s`, the
    same may be sent again then. That is left to the sender: turns after it may have been accepted, and it knows whether
    their order matters.

    Args:
        target: the service.
        session: id of the session.
    """

    def __init__(self, target: Target, session: str) -> None:
        self._target = target
        self._session = session
        self._socket: ClientConnection | None = None
        self._told: StreamProblem | None = None

    async def __aenter__(self) -> Self:
        retries, url = Retries(self._target.retries), self._target.socket_url(self._session)
        while self._socket is None:
            try:
                self._socket = await connect(url, max_size=_MESSAGE_BYTES, **self._target.socket_options)
            except InvalidStatus as refused:
                answer = refused.response
                content, host = bytes(answer.body or b""), str(urlsplit(url).hostname)
                error = refusal(answer.status_code, answer.headers, content, host)
                if not is_temporary(error.status):
                    raise error from None
                await asyncio.sleep(retries.wait_s(error))
            except (OSError, TimeoutError, InvalidHandshake) as fault:
                await asyncio.sleep(retries.wait_s(unreachable(fault)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    send = method(operations.stream_turn, _send)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Event:
        """Returns what happens next; the end comes when the session is deleted or the service stops.

        Raises:
            ServiceBusy: this client read too slowly; open another stream, and `get` what it missed.
            ServiceError: the key or the session is none of the service's.
            Unreachable: the connection is lost.
        """
        try:
            while True:
                event = _read(await self.socket.recv())
                if isinstance(event, StreamProblem) and event.key is None:
                    # About the stream itself: the service closes it after that.
                    self._told = event
                elif event is not None:
                    return event
        except ConnectionClosed as closed:
            if self._told is None and closed.rcvd is not None and closed.rcvd.code in _DONE:
                raise StopAsyncIteration from None
            raise self.fault(closed) from None

    @property
    def socket(self) -> ClientConnection:
        """The WebSocket."""
        assert self._socket is not None, "open the stream by `async with`"
        return self._socket

    def fault(self, closed: ConnectionClosed) -> ServiceError:
        """Returns why the stream is closed."""
        if self._told is not None:
            return ServiceError(self._told.detail, self._told.status, self._told.code)
        code = None if closed.rcvd is None else closed.rcvd.code
        if code == _BEHIND:
            return ServiceBusy("the stream was read too slowly, and ended; open another one", code="behind")
        if code == _POLICY:
            return ServiceError("the service ended the stream: its key is not in use any more", code="revoked")
        return unreachable(closed)


def _read(message: str | bytes) -> _Event | None:
    """Returns an event; None for one of a kind that a newer service may have."""
    try:
        kind = _KINDS.get(json.loads(message)["type"])
        return None if kind is None else kind.model_validate_json(message, extra="ignore")
    except (ValueError, KeyError, TypeError) as error:
        what = "a message" if not isinstance(error, ValidationError) else error.errors(include_input=False)[0]["msg"]
        raise ServiceError(f"the stream contains what no service of this version sends: {what}") from None
