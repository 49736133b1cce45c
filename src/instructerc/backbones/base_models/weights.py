"""Where base weights come from: a hub name, a folder, a GGUF file, or a package that holds a known model."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from instructerc.backbones.base_models.e5_folder import write_e5_folder
from instructerc.backbones.base_models.packages import BASE_PACKAGES, BasePackage
from instructerc.backbones.base_models.pieces import read_pieces
from instructerc.digests import file_sha256
from instructerc.errors import ModelError

MINILM = "all-MiniLM-L6-v2"
WEIGHTS = "model.safetensors"
_MADE = "made-from.json"
_KEPT = (".json", ".txt", ".safetensors", ".model")
_BLOCK = 1 << 20


def resolve_base(name: str) -> str:
    """Returns what transformers loads for `name`: a checked folder for a model out of a package, else `name` itself.

    A model that a package holds in another form is turned into a folder once, in the user's cache; processes that do so
    at the same time get the same folder.

    Raises:
        ModelError: the package is missing or of another version, or its weights are not the known ones.
        MissingExtra: a GGUF file in it, without what reads one.
    """
    package = BASE_PACKAGES.get(name)
    if package is None:
        return name
    if package.form == "folder":
        (weights,) = _files(name, package)
        check_sha256(weights, package.sha256)
        return str(weights.parent)
    folder = cache_folder() / "bases" / f"{name}-{_made_from(package)[:12]}"
    if not folder.is_dir():
        _make(name, package, folder)
    check_sha256(folder / WEIGHTS, package.weights_sha256 or _made_weights(folder))
    return str(folder)


def _made_from(package: BasePackage) -> str:
    """Returns a digest of all that a made folder depends on: other pieces of the same weights are another folder."""
    if not package.pieces:
        return package.sha256
    kept = read_pieces(package.pieces)
    return hashlib.sha256(package.sha256.encode() + kept.tobytes()).hexdigest()


def cache_folder() -> Path:
    """Returns the user's cache folder of this package; `XDG_CACHE_HOME` says where caches are."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    # The specification has relative paths ignored.
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".cache") / "instructerc"


def is_packaged(name: str) -> bool:
    """Returns whether a name is of a model that comes with a package."""
    return name in BASE_PACKAGES


def check_sha256(path: Path, expected: str) -> None:
    """Checks a file against its known digest.

    Raises:
        ModelError: the file is missing or its digest is another one.
    """
    if not path.is_file():
        raise ModelError(f"{path} is missing")
    stat = path.stat()
    found = _digest(path, stat.st_mtime_ns, stat.st_size)
    if found != expected:
        raise ModelError(f"{path} has sha256 {found}, not {expected}: it is not the official file, or it is damaged")


@lru_cache(maxsize=64)
def _digest(path: Path, mtime_ns: int, size: int) -> str:
    """Returns a file's digest; tokenizer, settings and weights are asked for one after another, and it is read once."""
    return file_sha256(path)


def _files(name: str, package: BasePackage) -> list[Path]:
    """Returns the package's files.

    Raises:
        ModelError: a package that is not installed, or of another version.
    """
    for each in package.packages:
        try:
            found = metadata.version(each)
        except metadata.PackageNotFoundError as error:
            raise ModelError(f"base weights {name} require a package: {package.install}") from error
        if found != package.version:
            raise ModelError(f"{each} is {found}; the checked version is {package.version}: {package.install}")
    owners = package.packages[-len(package.files) :]
    return [
        Path(str(metadata.distribution(owner).locate_file(file)))
        for owner, file in zip(owners, package.files, strict=True)
    ]


def _made_weights(folder: Path) -> str:
    try:
        return str(json.loads((folder / _MADE).read_text(encoding="utf-8"))["weights_sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / _MADE} is missing or damaged; delete the folder to create it again") from error


def _make(name: str, package: BasePackage, folder: Path) -> None:
    """Makes the folder of a package's model, whole or not at all."""
    parts = _files(name, package)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{name}-") as scratch:
        joined = Path(scratch) / f"joined.{package.form}"
        _join(parts, joined)
        check_sha256(joined, package.sha256)
        made = Path(scratch) / "made"
        if package.form == "zip":
            _unpack(joined, package.inside, made)
        elif package.form == "e5":
            write_e5_folder(joined, made, read_pieces(package.pieces) if package.pieces else None)
        else:
            # Loads torch, which resolving a name must not do.
            from instructerc.backbones.base_models.gguf_folder import write_folder

            write_folder(joined, made)
        if package.weights_sha256:
            check_sha256(made / WEIGHTS, package.weights_sha256)
        stat = (made / WEIGHTS).stat()
        digests = {
            "source_sha256": package.sha256,
            "weights_sha256": _digest(made / WEIGHTS, stat.st_mtime_ns, stat.st_size),
            "licence": package.licence,
        }
        (made / _MADE).write_text(json.dumps(digests, indent=2) + "\n", encoding="utf-8")
        try:
            made.rename(folder)
        except OSError:
            # Another process was quicker, and made the same.
            if not folder.is_dir():
                raise


def _join(parts: Sequence[Path], target: Path) -> None:
    with target.open("wb") as file:
        for part in parts:
            if not part.is_file():
                raise ModelError(f"{part} is missing; install its package again")
            with part.open("rb") as source:
                shutil.copyfileobj(source, file, _BLOCK)


def _unpack(archive: Path, inside: str, folder: Path) -> None:
    """Writes the files of a model out of its archive, and nothing else that is in it."""
    folder.mkdir()
    try:
        with ZipFile(archive) as packed:
            for item in packed.infolist():
                path = Path(item.filename)
                if path.parent == Path(inside) and path.suffix in _KEPT:
                    with packed.open(item) as source, (folder / path.name).open("wb") as file:
                        shutil.copyfileobj(source, file, _BLOCK)
    except BadZipFile as error:
        raise ModelError(f"{archive.name} of {inside} is damaged: {error}") from error
