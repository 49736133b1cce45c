"""Word documents: transcripts as Teams, Word and others write them, chats as text, tables, and damaged ones."""

from __future__ import annotations

import io
from collections.abc import Sequence
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


def document(body: str, part: str = "word/document.xml", uri: str = W) -> io.BytesIO:
    """Returns a document with a body, as a stream."""
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "_rels/.rels", f'<Relationships><Relationship Id="rId1" Type="{KIND}" Target="{part}"/></Relationships>'
        )
        archive.writestr(part, f'<w:document xmlns:w="{uri}" xmlns:mc="{MC}"><w:body>{body}</w:body></w:document>')
    stream.seek(0)
    return stream


def paragraph(text: str) -> str:
    """Returns a paragraph whose line ends and tabs are elements, as Word has them."""
    inner = escape(text).replace("\n", "</w:t><w:br/><w:t>").replace("\t", "</w:t><w:tab/><w:t>")
    tabs = '<w:pPr><w:tabs><w:tab w:val="left" w:pos="720"/></w:tabs></w:pPr>'
    return f'<w:p>{tabs}<w:r><w:t xml:space="preserve">{inner}</w:t></w:r></w:p>'


def paragraphs(*texts: str) -> str:
    return "".join(map(paragraph, texts))


def table(rows: Sequence[Sequence[str]]) -> str:
    cells = ["".join(f"<w:tc>{paragraphs(*cell.split(chr(10)))}</w:tc>" for cell in row) for row in rows]
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def read(stream: io.BytesIO, **options: object) -> tuple[list[tuple[object, ...]], ReadReport]:
    report = ReadReport()
    talks: list[Conversation] = list(read_conversations(stream, report=report, **options))  # type: ignore[arg-type]
    return [(turn.speaker, turn.text, turn.start) for talk in talks for turn in talk.utterances], report


