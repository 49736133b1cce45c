"""Every error this package raises on purpose.

    InstructERCError
    ├── InputError          a file or a conversation that cannot be read as asked
    │   └── BadRow          one row of it, with file and line; `--skip-bad` goes on after it
    ├── LabelError          a label or label set that is unknown or contradicts itself
    ├── RecipeError         a recipe with faults, all of them listed at once
    ├── ModelError          a model folder that is missing, damaged or of another version
    └── MissingExtra        a feature whose optional packages are not installed

A message says what came, what is accepted and what to do. The command line prints it in
one line and ends with status 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InstructERCError(Exception):
    """Base of all errors that a caller or a user can mend."""


class InputError(InstructERCError):
    """A file or conversation that cannot be read as asked."""


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


class RecipeError(InstructERCError):
    """A recipe with faults; the message lists all of them."""


class ModelError(InstructERCError):
    """A model folder that is missing, damaged or of another version."""


class MissingExtra(InstructERCError):
    """A feature whose optional packages are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs packages that are not installed: pip install 'instructerc[{extra}]'")
        self.extra = extra


def did_you_mean(word: str, accepted: Iterable[str]) -> str:
    """Returns `" (did you mean 'x'?)"` for the accepted word nearest to `word`, or `""`."""
    near = get_close_matches(word, list(accepted), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""
