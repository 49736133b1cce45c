"""Pipes: every form is read through one as from a file, and what cannot go back loses nothing."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ROWS = [("Mia", "so happy"), ("Theo", "me too")]


class Pipe(io.RawIOBase):
    """Bytes that come a few at a time, and once."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content = io.BytesIO(content)
        self._size = size
        self.n_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._content.read(min(self._size, len(buffer)))
        buffer[: len(chunk)] = chunk
        self.n_read += len(chunk)
        return len(chunk)


def _pipe(content: bytes, size: int = 3) -> BinaryIO:
    return cast("BinaryIO", Pipe(content, size))


def _zip() -> bytes:
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "".join(f"{name}: {text}\n" for name, text in ROWS))
    return stream.getvalue()


def _docx() -> bytes:
    stream = io.BytesIO()
    body = "".join(f"<w:p><w:r><w:t>{name}: {text}</w:t></w:r></w:p>" for name, text in ROWS)
    with ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')
    return stream.getvalue()


def _xlsx() -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in [("speaker", "text"), *ROWS]:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def _parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"speaker": [name for name, _ in ROWS], "text": [text for _, text in ROWS]}), stream)
    return stream.getvalue()


_WRITERS: dict[str, Callable[[], bytes]] = {"zip": _zip, "docx": _docx, "xlsx": _xlsx, "parquet": _parquet}


@pytest.mark.parametrize("form", _WRITERS)
@pytest.mark.parametrize("is_asked", [False, True])
def test_a_file_that_is_no_text_is_read_through_a_pipe(form: str, is_asked: bool) -> None:
    report = ReadReport()
    [talk] = read_conversations(_pipe(_WRITERS[form]()), input_format=form if is_asked else None, report=report)
    assert report.format == form
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == ROWS


@pytest.mark.parametrize("content", ["P", "PK", "Mia: so happy\nTheo: me too\n" * 9000])
def test_a_text_through_a_pipe_loses_nothing(content: str) -> None:
    [talk] = read_conversations(_pipe(content.encode()))
    [expected] = read_conversations(io.BytesIO(content.encode()))
    assert (talk.id, talk.utterances) == (expected.id, expected.utterances)


def test_of_a_text_no_more_is_read_than_tells_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    [talk] = read_conversations(_pipe(b"Mia: so happy\nTheo: me too\n"))
    assert talk.cast == ("Mia", "Theo")
    with pytest.raises(
        InputError, match="must be stored before it can be read, and there is no temporary folder; give it as a file"
    ):
        list(read_conversations(_pipe(_zip())))


def test_what_is_not_of_the_form_that_was_asked_for_is_told_as_of_a_file() -> None:
    said = []
    for source in (io.BytesIO(b"Mia: so happy\n"), _pipe(b"Mia: so happy\n")):
        with pytest.raises(InputError) as caught:
            list(read_conversations(source, input_format="zip"))
        said.append(str(caught.value))
    assert said[0] == said[1]
