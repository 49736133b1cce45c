"""HTTP to a model server: kept connections, and another try where one can help."""

from __future__ import annotations

import json
import random
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any

from instructerc.backbones.remote.address import RemoteAddress
from instructerc.errors import ModelError, Unreachable, one_line

_RETRIED = {408, 425, 429, 500, 502, 503, 504}
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 15.0
# Of one answer; a server that is busy queues requests for long.
_ANSWER_S = 120.0
_MOST_BYTES = 64 * 1024 * 1024


class ModelServer:
    """A server that may be asked from many threads; its connections are kept for the next who asks.

    A request has no effect on the server, so that asking again can neither lose nor double anything.

    Args:
        address: of the server.
    """

    def __init__(self, address: RemoteAddress) -> None:
        self.address = address
        self.name = f"{address.host}:{address.port}"
        self._idle: list[HTTPConnection] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def __del__(self) -> None:
        self.close()

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Returns what the server answers to a POST, or to a GET where there is no body.

        Raises:
            Unreachable: no usable answer before the deadline.
            ModelError: an answer that says that the request is wrong, or none that is JSON.
        """
        until = time.monotonic() + self.address.deadline_s
        wait = _FIRST_WAIT_S
        while True:
            try:
                status, text, after = self._once(path, body, min(_ANSWER_S, max(until - time.monotonic(), 0.1)))
                trouble = f"status {status}"
            except (OSError, HTTPException) as error:
                status, text, after = 0, "", None
                trouble = f"{type(error).__name__} {error}".strip()
            if status == 200:
                return self._parse(text)
            if status and status not in _RETRIED:
                raise ModelError(f"{self.name}{path} answers {status}: {_reason(text)}")
            pause = max(after or 0.0, wait * random.uniform(0.5, 1.0))
            if time.monotonic() + pause > until:
                raise Unreachable(
                    f"{self.name}: no answer for {self.address.deadline_s:g} s, at last {trouble}; "
                    "is the server running?"
                )
            time.sleep(pause)
            wait = min(2 * wait, _LONGEST_WAIT_S)

    def _once(self, path: str, body: dict[str, Any] | None, timeout_s: float) -> tuple[int, str, float | None]:
        connection = self._connection(timeout_s)
        headers = {"Content-Type": "application/json"}
        if self.address.key:
            headers["Authorization"] = f"Bearer {self.address.key}"
        method, data = ("GET", None) if body is None else ("POST", json.dumps(body))
        try:
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            raw = response.read(_MOST_BYTES)
        except BaseException:
            # One that broke cannot be asked again.
            connection.close()
            raise
        if response.isclosed():
            with self._lock:
                self._idle.append(connection)
        else:
            connection.close()
        return response.status, raw.decode("utf-8", "replace"), _seconds(response.getheader("Retry-After"))

    def _connection(self, timeout_s: float) -> HTTPConnection:
        with self._lock:
            found = self._idle.pop() if self._idle else None
        if found is None:
            kind = HTTPSConnection if self.address.tls else HTTPConnection
            return kind(self.address.host, self.address.port, timeout=timeout_s)
        found.timeout = timeout_s
        if found.sock is not None:
            found.sock.settimeout(timeout_s)
        return found

    def _parse(self, text: str) -> dict[str, Any]:
        try:
            data = json.loads(text)
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise ModelError(f"{self.name} does not answer with a JSON object; is it a model server?")
        return data


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else min(float(text), _LONGEST_WAIT_S)
    except ValueError:
        return None


def _reason(text: str) -> str:
    """Returns the message of an error as vLLM and SGLang write it, or the beginning of what came."""
    try:
        data = json.loads(text)
        found = data.get("error", data)
        message = found.get("message") if isinstance(found, dict) else found
    except (ValueError, AttributeError):
        message = text
    return one_line(message, 300)
