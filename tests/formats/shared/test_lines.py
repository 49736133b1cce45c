"""Encodings, binary files, standard input, and sizes."""

from __future__ import annotations

import gzip
import io
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.shared import lines as decoding

Reader = Callable[..., tuple[list[Conversation], ReadReport]]

TALK = "Ann: Grüße 🎉\nBo: שלום\n"
TURNS = (Utterance("Ann", "Grüße 🎉"), Utterance("Bo", "שלום"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_files_need_no_option(read_content: Reader, encoding: str) -> None:
    assert read_content(TALK.encode(encoding), "a.txt")[0] == [Conversation("a", TURNS)]


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-8", "utf8"), ("utf-16-le", "UTF-16LE"), ("utf-16", "utf-16"), ("utf-8-sig", "utf-8")]
)
def test_encoding_can_be_given(read_content: Reader, encoding: str, name: str) -> None:
    assert read_content(TALK.encode(encoding), "a.txt", encoding=name)[0][0].utterances == TURNS


def test_mixed_encodings_lose_only_their_own_rows(read_content: Reader) -> None:
    rows = "speaker,text\nAnn,Grüße\n".encode() + "Bo,“Grüße”\n".encode("cp1252") + "Cy,Grüße\n".encode()
    with pytest.raises(BadRow, match=r"a\.csv:3: byte 0x93 at character 1 of the cell .*--encoding cp1252"):
        read_content(rows, "a.csv")
    conversations, report = read_content(rows, "a.csv", skip_bad=True)
    assert [utterance.speaker for utterance in conversations[0].utterances] == ["Ann", "Cy"]
    assert [bad.line for bad in report.skipped] == [3]


def test_other_encodings(read_content: Reader) -> None:
    assert read_content("Ann: “Grüße”".encode("cp1252"), "a.txt", encoding="cp1252")[0][0].utterances == (
        Utterance("Ann", "“Grüße”"),
    )
    with pytest.raises(BadRow, match=r":1: byte 0x81"):
        read_content(b"Ann: \x81", "a.txt", encoding="cp1252")
    with pytest.raises(BadRow, match=r":2: byte 0x00"):
        read_content("Ann: Hi\nBo: ".encode("utf-16") + b"\x00\xd8\n\0", "a.txt")
    with pytest.raises(BadRow, match=r":1: byte"):
        read_content("Ann: Hi".encode("utf-16")[:-1], "a.txt")


@pytest.mark.parametrize("name", ["utf-9", "", "base64", "undefined", "a\0b"])
def test_unknown_encoding(read_content: Reader, name: str) -> None:
    with pytest.raises(InputError, match=r"encoding|undefined"):
        read_content(TALK, "a.txt", encoding=name)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"\xff\xfe", r"contains no utterance|is empty"),
        (b"\0", "is a binary file"),
        (bytes(range(32)) * 40, "is a binary file"),
        (gzip.compress(b"Ann: Hi", mtime=0), "is a gzip file; unpack it first"),
        (b"PK\x03\x04rest", "is a zip file that cannot be unpacked"),
        ("Ann: Hello".encode("utf-16-le"), "UTF-16 without a byte-order mark; give --encoding utf-16-le"),
        ("Ann: Hello".encode("utf-16-be"), "UTF-16 without a byte-order mark; give --encoding utf-16-be"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a"])
def test_files_that_hold_no_text(read_content: Reader, content: str | bytes, reason: str, name: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_content(content, name, skip_bad=True)


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text("Ann: Hi")
    (tmp_path / "empty").mkdir()
    for path, reason in [
        (tmp_path / "tolk.txt", "no such file .did you mean 'talk.txt'"),
        (tmp_path / "none" / "talk.txt", "no such file$"),
        (tmp_path / "empty", "empty is an empty folder|is a folder"),
        (Path("a\0b"), "cannot be opened"),
    ]:
        with pytest.raises(InputError, match=reason):
            list(read_conversations(path))


@pytest.mark.parametrize("content", [TALK, "speaker,text\nAnn,Grüße 🎉\nBo,שלום\n"])
def test_standard_input_is_sniffed(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode()), encoding="ascii"))
    assert list(read_conversations("-")) == [Conversation("stdin", TURNS)]


