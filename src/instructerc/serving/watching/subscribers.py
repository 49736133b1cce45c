"""Who watches a session: each has a queue of its own, and one that does not read is left behind, not waited for.

What this process changes is told at once. Where others share its database, what they change is read there now and then,
and told if it is newer than what was told of a turn before.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from instructerc.serving.contract.schemas.streams import StreamProblem
from instructerc.serving.keeping.rows import TurnRow

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
        self.queue: asyncio.Queue[TurnRow | StreamProblem | None] = asyncio.Queue(_WAITING + 1)
        self.end: End | None = None
        self.owner = ""

    def put(self, item: TurnRow | StreamProblem) -> None:
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


@dataclass(slots=True)
class _Watched:
    """The watchers of a session.

    Attributes:
        subscriptions: one for each.
        seen: version of the session up to which they were told; None where nobody else changes it.
        told: versions after that one in which turns were told, by their numbers.
    """

    subscriptions: set[Subscription] = field(default_factory=set)
    seen: int | None = None
    told: dict[int, int] = field(default_factory=dict)

    def tell(self, row: TurnRow) -> None:
        """Tells of a turn, unless it was told as it is, or newer."""
        if self.seen is not None and row.version:
            if row.version <= max(self.seen, self.told.get(row.turn, 0)):
                return
            self.told[row.turn] = row.version
        for subscription in self.subscriptions:
            subscription.put(row)


class Subscribers:
    """The watchers of all sessions."""

    def __init__(self) -> None:
        self._by_session: defaultdict[str, _Watched] = defaultdict(_Watched)

    @contextmanager
    def subscribe(self, session: str) -> Iterator[Subscription]:
        """Gives a subscription that ends with the block."""
        subscription = Subscription()
        self._by_session[session].subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._by_session[session].subscriptions.discard(subscription)
            if not self._by_session[session].subscriptions:
                del self._by_session[session]

    def publish(self, row: TurnRow) -> None:
        """Tells every watcher of a session of one of its turns."""
        if row.session in self._by_session:
            self._by_session[row.session].tell(row)

    def follow(self, session: str, version: int) -> None:
        """Begins to note what the watchers of a session were told, since other processes change it too.

        Args:
            session: its id.
            version: of the session; later ones are told.
        """
        if session in self._by_session and self._by_session[session].seen is None:
            self._by_session[session].seen = version

    def followed(self) -> dict[str, int]:
        """Returns the sessions that are followed, and up to which version their watchers were told."""
        return {session: one.seen for session, one in self._by_session.items() if one.seen is not None}

    def catch_up(self, session: str, rows: Sequence[TurnRow], version: int) -> None:
        """Tells the watchers of a session what changed.

        Args:
            session: its id, one of `followed`.
            rows: turns that changed since, in order.
            version: of the session, which these turns reach at least.
        """
        watched = self._by_session.get(session)
        # Its watchers may have gone meanwhile, and others have come.
        if watched is None or watched.seen is None:
            return
        revision = 0
        for row in rows:
            # Of a change of words its turn is told, which is the first; later ones when they have their new answers.
            if row.status != "pending" or row.revision > revision or row.revision == 0:
                watched.tell(row)
            revision = max(revision, row.revision)
        watched.seen = max(watched.seen, version)
        watched.told = {turn: number for turn, number in watched.told.items() if number > watched.seen}

    def end(self, session: str, why: End = "gone") -> None:
        """Ends every subscription of a session, which is gone."""
        if session in self._by_session:
            for subscription in self._by_session[session].subscriptions:
                subscription.finish(why)

    def end_all(self) -> None:
        """Ends every subscription: the service closes."""
        for session in list(self._by_session):
            self.end(session, "closing")

    def end_revoked(self, in_use: Collection[str]) -> None:
        """Ends the subscriptions of keys that are not in use any more."""
        for watched in list(self._by_session.values()):
            for subscription in watched.subscriptions:
                if subscription.owner and subscription.owner not in in_use:
                    subscription.finish("revoked")

    def __len__(self) -> int:
        return sum(len(watched.subscriptions) for watched in self._by_session.values())
