"""The client that waits for each answer."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from typing import Self, TypeVar

import httpx

from instructerc.client import operations
from instructerc.client.call import Call
from instructerc.client.exchange import Exchange, Retries
from instructerc.client.methods import SessionHandle, method, session_method
from instructerc.client.target import LOCAL, Target
from instructerc.client.watching import SILENCE_S, Watch
from instructerc.serving.contract.schemas.sessions import Session, SessionUtterance
from instructerc.serving.contract.schemas.streams import StreamDeletion

T = TypeVar("T")


def _ask(client: Client, call: Call[T]) -> T:
    exchange = Exchange(call, Retries(client.target.retries))
    while not exchange.is_done:
        try:
            exchange.take(client.http.request(**call.arguments()))
        except httpx.RequestError as fault:
            exchange.fail(fault)
        time.sleep(exchange.wait_s)
    return exchange.result


def _open(client: Client, call: Call[Session]) -> RemoteSession:
    session = _ask(client, call)
    return RemoteSession(client, session)


def _ask_in_session(session: RemoteSession, call: Call[T]) -> T:
    return _ask(session.client, call)


def _watch(session: RemoteSession, call: Call[SessionUtterance]) -> Iterator[SessionUtterance | StreamDeletion]:
    client = session.client
    watch = Watch(call, client.target.retries)
    while not watch.is_over:
        try:
            with client.http.stream(**watch.arguments(), timeout=SILENCE_S) as response:
                if not response.is_success:
                    response.read()
                if watch.take(response):
                    for chunk in response.iter_bytes():
                        yield from watch.feed(chunk)
                    watch.end()
        except httpx.RequestError as fault:
            watch.fail(fault)
        time.sleep(watch.wait_s)


class Client:
    """A service, for code that waits for each answer; threads may share one.

    Args:
        url: address of the service, with the folder that it stands below where a proxy gives it one.
        key: API key; None where the service needs none.
        timeout_s: time to wait for an answer; the service itself gives up after 30 s.
        retries: how often something is asked again that the service had no time for, or that lost its connection and
            may be asked twice.
        ssl_context: whose certificates are trusted; those that the system trusts where None.
        transport: how requests are sent, for tests.

    Raises:
        InputError: no address of a service, or no key.

    Example:
        >>> from instructerc.client import Client
        >>> with Client("http://127.0.0.1:8000") as client:  # doctest: +SKIP
        ...     session = client.open_session(title="call 17")
        ...     print(session.add("Ann", "We won!").answer.label)
        joy
    """

    def __init__(
        self,
        url: str = LOCAL,
        key: str | None = None,
        *,
        timeout_s: float = 60.0,
        retries: int = 3,
        ssl_context: ssl.SSLContext | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.target = Target(url, key, timeout_s, retries, ssl_context)
        self.http = httpx.Client(**self.target.http_options, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self.http.close()

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

    def session(self, session: str | Session) -> RemoteSession:
        """Returns a session that is open already, by its id or as it was listed; nothing is asked for it."""
        return RemoteSession(self, session)

    def sessions(self) -> Iterator[RemoteSession]:
        """Yields every session, the newest first, page by page."""
        after = None
        while True:
            page = self.list_sessions(after=after)
            yield from map(self.session, page.sessions)
            after = page.next
            if after is None:
                return


class RemoteSession(SessionHandle[Client]):
    """A live conversation of a service, for code that waits for each answer."""

    add = session_method(operations.add_utterance, _ask_in_session)
    change = session_method(operations.change_utterance, _ask_in_session)
    remove = session_method(operations.delete_utterance, _ask_in_session)
    correct = session_method(operations.correct_utterance, _ask_in_session)
    get = session_method(operations.get_session, _ask_in_session)
    delete = session_method(operations.delete_session, _ask_in_session)
    export = session_method(operations.export, _ask_in_session)
    watch = session_method(operations.watch_session, _watch)
