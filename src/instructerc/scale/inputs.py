"""What a command's inputs mean: files, folders, globs and URLs become a list of files in a fixed order."""

from __future__ import annotations

import glob
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from instructerc.errors import InputError
from instructerc.formats import ReadOptions
from instructerc.formats.collection import choose_of_many, may_have_turns
from instructerc.formats.contest import choose_text
from instructerc.formats.format import Binary
from instructerc.formats.jsonl.reader import is_document
from instructerc.formats.parquet.reader import has_row_per_turn
from instructerc.formats.registry import detect_binary, find_folder_format, find_format
from instructerc.formats.shared.lines import open_text
from instructerc.scale.storage import asking_store, file_system, is_url, open_binary

_MAGIC = "*?["
# A folder is full of files that are left out by their name; of these alone somebody may want the turns.
_PACKED = (".gz", ".7z", ".rar")
_logger = logging.getLogger("instructerc.scale")
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Input:
    """A file, or the folder of an export.

    Attributes:
        source: path or URL.
        name: how it is called among the inputs, and below the output.
        format: name of its format.
        by_rows: whether it is read row by row, whatever its size: Parquet, and JSONL with an object per line.
        digest: changes when its content does.
        size: bytes; of a folder, of all that is in it.
    """

    source: str
    name: str
    format: str
    by_rows: bool
    digest: str
    size: int


def find_inputs(sources: Sequence[str], input_format: str | None, options: ReadOptions) -> list[Input]:
    """Returns the inputs that sources mean, those of one source by name.

    In a folder every file that is read counts, also in folders inside; others, such as pictures, are left out, with a
    line in the log, and so is without one what begins with a dot or an underscore.

    Raises:
        InputError: nothing there, a file that cannot be opened, one that was named and cannot be read, or two inputs of
            one name.
    """
    found: dict[str, str] = {}
    unnamed: set[str] = set()
    for source in sources:
        named = list(_expand(source, input_format))
        if not named:
            raise InputError(f"{source}: no file that could be read in it; give files, a folder with some, or a glob")
        for name, path in named:
            if found.setdefault(name, path) != path:
                raise InputError(f"{found[name]} and {path} would both be written as {name}; give their common folder")
            if path != source and not any(letter in source for letter in _MAGIC):
                unnamed.add(name)
    inputs: list[Input] = []
    for name, path in found.items():
        alone = name not in unnamed
        if not is_url(path) and Path(path).is_dir():
            inputs.append(_describe_export(name, path, input_format))
            continue
        size, digest = _facts(path)
        try:
            form = _format_of(path, size, input_format, options, alone)
        except InputError as error:
            if alone or input_format is not None:
                raise
            _logger.warning("left out: %s", error)
        else:
            inputs.append(Input(path, name, *form, digest, size))
    if not inputs:
        raise InputError(f"{', '.join(sources)}: no file in a supported format; instructerc inspect shows why")
    return inputs


def _expand(source: str, input_format: str | None) -> Iterator[tuple[str, str]]:
    """Yields name and path of each file that a source means."""
    if is_url(source):
        with asking_store(source):
            named = _expand_url(source)
        yield from named
        return
    path = Path(source)
    if path.is_dir():
        if _is_export(path, input_format):
            yield path.resolve().name, source
            return
        # A link that leads nowhere is one of them, and cannot be opened.
        files = sorted(file for file in path.rglob("*") if file.is_file() or file.is_symlink())
        yield from _chosen([(file.relative_to(path).as_posix(), str(file)) for file in files])
    elif path.exists() or not any(letter in source for letter in _MAGIC):
        yield path.name, source
    else:
        base = _base(source)
        names = sorted(file for file in glob.glob(source, recursive=True) if Path(file).is_file())
        yield from ((Path(file).relative_to(base).as_posix(), file) for file in names)


