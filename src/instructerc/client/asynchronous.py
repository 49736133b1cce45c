"""The client for asyncio."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Self, TypeVar

import httpx

from instructerc.client import operations
from instructerc.client.call import Call
from instructerc.client.exchange import Exchange, Retries
from instructerc.client.methods import SessionHandle, method, session_method
from instructerc.client.stream import Stream
from instructerc.client.target import LOCAL, Target
from instructerc.client.watching import SILENCE_S, Watch
from instructerc.serving.contract.schemas.sessions import Session, SessionUtterance
from instructerc.serving.contract.schemas.streams import StreamDeletion

T = TypeVar("T")


async def _ask(client: AsyncClient, call: Call[T]) -> T:
    exchange = Exchange(call, Retries(client.target.retries))
    while not exchange.is_done:
        try:
            exchange.take(await client.http.request(**call.arguments()))
        except httpx.RequestError as fault:
            exchange.fail(fault)
        await asyncio.sleep(exchange.wait_s)
    return exchange.result


async def _open(client: AsyncClient, call: Call[Session]) -> AsyncRemoteSession:
    session = await _ask(client, call)
    return AsyncRemoteSession(client, session)


async def _ask_in_session(session: AsyncRemoteSession, call: Call[T]) -> T:
    return await _ask(session.client, call)


async def _watch(
    session: AsyncRemoteSession, call: Call[SessionUtterance]
) -> AsyncIterator[SessionUtterance | StreamDeletion]:
    client = session.client
    watch = Watch(call, client.target.retries)
    while not watch.is_over:
        try:
            async with client.http.stream(**watch.arguments(), timeout=SILENCE_S) as response:
                if not response.is_success:
                    await response.aread()
                if watch.take(response):
                    async for chunk in response.aiter_bytes():
                        for utterance in watch.feed(chunk):
                            yield utterance
                    watch.end()
        except httpx.RequestError as fault:
            watch.fail(fault)
        await asyncio.sleep(watch.wait_s)


class AsyncClient:
    """A service, for asyncio: as `Client`, whose arguments it has.

    Example:
        >>> from instructerc.client import AsyncClient
        >>> async def talk():  # doctest: +SKIP
        ...     async with AsyncClient("http://127.0.0.1:8000") as client:
        ...         session = await client.open_session(title="call 17")
        ...         async with session.stream() as stream:
        ...             await stream.send("Ann", "We won!")
        ...             async for event in stream:
        ...                 print(event)
    """

    def __init__(
        self,
        url: str = LOCAL,
        key: str | None = None,
        *,
        timeout_s: float = 60.0,
        retries: int = 3,
        ssl_context: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.target = Target(url, key, timeout_s, retries, ssl_context)
        self.http = httpx.AsyncClient(**self.target.http_options, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self.http.aclose()

    recognize = method(operations.recognize, _ask)
    explain = method(operations.explain, _ask)
    read = method(operations.read, _ask)
    open_session = method(operations.open_session, _open)
    list_sessions = method(operations.list_sessions, _ask)
    models = method(operations.models, _ask)
    labels = method(operations.labels, _ask)
    formats = method(operations.formats, _ask)
    health = method(operations.health, _ask)
    ready = method(operations.ready, _ask)
    metrics = method(operations.metrics, _ask)

    def session(self, session: str | Session) -> AsyncRemoteSession:
        """Returns a session that is open already, by its id or as it was listed; nothing is asked for it."""
        return AsyncRemoteSession(self, session)

    async def sessions(self) -> AsyncIterator[AsyncRemoteSession]:
        """Yields every session, the newest first, page by page."""
        after = None
        while True:
            page = await self.list_sessions(after=after)
            for session in page.sessions:
                yield self.session(session)
            after = page.next
            if after is None:
                return


class AsyncRemoteSession(SessionHandle[AsyncClient]):
    """A live conversation of a service, for asyncio."""

    add = session_method(operations.add_utterance, _ask_in_session)
    change = session_method(operations.change_utterance, _ask_in_session)
    remove = session_method(operations.delete_utterance, _ask_in_session)
    correct = session_method(operations.correct_utterance, _ask_in_session)
    get = session_method(operations.get_session, _ask_in_session)
    delete = session_method(operations.delete_session, _ask_in_session)
    export = session_method(operations.export, _ask_in_session)
    watch = session_method(operations.watch_session, _watch)

    def stream(self) -> Stream:
        """Returns a WebSocket on the session, opened by `async with`: turns go in, their results come out.

        It reports what happens from its opening on, and is not reopened when it is lost: what was sent and is not
        known to be accepted can be sent again with its key, and `get` or `watch` tell the rest.
        """
        return Stream(self.client.target, self.id)
