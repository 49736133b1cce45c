"""API keys: made once and shown once, kept as a digest, compared in constant time."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select, update

from instructerc.errors import InputError, did_you_mean
from instructerc.serving.keeping.database import for_writing
from instructerc.serving.keeping.store import now
from instructerc.serving.keeping.tables import api_keys

SCOPES = ("read", "write", "admin")
# A revoked key stops working within this many seconds, without a look at the database for every request.
REFRESH_S = 2.0
_MISS_S = 0.2
_KEY = re.compile(r"ierc_([0-9a-f]{16})_([0-9A-Za-z_-]{43})")
# Compared with where no key has the id, so that a wrong id takes as long as a wrong secret.
_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        id: of the key; empty where the service needs none.
        scopes: what it may do.
        rate_per_minute: its own bound; None takes the service's.
    """

    id: str
    scopes: frozenset[str]
    rate_per_minute: int | None = None

    @property
    def sees(self) -> str | None:
        """Whose sessions it sees; None for everybody's."""
        return None if "admin" in self.scopes else self.id


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as it is listed: without its secret, which is kept nowhere."""

    id: str
    name: str
    scopes: tuple[str, ...]
    rate_per_minute: int | None
    created_at: datetime
    revoked_at: datetime | None


EVERYONE = Caller("", frozenset(SCOPES))


def create_key(engine: Engine, name: str, scopes: Sequence[str], rate_per_minute: int | None = None) -> str:
    """Returns a new key; only its digest is kept, so this is the only time that it can be seen.

    Raises:
        InputError: a scope that there is not, or none.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise InputError(f"scope {scope!r}{did_you_mean(scope, SCOPES)}; give some of {', '.join(SCOPES)}")
    if not scopes:
        raise InputError(f"a key needs a scope; give some of {', '.join(SCOPES)}")
    known, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    row = {
        "id": known,
        "name": name,
        "sha256": _digest(secret),
        "scopes": ",".join(scope for scope in SCOPES if scope in scopes),
        "rate_per_minute": rate_per_minute,
        "created_at": now(),
    }
    with for_writing(engine).begin() as connection:
        connection.execute(insert(api_keys).values(**row))
    return f"ierc_{known}_{secret}"


def list_keys(engine: Engine) -> list[KeyInfo]:
    """Returns all keys, the oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at)).all()
    return [
        KeyInfo(row.id, row.name, tuple(row.scopes.split(",")), row.rate_per_minute, row.created_at, row.revoked_at)
        for row in rows
    ]


def revoke_key(engine: Engine, known: str) -> None:
    """Makes a key useless, by its id.

    Raises:
        InputError: no such key, or one that is revoked already.
    """
    where = (api_keys.c.id == known) & api_keys.c.revoked_at.is_(None)
    with for_writing(engine).begin() as connection:
        if not connection.execute(update(api_keys).where(where).values(revoked_at=now())).rowcount:
            raise InputError(f"no key {known!r} is active; `instructerc keys list` shows the keys")


class KeyRing:
    """The keys in use, read again every few seconds.

    Args:
        engine: the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._read_at = self._missed_at = float("-inf")
        self._keys: dict[str, tuple[str, Caller]] = {}

    async def find(self, key: str) -> Caller | None:
        """Returns whose key this is; None where it is nobody's."""
        parts = _KEY.fullmatch(key)
        known = parts[1] if parts else ""
        keys = await self._in_use(REFRESH_S)
        if parts and known not in keys and time.monotonic() - self._missed_at > _MISS_S:
            # It may be new; strangers who guess cost the database no more than a look now and then.
            self._missed_at = time.monotonic()
            keys = await self._in_use(0.0)
        digest, caller = keys.get(known, (_NOBODY, None))
        same = hmac.compare_digest(digest, _digest(parts[2] if parts else key))
        return caller if same else None

    async def ids(self) -> frozenset[str]:
        """Returns the ids of the keys in use at this moment."""
        return frozenset(await self._in_use(0.0))

    async def _in_use(self, age_s: float) -> dict[str, tuple[str, Caller]]:
        return await asyncio.to_thread(self._read, age_s) if self._is_older(age_s) else self._keys

    def _is_older(self, age_s: float) -> bool:
        return time.monotonic() - self._read_at > age_s

    def _read(self, age_s: float) -> dict[str, tuple[str, Caller]]:
        with self._lock:
            if self._is_older(age_s):
                with self._engine.connect() as connection:
                    rows = connection.execute(select(api_keys).where(api_keys.c.revoked_at.is_(None))).all()
                self._keys = {
                    row.id: (row.sha256, Caller(row.id, frozenset(row.scopes.split(",")), row.rate_per_minute))
                    for row in rows
                }
                self._read_at = time.monotonic()
            return self._keys


def _digest(secret: str) -> str:
    # The secret is 256 random bits: no dictionary holds it, so a slow hash would add nothing.
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
