"""The root of every error that this package raises on purpose, and those that all rooms may raise.

    InstructERCError
    ├── InputError          a file or a conversation that cannot be read as asked
    │   └── BadRow          one row of it, with file and line; `--skip-bad` skips it
    ├── LabelError          a label or label set that is unknown or contradicts itself
    ├── RecipeError         a recipe with faults, all of them listed at once
    ├── ModelError          a model folder that is missing, damaged or of another version
    ├── MissingExtra        a feature whose optional packages are not installed
    ├── Refused             a request that our service does not serve; serving/contract/refusals.py
    │   ├── NotFound        no such session or turn
    │   ├── Conflict        it contradicts what is kept
    │   ├── DeadlineExceeded    no answer in time
    │   ├── TooMany         more turns or conversations than are taken at once
    │   ├── FileTooHard     a file that takes too much to be read
    │   ├── FileUnread      a file that cannot be read as it was asked for
    │   ├── WrongJson       a body that is not taken as JSON
    │   └── QueueFull       it would wait too long
    └── ServiceError        a service that refuses what a client of ours asks
        ├── ServiceBusy     it cannot serve now; when to ask again
        └── Unreachable     no answer of a service at all

A message says what came, what is accepted and what to do. The command line prints it in
one line and ends with status 2; the service answers with the error's status and code.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InstructERCError(Exception):
    """Base of all errors that a caller or a user can mend.

    Attributes:
        status: of HTTP, with which the service answers; None for what is no fault of the request.
        code: the reason, for programs.
    """

    status: int | None = 422
    code: str = "refused"


class InputError(InstructERCError):
    """A file or conversation that cannot be read as asked."""

    code = "input"


class BadRow(InputError):
    """One row that cannot be read.

    Attributes:
        source: name of the file, `-` for standard input.
        line: physical line where the row starts, counted from 1.
        reason: what is wrong, without the place.
    """

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f"{source}:{line}: {reason}")
        self.source = source
        self.line = line
        self.reason = reason


class LabelError(InstructERCError):
    """A label or label set that is unknown or contradicts itself."""

    code = "label"


class RecipeError(InstructERCError):
    """A recipe with faults; the message lists all of them."""


class ModelError(InstructERCError):
    """A model folder that is missing, damaged or of another version."""


class MissingExtra(InstructERCError):
    """A feature whose optional packages are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} requires packages that are not installed: pip install 'instructerc[{extra}]'")
        self.extra = extra


class ServiceError(InstructERCError):
    """A service that refuses what a client asks.

    Attributes:
        detail: what the service says.
        status: HTTP status; None where there was none.
        code: the reason, for programs.
    """

    status = None
    code = "service"

    def __init__(self, detail: str, status: int | None = None, code: str = "") -> None:
        super().__init__(f"{detail} ({status} {code})" if status else detail)
        self.detail = detail
        self.status = status
        self.code = code


class ServiceBusy(ServiceError):
    """A service that has too much to do, or is not there for a moment.

    Attributes:
        retry_after_s: when to ask again; None where it does not say.
    """

    def __init__(
        self, detail: str, status: int | None = None, code: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(detail, status, code)
        self.retry_after_s = retry_after_s


class Unreachable(ServiceError):
    """No answer of a service at all."""


def reason_of(error: Exception) -> str:
    """Returns on one line what an error of a library says; of a file, in the system's words and without its number.

    Example:
        >>> reason_of(FileNotFoundError(2, "No such file or directory", "a.yaml"))
        'no such file or directory'
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return one_line(error)


def one_line(error: object, most: int | None = None) -> str:
    """Returns on one line what an error says as it is, with the file that it names.

    Args:
        error: the error.
        most: characters that are kept; all where None.
    """
    return " ".join(str(error).split())[:most]


def did_you_mean(word: str, accepted: Iterable[str]) -> str:
    """Returns `" (did you mean 'x'?)"` for the accepted word nearest to `word`, or `""`."""
    near = get_close_matches(word, list(accepted), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""
