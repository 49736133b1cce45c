"""Who watches a session: each has a queue of its own, and one that does not read is left behind, not waited for."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Literal

from instructerc.serving.contract.schemas import SessionUtterance, StreamProblem

_WAITING = 256

End = Literal["behind", "gone", "closing", "revoked"]


class Subscription:
    """What one watcher has not read yet.

    Attributes:
        queue: turns as they change, and what this watcher alone is told; None ends it.
        end: why it ended; None while it continues. A watcher that is behind must reread the session.
        owner: id of the API key that watches; empty without keys.
    """

    def __init__(self) -> None:
        # One place more than turns may take, for the end.
        self.queue: asyncio.Queue[SessionUtterance | StreamProblem | None] = asyncio.Queue(_WAITING + 1)
        self.end: End | None = None
        self.owner = ""

    def put(self, item: SessionUtterance | StreamProblem) -> None:
        """Adds a turn or a problem; where there is no room for it, the watcher is behind and what waits is dropped."""
        if self.end is not None:
            return
        if self.queue.qsize() < _WAITING:
            self.queue.put_nowait(item)
            return
        while not self.queue.empty():
            self.queue.get_nowait()
        self.finish("behind")

    def finish(self, why: End) -> None:
        """Ends the queue after what waits in it."""
        if self.end is None:
            self.end = why
            self.queue.put_nowait(None)


class Subscribers:
    """The watchers of all sessions."""

    def __init__(self) -> None:
        self._by_session: defaultdict[str, set[Subscription]] = defaultdict(set)

    @contextmanager
    def subscribe(self, session: str) -> Iterator[Subscription]:
        """Gives a subscription that ends with the block."""
        subscription = Subscription()
        self._by_session[session].add(subscription)
        try:
            yield subscription
        finally:
            self._by_session[session].discard(subscription)
            if not self._by_session[session]:
                del self._by_session[session]

    def publish(self, session: str, utterance: SessionUtterance) -> None:
        """Tells every watcher of a session of a turn."""
        for subscription in self._by_session.get(session, ()):
            subscription.put(utterance)

    def end(self, session: str, why: End = "gone") -> None:
        """Ends every subscription of a session, which is gone."""
        for subscription in self._by_session.get(session, ()):
            subscription.finish(why)

    def end_all(self) -> None:
        """Ends every subscription: the service closes."""
        for session in list(self._by_session):
            self.end(session, "closing")

    def end_revoked(self, in_use: Collection[str]) -> None:
        """Ends the subscriptions of keys that are not in use any more."""
        for subscriptions in list(self._by_session.values()):
            for subscription in subscriptions:
                if subscription.owner and subscription.owner not in in_use:
                    subscription.finish("revoked")

    def __len__(self) -> int:
        return sum(map(len, self._by_session.values()))
