"""Workbooks of Excel 97 to 2003: read as the same newer workbook is; what else has their mark says what to do."""

from __future__ import annotations

import io
import struct
import tracemalloc
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("xlrd")
xlwt = pytest.importorskip("xlwt")

Rows = Sequence[Sequence[Any]]
HEADER = ["Speaker", "Text", "Start"]
LINK = b"\xd0\xc9\xea\x79\xf9\xba\xce\x11\x8c\x82\x00\xaa\x00\x4b\xa9\x0b"


def workbook(sheets: Mapping[str, Rows], number_format: str = "General", *, since_1904: bool = False) -> Any:
    """Returns a workbook; the format is that of all times and numbers in it."""
    book = xlwt.Workbook()
    book.dates_1904 = since_1904
    style = xlwt.easyxf(num_format_str=number_format)
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    is_text = isinstance(value, str | bool)
                    sheet.write(place, column, value, *([] if is_text else [style]))
    return book


def stream_of(book: Any) -> io.BytesIO:
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def wrapped(records: bytes) -> io.BytesIO:
    """Returns the records of a workbook as a file."""
    from xlwt.CompoundDoc import XlsDoc

    stream = io.BytesIO()
    XlsDoc().save(stream, records)
    stream.seek(0)
    return stream


def renamed(name: str) -> io.BytesIO:
    """Returns a file of an old Office program whose one stream has a name."""
    data = stream_of(workbook({"x": [HEADER[:2], ["Mia", "a"]]})).getvalue()
    place = data.index("Workbook".encode("utf-16-le"))
    written = name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 2 * len(name) + 2)
    return io.BytesIO(data[:place] + written + data[place + 66 :])


def read(stream: io.BytesIO, **options: Any) -> tuple[list[tuple[object, ...]], ReadReport]:
    report = ReadReport()
    talks = list(read_conversations(stream, report=report, options=ReadOptions(**options)))
    return [(turn.speaker, turn.text, turn.start) for talk in talks for turn in talk.utterances], report


def test_the_sheet_with_words_is_read_and_told() -> None:
    rows = [["Calls of March"], [], HEADER[:2], ["Mia", "so\nhappy 😀"], ["Theo", None], [7, 8.0], [], ["Mia", " "]]
    book = workbook({"old": [HEADER[:2], ["X", "gone"]], "Summary": [["Calls", 2]], "Data": rows})
    book.get_sheet(0).visibility = 1
    turns, report = read(stream_of(book))
    assert turns == [("Mia", "so\nhappy 😀", None), ("7", "8", None)]
    assert report.format == "xls"
    assert report.notes == [
        "<stream>: the sheet 'Data' is read, and not 'Summary'",
        "<stream>: 1 row(s) above the header: left out",
        "<stream>: 2 row(s) without words: left out",
    ]


@pytest.mark.parametrize("since_1904", [False, True])
@pytest.mark.parametrize(
    ("value", "number_format"),
    [
        *[(value, "General") for value in (7, 2.5, -3, True, "#happy", "_x0041_ b")],
        *[(0.5, "0%"), (5, "#,##0.00 €"), (datetime(2024, 3, 11, 9, 5, 7), "yyyy-mm-dd hh:mm"), (1.25, "[h]:mm")],
        *[(time(9, 5, 7), "h:mm:ss"), (datetime(2024, 3, 11), "d. mmmm yyyy"), (0.5, '"h" 0.0')],
    ],
)
def test_a_cell_says_what_it_says_in_a_newer_workbook(value: object, number_format: str, since_1904: bool) -> None:
    rows = [HEADER[:2], ["Mia", value]]
    book, stream = openpyxl.Workbook(), io.BytesIO()
    if since_1904:
        book.epoch = openpyxl.utils.datetime.MAC_EPOCH
    for row in rows:
        book.active.append(row)
    book.active["B2"].number_format = number_format
    book.save(stream)
    stream.seek(0)
    turns, _ = read(stream_of(workbook({"x": rows}, number_format, since_1904=since_1904)))
    expected = "_x0041_ b" if value == "_x0041_ b" else read(stream)[0][0][1]
    assert [turn[1] for turn in turns] == [expected]


@pytest.mark.parametrize(
    ("cells", "number_format", "expected"),
    [
        ([0, 2.5], "General", [0.0, 2.5]),
        (["0:03", "1:02,5"], "General", [3.0, 62.5]),
        ([time(0, 3), time(1, 2)], "h:mm", [3.0, 62.0]),
        ([time(9, 3), time(10, 2)], "[$-409]h:mm AM/PM", [0.0, 3540.0]),
        ([3 / 86_400, 1.25], "[h]:mm:ss", [3.0, 108_000.0]),
        ([datetime(2024, 3, 11, 9, 5), datetime(2024, 3, 12, 9, 5, 1)], "yyyy-mm-dd hh:mm:ss", [0.0, 86_401.0]),
    ],
)
def test_times_in_cells_become_seconds(cells: list[Any], number_format: str, expected: list[float]) -> None:
    rows = [HEADER, *(["Mia", "so", cell] for cell in cells)]
    turns, _ = read(stream_of(workbook({"a": rows}, number_format)))
    assert [turn[2] for turn in turns] == expected


