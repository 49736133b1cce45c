"""Arguments that name several files: a pattern in quotes means the files that it matches, as a shell would have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from instructerc.errors import InputError

_MAGIC = "*?["


def expand_patterns(arguments: Sequence[str]) -> list[str]:
    """Returns the files and folders that arguments name, those of a pattern by name.

    What exists under the very name is no pattern.

    Raises:
        InputError: a pattern that nothing matches.

    Example:
        >>> expand_patterns(["-", "chat.txt"])
        ['-', 'chat.txt']
    """
    return [path for argument in arguments for path in _expand(argument)]


def _expand(argument: str) -> Iterator[str]:
    if not any(sign in argument for sign in _MAGIC) or _exists(argument):
        yield argument
        return
    from glob import glob

    found = sorted(glob(argument, recursive=True))
    if not found:
        raise InputError(f"{argument}: no file matches; check the folder and the pattern")
    yield from found


def _exists(argument: str) -> bool:
    try:
        return Path(argument).exists()
    except (OSError, ValueError):  # what cannot be a path is reported when it is opened
        return True
