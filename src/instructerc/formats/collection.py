"""Many files in one: a `.zip` of an export or of chats, and folders of files; each file is read in its own form."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.contest import choose_text
from instructerc.formats.format import Binary, Format, Text
from instructerc.formats.registry import detect_binary, known_formats
from instructerc.formats.shared.chat_turns import unique_name
from instructerc.formats.shared.lines import OpenText, open_text
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

MOST_BYTES = 1 << 30
MOST_FILES = 10_000
_HIGHEST_RATIO = 256
_SMALL = 64 << 20

_OTHER = "{n} file(s) in no supported format, such as pictures: left out"
_ZIP = ".zip"
# What never has turns; most of an export is of this kind.
_MEDIA = frozenset(
    {
        *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".svg", ".ico", ".mp4", ".mov", ".3gp", ".webm", ".pdf"),
        *(".mp3", ".m4a", ".ogg", ".opus", ".aac", ".wav", ".caf", ".vcf", ".css", ".js", ".woff", ".woff2", ".tgs"),
        *(_ZIP, ".7z", ".gz", ".rar", ".exe", ".apk", ".db", ".sqlite"),
    }
)


def read_archive(stream: BinaryIO, reading: Reading) -> Iterator[Conversation]:
    """Yields the conversations of an archive: of the export that it holds, or of each of its files that is read.

    Its texts stand in a private folder that is removed afterwards. Pictures, sounds and archives within it are left out
    and counted.

    Raises:
        InputError: no archive, one with a password, one that is too large when unpacked, there is no place to unpack
            it, or nothing in it is read.
    """
    try:
        with ZipFile(stream) as archive, _make_folder(reading) as name:
            root = Path(name)
            _unpack(archive, root, reading)
            inner = list(root.iterdir())
            top = inner[0] if len(inner) == 1 and inner[0].is_dir() else root
            yield from read_tree(top, reading, None)
    except (BadZipFile, NotImplementedError, EOFError) as error:
        raise InputError(f"{reading.source}: is a zip file that cannot be unpacked: {error}") from None


def _make_folder(reading: Reading) -> TemporaryDirectory[str]:
    try:
        return TemporaryDirectory(prefix="instructerc-")
    except OSError:
        raise InputError(
            f"{reading.source}: is a zip file, and there is no temporary folder to unpack it into; unpack it yourself"
        ) from None


def _most_bytes() -> int:
    """Returns what all files of an archive may have: where the process is bounded, no more than one file may."""
    try:
        import resource
    except ModuleNotFoundError:
        return MOST_BYTES
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return MOST_BYTES if limit == resource.RLIM_INFINITY else min(MOST_BYTES, limit)


def read_tree(folder: Path, reading: Reading, otherwise: InputError | None) -> Iterator[Conversation]:
    """Yields the conversations of a folder: of the export that it is, or of each file in it that is read.

    Raises:
        InputError: `otherwise`, or its like, where nothing is read.
    """
    exports = [(one.name, one.folder) for one in known_formats().values() if one.folder is not None]
    export = next((one for one in exports if one[1].matches(folder)), None)
    if export is not None:
        _count(reading, export[0])
        yield from export[1].read(folder, reading)
        return
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())[:MOST_FILES]
    # An archive in an archive is left out: it could unpack to any size.
    is_archive = otherwise is None
    chosen = [path for path in paths if may_have_turns(path.name, archives=not is_archive)]
    names: set[str] = set()
    base, stem = reading.source, reading.stem
    looked_at = set(chosen)
    for path in paths:
        if path not in looked_at:
            reading.repair(path.name, _OTHER)
    for path in chosen:
        shown = f"{base}/{path.relative_to(folder).as_posix()}"
        for talk in _read_one(path, shown, reading, is_archive):
            # WhatsApp calls every chat `_chat`.
            given = stem if len(chosen) == 1 and talk.id == path.stem else talk.id
            yield replace(talk, id=unique_name(given, path.stem, names))
    if not names:
        raise otherwise or InputError(f"{base}: contains no file in a supported format; unpack it, and give the files")


def may_have_turns(name: str, *, archives: bool) -> bool:
    """Returns whether a file of a folder is looked at, by its name: not pictures, sounds, programs and hidden files.

    Args:
        name: of the file.
        archives: whether zip files are looked at.
    """
    ending = Path(name).suffix.lower()
    return not name.startswith(".") and (ending not in _MEDIA or (archives and ending == _ZIP))


def choose_of_many(file: OpenText, options: ReadOptions) -> tuple[Format, Text]:
    """Returns the format of a file that nobody named: one of many in a folder.

    Raises:
        InputError: no format explains enough of it, or it is lines in a file of another ending.
    """
    form, text = choose_text(file, options, None)
    # A line of any file could be what somebody says.
    if form.name == "plain" and file.extension not in form.extensions:
        raise InputError(
            f"{file.source}: looks like lines of a chat, but has another extension; give this file by its own name"
        )
    return form, text


def _count(reading: Reading, form: str) -> None:
    if reading.report is not None:
        reading.report.forms[form] = reading.report.forms.get(form, 0) + 1


def _read_one(path: Path, shown: str, reading: Reading, is_archive: bool) -> Iterator[Conversation]:
    found = detect_binary(path)
    if found is not None and (found[0].name != "zip" or not is_archive):
        yield from _read_binary(*found, path, shown, reading)
        return
    with path.open("rb", buffering=0) as raw, ExitStack() as stack:
        # Errors name the file by its place in the archive.
        raw.name = shown
        try:
            file = stack.enter_context(open_text(raw, reading.options))
            named, form = choose_of_many(file, reading.options)
        except BadRow:
            raise
        except InputError:
            reading.repair(path.name, _OTHER)
            return
        _count(reading, named.name)
        with reading.within(file.source, file.stem):
            yield from form.read(file, reading)


def _read_binary(named: Format, form: Binary, path: Path, shown: str, reading: Reading) -> Iterator[Conversation]:
    with path.open("rb") as stream, reading.within(shown, path.stem):
        try:
            yield from form.read(stream, reading)
        except BadRow:
            raise
        except InputError:
            reading.repair(path.name, _OTHER)
            return
    # A file that is refused is of no form, and those in an archive are counted one by one.
    if named.name != "zip":
        _count(reading, named.name)


def _unpack(archive: ZipFile, root: Path, reading: Reading) -> None:
    source, total, most = reading.source, 0, _most_bytes()
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise InputError(f"{source}: is a zip file of more than {MOST_FILES} files; unpack it")
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" in names:
        raise InputError(
            f"{source}: is an Office file that is neither a document nor a workbook; save its text as .txt"
        )
    if {"mimetype", "content.xml"} <= names:
        raise InputError(
            f"{source}: is an OpenDocument file that is neither a text nor a spreadsheet; save its text as .txt"
        )
    for entry in entries:
        if entry.is_dir() or entry.filename.startswith("__MACOSX/"):
            continue
        if Path(entry.filename).suffix.lower() in _MEDIA:
            reading.repair(entry.filename, _OTHER)
            continue
        if entry.flag_bits & 1:
            raise InputError(f"{source}: is a zip file with a password; unpack it")
        total += entry.file_size
        if total > most or entry.file_size > max(_SMALL, _HIGHEST_RATIO * entry.compress_size):
            raise InputError(f"{source}: is a zip file that unpacks to more than the limit; unpack it yourself")
        _unpack_one(archive, entry, root, source)


def _unpack_one(archive: ZipFile, entry: ZipInfo, root: Path, source: str) -> None:
    # Names with `..` or a root lose these, as extract() does it.
    parts = [part for part in entry.filename.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    target = root.joinpath(*parts)
    left = entry.file_size
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as packed, target.open("xb") as out:
            while piece := packed.read(1 << 20):
                left -= len(piece)
                if left < 0:
                    raise InputError(f"{source}: is a zip file whose sizes are wrong; unpack it")
                out.write(piece)
    except (OSError, ValueError, RuntimeError) as error:
        shown = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "cannot be unpacked"
        raise InputError(f"{source}: {entry.filename[:80]!r} in the zip file: {shown}; unpack it") from None


FORMATS = (
    Format(
        name="zip",
        title="zip files of exports or chats",
        about="a `.zip` of an export (WhatsApp, Slack, Telegram …) or of any files in this table",
        speakers="as in its files",
        times="as in its files",
        file=Binary(b"PK\x03\x04", read_archive),
    ),
)
