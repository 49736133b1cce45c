"""OpenDocument spreadsheets for tests, as LibreOffice writes them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

OASIS = "urn:oasis:names:tc:opendocument:xmlns"
KIND = "application/vnd.oasis.opendocument.spreadsheet"
_PREFIXES = {
    **{name: f"{OASIS}:{name}:1.0" for name in ("office", "text", "table", "style", "manifest")},
    **{"number": f"{OASIS}:datastyle:1.0", "draw": f"{OASIS}:drawing:1.0"},
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}
SPACES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _PREFIXES.items())
STYLES = (
    '<style:style style:name="hidden" style:family="table"><style:table-properties table:display="false"/>'
    "</style:style>"
    '<number:time-style style:name="N1"><number:hours/>:<number:minutes/></number:time-style>'
    '<number:time-style style:name="N2"><number:hours/>:<number:minutes/>:<number:seconds/></number:time-style>'
    '<number:time-style style:name="N3" number:truncate-on-overflow="false"><number:hours/>:<number:minutes/>:'
    "<number:seconds/></number:time-style>"
    '<number:time-style style:name="N4"><number:hours/>:<number:minutes/> <number:am-pm/></number:time-style>'
    '<number:time-style style:name="N5"><number:minutes/>:<number:seconds/></number:time-style>'
    + "".join(
        f'<style:style style:name="c{place}" style:family="table-cell" style:data-style-name="N{place}"/>'
        for place in range(1, 6)
    )
    + '<style:style style:name="bold" style:family="table-cell" style:parent-style-name="c3"/>'
)


def spreadsheet(tables: str, kind: str = KIND, **parts: str) -> io.BytesIO:
    """Returns a spreadsheet with sheets, as a stream; `parts` are further files of it."""
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "content.xml",
            f'<office:document-content {SPACES} office:version="1.3">'
            f"<office:automatic-styles>{STYLES}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
        )
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    stream.seek(0)
    return stream


def table(*rows: str, name: str = "Talk", style: str = "", before: str = "") -> str:
    """Returns a sheet of rows."""
    return f'<table:table table:name="{name}" table:style-name="{style}">{before}{"".join(rows)}</table:table>'


def row(*cells: Any, same: int = 1) -> str:
    """Returns a row of cells: values, or elements that begin with `<`."""
    found = [one if isinstance(one, str) and one.startswith("<") else cell(one) for one in cells]
    return f'<table:table-row table:number-rows-repeated="{same}">{"".join(found)}</table:table-row>'


def cell(value: Any, more: str = "") -> str:
    """Returns a cell as LibreOffice writes it; `more` are further attributes."""
    if value is None:
        return f"<table:table-cell {more}/>"
    return f"<table:table-cell {_attributes(value)} {more}>{_paragraphs(str(value))}</table:table-cell>"


def _attributes(value: Any) -> str:
    if isinstance(value, bool):
        return f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    if isinstance(value, int | float):
        return f'office:value-type="float" office:value="{value}"'
    if isinstance(value, datetime):
        return f'office:value-type="date" office:date-value="{value.isoformat()}"'
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        length = f"PT{seconds // 3600:02}H{seconds // 60 % 60:02}M{seconds % 60:02}S"
        return f'office:value-type="time" office:time-value="{length}"'
    return 'office:value-type="string" calcext:value-type="string"'


def _paragraphs(text: str) -> str:
    return "".join(f"<text:p>{_blanks(line)}</text:p>" for line in text.split("\n"))


def _blanks(text: str) -> str:
    return escape(text).replace("  ", " <text:s/>").replace("\t", "<text:tab/>")


def as_table(rows: Sequence[Sequence[Any]], name: str = "Talk") -> str:
    """Returns a sheet of rows of values."""
    return table(*(row(*values) for values in rows), name=name)
