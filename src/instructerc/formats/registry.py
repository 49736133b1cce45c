"""All file formats, found by the modules of this room; `contest.py` finds which of them a text is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import Any, BinaryIO, TextIO

import instructerc.formats
from instructerc.conversation import Conversation
from instructerc.errors import InputError, did_you_mean
from instructerc.formats.format import Binary, Folder, Format
from instructerc.formats.shared.lines import Source, open_source


@cache
def known_formats() -> Mapping[str, Format]:
    """Returns every format by its name, in the order of names.

    A module or package that stands in this room, or in a folder of it such as `chats/`, and has `FORMATS` is found;
    nothing lists it.

    Raises:
        TypeError: two formats have one name, or are both what files of one extension are by default.
    """
    found: dict[str, Format] = {}
    owners: dict[str, str] = {}
    for module in _modules(instructerc.formats.__path__, "instructerc.formats."):
        for one in getattr(module, "FORMATS", ()):
            if one.name in found:
                raise TypeError(f"two formats are called {one.name!r}")
            found[one.name] = one
            for extension in one.extensions:
                if owners.setdefault(extension, one.name) != one.name:
                    raise TypeError(f"{owners[extension]} and {one.name} both own {extension}")
    return MappingProxyType(dict(sorted(found.items())))


def _modules(path: Iterable[str], prefix: str) -> Iterator[ModuleType]:
    """Yields the modules of a folder, and those of a folder in it that is no format by itself."""
    for found in iter_modules(path, prefix):
        module = import_module(found.name)
        yield module
        is_group = found.ispkg and not hasattr(module, "FORMATS") and found.name != "instructerc.formats.shared"
        if is_group and prefix == "instructerc.formats.":
            yield from _modules(module.__path__, f"{found.name}.")


def formats() -> tuple[str, ...]:
    """Returns the names that `input_format` takes."""
    return tuple(known_formats())


@dataclass(frozen=True, slots=True)
class WrittenFormat:
    """A format that is written as a new file.

    Attributes:
        name: of the format.
        write: writes one conversation.
    """

    name: str
    write: Callable[[Conversation, TextIO], None]


def written_formats() -> dict[str, WrittenFormat]:
    """Returns the formats that are written as new files, by what asks for them: their extension without its dot."""
    return {
        (one.extensions[0].removeprefix(".") if one.extensions else one.name): WrittenFormat(one.name, one.write)
        for one in known_formats().values()
        if one.write is not None
    }


def find_format(name: str) -> Format:
    """Returns a format by its name.

    Raises:
        InputError: no such format.
    """
    check_format(name)
    return known_formats()[name]


def check_format(input_format: str | None) -> None:
    """Raises `InputError` for a name that is none of `formats()`."""
    if input_format is not None and input_format not in formats():
        raise InputError(
            f"unknown input format {input_format!r}{did_you_mean(input_format, formats())}; "
            f"give one of {', '.join(formats())}"
        )


def detect_binary(source: Source) -> tuple[Format, Binary] | None:
    """Returns the format whose mark a file, or a stream that can go back, begins with; None for every other source.

    A stream stays where it was.
    """
    known = [(one, one.file) for one in known_formats().values() if isinstance(one.file, Binary)]
    head = _peek(source, max((len(file.mark) for _, file in known), default=0))
    return next(((one, file) for one, file in known if head.startswith(file.mark)), None)


def find_folder_format(folder: Path, input_format: str | None) -> tuple[Format, Folder]:
    """Returns the format of a folder, and how it is read.

    Raises:
        InputError: it is none that a format reads, or not of the format that was asked for.
    """
    known = {name: (one, one.folder) for name, one in known_formats().items() if one.folder is not None}
    if input_format in known:
        return known[input_format]
    for one, how in known.values():
        if input_format is None and how.matches(folder):
            return one, how
    kinds = " or ".join(how.what for _, how in known.values())
    raise InputError(f"{folder}: is a folder; give a file, or the folder of {kinds}")


def binary_of(stream: TextIO | BinaryIO) -> BinaryIO:
    """Returns the stream of bytes that is below an open stream."""
    stream_of_any: Any = stream
    return getattr(stream_of_any, "buffer", stream_of_any)  # type: ignore[no-any-return]


def _peek(source: Source, size: int) -> bytes:
    try:
        # A named pipe would lose what is read here.
        if isinstance(source, str | Path) and str(source) != "-" and not Path(source).is_file():
            return b""
        with open_source(source) as (stream, _, _):
            binary = binary_of(stream)
            if not binary.seekable():
                return b""
            place = binary.tell()
            head = binary.read(size)
            binary.seek(place)
            return head if isinstance(head, bytes) else b""
    except (InputError, OSError, ValueError, AttributeError):
        # Whoever reads it as text says what is wrong.
        return b""