JOB, FINE, SCARED = "I got the job!", "That is fantastic.", "I am so scared, though."
TURNS = [("Mia Kern", JOB), ("Theo Baum", FINE), ("Mia Kern", SCARED)]
SMALL = [("mia kern", JOB), ("Kern, Theo (ACME)", FINE), ("Ida", SCARED)]
NUMBERED = [("Speaker 1", JOB), ("Speaker 2", FINE), ("Speaker 1", SCARED)]
SAID = {"teams-first-small": SMALL, "word-names": NUMBERED}
LAYOUTS = {
    "teams": (
        ["Weekly-20240311_100000-Meeting Recording", "March 11, 2024, 10:00AM", "22m 20s"]
        + ["Mia Kern started transcription"]
        + [f"\n{name}   0:0{place + 3}\n{text}" for place, (name, text) in enumerate(TURNS)]
        + ["Mia Kern hat die Transkription beendet"],
        (3, 4, 5),
    ),
    "teams-first": (
        [f"0:0:{place + 3}.480 --> 0:0:{place + 4}.120\n{name}\n{text}" for place, (name, text) in enumerate(TURNS)],
        (3.48, 4.48, 5.48),
    ),
    "word": (
        ["Audio file", "talk.m4a", "Transcript"]
        + [line for place, (name, text) in enumerate(TURNS) for line in (f"00:00:0{place + 1} {name}", text)],
        (1, 2, 3),
    ),
    "teams-first-small": (
        [f"0:0:{place + 3}.480 --> 0:0:{place + 4}.120\n{name}\n{text}" for place, (name, text) in enumerate(SMALL)],
        (3.48, 4.48, 5.48),
    ),
    "word-names": (
        ["Transcript", *(line for name, text in NUMBERED for line in (name, text))],
        (None, None, None),
    ),
    "rev": (
        [line for place, (name, text) in enumerate(TURNS) for line in (f"{name} (00:0{place + 1}):", text)],
        (1, 2, 3),
    ),
    "stacked": ([line for name, text in TURNS for line in (name, "0:03", text)], (3, 3, 3)),
    "names": ([f"{name}: {text}" for name, text in TURNS], (None, None, None)),
    "names-tabs": ([f"{name}:\t{text}" for name, text in TURNS], (None, None, None)),
    "bracket": (
        [line for place, (name, text) in enumerate(TURNS) for line in (f"[00:00:0{place + 1}] - {name}", text)],
        (1, 2, 3),
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("part", ["word/document.xml", "word/document2.xml"])
def test_transcripts_are_read_in_their_layout(name: str, part: str) -> None:
    lines, starts = LAYOUTS[name]
    turns, report = read(document(paragraphs(*lines), part))
    assert turns == [(*turn, start) for turn, start in zip(SAID.get(name, TURNS), starts, strict=True)]
    assert report.format == "docx"
    assert any("the document's text is read as" in note for note in report.notes)


TABLES = {
    "two": ([["Mia", JOB], ["Theo", FINE], ["Mia", SCARED]], [("Mia", JOB), ("Theo", FINE), ("Mia", SCARED)]),
    "colons": ([["Mia:", JOB], ["Theo:", FINE]], [("Mia", JOB), ("Theo", FINE)]),
    "header": ([["Speaker", "Text"], ["Mia", JOB], ["Theo", "No"]], [("Mia", JOB), ("Theo", "No")]),
    "german": (
        [["Zeit", "Sprecher", "Text"], ["00:03", "Mia", JOB], ["00:09", "Theo", FINE]],
        [("Mia", JOB), ("Theo", FINE)],
    ),
    "times": ([["00:03", "Mia", JOB], ["00:09", "Theo", FINE]], [("Mia", JOB), ("Theo", FINE)]),
    "numbers": ([["1", "Mia", JOB], ["2", "Mia", FINE]], [("Mia", JOB), ("Mia", FINE)]),
    "beside": ([["Mia\n(00:03)", JOB], ["Theo\n(00:09)", FINE]], [("Mia", JOB), ("Theo", FINE)]),
    "goes-on": ([["Mia:", JOB], ["", SCARED], ["Theo:", FINE]], [("Mia", JOB), ("Mia", SCARED), ("Theo", FINE)]),
    "no-words": ([["Mia", JOB], ["Theo", ""], ["Mia", FINE]], [("Mia", JOB), ("Mia", FINE)]),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_a_turn_a_row(name: str) -> None:
    rows, expected = TABLES[name]
    turns, report = read(document(paragraphs("Interview 1") + table(rows)))
    assert [turn[:2] for turn in turns] == expected
    if name in ("german", "times", "beside"):
        assert [turn[2] for turn in turns] == [3.0, 9.0]
    assert any("1 paragraph(s) outside of the tables: left out" in note for note in report.notes)


def test_a_table_with_time_and_line_is_read_as_text() -> None:
    turns, _ = read(document(table([["0:03", f"Mia: {JOB}"], ["0:09", f"Theo: {FINE}"], ["0:12", f"Mia: {SCARED}"]])))
    assert turns == [("Mia", JOB, 3.0), ("Theo", FINE, 9.0), ("Mia", SCARED, 12.0)]


def test_merged_cells_and_tables_that_are_cut_by_a_page() -> None:
    merged = (
        '<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>Mia</w:t></w:r></w:p></w:tc>'
        f"<w:tc>{paragraph(JOB)}</w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>"
        f"<w:tc>{paragraph(SCARED)}</w:tc></w:tr></w:tbl>"
    )
    turns, _ = read(document(merged + table([["Theo", FINE]])))
    assert [turn[:2] for turn in turns] == [("Mia", JOB), ("Mia", SCARED), ("Theo", FINE)]


def test_what_is_deleted_hidden_or_beside_the_text_is_not_said() -> None:
    box = f"<w:r><w:pict><w:txbxContent>{paragraph('Beside: it')}</w:txbxContent></w:pict></w:r>"
    body = (
        "<w:p><w:r><w:t>Mia: I am </w:t></w:r><w:del><w:r><w:delText>not </w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>so </w:t></w:r></w:ins><w:moveFrom><w:r><w:t>never </w:t></w:r></w:moveFrom>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secretly </w:t></w:r>"
        "<w:hyperlink><w:r><w:t>happy</w:t></w:r></w:hyperlink>"
        f"{box}<mc:AlternateContent><mc:Fallback>{paragraph('old')}</mc:Fallback></mc:AlternateContent></w:p>"
    )
    turns, report = read(document(body + paragraphs("Theo: why?", "Mia: so")))
    assert [turn[:2] for turn in turns] == [("Mia", "I am so happy"), ("Theo", "why?"), ("Mia", "so")]
    assert any("1 box(es) of text beside the text: left out" in note for note in report.notes)


def test_strict_documents_have_other_names() -> None:
    turns, _ = read(
        document(paragraphs("Mia: a", "Theo: b", "Mia: c"), uri="http://purl.oclc.org/ooxml/wordprocessingml/main")
    )
    assert [turn[:2] for turn in turns] == [("Mia", "a"), ("Theo", "b"), ("Mia", "c")]


def test_the_advice_of_a_refusal_works() -> None:
    body = paragraphs("It was a dark night.", "She said one thing: run.", "And they ran.")
    with pytest.raises(InputError, match="--input-format plain"):
        read(document(body))
    turns, report = read(document(body), input_format="plain")
    assert len(turns) == 3
    assert report.format == "plain"


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (document(""), "is a document without text"),
        (document('<w:altChunk w:id="rId1"/>'), "without text; open it in Word and save it again"),
        (document("<w:p><w:r><w:t>Mia: a"), "with XML that is damaged"),
        (document("<w:p>" * 200_000), "with XML that is damaged"),
        (document("<w:p><w:r><w:t>Mia: &lol;</w:t></w:r></w:p>"), "with XML that is damaged"),
    ],
)
def test_what_cannot_be_read_says_why(stream: io.BytesIO, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read(stream)
    assert "\n" not in str(caught.value)


def _archive(parts: dict[str, bytes | str]) -> io.BytesIO:
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"word/document.xml": b"<a>" + b" " * (17 << 20) + b"</a>"}, "unpacks to more than the limit"),
        ({"word/styles.xml": "<a/>"}, "lacks a part: 'word/document.xml'"),
        ({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "declares a document type"),
        ({"word/document.xml": b"\0\0\0"}, "with XML that is damaged"),
    ],
)
def test_hostile_documents_are_refused(parts: dict[str, bytes | str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(_archive({"[Content_Types].xml": "", **parts}))


def test_documents_in_a_folder_and_a_zip_file_are_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    data = document(paragraphs("Mia: a", "Theo: b", "Mia: c")).getvalue()
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "one.docx").write_bytes(data)
    (tmp_path / "talks" / "two.docx").write_bytes(data)
    assert [talk.id for talk in read_conversations(tmp_path / "talks", report=ReadReport())] == ["one", "two"]
    with ZipFile(tmp_path / "talks.zip", "w") as archive:
        archive.writestr("one.docx", data)
    [talk] = read_conversations(tmp_path / "talks.zip", report=ReadReport())
    assert talk.cast == ("Mia", "Theo")
