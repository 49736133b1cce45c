"""Tables with a dialogue in a cell: CSV, TSV, workbooks and Parquet; what is one, and what stays an ordinary table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts.spreadsheets import as_table, spreadsheet

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]
Turns = list[tuple[str, str]]

A, B = "Speaker 1", "Speaker 2"
TALK = [("Ann", "Hi: you"), ("Bo", "Ho")]
# Header and first row of tables, and what is said in the row.
TABLES: dict[str, tuple[list[str], list[str], Turns]] = {
    "persons": (
        ["id", "dialogue", "summary", "topic"],
        ["train_0", "#Person1#: Yes, well: fine.\n#Person2#: See you.\n#Person1#: Bye", "They\nsay: bye", "bye"],
        [("Person1", "Yes, well: fine."), ("Person2", "See you."), ("Person1", "Bye")],
    ),
    "no blank behind the colon": (
        ["id", "dialogue"],
        ["1", "#Person1#: Hi: you\n#Person2#:Ho\nAgent: One moment\nAgent:Here"],
        [("Person1", "Hi: you"), ("Person2", "Ho"), ("Agent", "One moment"), ("Agent", "Here")],
    ),
    "first names": (["id", "dialogue", "summary"], ["7", "Ann: Hi: you\r\nBo: Ho", "Ann greets Bo: nicely."], TALK),
    "calls": (
        ["call_id", "Transcript", "csat"],
        ["c9", "Agent: Thank you for calling.\nCustomer: My order is late\nand I am angry.", "3"],
        [("Agent", "Thank you for calling."), ("Customer", "My order is late\nand I am angry.")],
    ),
    "times and a head": (
        ["ticket_id", "conversation"],
        ["t1", "Call of Monday\n[00:03] Agent: Hello\n[00:09] Caller: My phone is broken"],
        [("Agent", "Hello"), ("Caller", "My phone is broken")],
    ),
    "a name beside": (
        ["name", "email", "chat"],
        ["Ann Lee", "a@b.c", "Agent: Hi.\nAnn: Where is it?\nAgent: There."],
        [("Agent", "Hi."), ("Ann", "Where is it?"), ("Agent", "There.")],
    ),
    "any name, if speakers come again": (
        ["nr", "body"],
        ["1", "Agent: Hi\nCaller: Hello\nAgent: Bye"],
        [("Agent", "Hi"), ("Caller", "Hello"), ("Agent", "Bye")],
    ),
    "written line ends": (["id", "dialog"], ["1", r"Ann: Hi: you\nBo: Ho"], TALK),
    "breaks of HTML": (["id", "dialog"], ["1", "No. 1<br/>Ann: Hi: you<br>Bo: Ho"], TALK),
    "roles in one line": (
        ["id", "transcript"],
        ["1", "Agent: Hi there. Customer: I say: hello! Agent: Bye."],
        [("Agent", "Hi there."), ("Customer", "I say: hello!"), ("Agent", "Bye.")],
    ),
    "messages": (
        ["messages", "source"],
        [
            json.dumps(
                [
                    {"role": "system", "content": "Be kind."},
                    {"role": "user", "content": "Hi\nyou"},
                    {"role": "assistant", "content": [{"type": "text", "text": "Ho"}]},
                ]
            ),
            "x",
        ],
        [("user", "Hi\nyou"), ("assistant", "Ho")],
    ),
    "from and value": (["x", "y"], [json.dumps([{"from": "human", "value": "Hi"}]), "y"], [("human", "Hi")]),
    "an object around": (
        ["key", "data"],
        ["k", json.dumps({"turns": [{"speaker": "Ann", "text": "Hi: you"}, {"speaker": "Bo", "text": "Ho"}]})],
        TALK,
    ),
    "objects of Python": (
        ["key", "data"],
        ["k", str([{"speaker": name, "text": text, "at": None} for name, text in TALK])],
        TALK,
    ),
    "objects of NumPy": (
        ["key", "data"],
        ["k", "[{'content': 'It\\'s', 'role': 'user'}\n {'content': \"ok\", 'role': 'assistant'}]"],
        [("user", "It's"), ("assistant", "ok")],
    ),
    "texts of NumPy": (
        ["dialog", "act", "emotion"],
        ["['Say , Jim , so what ? '\n \"I don't know . \" ' Oh .']", "[3 4 2]", "[0 0 1]"],
        [(A, "Say , Jim , so what ?"), (B, "I don't know ."), (A, "Oh .")],
    ),
    "an array's name": (
        ["dialog", "n"],
        ["array(['Hi you', 'Ho you'], dtype=object)", "2"],
        [(A, "Hi you"), (B, "Ho you")],
    ),
    "texts of Python": (["dialog", "id"], [str(["Hi, there", 'so "so"']), "4"], [(A, "Hi, there"), (B, 'so "so"')]),
    "marks of ends": (["id", "said"], ["1", "Hi . __eou__ Ho ! __eou__"], [(A, "Hi ."), (B, "Ho !")]),
    "marks of turns": (
        ["id", "said"],
        ["1", "Hi __eou__ there __eou__ __eot__ Ho __eou__ __eot__"],
        [(A, "Hi\nthere"), (B, "Ho")],
    ),
}


def as_csv(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue()


def said(talks: Sequence[Conversation]) -> list[Turns]:
    return [[(turn.speaker, turn.text) for turn in talk.utterances] for talk in talks]


@pytest.mark.parametrize("name", TABLES)
def test_a_row_is_a_conversation(read_content: ReadContent, name: str) -> None:
    header, row, turns = TABLES[name]
    for delimiter, ending in ((",", "csv"), (";", "csv"), ("\t", "tsv")):
        talks, report = read_content(as_csv([header, row, row], delimiter), f"a.{ending}")
        assert (report.format, said(talks)) == ("dialogue-table", [turns] * 2)
        assert len({talk.id for talk in talks}) == 2
    assert ("two people are taken to speak in turn" in "".join(report.notes)) == (turns[0][0] == A)


@pytest.mark.parametrize("name", TABLES)
def test_workbooks_and_parquet_are_read_alike(name: str) -> None:
    header, row, turns = TABLES[name]
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    packed = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([dict(zip(header, row, strict=True))] * 2), packed)
    sheets = as_table([["Talks of May"], header, row, row], name="Talks") + as_table([["1", "2"]], name="More")
    for stream, form in ((spreadsheet(sheets), "ods"), (packed, "parquet")):
        stream.seek(0)
        report = ReadReport()
        talks = list(read_conversations(stream, report=report))
        assert (report.format, said(talks)) == (form, [turns] * 2)


def test_an_excel_workbook() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["id", "dialogue"], ["x", "Ann: Hi: you\nBo: Ho"], ["y", None], [3, "Bo: So\nAnn: Yes"]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    report = ReadReport()
    talks = list(read_conversations(stream, report=report))
    assert [(talk.id, len(talk)) for talk in talks] == [("x", 2), ("3", 2)]
    assert report.notes == ["<stream>: 1 row(s) without words: left out"]


def test_names_times_and_what_is_left_out_are_told(read_content: ReadContent) -> None:
    rows = [
        ["case", "Transcript"],
        ["", "Monday\n[00:03] Agent: Hi\n[00:09] Caller: Ho"],
        ["b", " "],
        ["", "[00:01] Agent: Alone"],
    ]
    talks, report = read_content(as_csv(rows), "calls.csv")
    assert [(talk.id, [turn.start for turn in talk.utterances]) for talk in talks] == [
        ("calls/1", [3.0, 9.0]),
        ("calls/3", [1.0]),
    ]
    notes = "".join(report.notes)
    assert "1 line(s) before a dialogue's first speaker: left out" in notes
    assert "1 row(s) without words: left out" in notes
    [talk], _ = read_content(as_csv([rows[0], ["k", "Ann: Hi\nBo: Ho"]]), "a.csv", conversation_column="case")
    assert talk.id == "k"
    [talk], report = read_content(as_csv([["messages"], TABLES["messages"][1][:1]]), "a.csv")
    assert report.notes[0].endswith("1 message(s) of the system or of tools: left out")


def test_emotions_beside_are_labels(read_content: ReadContent) -> None:
    content = as_csv([["dialog", "emotion"], ["['Hi' 'Ho']", "['joy' 'no emotion']"]])
    [talk], _ = read_content(content, "a.csv")
    assert [turn.emotion for turn in talk.utterances] == ["joy", "no emotion"]


def test_rows_longer_than_the_beginning_of_a_file(read_content: ReadContent) -> None:
    lines = "\n".join(f"{name}: something that takes a while to say, number {n}" for n in range(2000) for name in "AB")
    talks, report = read_content(as_csv([["id", "call"], ["1", lines], ["2", lines]]), "a.csv")
    assert (report.format, [len(talk) for talk in talks]) == ("dialogue-table", [4000, 4000])


# Tables of utterances, or of texts that are no dialogues.
ORDINARY: dict[str, list[list[str]]] = {
    "colons": [["id", "speaker", "text"], ["1", "Ann", "Note: so\nSecond: it is"], ["2", "Bo", "Bo: hi\nAnn: ho"]],
    "a conversation's name": [["conversation", "speaker", "text"], ["a", "Ann", "Hi"], ["a", "Bo", "Ho"]],
    "lists of speakers": [["speaker", "text"], ["['Ann']", "Hi"], ["['Ann', 'Bo']", "Ho"]],
    "transcripts of turns": [["speaker", "transcript"], ["Ann", "Hi there: you"], ["Bo", "Ho\nhere: so"]],
    "tags": [["author", "message", "tags"], ["Ann", "Hi", "['a', 'b']"], ["Bo", "Ho", "['c', 'd']"]],
    "pros and cons": [["user", "text"], ["Ann", "Pros: it works\nCons: slow"], ["Bo", "Pros: cheap\nCons: loud"]],
    "mail": [["from", "body"], ["Ann", "From: Ann\nTo: Bo\nSubject: Hi"], ["Bo", "From: Bo\nTo: Ann\nSubject: Ho"]],
}


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_table_stays_one(read_content: ReadContent, name: str) -> None:
    talks, report = read_content(as_csv(ORDINARY[name]), "a.csv")
    assert (report.format, sum(map(len, talks))) == ("table", 2)


def test_texts_over_several_lines_are_no_chat(read_content: ReadContent) -> None:
    rows = [["name", "answers"], ["Ann", "Question 1: yes\nQuestion 2: no"], ["Bo", "Question 1: no\nQuestion 2: no"]]
    with pytest.raises(InputError, match=r"a\.csv: no column was recognised as the text: give --text-column NAME"):
        read_content(as_csv(rows), "a.csv")
    [talk], report = read_content(as_csv(rows), "a.csv", text_column="answers", speaker_column="name")
    assert (report.format, talk.cast) == ("table", ("Ann", "Bo"))


def test_who_names_a_column_is_heard(read_content: ReadContent) -> None:
    content = as_csv([["nr", "notes", "said"], ["1", "Ann: x\nBo: y", "Bo: So\nAnn: Yes"]])
    [talk], report = read_content(content, "a.csv", text_column="said")
    assert (report.format, said([talk])) == ("dialogue-table", [[("Bo", "So"), ("Ann", "Yes")]])
    [talk], _ = read_content(content, "a.csv", "dialogue-table", text_column="notes")
    assert talk.cast == ("Ann", "Bo")
    [talk], report = read_content(content, "a.csv", text_column="said", speaker_column="nr")
    assert (report.format, len(talk)) == ("table", 1)


def test_a_row_that_is_no_dialogue_is_wrong(read_content: ReadContent) -> None:
    rows = [["id", "dialogue"], *([["1", "Ann: Hi\nBo: Ho"]] * 9), ["2", "nobody says who said this"]]
    with pytest.raises(BadRow, match=r":20: no dialogue in the cell under 'dialogue': no line begins with who speaks"):
        read_content(as_csv(rows), "a.csv")
    talks, report = read_content(as_csv(rows), "a.csv", skip_bad=True)
    assert (len(talks), len(report.skipped)) == (9, 1)
    with pytest.raises(InputError, match=r"no column has dialogues in its cells.* The header has: 'id', 'text'"):
        read_content("id,text\n1,Hi\n", "a.csv", "dialogue-table")


@pytest.mark.parametrize(
    "cell",
    [
        "[" * 100_000,
        "['a' " * 50,
        "{'speaker': 'A', 'text': }",
        "{1: 2}",
        "[{'text': 'a' 'b'}]",
        "array(array(['a', 'b']",
        "['a' ... 'b']",
        "['\\ud83d', 'x']",
        "__eou__",
    ],
)
def test_hostile_cells_end_in_an_answer_or_an_error(cell: str) -> None:
    for form in ("dialogue-table", None):
        try:
            talks = list(read_conversations(io.StringIO(as_csv([["dialog"], [cell], [cell]])), input_format=form))
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            assert all(turn.text.strip() for talk in talks for turn in talk.utterances)


TEXT = st.text("abc XYZäüé,?!'\"\\\n", min_size=1).map(str.strip).filter(bool)


@settings(max_examples=40)
@given(st.lists(st.lists(TEXT, min_size=2, max_size=5), min_size=1, max_size=4), st.sampled_from([str, json.dumps]))
def test_lists_of_texts_come_back(dialogues: list[list[str]], write: Callable[[Any], str]) -> None:
    content = as_csv([["id", "dialog"], *([str(place), write(texts)] for place, texts in enumerate(dialogues))])
    options = ReadOptions(text_column="dialog")
    talks = read_conversations(io.StringIO(content), input_format="dialogue-table", options=options)
    assert [[turn.text for turn in talk.utterances] for talk in talks] == dialogues


@settings(max_examples=40)
@given(st.lists(st.lists(st.text("abc xyz,?!'\"", min_size=1).map(str.strip).filter(bool), min_size=3), min_size=1))
def test_lines_come_back(dialogues: list[list[str]]) -> None:
    cells = ["\n".join(f"{'AB'[n % 2]}nna: {text}" for n, text in enumerate(texts)) for texts in dialogues]
    content = as_csv([["id", "dialogue"], *([f"c{n}", cell] for n, cell in enumerate(cells))])
    report = ReadReport()
    talks = list(read_conversations(io.StringIO(content), report=report))
    assert report.format == "dialogue-table"
    assert [[turn.text for turn in talk.utterances] for talk in talks] == dialogues
