"""Who may ask, how often, and from where: keys, scopes, rates, the Host and Origin headers, and headers of answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection

from instructerc.serving.contract.problems import answer_problem, answer_refused
from instructerc.serving.contract.refusals import Refused, TooMany
from instructerc.serving.keeping.keys import EVERYONE, Caller, KeyRing
from instructerc.serving.metrics import Metrics
from instructerc.serving.settings import ServeSettings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# As nginx counts requests whose sender went away.
_GONE = 499
FAULT = "the service failed; see its log for details"
_log = logging.getLogger("instructerc.serving")
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Gate:
    """Lets callers in.

    Args:
        settings: whether keys are needed, and the rate without one.
        keys: the keys in use.
    """

    def __init__(self, settings: ServeSettings, keys: KeyRing) -> None:
        self._settings = settings
        self._keys = keys
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def identify(self, key: str | None) -> Caller:
        """Returns who asks with this key.

        Raises:
            Refused: a key is needed and there is none, or it is nobody's.
        """
        if not self._settings.needs_keys:
            return EVERYONE
        if not key:
            raise Refused(401, "no_key", "an API key is required: Authorization: Bearer KEY", WWW_Authenticate="Bearer")
        caller = await self._keys.find(key)
        if caller is None:
            raise Refused(401, "wrong_key", "this API key is unknown or revoked", WWW_Authenticate="Bearer")
        return caller

    def count(self, caller: Caller, address: str, n_turns: int = 1, counted: int = 0, *, whole: bool = False) -> None:
        """Counts the turns that a request has answered; a request without turns counts as one.

        Args:
            caller: who asks.
            address: from where; counted where there are no keys.
            n_turns: of the request.
            counted: how many of them were counted before.
            whole: whether they cannot be asked for in parts: more than a minute has room for then take all of it.

        Raises:
            Refused: too many in the last minute.
            TooMany: more than a minute ever has room for.
        """
        own = caller.rate_per_minute
        rate = self._settings.rate_per_minute if own is None else own
        if whole and rate:
            n_turns = min(n_turns, rate)
        if not rate or n_turns <= counted:
            return
        item, who = RateLimitItemPerMinute(rate), caller.id or address
        if n_turns > rate:
            raise TooMany(f"{n_turns:,} turns at once, but only {rate:,} a minute are allowed; send fewer")
        if not self._limiter.hit(item, who, cost=n_turns - counted):
            reset = self._limiter.get_window_stats(item, who).reset_time
            detail = f"more than {rate:,} requests and turns in a minute"
            raise Refused(429, "rate", detail, retry_after_s=reset - time.time())

    def check(self, caller: Caller, scope: str) -> None:
        """Raises Refused where a caller may not do what needs this scope."""
        if scope not in caller.scopes:
            raise Refused(403, "scope", f"this API key does not have the scope {scope!r}")


def bearer(headers: Headers) -> str | None:
    """Returns the key of an Authorization header; None where there is none."""
    kind, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" and key.strip() else None


def check_origin(connection: HTTPConnection, settings: ServeSettings) -> None:
    """Raises Refused for what a page of another site asks: its user did not ask for that.

    A request without an Origin header does not come from a page of another site.
    """
    origin = connection.headers.get("origin")
    if origin is None or origin in settings.allowed_origins:
        return
    try:
        place = urlsplit(origin).netloc.lower()
    except ValueError:
        place = ""
    # An origin without a place is "null": a file, or a frame that was put in a sandbox.
    if not place or place != connection.headers.get("host", "").lower():
        raise Refused(403, "origin", "pages of other sites may not use this service; --allow-origin allows a site")


def check_host(connection: HTTPConnection, settings: ServeSettings) -> None:
    """Raises Refused for a Host header that is not ours, as a page has whose name was pointed at this machine."""
    host = connection.headers.get("host", "").lower()
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    bracketed = f"[{settings.host}]" if ":" in settings.host else settings.host
    if name in {*_LOCAL_HOSTS, bracketed.lower(), *(one.lower() for one in settings.allowed_hosts)}:
        return
    # Behind an address of its own, with keys, a service may have any name.
    if settings.needs_keys and not settings.allowed_hosts and not settings.is_local:
        return
    raise Refused(421, "host", f"this service does not answer to the host name {name!r}; --allow-host adds a name")


class Guard:
    """The outermost layer: checks Host and Origin, sets the headers of answers, counts requests, and tells of faults.

    Args:
        app: what is guarded.
        settings: which hosts and origins are served.
        metrics: gets counts and times.
    """

    def __init__(self, app: Any, settings: ServeSettings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 0

        async def send_guarded(message: Any) -> None:
            nonlocal status
            if message["type"] == "websocket.accept":
                status = 101
            # A WebSocket that is refused gets an answer of HTTP.
            elif message["type"].removeprefix("websocket.") == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/v1"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            connection = HTTPConnection(scope)
            check_host(connection, self._settings)
            check_origin(connection, self._settings)
            await self._app(scope, receive, send_guarded)
        except Refused as refused:
            await answer_refused(refused)(scope, receive, send_guarded)
        except ClientDisconnect:
            # Nobody is left to be told.
            status = _GONE
        except Exception as error:
            log_fault(self._settings, f"{scope.get('method', 'WebSocket')} {_route(scope)}", error)
            # Of an answer that was begun nothing more comes, and its connection is closed.
            if not status:
                await answer_problem(500, "fault", FAULT)(scope, receive, send_guarded)
        finally:
            if scope["type"] == "http":
                route = _route(scope)
                self._metrics.requests.labels(scope["method"], route, str(status)).inc()
                self._metrics.seconds.labels(route).observe(time.monotonic() - started)


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "other"))


def log_fault(settings: ServeSettings, where: str, error: Exception) -> None:
    """Logs a fault of the service; by its kind alone, since its words may be what somebody wrote."""
    if settings.log_texts:
        _log.error("%s", where, exc_info=error)
    else:
        _log.error("%s: %s", where, type(error).__name__)
