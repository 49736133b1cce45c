"""Documents, workbooks, mailboxes, TextGrids, subtitles: what is written in a layout comes back; damage is refused."""

from __future__ import annotations

import io
import mailbox
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts.spreadsheets import as_table, spreadsheet

from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

Turns = list[tuple[str, str]]
WORDS = st.text("abcdefgh XYZ äüé안あשל!?.,'😀", min_size=1, max_size=30).map(lambda text: " ".join(text.split()))
TURNS = st.lists(
    st.tuples(st.sampled_from(["Mia Kern", "Theo", "Zoë"]), WORDS.map(lambda text: f"so {text}".strip())),
    min_size=2,
    max_size=8,
)
BEGIN = datetime(2024, 3, 11, 9, 5, tzinfo=UTC)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def _paragraph(text: str) -> str:
    inner = escape(text).replace("\n", "</w:t><w:br/><w:t>")
    return f'<w:p><w:r><w:t xml:space="preserve">{inner}</w:t></w:r></w:p>'


def _document(body: str) -> bytes:
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>')
    return stream.getvalue()


def _teams(turns: Turns) -> bytes:
    return _document("".join(_paragraph(f"{name}   {place}:00\n{text}") for place, (name, text) in enumerate(turns)))


def _teams_at_first(turns: Turns) -> bytes:
    return _document(
        "".join(
            _paragraph(f"0:{place}:0.0 --> 0:{place}:5.120\n{name}\n{text}") for place, (name, text) in enumerate(turns)
        )
    )


