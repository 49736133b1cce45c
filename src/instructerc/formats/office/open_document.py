"""What texts and sheets of OpenDocument have in common: their kind, passwords, and the text of a paragraph."""

from __future__ import annotations

import re
from typing import BinaryIO
from zipfile import ZipFile

from instructerc.errors import InputError
from instructerc.formats.office.package import ZIP_FAULTS, Package

CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
# All parts in one, as LibreOffice writes a file with a password since 24.8.
_LOCKED = "encrypted-package"
_SIGNS = {"tab": "\t", "line-break": "\n"}
_WHITE = re.compile(r"[ \t\r\n]+")
_MOST_BLANKS = 64


def holds_kind(stream: BinaryIO, kind: bytes) -> bool:
    """Returns whether a zip file is of a kind of OpenDocument files, named by its media type, or a template of it."""
    try:
        with ZipFile(stream) as archive, archive.open("mimetype") as named:
            return named.read(len(kind)) == kind and not {CONTENT, _LOCKED}.isdisjoint(archive.namelist())
    except (*ZIP_FAULTS, KeyError):
        return False


def check_password(package: Package) -> None:
    """Raises `InputError` for a file with a password."""
    locked = [_LOCKED] if _LOCKED in package.names else []
    if _MANIFEST in package.names:
        package.parse(_MANIFEST, lambda tag, _: locked.append(tag) if tag == "encryption-data" else None)
    if locked:
        raise InputError(f"{package.source}: is a document with a password; save it without one")


def read_count(fields: dict[str, str], name: str, most: int) -> int:
    """Returns a number among the attributes of an element, 1 where it has none, and never more than `most`."""
    given = fields.get(name, "1")
    return min(int(given[:9]), most) if given.isdecimal() else 1


class ParagraphText:
    """Gathers the text of one paragraph after another."""

    def __init__(self) -> None:
        self._parts: list[str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a paragraph has begun that has not ended."""
        return self._parts is not None

    def begin(self) -> None:
        """Begins a paragraph."""
        self._parts = []

    def end(self) -> str | None:
        """Ends the paragraph, and returns its text; None where none is open."""
        parts, self._parts = self._parts, None
        return None if parts is None else "".join(parts)

    def take_sign(self, tag: str, fields: dict[str, str]) -> bool:
        """Returns whether an element stands for blanks, a tab or a line's end, which are then part of the text."""
        if self._parts is None or (tag != "s" and tag not in _SIGNS):
            return False
        self._parts.append(_SIGNS.get(tag) or " " * read_count(fields, "c", _MOST_BLANKS))
        return True

    def add(self, text: str) -> None:
        """Adds characters; white space of the file stands for one blank, and for none at the beginning."""
        if self._parts is None:
            return
        words = _WHITE.sub(" ", text)
        is_first = not self._parts or self._parts[-1][-1:] in (" ", "\n")
        self._parts.append(words.lstrip(" ") if is_first else words)
