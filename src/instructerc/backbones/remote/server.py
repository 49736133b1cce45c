"""HTTP to a model server: kept connections, and another try where one can help."""

from __future__ import annotations

import json
import math
import random
import socket
import ssl
import threading
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any

from instructerc.backbones.remote.address import RemoteAddress
from instructerc.errors import ModelError, Unreachable, one_line

# And all from 500 on. 0 stands for a lost connection; 200 is among them only where the answer is cut off.
_RETRIED = (0, 200, 408, 425, 429)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 15.0
# Of one answer; a server that is busy queues requests for long.
_ANSWER_S = 120.0
_MOST_BYTES = 64 * 1024 * 1024
_PIECE_BYTES = 64 * 1024


class ModelServer:
    """A server that may be asked from many threads; its connections are kept for the next who asks.

    A request has no effect on the server, so that asking again can neither lose nor double anything.

    Args:
        address: of the server.
    """

    def __init__(self, address: RemoteAddress) -> None:
        self.address = address
        self.name = f"{address.host}:{address.port}"
        # Whether it was there once, so that what cannot be reached now may come back.
        self._has_answered = False
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
            ModelError: an answer that says that the request is wrong, or none that is JSON; or no such host, or one
                whose certificate is wrong, and it never answered.
        """
        until = time.monotonic() + self.address.deadline_s
        wait = _FIRST_WAIT_S
        while True:
            try:
                status, text, after = self._once(path, body, min(_ANSWER_S, max(until - time.monotonic(), 0.1)))
                trouble = "an answer that is cut off" if status == 200 else f"status {status}"
            except (OSError, HTTPException) as error:
                if not self._has_answered and _is_for_good(error):
                    raise ModelError(f"{self.name} cannot be asked: {one_line(error, 300)}") from error
                status, text, after = 0, "", None
                trouble = f"{type(error).__name__} {error}".strip()
            data = self._parse(text) if status == 200 else None
            if data is not None and not data.get("error"):
                self._has_answered = True
                return data
            if data is not None or not (status in _RETRIED or status >= 500):
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
            until = time.monotonic() + timeout_s
            connection.request(method, path, data, headers)
            # It is the response's alone where the server ends the connection with it.
            sock = connection.sock
            response = connection.getresponse()
            raw = self._read(response, sock, until)
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

    def _read(self, response: HTTPResponse, sock: socket.socket, until: float) -> bytes:
        """Returns the body of an answer.

        Raises:
            HTTPException: it ends before its end.
            OSError: the connection is lost, or it is not all there in time.
            ModelError: it is longer than any answer.
        """
        raw = bytearray()
        while piece := response.read1(_PIECE_BYTES):
            raw += piece
            if len(raw) > _MOST_BYTES:
                raise ModelError(f"{self.name} answers with more than {_MOST_BYTES >> 20} MiB; is it a model server?")
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer is not all there in time")
            sock.settimeout(left)
        # Ends the response, and tells whether it was whole, which reading by pieces does not.
        return bytes(raw) + response.read()

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

    def _parse(self, text: str) -> dict[str, Any] | None:
        """Returns the object of an answer; None for the beginning of one."""
        try:
            data = json.loads(text)
        except ValueError:
            if not text.strip() or text.lstrip().startswith("{"):
                return None
            data = None
        if not isinstance(data, dict):
            raise ModelError(f"{self.name} does not answer with a JSON object; is it a model server?")
        return data


def _is_for_good(error: Exception) -> bool:
    """Returns whether asking again cannot help."""
    no_host = isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME
    return no_host or isinstance(error, ssl.SSLCertVerificationError)


def _seconds(text: str | None) -> float | None:
    """Returns the pause that a server asks for, by seconds or by a date; None where it asks for none."""
    if text is None:
        return None
    try:
        asked = float(text)
    except ValueError:
        try:
            asked = parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return min(asked, _LONGEST_WAIT_S) if math.isfinite(asked) else None


def _reason(text: str) -> str:
    """Returns the message of an error as vLLM and SGLang write it, or the beginning of what came."""
    try:
        data = json.loads(text)
        found = data.get("error", data)
        message = found.get("message") if isinstance(found, dict) else found
    except (ValueError, AttributeError):
        message = text
    return one_line(message, 300)
