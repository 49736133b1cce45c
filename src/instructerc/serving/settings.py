"""What a service is started with; every bound that keeps it standing is one of these, and has a variable of its own."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from instructerc.backbones.base import Dtype
from instructerc.errors import InputError

PREFIX = "INSTRUCTERC_"


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def default_database() -> str:
    """Returns the URL of the database where none is given: an SQLite file in the user's data folder."""
    folder = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "instructerc"
    return f"sqlite:///{folder / 'sessions.db'}"


def default_live_memory() -> int:
    """Returns a quarter of this machine's memory, in bytes: states that do not fit are recomputed at each turn."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
    except (AttributeError, OSError, ValueError):
        return 1024 * 1024 * 1024


class ServeSettings(BaseSettings):
    """Settings of a service: those that are given, else those of the environment (`INSTRUCTERC_PORT`), else defaults.

    A variable with several names has commas between them.

    Attributes:
        host: address to listen on.
        port: TCP port.
        model: folder of a model, or a language model without training; None for the embedded one.
        labels: label set that a language model without training chooses from.
        wording: of a language model without training; `compact-1` where None.
        calibration: of a language model without training; `contextual` where None.
        chat: whether a language model without training is asked through its chat template; where it has one if None.
        dtype: of the weights of a language model without training; `float32` where None.
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

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    host: str = "127.0.0.1"
    port: int = 8000
    model: str | None = None
    labels: str | None = None
    wording: str | None = None
    calibration: Literal["contextual", "none"] | None = None
    chat: bool | None = None
    dtype: Dtype | None = None
    threads: Count | None = None
    database: str = Field(default_factory=default_database)
    retention_days: float = Field(30.0, ge=0, allow_inf_nan=False)
    require_keys: bool = False
    allowed_origins: Names = ()
    allowed_hosts: Names = ()
    max_body_bytes: Count = 8 * 1024 * 1024
    body_timeout_s: Seconds = 10.0
    header_timeout_s: Seconds = 10.0
    stall_timeout_s: Seconds = 20.0
    max_held_bytes: Count = 128 * 1024 * 1024
    read_timeout_s: Seconds = 20.0
    live_wait_s: float = 0.2
    batch_wait_s: float = 20.0
    deadline_s: Seconds = 30.0
    live_memory_bytes: int = Field(default_factory=default_live_memory, ge=0)
    max_sessions: Count = 100_000
    max_session_turns: Count = 10_000
    max_streams: int = Field(2_000, ge=0)
    rate_per_minute: int = Field(0, ge=0)
    log_texts: bool = False
    trust: bool = False

    @model_validator(mode="after")
    def _check(self) -> ServeSettings:
        if not 0 <= self.port <= 65535:
            raise InputError(f"port is {self.port}; give one from 1 to 65535, or 0 for any that is free")
        for origin in self.allowed_origins:
            if origin == "*" or "://" not in origin:
                raise InputError(f"origin {origin!r}: give a whole origin such as https://example.org")
        return self

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


def read_settings(**given: Any) -> ServeSettings:
    """Returns the settings of a service, of which some are given.

    Raises:
        InputError: a setting that cannot be; its name or its variable is in the message.
    """
    try:
        return ServeSettings(**given)
    except ValidationError as error:
        faults = []
        for item in error.errors():
            name = str(item["loc"][0]) if item["loc"] else "settings"
            shown = name if name in given else f"{PREFIX}{name.upper()}"
            faults.append(f"{shown} is {item['input']!r}: {item['msg']}")
        raise InputError("; ".join(faults)) from None
