"""What a service is started with; every bound that keeps it standing is one of these."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from instructerc.errors import InputError


def default_database() -> str:
    """Returns the URL of the database where none is given: an SQLite file in the user's data folder."""
    folder = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "instructerc"
    return f"sqlite:///{folder / 'sessions.db'}"


def default_live_memory() -> int:
    """Returns a quarter of this machine's memory, in bytes: states that do not fit are computed anew at each turn."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
    except (AttributeError, OSError, ValueError):
        return 1024 * 1024 * 1024


@dataclass(frozen=True)
class ServeSettings:
    """Settings of a service.

    Attributes:
        host: address to listen on.
        port: TCP port.
        model: folder of a model, or a language model without training; None for the embedded one.
        labels: label set that a language model without training chooses from.
        threads: CPU threads of recognition, each with a copy of the model; all cores but one where None, at least one.
            A model in torch is loaded once, and torch says how many cores it takes.
        database: SQLAlchemy URL, SQLite or PostgreSQL.
        retention_days: sessions are deleted this many days after their last turn; 0 keeps them.
        require_keys: whether requests need an API key; always so on an address that others can reach.
        allowed_origins: origins of other sites that may use the API from a browser; none by default.
        allowed_hosts: values of the Host header that are served besides the address itself and localhost.
        max_body_bytes: of a request.
        body_timeout_s: time in which a body must have come.
        header_timeout_s: time in which a request's first bytes and headers must have come.
        stall_timeout_s: time in which a client must take some of what it is sent.
        max_held_bytes: of all bodies that are being read and answered at once.
        read_timeout_s: time in which a file must have been read; see `/v1/read`.
        live_wait_s: a live turn that would wait longer than this is refused with 429.
        batch_wait_s: the same for whole conversations.
        deadline_s: time after which a request stops waiting for its answer.
        live_memory_bytes: of kept states of live sessions, over all workers.
        max_sessions: sessions that are kept at once.
        max_session_turns: turns of a session.
        max_streams: open WebSockets and event streams.
        rate_per_minute: requests and turns per key, or per address where there are no keys; 0 is without a limit.
        log_texts: whether errors in the log may hold what users wrote.
        trust: whether a model may run code of its own and read pickles.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    model: str | None = None
    labels: str | None = None
    threads: int | None = None
    database: str = field(default_factory=default_database)
    retention_days: float = 30.0
    require_keys: bool = False
    allowed_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    max_body_bytes: int = 8 * 1024 * 1024
    body_timeout_s: float = 10.0
    header_timeout_s: float = 10.0
    stall_timeout_s: float = 20.0
    max_held_bytes: int = 128 * 1024 * 1024
    read_timeout_s: float = 20.0
    live_wait_s: float = 0.2
    batch_wait_s: float = 20.0
    deadline_s: float = 30.0
    live_memory_bytes: int = field(default_factory=default_live_memory)
    max_sessions: int = 100_000
    max_session_turns: int = 10_000
    max_streams: int = 2_000
    rate_per_minute: int = 0
    log_texts: bool = False
    trust: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise InputError(f"port is {self.port}; give one from 1 to 65535, or 0 for any that is free")
        for origin in self.allowed_origins:
            if origin == "*" or "://" not in origin:
                raise InputError(f"origin {origin!r}: give a whole origin such as https://example.org")

    @property
    def n_workers(self) -> int:
        """Recognition threads."""
        return max(1, self.threads or (os.cpu_count() or 2) - 1)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the address."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def needs_keys(self) -> bool:
        """Whether requests need an API key."""
        return self.require_keys or not self.is_local
