"""An Office file opened: a zip file of XML parts that refer to each other, never unpacked to too much."""

from __future__ import annotations

import posixpath
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from instructerc.errors import InputError
from instructerc.formats.office.compound import MARK as OLD_MARK
from instructerc.formats.office.compound import MOST_BYTES as MOST_OLD_BYTES
from instructerc.formats.office.compound import advise

MARK = b"PK\x03\x04"

_MOST_PARTS = 10_000
_MOST_BYTES = 256 << 20
# Words and sheets pack to a twentieth; a part that is small is taken whatever it packs to.
_HIGHEST_RATIO = 256
_SMALL = 16 << 20
_PIECE = 64 * 1024
# Names of elements that are remembered while a part is read.
_MOST_NAMES = 512
# What a damaged zip file can raise.
ZIP_FAULTS = (BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError)

Start = Callable[[str, dict[str, str]], None]


@dataclass(frozen=True, slots=True)
class Relation:
    """What one part says of another.

    Attributes:
        kind: the last word of its type, such as `officeDocument`.
        target: the other part's name.
    """

    kind: str
    target: str


def holds_part(stream: BinaryIO, folder: str) -> bool:
    """Returns whether a stream is a zip file of Office that has parts in a folder, such as `word/`."""
    try:
        with ZipFile(stream) as archive:
            names = [name.replace("\\", "/") for name in archive.namelist()]
    except ZIP_FAULTS:
        return False
    return "[Content_Types].xml" in names and any(name.startswith(folder) for name in names)


class Package:
    """The parts of an Office file.

    Attributes:
        source: name for error messages.
        names: of its parts, as they call each other, and as the zip file does.

    Args:
        stream: the file, which can go back.
        source: name for error messages.

    Raises:
        InputError: a file that is none, damaged, has a password, or unpacks to more than is reasonable.
    """

    def __init__(self, stream: BinaryIO, source: str) -> None:
        self.source = source
        if stream.read(len(OLD_MARK)) == OLD_MARK:
            raise advise(OLD_MARK + stream.read(MOST_OLD_BYTES), source)
        with self.explained():
            self._archive = ZipFile(stream)
        entries = self._archive.infolist()
        self.names = {entry.filename.replace("\\", "/"): entry.filename for entry in entries}
        if (
            len(entries) > _MOST_PARTS
            or sum(entry.file_size for entry in entries if _is_xml(entry.filename)) > _MOST_BYTES
        ):
            raise InputError(f"{source}: is an Office file that unpacks to more than the limit; save only its text")
        for entry in entries:
            if entry.file_size > max(_SMALL, _HIGHEST_RATIO * entry.compress_size) and _is_xml(entry.filename):
                raise InputError(f"{source}: is an Office file that unpacks to more than the limit; save only its text")
            if entry.flag_bits & 1:
                raise InputError(f"{source}: is an Office file with a password; save it without one")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Makes what is wrong with the zip file or its XML one clear error.

        Raises:
            InputError: what is wrong.
        """
        try:
            yield
        except expat.ExpatError as error:
            raise InputError(f"{self.source}: is an Office file with XML that is damaged: {error}") from None
        except KeyError as error:
            raise InputError(f"{self.source}: is an Office file that lacks a part: {str(error)[:80]}") from None
        except ZIP_FAULTS as error:
            reason = " ".join(str(error).split())[:80]
            raise InputError(f"{self.source}: is an Office file that cannot be unpacked: {reason}") from None

    def main_part(self, otherwise: str) -> str:
        """Returns the name of the part that the file is about; `otherwise` where nothing names it."""
        found = (one.target for one in self.relations("").values() if one.kind == "officeDocument")
        return next((name for name in found if name in self.names), otherwise)

    def relations(self, part: str) -> dict[str, Relation]:
        """Returns what a part refers to, by the ids that it uses; of `""`, what the file itself does."""
        folder, name = posixpath.split(part)
        listed = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, Relation] = {}

        def start(tag: str, fields: dict[str, str]) -> None:
            if tag == "Relationship" and fields.get("TargetMode") != "External":
                target = fields.get("Target", "").replace("\\", "/")
                path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                kind = fields.get("Type", "").rpartition("/")[2]
                found[fields.get("Id", "")] = Relation(kind, path.lstrip("/"))

        if listed in self.names:
            self.parse(listed, start)
        return found

    def pieces(self, part: str) -> Iterator[bytes]:
        """Yields a part's bytes; each piece grows with what was given, for the sake of parsers that look again.

        Raises:
            InputError: there is no such part, or it is damaged.
        """
        size = 0
        with self.explained(), self._archive.open(self.names[part]) as packed:
            while piece := packed.read(max(_PIECE, size // 8)):
                size += len(piece)
                yield piece

    def parse(
        self,
        part: str,
        start: Start,
        end: Callable[[str], None] | None = None,
        characters: Callable[[str], None] | None = None,
        space: str = "",
    ) -> None:
        """Parses a part; tags and attributes have no prefix, and those of other namespaces begin with `:`.

        Args:
            part: its name.
            start: takes tag and attributes of an element that begins.
            end: takes the tag of one that ends.
            characters: takes text.
            space: a word in the names of the namespaces that count; `""` for all.

        Raises:
            InputError: there is no such part, it is damaged, or declares a document type.
        """

        @lru_cache(_MOST_NAMES)
        def tag_of(name: str) -> str:
            uri, _, tag = name.rpartition("}")
            return tag if space in uri else f":{tag}"

        @lru_cache(_MOST_NAMES)
        def field_of(name: str) -> str:
            # Those without a prefix are of their element.
            return tag_of(name) if "}" in name else name

        def begin(name: str, fields: dict[str, str]) -> None:
            start(tag_of(name), {field_of(key): value for key, value in fields.items()})

        def refuse(*_: object) -> None:
            raise InputError(f"{self.source}: declares a document type, which Office files do not; save it again")

        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = begin
        # Entities can grow without bound, and nothing that writes such files declares any.
        parser.StartDoctypeDeclHandler = refuse
        if end is not None:
            close = end
            parser.EndElementHandler = lambda name: close(tag_of(name))
        if characters is not None:
            parser.CharacterDataHandler = characters
        with self.explained():
            for piece in self.pieces(part):
                parser.Parse(piece)
            parser.Parse(b"", True)


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels", ".bin"))
