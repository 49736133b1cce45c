"""Excel workbooks: which sheet and columns are read, cells that are dates and numbers, and damaged workbooks."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations

openpyxl = pytest.importorskip("openpyxl")

Rows = Sequence[Sequence[Any]]


def workbook(sheets: Mapping[str, Rows], merged: str = "", number_format: str = "") -> io.BytesIO:
    """Returns a workbook as a stream; the format is that of all times in it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for cells in sheet.iter_rows() if number_format else ():
            for cell in cells:
                if isinstance(cell.value, time):
                    cell.number_format = number_format
        if merged:
            sheet.merge_cells(merged)
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def read(stream: io.BytesIO, **options: Any) -> tuple[list[tuple[object, ...]], ReadReport]:
    report = ReadReport()
    talks = list(read_conversations(stream, report=report, options=ReadOptions(**options)))
    return [(turn.speaker, turn.text, turn.start, turn.end) for talk in talks for turn in talk.utterances], report


HEADER = ["Speaker", "Text", "Start", "End"]


def test_the_sheet_with_words_is_read_and_told() -> None:
    stream = workbook(
        {
            "Summary": [["Calls", 2], ["Minutes", 7]],
            "Data": [
                ["Calls of March"],
                [],
                HEADER[:2],
                ["Mia", "so happy"],
                ["Theo", None],
                [7, 8.0],
                [],
                ["Mia", " "],
            ],
        }
    )
    turns, report = read(stream)
    assert turns == [("Mia", "so happy", None, None), ("7", "8", None, None)]
    assert report.format == "xlsx"
    assert report.notes == [
        "<stream>: the sheet 'Data' is read, and not 'Summary'",
        "<stream>: 1 row(s) above the header: left out",
        "<stream>: 2 row(s) without words: left out",
    ]


@pytest.mark.parametrize(
    ("cells", "number_format", "expected"),
    [
        ([0, 2.5], "", [0.0, 2.5]),
        (["0:03", "1:02,5"], "", [3.0, 62.5]),
        ([time(0, 0, 3), time(0, 1, 2)], "h:mm:ss", [3.0, 62.0]),
        ([time(0, 3), time(1, 2)], "h:mm", [3.0, 62.0]),
        ([time(9, 3), time(10, 2)], "[$-en-US]h:mm AM/PM", [0.0, 3540.0]),
        ([timedelta(seconds=3), timedelta(hours=30)], "", [3.0, 108_000.0]),
        ([datetime(2024, 3, 11, 9, 5), datetime(2024, 3, 12, 9, 5, 1)], "", [0.0, 86_401.0]),
        (["2024-03-11 09:05:00", "2024-03-11 09:06:00"], "", [0.0, 60.0]),
    ],
)
def test_times_in_cells_become_seconds(cells: list[Any], number_format: str, expected: list[float]) -> None:
    rows = [HEADER[:3], *(["Mia", "so", cell] for cell in cells)]
    turns, _ = read(workbook({"a": rows}, number_format=number_format))
    assert [turn[2] for turn in turns] == expected


def test_rows_of_a_conversation_need_not_stand_together() -> None:
    rows = [["conversation_id", "speaker", "message", "emotion"]]
    rows += [["a", "Mia", "one", "joy"], ["b", "Theo", "two", None], ["a", "Ida", "three", "fear"]]
    talks = list(read_conversations(workbook({"x": rows}), report=ReadReport()))
    assert [(talk.id, [turn.text for turn in talk.utterances]) for talk in talks] == [
        ("a", ["one", "three"]),
        ("b", ["two"]),
    ]
    assert [turn.emotion for turn in talks[0].utterances] == ["joy", "fear"]


def test_a_merged_speaker_says_all_rows_that_it_spans() -> None:
    rows = [HEADER[:2], ["Mia", "a"], [None, "b"], ["Theo", "c"]]
    turns, _ = read(workbook({"x": rows}, merged="A2:A3"))
    assert [turn[:2] for turn in turns] == [("Mia", "a"), ("Mia", "b"), ("Theo", "c")]


