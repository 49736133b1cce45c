"""OpenDocument texts: paragraphs as LibreOffice writes them, tables, what is left out, and damaged ones."""

from __future__ import annotations

import io
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

OASIS = "urn:oasis:names:tc:opendocument:xmlns"
SPACES = " ".join(f'xmlns:{name}="{OASIS}:{name}:1.0"' for name in ("office", "text", "table"))
SPACES += f' xmlns:draw="{OASIS}:drawing:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
TEXT = "application/vnd.oasis.opendocument.text"


def document(body: str, kind: str = TEXT, **parts: str) -> io.BytesIO:
    """Returns a document with a body, as a stream."""
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "content.xml",
            f'<office:document-content {SPACES} office:version="1.3">'
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
        )
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    stream.seek(0)
    return stream


def read(stream: io.BytesIO, **options: object) -> tuple[list[tuple[str, str, float | None]], ReadReport]:
    report = ReadReport()
    talks = list(read_conversations(stream, report=report, **options))  # type: ignore[arg-type]
    return [(turn.speaker, turn.text, turn.start) for talk in talks for turn in talk.utterances], report


def test_a_text_is_read_in_its_layout() -> None:
    turns, report = read(
        document(
            '<text:h text:outline-level="1">Interview 3</text:h>'
            '<text:p><text:span text:style-name="T1">Mia Kern</text:span>:<text:tab/>'
            "I got\n   the <text:s/>job!</text:p>"
            "<text:list><text:list-item><text:p>Theo: That is<text:line-break/>fantastic.</text:p>"
            "</text:list-item></text:list>"
            "<text:p>Mia Kern:<text:s text:c='3'/>Yes.</text:p>"
        )
    )
    assert [turn[:2] for turn in turns] == [
        ("Mia Kern", "I got the  job!"),
        ("Theo", "That is\nfantastic."),
        ("Mia Kern", "Yes."),
    ]
    assert report.format == "odt"
    assert any("1 line(s) before the first speaker" in note for note in report.notes)


def test_what_no_reader_sees_as_words_is_left_out() -> None:
    turns, report = read(
        document(
            "<text:tracked-changes><text:changed-region><text:deletion><text:p>Mia: gone</text:p></text:deletion>"
            "</text:changed-region></text:tracked-changes>"
            "<text:p>Mia: a<office:annotation><dc:creator>Bo</dc:creator><text:p>Bo: hm</text:p></office:annotation>"
            "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>laughs</text:p>"
            "</text:note-body></text:note>b</text:p>"
            "<text:p>Theo: c<draw:frame><draw:text-box><text:p>Box: d</text:p></draw:text-box></draw:frame></text:p>"
            "<text:p>Mia: e</text:p>"
        )
    )
    assert [turn[:2] for turn in turns] == [("Mia", "ab"), ("Theo", "c"), ("Mia", "e")]
    assert any("1 box(es) of text beside the text: left out" in note for note in report.notes)


def _row(*cells: str) -> str:
    filled = [
        cell if cell.startswith("<") else f"<table:table-cell>{_lines(cell)}</table:table-cell>" for cell in cells
    ]
    return f"<table:table-row>{''.join(filled)}</table:table-row>"


def _lines(text: str) -> str:
    return "".join(f"<text:p>{line}</text:p>" for line in text.split("\n"))


COVERED = "<table:covered-table-cell/>"


def test_tables_have_a_turn_a_row() -> None:
    wide = '<table:table-cell table:number-columns-spanned="2"><text:p>Interview</text:p></table:table-cell>'
    tall = '<table:table-cell table:number-rows-spanned="2"><text:p>Mia</text:p></table:table-cell>'
    rows = [
        _row(wide, COVERED, '<table:table-cell table:number-columns-repeated="2"/>'),
        _row("Time", "Speaker", "Text"),
        _row("00:01", tall, "I got the job!"),
        _row("00:03", COVERED, "So happy.\nReally."),
        _row("00:09", "Theo", "Great!"),
    ]
    turns, report = read(document(f"<table:table><table:table-column/>{''.join(rows)}</table:table>"))
    assert turns == [("Mia", "I got the job!", 1), ("Mia", "So happy.\nReally.", 3), ("Theo", "Great!", 9)]
    assert report.format == "odt"


def test_other_layouts_work_on_its_text() -> None:
    story = _lines("It was a dark night.\nShe said one thing: run.\nAnd they ran.")
    with pytest.raises(InputError, match="--input-format plain"):
        read(document(story))
    turns, _ = read(document(story), input_format="plain")
    assert len(turns) == 3


LOCKED = {"META-INF__manifest.xml": f'<m xmlns="{OASIS}:manifest:1.0"><encryption-data/></m>'}


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (document(""), "is a document without text"),
        (document("", **LOCKED), "is a document with a password; save it without one"),
        (document("", **{"encrypted-package": "x"}), "is a document with a password; save it without one"),
        (document("<text:p>Mia: a"), "with XML that is damaged"),
        (document("<text:p>" * 200_000), "with XML that is damaged"),
        (
            document("", kind="application/vnd.oasis.opendocument.presentation"),
            "is an OpenDocument file that is neither a text nor a spreadsheet",
        ),
    ],
)
def test_what_cannot_be_read_says_why(stream: io.BytesIO, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read(stream)
    assert "\n" not in str(caught.value)