def _expand_url(source: str) -> list[tuple[str, str]]:
    fs, path = file_system(source)
    protocol = source.partition("://")[0]
    path = path.rstrip("/")

    def named(files: list[str], base: str) -> list[tuple[str, str]]:
        return [(file[len(base) :].lstrip("/"), f"{protocol}://{file}") for file in sorted(files)]

    if any(letter in path for letter in _MAGIC) and not fs.exists(path):
        return named([file for file in fs.glob(path) if fs.isfile(file)], _base(path))
    if fs.isdir(path):
        return list(_chosen(named(fs.find(path), path)))
    return [(path.rpartition("/")[2], source)]


def _base(pattern: str) -> str:
    """Returns the part of a glob before its first wildcard, up to a slash."""
    parts = pattern.split("/")
    fixed = next(place for place, part in enumerate(parts) if any(letter in part for letter in _MAGIC))
    return "/".join(parts[:fixed]) or ("/" if pattern.startswith("/") else "")


def _chosen(files: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, path in files:
        parts = name.split("/")
        if any(part.startswith((".", "_")) for part in parts):
            continue
        if Path(path).is_dir():
            _logger.warning("left out: %s: is a link to a folder; give that folder, too", path)
        elif parts[-1].lower().endswith(_PACKED):
            _logger.warning("left out: %s: is packed; unpack it", path)
        elif may_have_turns(parts[-1], archives=True):
            yield name, path


def _is_export(folder: Path, input_format: str | None) -> bool:
    try:
        find_folder_format(folder, input_format)
    except InputError:
        return False
    return True


def _describe_export(name: str, source: str, input_format: str | None) -> Input:
    files = sorted(file for file in Path(source).rglob("*") if file.is_file())
    digests = [f"{file.relative_to(source)} {_digest(str(file))}" for file in files]
    digest = hashlib.blake2b("\n".join(digests).encode(), digest_size=16).hexdigest()
    size = sum(file.stat().st_size for file in files)
    return Input(source, name, input_format or "folder", False, digest, size)


def _facts(source: str) -> tuple[int, str]:
    """Returns bytes and digest of a file.

    Raises:
        InputError: it cannot be opened, or not be read several times.
    """
    if not is_url(source):
        path = Path(source)
        if path.exists() and not path.is_file():
            raise InputError(f"{source}: is a pipe or device, and inputs are read several times; write it to a file")
        digest = _digest(source)
        return path.stat().st_size, digest
    fs, path_there = file_system(source)
    with asking_store(source):
        size = fs.info(path_there)["size"]
        if size is None:
            raise InputError(f"{source}: its size is not told; copy it to a file")
        # A store's own mark of a version, so that nothing is read twice.
        return int(size), str(fs.ukey(path_there))


def _digest(path: str) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with open_binary(path) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _format_of(source: str, size: int, input_format: str | None, options: ReadOptions, alone: bool) -> tuple[str, bool]:
    """Returns the name of a file's format, and whether it is read row by row."""
    # By its name: cut off near its beginning, it would be an empty partition or a chat, and its output be replaced.
    is_parquet = source.lower().endswith(".parquet") if input_format is None else input_format == "parquet"
    if is_parquet:
        with open_binary(source) as stream:
            return "parquet", has_row_per_turn(stream, source, options)
    if not size:
        # Writers of partitions leave empty ones; they have no row, whatever their format.
        return "jsonl", True
    with open_binary(source) as stream:
        found = None if input_format else detect_binary(stream)
        if found is not None:
            return found[0].name, found[0].name == "parquet" and has_row_per_turn(stream, source, options)
        if input_format and isinstance(find_format(input_format).file, Binary):
            return input_format, False
        with open_text(stream, options) as text:
            is_one_of_many = not alone and input_format is None
            chosen = choose_of_many(text, options) if is_one_of_many else choose_text(text, options, input_format)
            name = chosen[0].name
            return name, name == "jsonl" and not is_document(text)
