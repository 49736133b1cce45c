"""Why the service does not serve a request: each with a status of HTTP, a code for programs, a sentence for people."""

from __future__ import annotations

import math
from collections.abc import Sequence

from instructerc.errors import InstructERCError


class Refused(InstructERCError):
    """A request that is not served.

    Attributes:
        status: HTTP status.
        code: for programs.
        detail: for people.
        headers: of the answer.

    Args:
        retry_after_s: time after which it is worth to try again; the sentence and the header both say it.
        close: whether the connection is closed.
    """

    status: int = 400

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        close: bool = False,
        retry_after_s: float | None = None,
        **headers: str,
    ) -> None:
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if retry_after_s is not None:
            seconds = max(1, math.ceil(retry_after_s))
            detail = f"{detail}; try again in {seconds} s"
            self.headers["Retry-After"] = str(seconds)
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        if close:
            # What is still to come of the body is not read.
            self.headers["Connection"] = "close"


class NotFound(Refused):
    """No such session or turn, or not this caller's."""

    status, code = 404, "not_found"

    def __init__(self, detail: str) -> None:
        super().__init__(type(self).status, type(self).code, detail)


class Conflict(Refused):
    """What a request asks for contradicts what is kept."""

    status, code = 409, "conflict"

    def __init__(self, detail: str) -> None:
        super().__init__(type(self).status, type(self).code, detail)


class DeadlineExceeded(Refused):
    """A job that was not done in its time."""

    status, code = 408, "deadline"

    def __init__(self, detail: str) -> None:
        super().__init__(type(self).status, type(self).code, detail)


class FileUnread(Refused):
    """A file that cannot be read as it was asked for.

    Attributes:
        columns: names of a table's columns, from which a request may choose; empty for what is no table.
    """

    status, code = 422, "input"

    def __init__(self, detail: str, columns: Sequence[str] = ()) -> None:
        super().__init__(type(self).status, type(self).code, detail)
        self.columns = list(columns)


class TooMany(Refused):
    """More turns or conversations than are taken at once."""

    status, code = 413, "too_many_turns"

    def __init__(self, detail: str) -> None:
        super().__init__(type(self).status, type(self).code, detail)


class FileTooHard(Refused):
    """A file that took too long or too much memory."""

    status, code = 413, "too_hard"

    def __init__(self, detail: str) -> None:
        super().__init__(type(self).status, type(self).code, detail)


class WrongJson(Refused):
    """A text that is not taken as JSON; its code is `not_json`, `too_deep` or `too_many_parts`."""

    status, code = 400, "not_json"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(type(self).status, code, detail)


class QueueFull(Refused):
    """A job that would wait too long.

    Attributes:
        retry_after_s: time after which the queue is expected to have room.
    """

    status, code = 429, "queue_full"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(type(self).status, type(self).code, "the queue is full", retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s