def test_standard_input_may_be_missing_or_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="no standard input"):
        list(read_conversations("-"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(InputError, match="-: is empty"):
        list(read_conversations("-"))


def test_streams_are_read_and_left_open() -> None:
    for stream in (io.StringIO(TALK), io.BytesIO(TALK.encode())):
        assert list(read_conversations(stream)) == [Conversation("conversation", TURNS)]
        assert not stream.closed


def test_failing_stream_is_an_input_error() -> None:
    class Failing(io.RawIOBase):
        n_reads = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.n_reads += 1
            if self.n_reads > 2:
                raise OSError("disk gone")
            buffer[:] = b"Ann: Hi\n" * (len(buffer) // 8)
            return len(buffer) // 8 * 8

    with pytest.raises(InputError, match=r"cannot be read after line \d+: disk gone"):
        list(read_conversations(io.BufferedReader(Failing())))


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.tsv", "a.jsonl"])
def test_line_beyond_the_limit_is_skipped_alone(
    read_content: Reader, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(decoding, "MAX_LINE", 1000)
    rows = {
        ".txt": ("Ann: ", "{}"),
        ".csv": ("speaker,text\n", "Ann,{}"),
        ".tsv": ("speaker\ttext\n", "Ann\t{}"),
        ".jsonl": ("", '{{"speaker": "Ann", "text": "{}"}}'),
    }
    start, row = rows[Path(name).suffix]
    lines = [row.format(text) for text in ("before", "x" * 5000, "after")]
    if name == "a.txt":
        start, lines = "", [f"Ann: {line}" for line in lines]
    content = start + "\n".join(lines)
    with pytest.raises(BadRow, match="line is longer than"):
        read_content(content, name)
    conversations, report = read_content(content, name, skip_bad=True)
    assert [utterance.text for utterance in conversations[0].utterances] == ["before", "after"]
    assert len(report.skipped) == 1


def test_line_beyond_the_limit_inside_a_quoted_cell(read_content: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_LINE", 1000)
    content = 'speaker,text\nAnn,"one\n' + "x" * 5000 + "\nBo,after\n"
    conversations, report = read_content(content, "a.csv", skip_bad=True)
    assert [utterance.text for utterance in conversations[0].utterances] == ["after"]
    assert [bad.line for bad in report.skipped] == [2, 3]


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_one_megabyte_utterance_and_ten_thousand_turns(read_content: Reader, name: str) -> None:
    long = "word " * 200_000 + "end"
    texts = [long] + ["hm"] * 10_000
    if name == "a.txt":
        content = "".join(f"Ann: {text}\n" for text in texts)
    elif name == "a.csv":
        content = "speaker,text\n" + "".join(f"Ann,{text}\n" for text in texts)
    else:
        content = "".join(f'{{"speaker": "Ann", "text": "{text}"}}\n' for text in texts)
    conversations, _ = read_content(content, name)
    assert [utterance.text for utterance in conversations[0].utterances] == texts


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file() -> None:
    def rows(n: int) -> Iterator[bytes]:
        for number in range(n):
            yield f'{{"conversation": {number // 10}, "speaker": "Ann", "text": "{"word " * 20}"}}\n'.encode()

    class Stream(io.RawIOBase):
        def __init__(self, n: int) -> None:
            self.rows = rows(n)

        def read(self, size: int = -1) -> bytes:
            return next(self.rows, b"")

    def peak(n: int) -> int:
        tracemalloc.start()
        try:
            stream: Any = Stream(n)
            assert sum(map(len, read_conversations(stream))) == n
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # Ten times the file, but no more than the ids of 900 more conversations.
    assert peak(10_000) < peak(1_000) + 400_000


def test_skipped_rows_keep_no_traceback(read_content: Reader) -> None:
    _, report = read_content('{"speaker": "Ann", "text": "a"}\n5\n', skip_bad=True)
    assert report.skipped[0].__traceback__ is None
    assert report.skipped[0].__context__ is None


def test_file_of_wrong_rows_only_is_an_error(read_content: Reader) -> None:
    with pytest.raises(InputError, match=r"no row could be read, 3 skipped; the first: .*talk.jsonl:1: must be"):
        read_content("1\n2\n3\n", input_format="jsonl", skip_bad=True)


def test_without_a_report_everything_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    stream = io.StringIO('{"text": "a"}\n5\n')
    assert len(list(read_conversations(stream, options=ReadOptions(skip_bad=True)))) == 1
    assert [record.message.split(": ", 1)[1] for record in caplog.records] == [
        'must be an object such as {"speaker": ..., "text": ...}, got 5',
        "speaker missing in 1 row(s): named 'Speaker'",
    ]


def test_report_is_filled_over_several_files() -> None:
    report = ReadReport()
    for content in ("5\nAnn: Hi\n" + '{"text": "a"}', '{"text": "a"}\n5\n'):
        source = io.StringIO(content)
        list(read_conversations(source, input_format="jsonl", options=ReadOptions(skip_bad=True), report=report))
    assert [bad.line for bad in report.skipped] == [1, 2, 2]
    assert len(report.notes) == 2


def test_a_document_of_one_line_may_be_longer_than_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_LINE", 1000)
    document = '[{"role": "user", "content": "%s"}]' % ("so " * 1000)
    for content in (document, f"{document}\n", f"\ufeff{document}\r\n\r\n"):
        [talk] = read_conversations(io.BytesIO(content.encode()))
        assert len(talk.utterances[0].text) == 3000
    row = '{"speaker": "Ann", "text": "%s"}' % ("so " * 1000)
    with pytest.raises(BadRow, match=":1: line is longer than"):
        list(read_conversations(io.StringIO(f'{row}\n{{"speaker": "Ann", "text": "b"}}\n')))


@pytest.mark.parametrize("text", ["a\nb\r\n\ud800\nc", "\ufeffa\n\nb", "a", "a" * 30 + "\nb\nc" * 30, "ab\r\n" * 30])
@pytest.mark.parametrize("looked_at", [0, 1, 3])
def test_the_rest_of_a_file_is_seen_and_still_to_be_read(
    text: str, looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def source() -> decoding.LineSource:
        return decoding.LineSource(io.StringIO(text, newline=""), "a")

    monkeypatch.setattr(decoding, "MAX_LINE", 40)
    expected, lines = list(source()), source()
    for _, _ in zip(range(looked_at), lines.ahead(), strict=False):
        pass
    rest = lines.rest()
    # As long as a line may be, and no longer.
    assert (rest is not None) == (len(text) < 40)
    assert rest in (None, "".join(expected))
    assert list(lines) == expected
    assert lines.number == len(expected)


def test_no_rest_is_seen_of_a_file_with_a_line_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_LINE", 40)
    lines = decoding.LineSource(io.StringIO("a" * 50 + "\nb\n"), "a")
    assert lines.rest() is None
    with pytest.raises(BadRow, match=r"a:1: line is longer"):
        next(lines)
    assert list(lines) == ["b\n"]


def test_lines_are_tidy_where_all_end_alike() -> None:
    assert decoding.tidy_lines("a\r\nb") == "a\nb\n"
    assert decoding.tidy_lines("é\n") == "é\n"
    assert [decoding.tidy_lines(text) for text in ("a\rb", "a\0", "\udce9")] == [None, None, None]