def test_merged_cells_errors_and_dates_that_are_none() -> None:
    book = workbook({"x": [HEADER]})
    sheet = book.get_sheet(0)
    sheet.write_merge(1, 2, 0, 0, "Mia")
    for place, text in enumerate(["a", "b", "c"], 1):
        sheet.write(place, 1, text)
    sheet.row(3).set_cell_error(0, "#N/A!")
    sheet.write(3, 2, 1e9, xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    sheet.write(4, 0, "Theo")
    sheet.row(4).set_cell_error(1, "#DIV/0!")
    turns, report = read(stream_of(book))
    assert turns[:2] == [("Mia", "a", None), ("Mia", "b", None)]
    assert turns[2][1:] == ("c", None)
    assert "<stream>: 1 row(s) without words: left out" in report.notes


def test_a_large_workbook_is_read_whole() -> None:
    rows = [HEADER[:2], *(["Mia", f"word {place}"] for place in range(4000))]
    turns, _ = read(stream_of(workbook({"x": rows})))
    assert [turn[1] for turn in turns] == [row[1] for row in rows[1:]]


def test_a_link_over_all_cells_takes_no_memory() -> None:
    records = workbook({"x": [HEADER[:2], ["Mia", "a"]]}).get_biff_data()
    link = struct.pack("<4H", 0, 65_535, 0, 255) + LINK + struct.pack("<2I", 2, 0)
    assert records.endswith(b"\x0a\0\0\0")
    stream = wrapped(records[:-4] + struct.pack("<2H", 0x1B8, len(link)) + link + records[-4:])
    tracemalloc.start()
    try:
        turns, _ = read(stream)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert turns == [("Mia", "a", None)]
    assert peak < 50 << 20


def _locked() -> io.BytesIO:
    records = workbook({"x": [HEADER[:2], ["Mia", "a"]]}).get_biff_data()
    place = 4 + struct.unpack_from("<H", records, 2)[0]
    return wrapped(records[:place] + struct.pack("<2H", 0x2F, 4) + bytes(4) + records[place:])


WHOLE = stream_of(workbook({"x": [HEADER[:2], ["Mia", "a"]]})).getvalue()


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (stream_of(workbook({"x": []})), "is a workbook without rows"),
        (_locked(), "is a workbook with a password; save it without one"),
        (renamed("EncryptedPackage"), "is an Office file with a password; save it without one"),
        (renamed("WordDocument"), r"\(\.doc\); open it in Word or LibreOffice, and save it as \.docx"),
        (renamed("__properties_version1.0"), r"\(\.msg\); new Outlook and Outlook on the web save it as \.eml"),
        (renamed("PowerPoint Document"), r"\(\.ppt\); save its text as \.txt"),
        (renamed("Something"), r"is a file of a program that is not known; save its text as \.txt"),
        (io.BytesIO(WHOLE[:600]), "that is damaged"),
        (io.BytesIO(WHOLE[:30] + b"\xff" * 60 + WHOLE[90:]), "that is damaged"),
        (io.BytesIO(WHOLE[:1000] + bytes(1000) + WHOLE[2000:]), "cannot be read"),
    ],
)
def test_what_cannot_be_read_says_why(stream: io.BytesIO, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read(stream)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("asked", ["docx", "odt", "xlsx", "ods"])
def test_what_to_do_is_said_for_a_format_that_was_asked_for(asked: str) -> None:
    with pytest.raises(InputError, match=r"save it as \.docx"):
        list(read_conversations(renamed("WordDocument"), input_format=asked))
    with pytest.raises(InputError, match=r"\(\.xls\); leave out --input-format"):
        list(read_conversations(io.BytesIO(WHOLE), input_format=asked))


def test_a_text_is_no_workbook() -> None:
    with pytest.raises(InputError, match="leave out --input-format"):
        list(read_conversations(io.BytesIO(b"Mia: hi\nTheo: ho\n"), input_format="xls"))


def test_an_old_document_in_a_folder_counts_as_no_form(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(renamed("WordDocument").getvalue())
    (tmp_path / "b.xls").write_bytes(WHOLE)
    report = ReadReport()
    [talk] = read_conversations(tmp_path, report=report)
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Mia", "a")]
    assert report.forms == {"xls": 1}
    assert any("1 file(s) in no supported format" in note for note in report.notes)
