"""Files of a corpus, downloaded from its owner; only files with the right checksum are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from instructerc.corpora.catalogue import read_out
from instructerc.corpora.corpus import CorpusFacts, Download
from instructerc.digests import file_sha256
from instructerc.errors import InputError
from instructerc.formats.shared.new_file import new_file

_TIMEOUT_S = 30
_CHUNK_BYTES = 64 * 1024
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def missing_files(entry: CorpusFacts, folder: Path) -> list[str]:
    """Returns which files of a corpus a folder still lacks.

    Raises:
        InputError: no addresses for the corpus, or another file under the name of one of its own.
    """
    if not entry.download:
        raise InputError(
            f"{entry.name} cannot be downloaded: some of its files have no public address; put "
            f"{', '.join(entry.files)} into {folder}, from {read_out(entry, 'where')}"
        )
    missing = []
    for name, download in entry.download.items():
        path = folder / name
        if not path.exists():
            missing.append(name)
        elif _sha256(path) != download.sha256:
            raise InputError(f"{path}: differs from {entry.name}'s original file; move it away, or give another folder")
    return missing


def fetch_file(download: Download, path: Path, *, loopback: bool = False) -> None:
    """Downloads a file: whole and right, or not at all.

    Args:
        download: what it is.
        path: where it goes; its folder is made.
        loopback: whether this machine's own addresses may be plain http, for tests.

    Raises:
        InputError: an address that is not https or leads to one that is not, one that cannot be reached, another file
            than it should be, or a place where none can be written.
    """
    digest = hashlib.sha256()
    n_bytes = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path.parent}: cannot be created: {error.strerror or error}") from error
    with new_file(path) as part, part.open("wb") as file:
        for chunk in _chunks(download.url, path, loopback):
            n_bytes += len(chunk)
            if n_bytes > download.bytes:
                raise InputError(
                    f"{download.url}: is longer than the expected {download.bytes:,} bytes; nothing was kept"
                )
            digest.update(chunk)
            file.write(chunk)
        if n_bytes < download.bytes:
            raise InputError(f"{download.url}: was cut off after {n_bytes:,} of {download.bytes:,} bytes; try again")
        if digest.hexdigest() != download.sha256:
            raise InputError(
                f"{download.url}: is not the expected file (sha256 {digest.hexdigest()}, not {download.sha256}); "
                "its owner may have changed it; nothing was kept"
            )


def _chunks(url: str, path: Path, loopback: bool) -> Iterator[bytes]:
    _check_address(url, loopback)
    try:
        with build_opener(_Redirects(loopback)).open(url, timeout=_TIMEOUT_S) as answer:
            while chunk := answer.read(_CHUNK_BYTES):
                yield chunk
    except (OSError, HTTPException) as error:
        reason = f"{error.code} {error.reason}" if isinstance(error, HTTPError) else getattr(error, "reason", error)
        if isinstance(error, HTTPError):
            error.close()
        raise InputError(
            f"{url}: cannot be downloaded ({reason}); get it in another way and save it as {path}"
        ) from error


def _check_address(url: str, loopback: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" or (loopback and parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise InputError(f"{url[:200]}: is not https; nothing is downloaded from it")


class _Redirects(HTTPRedirectHandler):
    """Follows to https alone."""

    def __init__(self, loopback: bool) -> None:
        self._loopback = loopback

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        """Returns the request that follows.

        Raises:
            InputError: it is not https.
        """
        try:
            _check_address(newurl, self._loopback)
        except InputError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
