"""Downloads from a server on this machine: what is right is kept, and nothing else."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from instructerc.corpora.catalogue import catalogue, find_entry, read_out
from instructerc.corpora.corpus import CorpusFacts, Download
from instructerc.corpora.on_disk.download import fetch_file, missing_files
from instructerc.errors import InputError

BODY = "Ann: Grüße\n".encode() * 20_000


class _Owner(BaseHTTPRequestHandler):
    """Answers by the path that is asked for."""

    def do_GET(self) -> None:
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        body = {"/right": BODY, "/long": BODY + b"more", "/short": BODY[:-5], "/other": BODY[::-1]}.get(self.path)
        self.send_response(200 if body or self.path in {"/cut", "/endless"} else 404)
        if body or self.path == "/cut":
            self.send_header("Content-Length", str(len(body or BODY)))
        self.end_headers()
        self.wfile.write(body or BODY[:1000])
        if self.path == "/endless":
            try:
                while True:
                    self.wfile.write(BODY)
            except OSError:
                return

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def owner() -> Iterator[str]:
    """Address of a server that is there while the tests of this file run."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Owner) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("no_proxy", "*")


def _download(url: str) -> Download:
    return Download(url, hashlib.sha256(BODY).hexdigest(), len(BODY))


@pytest.mark.parametrize("path", ["/right", "/to//right"])
def test_a_file_that_is_right_is_kept(tmp_path: Path, owner: str, path: str) -> None:
    target = tmp_path / "new" / "a.txt"
    fetch_file(_download(owner + path), target, loopback=True)
    assert target.read_bytes() == BODY
    assert [file.name for file in target.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/long", "is longer than the expected 260,000 bytes; nothing was kept"),
        ("/endless", "is longer than the expected 260,000 bytes; nothing was kept"),
        ("/short", "was cut off after 259,995 of 260,000 bytes; try again"),
        ("/cut", "was cut off after 1,000 of 260,000 bytes; try again"),
        ("/other", "is not the expected file (sha256 "),
        ("/none", "cannot be downloaded (404 Not Found); get it in another way and save it as "),
        ("/to/http://example.invalid/right", "http://example.invalid/right: is not https; nothing is downloaded"),
        ("/to/ftp://127.0.0.1/right", "ftp://127.0.0.1/right: is not https"),
        ("/to/data:,x", "cannot be downloaded (302 Found"),
    ],
)
def test_anything_else_leaves_nothing(tmp_path: Path, owner: str, path: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        fetch_file(_download(owner + path), tmp_path / "a.txt", loopback=True)
    assert said in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_plain_http_is_refused_outside_tests(tmp_path: Path, owner: str) -> None:
    for url in (f"{owner}/right", "data:,x", "right"):
        with pytest.raises(InputError, match="is not https; nothing is downloaded from it"):
            fetch_file(_download(url), tmp_path / "a.txt")


def test_without_a_network_it_is_said_what_goes_where(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/right"
    with pytest.raises(InputError) as caught:
        fetch_file(_download(url), tmp_path / "a.txt", loopback=True)
    assert str(caught.value).startswith(f"{url}: cannot be downloaded (")
    assert str(caught.value).endswith(f"get it in another way and save it as {tmp_path / 'a.txt'}")


def test_places_where_nothing_can_be_written(tmp_path: Path, owner: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file: cannot be created"):
        fetch_file(_download(f"{owner}/right"), tmp_path / "file" / "a.txt", loopback=True)
    with pytest.raises(InputError, match="already exists"):
        fetch_file(_download(f"{owner}/right"), tmp_path / "file", loopback=True)


def _entry(**download: bytes) -> CorpusFacts:
    known = find_entry("meld")
    files = {
        name: Download("https://example.invalid", hashlib.sha256(body).hexdigest(), len(body))
        for name, body in download.items()
    }
    fields = {name: getattr(known, name) for name in known.__slots__}
    return CorpusFacts(**{**fields, "files": tuple(files), "download": files})


def test_files_that_are_there_are_not_missing(tmp_path: Path) -> None:
    entry = _entry(a=b"one", b=b"two")
    assert missing_files(entry, tmp_path / "none") == ["a", "b"]
    (tmp_path / "b").write_bytes(b"two")
    assert missing_files(entry, tmp_path) == ["a"]
    (tmp_path / "a").write_bytes(b"mine")
    with pytest.raises(InputError, match="a: differs from meld's original file; move it away, or give another folder"):
        missing_files(entry, tmp_path)


def test_a_corpus_without_addresses_is_put_there_by_hand(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        missing_files(find_entry("emorynlp"), tmp_path)
    assert "put emotion-detection-trn.json, emotion-detection-dev.json" in str(caught.value)
    assert "from https://github.com/emorynlp/emotion-detection, folder json" in str(caught.value)
    with pytest.raises(InputError, match=r"no corpus 'melt' in the catalogue \(did you mean 'meld'\?\)"):
        find_entry("melt")


def test_what_is_said_of_another_corpus_is_read_out() -> None:
    assert read_out(find_entry("emorynlp-csv"), "licence").startswith("as emorynlp (Apache-2.0; ")
    assert read_out(find_entry("meld"), "licence") == "GPL-3.0"


def test_addresses_are_of_the_owner_and_of_every_file_of_their_corpus() -> None:
    with_addresses = [entry for entry in catalogue() if entry.download]
    assert {entry.name for entry in with_addresses} >= {"meld", "emorynlp-csv", "goemotions"}
    for entry in with_addresses:
        assert set(entry.download) == set(entry.files)
        for file, download in entry.download.items():
            owner = entry.where.removeprefix("https://github.com/").split(",")[0].removeprefix("as ")
            assert download.url.startswith("https://raw.githubusercontent.com/")
            assert owner in download.url or owner in {other.name for other in with_addresses}
            assert download.url.endswith(f"/{file}")
            assert len(bytes.fromhex(download.sha256)) == 32


@pytest.mark.parametrize(
    ("name", "folder"), [("meld", "meld"), ("emorynlp-csv", "emorynlp/subset"), ("goemotions", "goemotions")]
)
def test_checksums_are_those_of_the_files_that_are_read(
    name: str, folder: str, real_corpus: Callable[[str], Path]
) -> None:
    path = real_corpus(folder)
    assert missing_files(find_entry(name), path) == []
    assert all((path / file).stat().st_size == one.bytes for file, one in find_entry(name).download.items())
