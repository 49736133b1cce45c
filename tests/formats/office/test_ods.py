"""OpenDocument spreadsheets: read as the same workbook of Excel is, what is left out, and damaged ones."""

from __future__ import annotations

import io
from datetime import datetime, time, timedelta
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from layouts.spreadsheets import OASIS, as_table, cell, row, spreadsheet, table

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations

HEADER = ("Speaker", "Text", "Start")
COVERED = "<table:covered-table-cell><text:p>nobody sees it</text:p></table:covered-table-cell>"


def read(stream: io.BytesIO, **options: Any) -> tuple[list[tuple[object, ...]], ReadReport]:
    report = ReadReport()
    talks = list(read_conversations(stream, report=report, options=ReadOptions(**options)))
    return [(turn.speaker, turn.text, turn.start) for talk in talks for turn in talk.utterances], report


def test_the_sheet_with_words_is_read_and_told() -> None:
    stream = spreadsheet(
        table(row("X", "gone"), name="old", style="hidden")
        + as_table([["Calls", 2], ["Minutes", 7]], name="Summary")
        + table(
            row("Calls of March"),
            row(None, same=2),
            row(*HEADER[:2]),
            row("Mia", "so  happy\n\tReally"),
            row("Theo", None),
            row(7, 8.0),
            row(None, None),
            row("Mia", "ha", same=3),
            row("Mia", " "),
            row('<table:table-cell table:number-columns-repeated="16384"/>', same=1_048_000),
            name="Data",
        )
    )
    turns, report = read(stream)
    assert turns == [("Mia", "so  happy\n\tReally", None), ("7", "8", None), *[("Mia", "ha", None)] * 3]
    assert report.format == "ods"
    assert report.notes == [
        "<stream>: the sheet 'Data' is read, and not 'Summary'",
        "<stream>: 1 row(s) above the header: left out",
        "<stream>: 2 row(s) without words: left out",
    ]


VALUES = [
    *(7, 2.5, -3, 0.125, True, False, "#happy", "_x0041_", "a <b> & c"),
    *(datetime(2024, 3, 11), datetime(2024, 3, 11, 9, 5, 7), time(9, 5, 7), timedelta(hours=30, seconds=3)),
]


@pytest.mark.parametrize("value", VALUES)
def test_a_cell_says_what_it_says_in_excel(value: object) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    rows = [HEADER[:2], ["Mia", value]]
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for values in rows:
        # In Excel, what is no letter of XML stands so, and a text like it stands behind another one.
        book.active.append([f"_x005F{one}" if one == "_x0041_" else one for one in values])
    book.save(stream)
    stream.seek(0)
    assert read(spreadsheet(as_table(rows)))[0] == read(stream)[0]


@pytest.mark.parametrize(
    ("cells", "style", "expected"),
    [
        ([0, 2.5], "", [0.0, 2.5]),
        (["0:03", "1:02,5"], "", [3.0, 62.5]),
        ([time(0, 3), time(1, 2)], "c1", [3.0, 62.0]),
        ([time(0, 0, 3), time(0, 1, 2)], "c2", [3.0, 62.0]),
        ([timedelta(seconds=3), timedelta(hours=30)], "c3", [3.0, 108_000.0]),
        ([time(9, 0, 3), time(9, 1, 2)], "c3", [32_403.0, 32_462.0]),
        ([time(9, 0, 3), time(9, 1, 2)], "bold", [32_403.0, 32_462.0]),
        ([time(9, 0, 3), time(9, 1, 2)], "c2", [0.0, 59.0]),
        ([time(9, 3), time(10, 2)], "c4", [0.0, 3540.0]),
        ([time(0, 3), time(0, 4)], "c5", [180.0, 240.0]),
        ([time(0, 0, 3), time(0, 1, 2)], "", [3.0, 62.0]),
        ([datetime(2024, 3, 11, 9, 5), datetime(2024, 3, 12, 9, 5, 1)], "", [0.0, 86_401.0]),
    ],
)
@pytest.mark.parametrize("of", ["cell", "column"])
def test_times_in_cells_become_seconds(cells: list[Any], style: str, expected: list[float], of: str) -> None:
    styled = f'table:style-name="{style}"' if style and of == "cell" else ""
    rows = [row(*HEADER), *(row("Mia", "so", cell(one, styled)) for one in cells)]
    before = '<table:table-column table:number-columns-repeated="2"/>'
    if of == "column":
        before += f'<table:table-column table:default-cell-style-name="{style}"/>'
    turns, _ = read(spreadsheet(table(*rows, before=before)))
    assert [turn[2] for turn in turns] == expected