def test_columns_are_named_as_in_a_table() -> None:
    rows = [["Mensch", "Was"], ["Mia", "hallo"]]
    with pytest.raises(InputError, match="give --text-column NAME"):
        read(workbook({"x": rows}))
    turns, _ = read(workbook({"x": rows}), text_column="Was", speaker_column="Mensch")
    assert turns == [("Mia", "hallo", None, None)]


def test_columns_with_names_of_other_languages_and_of_times() -> None:
    rows = [["Nr.", "Zeit", "Sprecher", "Text"], [1, time(0, 0, 3), "Mia", "hallo"], [2, time(0, 0, 9), "Theo", "na"]]
    turns, report = read(workbook({"Notes": [["a"]], "x": rows}))
    assert turns == [("Mia", "hallo", 3.0, None), ("Theo", "na", 9.0, None)]
    assert report.notes == ["<stream>: the sheet 'x' is read, and not 'Notes'"]
    rows = [["Time", "Speaker", "Text"], ["morning", "Mia", "hi"], ["0:05", "Theo", "ho"]]
    turns, report = read(workbook({"x": rows}))
    assert turns == [("Mia", "hi", None, None), ("Theo", "ho", None, None)]
    assert report.notes == ["<stream>: the column 'Time' does not hold times alone: left out"]


def test_hidden_sheets_escapes_and_errors() -> None:
    book = openpyxl.load_workbook(
        workbook({"old": [HEADER[:2], ["X", "gone"]], "new": [HEADER[:2], ["Mia", "a_x000D_\nb"], ["Theo", "#N/A"]]})
    )
    book["old"].sheet_state = "hidden"
    book["new"]["B3"].data_type = "e"
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    turns, report = read(stream)
    assert [turn[:2] for turn in turns] == [("Mia", "a\nb")]
    assert report.notes == ["<stream>: 1 row(s) without words: left out"]


def _changed(part: str, old: bytes, new: bytes) -> io.BytesIO:
    stream = io.BytesIO()
    with ZipFile(workbook({"x": [HEADER[:2], ["Mia", "a"]]})) as archive, ZipFile(stream, "w", ZIP_DEFLATED) as out:
        for name in archive.namelist():
            data = archive.read(name)
            assert name != part or old in data
            out.writestr(name, data.replace(old, new) if name == part else data)
    stream.seek(0)
    return stream


SHEET = "xl/worksheets/sheet1.xml"


def test_a_wrong_dimension_hides_nothing() -> None:
    turns, _ = read(_changed(SHEET, b'ref="A1:B2"', b'ref="A1"'))
    assert [turn[:2] for turn in turns] == [("Mia", "a")]


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (workbook({"x": []}), "is a workbook without rows"),
        (_changed(SHEET, b'<row r="2"', b'<row r="99999999"'), "has a row that Excel cannot have"),
        (_changed(SHEET, b"</worksheet>", b""), "cannot be read"),
        (_changed(SHEET, b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet'), None),
        (_changed("xl/workbook.xml", b"<sheets>", b"<sheets" + b"<a>" * 10_000 + b">"), "cannot be read"),
        (_changed("xl/worksheets/sheet1.xml", b"</worksheet>", b" " * (17 << 20) + b"</worksheet>"), "unpacks to more"),
    ],
)
def test_what_cannot_be_read_says_why(stream: io.BytesIO, said: str | None) -> None:
    if said is None:
        # Entities are bounded by the parser.
        assert read(stream)[0]
        return
    with pytest.raises(InputError, match=said) as caught:
        read(stream)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_binary_workbooks_are_refused_with_advice() -> None:
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/workbook.bin", b"\0")
    stream.seek(0)
    with pytest.raises(InputError, match=r"save it as \.xlsx or CSV"):
        read(stream)
