"""All file formats, found by the modules of this room; `contest.py` finds which of them a text is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import Any, BinaryIO, TextIO, TypeVar

import instructerc.formats
from instructerc.conversation import Conversation
from instructerc.errors import InputError, did_you_mean
from instructerc.formats.format import Binary, Folder, Format
from instructerc.formats.shared.lines import Source, open_source

T = TypeVar("T")


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
    # Those that look inside first: what they leave is of the one that does not.
    known.sort(key=lambda pair: pair[1].holds is None)

    def find(stream: BinaryIO) -> tuple[Format, Binary] | None:
        place = stream.tell()
        head = stream.read(max((len(file.mark) for _, file in known), default=0))
        for one, file in known:
            stream.seek(place)
            if head.startswith(file.mark) and (file.holds is None or file.holds(stream)):
                return one, file
        return None

    return _look(source, find)


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


def _look(source: Source, find: Callable[[BinaryIO], T | None]) -> T | None:
    """Returns what is found in a source, which stays where it was; None where it cannot go back."""
    try:
        # A named pipe would lose what is read here.
        if isinstance(source, str | Path) and str(source) != "-" and not Path(source).is_file():
            return None
        with open_source(source) as (stream, _, _):
            binary = binary_of(stream)
            if not binary.seekable():
                return None
            place = binary.tell()
            found = find(binary)
            binary.seek(place)
            return found
    except (InputError, OSError, ValueError, AttributeError, TypeError):
        # Whoever reads it as text says what is wrong.
        return None