def test_merged_cells_are_said_once_and_speak_for_all_their_rows() -> None:
    rows = [
        row(*HEADER[:2]),
        row(cell("Mia", 'table:number-rows-spanned="2"'), "a"),
        row(COVERED, "b"),
        row("Theo", cell("c", 'table:number-columns-spanned="2" table:number-rows-spanned="2"'), COVERED),
        row("Theo", COVERED, COVERED),
    ]
    turns, report = read(spreadsheet(table(*rows)))
    assert [turn[:2] for turn in turns] == [("Mia", "a"), ("Mia", "b"), ("Theo", "c")]
    assert report.notes == ["<stream>: 1 row(s) without words: left out"]


def test_what_is_no_cell_is_left_out() -> None:
    changes = (
        "<table:tracked-changes><table:cell-content-change><table:previous><table:change-track-table-cell>"
        "<text:p>old</text:p></table:change-track-table-cell></table:previous></table:cell-content-change>"
        "</table:tracked-changes>"
    )
    shapes = "<table:shapes><draw:custom-shape><text:p>Look here</text:p></draw:custom-shape></table:shapes>"
    noted = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>check</text:p></office:annotation>'
        "<draw:frame><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame>"
        "<text:p>so <text:span>very<text:line-break/></text:span><text:a>glad</text:a></text:p></table:table-cell>"
    )
    formula = 'table:formula="of:=A1"'
    kinds = 'office:value-type="string" calcext:value-type="error"'
    error = f"<table:table-cell {kinds}><text:p>#WERT!</text:p></table:table-cell>"
    zero = f'{formula} office:value-type="float" office:value="0"'
    old = f"<table:table-cell {zero}><text:p>Err:502</text:p></table:table-cell>"
    worked_out = f'<table:table-cell {formula} office:value-type="string" office:string-value="yes"/>'
    rows = [row(*HEADER[:2]), row("Mia", noted), row("Theo", error), row("Theo", old), row("Theo", worked_out)]
    turns, report = read(spreadsheet(changes + table(*rows, before=shapes)))
    assert [turn[:2] for turn in turns] == [("Mia", "so very\nglad"), ("Theo", "yes")]
    assert report.notes == ["<stream>: 2 row(s) without words: left out"]


def test_rows_of_groups_and_headers_are_rows() -> None:
    rows = [f"<table:table-header-rows>{row(*HEADER[:2])}</table:table-header-rows>"]
    rows += [f"<table:table-row-group><table:table-rows>{row('Mia', 'a')}</table:table-rows></table:table-row-group>"]
    # A filter is how somebody looked at the sheet last, and not what was said; workbooks are read alike.
    rows += [row("Theo", "b").replace("<table:table-row ", '<table:table-row table:visibility="filter" ')]
    assert read(spreadsheet(table(*rows)))[0] == [("Mia", "a", None), ("Theo", "b", None)]


def test_columns_are_named_as_in_a_table() -> None:
    stream = spreadsheet(as_table([["Mensch", "Was"], ["Mia", "hallo"]]))
    with pytest.raises(InputError, match="give --text-column NAME"):
        read(stream)
    stream.seek(0)
    turns, _ = read(stream, text_column="Was", speaker_column="Mensch")
    assert turns == [("Mia", "hallo", None)]


def _changed(old: bytes, new: bytes) -> io.BytesIO:
    stream = io.BytesIO()
    with (
        ZipFile(spreadsheet(as_table([HEADER[:2], ["Mia", "a"]]))) as archive,
        ZipFile(stream, "w", ZIP_DEFLATED) as out,
    ):
        for name in archive.namelist():
            data = archive.read(name)
            assert name != "content.xml" or old in data
            out.writestr(name, data.replace(old, new) if name == "content.xml" else data)
    stream.seek(0)
    return stream


HEAD = row(*HEADER[:2])
FULL = row(*(cell("x", 'table:number-columns-repeated="1000"'),), same=1000)
LOCKED = {"META-INF__manifest.xml": f'<m xmlns="{OASIS}:manifest:1.0"><encryption-data/></m>'}
END = b"</office:document-content>"


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (spreadsheet(""), "is a workbook without rows"),
        (spreadsheet(table(row(None, same=1_048_576))), "is a workbook without rows"),
        (spreadsheet("", **LOCKED), "is a document with a password; save it without one"),
        (spreadsheet(table(HEAD, row(None, same=2_000_000), row("Mia", "a"))), "has a row that Excel cannot have"),
        (spreadsheet(table(HEAD, row("Mia", "a", same=1_000_000))), "has its row 2 1000000 times; delete the copies"),
        (spreadsheet(table(HEAD, *[FULL] * 6)), "has too many cells"),
        (_changed(END, b""), "with XML that is damaged"),
        (_changed(END, b"<a>" * 200_000), "with XML that is damaged"),
        (_changed(END, b" " * (17 << 20) + END), "unpacks to more than the limit"),
        (
            _changed(b"<office:document-content", b'<!DOCTYPE a [<!ENTITY b "c">]><office:document-content'),
            "document type",
        ),
    ],
)
def test_what_cannot_be_read_says_why(stream: io.BytesIO, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read(stream)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
