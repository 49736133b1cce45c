"""Which service is asked, as whom, and with how much patience."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from instructerc import __version__
from instructerc.errors import InputError

LOCAL = "http://127.0.0.1:8000"
_CONNECT_S = 10.0
# The service closes connections that are idle for five seconds: one that is kept longer may be closed when it is used.
_IDLE_S = 3.0


@dataclass(frozen=True)
class Target:
    """A service.

    Attributes:
        url: its address, with the folder that it stands below where a proxy gives it one.
        key: API key; None where the service needs none.
        timeout_s: time to wait for an answer; the service itself gives up after 30 s.
        retries: how often something is asked again.
        ssl_context: whose certificates are trusted; those that the system trusts where None.

    Raises:
        InputError: no address of a service, or no key.
    """

    url: str = LOCAL
    key: str | None = None
    timeout_s: float = 60.0
    retries: int = 3
    ssl_context: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        if not _is_address(self.url):
            raise InputError(f"{self.url!r} is not an address of a service; give one such as {LOCAL}")
        key = "none" if self.key is None else self.key.strip()
        if not (key.isascii() and key.isprintable() and key):
            # Without repeating it: it may be a key and something more.
            raise InputError(
                "the API key has characters that no key has; give it as `instructerc keys create` printed it"
            )
        if not self.timeout_s > 0 or self.retries < 0:
            raise InputError(
                f"timeout_s is {self.timeout_s} and retries {self.retries}; give more than 0, and 0 or more"
            )

    @property
    def headers(self) -> dict[str, str]:
        """Headers of every request."""
        named = {"User-Agent": f"instructerc/{__version__}"}
        return named if self.key is None else {**named, "Authorization": f"Bearer {self.key.strip()}"}

    @property
    def http_options(self) -> dict[str, Any]:
        """Arguments of an HTTP library's client."""
        return {
            "base_url": self.url,
            "headers": self.headers,
            "timeout": httpx.Timeout(self.timeout_s, connect=min(_CONNECT_S, self.timeout_s)),
            "limits": httpx.Limits(keepalive_expiry=_IDLE_S),
            **({} if self.ssl_context is None else {"verify": self.ssl_context}),
        }

    @property
    def socket_options(self) -> dict[str, Any]:
        """Arguments of a WebSocket library's `connect`."""
        headers = self.headers
        return {
            "user_agent_header": headers.pop("User-Agent"),
            "additional_headers": headers,
            "open_timeout": min(_CONNECT_S, self.timeout_s),
            **({} if self.ssl_context is None else {"ssl": self.ssl_context}),
        }

    def socket_url(self, session: str) -> str:
        """Returns the address of a session's WebSocket."""
        parts = urlsplit(self.url)
        path = f"{parts.path.rstrip('/')}/v1/sessions/{quote(session, safe='')}/stream"
        return parts._replace(scheme="wss" if parts.scheme == "https" else "ws", path=path).geturl()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return False
    # A user name or a query would end up in every request.
    return bool(known) and not (parts.query or parts.fragment or parts.username)
