"""All file formats, found by the modules of this room, and which of them a file is of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any, BinaryIO, TextIO

import instructerc.formats
from instructerc.errors import InputError, did_you_mean
from instructerc.formats.format import Binary, Folder, Format, Text
from instructerc.formats.shared.lines import OpenText, Source, open_source
from instructerc.formats.shared.options import ReadOptions


@cache
def known_formats() -> Mapping[str, Format]:
    """Returns every format by its name, in the order of names.

    A module or package that stands in this room and has `FORMATS` is found; nothing lists it.

    Raises:
        TypeError: two formats have one name, or are both what files of one extension are by default.
    """
    found: dict[str, Format] = {}
    owners: dict[str, str] = {}
    for module in iter_modules(instructerc.formats.__path__, "instructerc.formats."):
        for one in getattr(import_module(module.name), "FORMATS", ()):
            if one.name in found:
                raise TypeError(f"two formats are called {one.name!r}")
            found[one.name] = one
            for extension in one.extensions:
                if owners.setdefault(extension, one.name) != one.name:
                    raise TypeError(f"{owners[extension]} and {one.name} both own {extension}")
    return MappingProxyType(dict(sorted(found.items())))


def formats() -> tuple[str, ...]:
    """Returns the names that `input_format` takes."""
    return tuple(known_formats())


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


def detect_text(file: OpenText, options: ReadOptions) -> tuple[Format, Text]:
    """Returns the format of an opened text: of those that its extension allows, the surest that matches.

    Where none matches, it is the one that the extension belongs to.
    """
    known = _by_sureness()
    owner = next((one for one in known if file.extension in one[0].extensions), None)
    allowed = [one for one in known if file.extension in (*one[0].extensions, *one[0].guests)]
    if not allowed or (owner is not None and owner[0].any_extension):
        # A .txt may hold anything; a .csv is a table even where its header is not understood.
        allowed = known
    return next((one for one in allowed if one[1].matches(file, options)), owner or allowed[-1])


def detect_binary(source: Source) -> tuple[Format, Binary] | None:
    """Returns the format whose mark a file, or a stream that can go back, begins with; None for every other source.

    A stream stays where it was.
    """
    known = [(one, one.file) for one in known_formats().values() if isinstance(one.file, Binary)]
    head = _peek(source, max((len(file.mark) for _, file in known), default=0))
    return next(((one, file) for one, file in known if head.startswith(file.mark)), None)


def find_folder_format(folder: Path, input_format: str | None) -> Folder:
    """Returns how a folder is read.

    Raises:
        InputError: it is none that a format reads, or not of the format that was asked for.
    """
    known = {name: one.folder for name, one in known_formats().items() if one.folder is not None}
    if input_format in known:
        return known[input_format]
    for one in known.values():
        if input_format is None and one.matches(folder):
            return one
    kinds = " or ".join(one.what for one in known.values())
    raise InputError(f"{folder}: is a folder; give a file, or the folder of {kinds}")


def binary_of(stream: TextIO | BinaryIO) -> BinaryIO:
    """Returns the stream of bytes that is below an open stream."""
    stream_of_any: Any = stream
    return getattr(stream_of_any, "buffer", stream_of_any)  # type: ignore[no-any-return]


def _by_sureness() -> list[tuple[Format, Text]]:
    """Returns the formats that are text, the surest first, and those that are equally sure by name."""
    texts = [(one, one.file) for one in known_formats().values() if isinstance(one.file, Text)]
    return sorted(texts, key=lambda one: -one[1].sure)


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