def _table(turns: Turns) -> bytes:
    rows = [("Time", "Speaker", "Text")]
    rows += [(f"00:{place:02}:00", name, text) for place, (name, text) in enumerate(turns)]
    cells = ["".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    return _document(f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>")


def _open_document(turns: Turns) -> bytes:
    paragraphs = "".join(
        f"<text:p>{name}<text:s text:c='3'/>{place}:00<text:line-break/>{escape(text)}</text:p>"
        for place, (name, text) in enumerate(turns)
    )
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        spaces = f'xmlns:office="{OASIS}:office:1.0" xmlns:text="{OASIS}:text:1.0"'
        body = f"<office:body><office:text>{paragraphs}</office:text></office:body>"
        archive.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
    return stream.getvalue()


def _workbook(turns: Turns) -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Speaker", "Text", "Start"])
    for place, (name, text) in enumerate(turns):
        book.active.append([name, text, (BEGIN + timedelta(minutes=place)).replace(tzinfo=None)])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _old_workbook(turns: Turns) -> bytes:
    pytest.importorskip("xlrd")
    xlwt = pytest.importorskip("xlwt")
    book, style = xlwt.Workbook(), xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
    sheet = book.add_sheet("Talk")
    for column, name in enumerate(("Speaker", "Text", "Start")):
        sheet.write(0, column, name)
    for place, (name, text) in enumerate(turns):
        sheet.write(place + 1, 0, name)
        sheet.write(place + 1, 1, text)
        sheet.write(place + 1, 2, (BEGIN + timedelta(minutes=place)).replace(tzinfo=None), style)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _spreadsheet(turns: Turns) -> bytes:
    moments = [(BEGIN + timedelta(minutes=place)).replace(tzinfo=None) for place in range(len(turns))]
    rows = [(name, text, moment) for (name, text), moment in zip(turns, moments, strict=True)]
    return spreadsheet(as_table([("Speaker", "Text", "Start"), *rows])).getvalue()


def _mailbox(turns: Turns) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        box = mailbox.mbox(Path(folder) / "a.mbox")
        for place, (name, text) in enumerate(turns):
            message = EmailMessage()
            message["From"] = f"{name} <{name[0].lower()}@example.org>"
            message["Subject"] = "Re: Flat" if place else "Flat"
            message["Date"] = format_datetime(BEGIN + timedelta(minutes=place))
            message["Message-ID"] = f"<{place}@example.org>"
            if place:
                message["References"] = f"<{place - 1}@example.org>"
            message.set_content(f"{text}\n\nOn 11 Mar 2024, {name} wrote:\n> old\n")
            if place % 2:
                message.add_alternative(f"<p>{escape(text)}</p><blockquote>old</blockquote>", subtype="html")
            box.add(message)
        box.close()
        return (Path(folder) / "a.mbox").read_bytes()


def _textgrid(turns: Turns) -> bytes:
    rows = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", "999", "<exists>"]
    names = sorted({name for name, _ in turns})
    rows.append(str(len(names)))
    for name in names:
        said = [(place, text) for place, (other, text) in enumerate(turns) if other == name]
        rows += ['"IntervalTier"', f'"{name}"', "0", "999", str(len(said))]
        rows += [f'{place * 60}\n{place * 60 + 5}\n"{text}"' for place, text in said]
    return "\n".join(rows).encode("utf-16")


def _ass(turns: Turns) -> bytes:
    head = (
        "[Script Info]\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )
    rows = [
        f"Dialogue: 0,0:{place:02}:00.00,0:{place:02}:05.00,Default,{name},0,0,0,,{{\\i1}}{text}{{\\i0}}"
        for place, (name, text) in enumerate(turns)
    ]
    return (head + "\n".join(rows)).encode("utf-8-sig")


def _sbv(turns: Turns) -> bytes:
    rows = [f"0:{place:02}:00.000,0:{place:02}:05.000\n{name}: {text}\n" for place, (name, text) in enumerate(turns)]
    return "\n".join(rows).encode()


WRITERS: dict[str, tuple[str, Callable[[Turns], bytes]]] = {
    "teams": ("docx", _teams),
    "teams-at-first": ("docx", _teams_at_first),
    "table": ("docx", _table),
    "open-document": ("odt", _open_document),
    "workbook": ("xlsx", _workbook),
    "old-workbook": ("xls", _old_workbook),
    "spreadsheet": ("ods", _spreadsheet),
    "mailbox": ("mail", _mailbox),
    "textgrid": ("textgrid", _textgrid),
    "ass": ("ass", _ass),
    "sbv": ("sbv", _sbv),
}


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=20)
@given(turns=TURNS)
def test_what_is_written_in_a_layout_is_read(name: str, turns: Turns) -> None:
    form, write = WRITERS[name]
    written = write(turns)
    for chosen in (None, form):
        report = ReadReport()
        [talk] = read_conversations(io.BytesIO(written), input_format=chosen, report=report)
        assert report.format == form
        assert [(turn.speaker, turn.text) for turn in talk.utterances] == turns
        assert [turn.start for turn in talk.utterances] == [60.0 * place for place in range(len(turns))]


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=25)
@given(cut=st.integers(0, 20_000), put=st.binary(max_size=6), left_out=st.integers(0, 9))
def test_a_damaged_file_is_read_or_refused(name: str, cut: int, put: bytes, left_out: int) -> None:
    form, write = WRITERS[name]
    written = write([("Mia Kern", "so happy"), ("Theo", "so sad"), ("Mia Kern", "why?")])
    place = cut % len(written)
    damaged = written[:place] + put + written[place + left_out :]
    for chosen in (None, form):
        try:
            talks = list(read_conversations(io.BytesIO(damaged), input_format=chosen, report=ReadReport()))
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            assert all(turn.text.strip() for talk in talks for turn in talk.utterances)


@pytest.mark.parametrize("name", ["teams", "workbook", "spreadsheet"])
@settings(max_examples=25)
@given(cut=st.integers(0, 20_000), put=st.sampled_from([b"", b"\0", b"<a>", b"</", b"&", b'"', b"9" * 30, b"<" * 9]))
def test_a_damaged_part_is_read_or_refused(name: str, cut: int, put: bytes) -> None:
    form, write = WRITERS[name]
    stream = io.BytesIO()
    with (
        ZipFile(io.BytesIO(write([("Mia Kern", "so happy"), ("Theo", "so sad")]))) as archive,
        ZipFile(stream, "w") as out,
    ):
        for number, part in enumerate(archive.namelist()):
            data = archive.read(part)
            place = cut % (len(data) + 1)
            changed = number == cut % len(archive.namelist()) or len(archive.namelist()) == 2
            out.writestr(part, data[:place] + put + data[place + len(put) :] if changed else data)
    stream.seek(0)
    try:
        list(read_conversations(stream, input_format=form, report=ReadReport()))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
