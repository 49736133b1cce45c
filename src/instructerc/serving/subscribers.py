"""Who watches a session: each has a queue of its own, and one that does not read is left behind, not waited for."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from instructerc.serving.schemas import SessionUtterance

_WAITING = 256


class Subscription:
    """What one watcher has not read yet.

    Attributes:
        queue: turns as they change; None ends it.
        is_behind: whether it missed something and has to read the session anew.
    """

    def __init__(self) -> None:
        self.queue: asyncio.Queue[SessionUtterance | None] = asyncio.Queue(_WAITING)
        self.is_behind = False

    def put(self, item: SessionUtterance | None) -> None:
        """Adds a turn; where there is no room for it, the watcher is behind and its queue ends."""
        if self.is_behind:
            return
        try:
            self.queue.put_nowait(item)
        except asyncio.QueueFull:
            self.is_behind = True
            self.queue.get_nowait()
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

    def end(self, session: str) -> None:
        """Ends every subscription of a session, which is gone."""
        for subscription in self._by_session.get(session, ()):
            subscription.put(None)

    def end_all(self) -> None:
        """Ends every subscription: the service closes."""
        for session in list(self._by_session):
            self.end(session)

    def __len__(self) -> int:
        return sum(map(len, self._by_session.values()))
