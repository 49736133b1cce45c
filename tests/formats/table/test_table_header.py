"""Headers of tables: rows above them, tables without one, and blanks before quotes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations
from instructerc.formats.annotated_copy import open_copy
from instructerc.formats.shared.answers import Answers, WrittenAnswer

Reader = Callable[..., tuple[list[Conversation], ReadReport]]
Turns = list[tuple[str, str, float | None]]

TWO: Turns = [("Mia", "so happy", 1), ("Theo", "me too", 2)]


def _turns(talk: Conversation) -> Turns:
    return [(turn.speaker, turn.text, turn.start) for turn in talk.utterances]


@pytest.mark.parametrize(
    ("above", "n_above"),
    [
        ("Chat of the team\n", 1),
        ("Chat of the team\n\n", 1),
        ("Export of 2024-12-24,,\n,,\n", 1),
        ('Exported by,"Kern, Mia"\nOn,24.12.2024 21:05\n\n', 2),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_above_the_header_are_left_out_and_counted(
    read_content: Reader, above: str, n_above: int, delimiter: str
) -> None:
    above = above if '"' in above else above.replace(",", delimiter)
    rows = ["start,speaker,text", "1,Mia,so happy", "2,Theo,me too"]
    content = above + "".join(row.replace(",", delimiter) + "\n" for row in rows)
    for name in ("a.csv", "a.txt"):
        [talk], report = read_content(content, name)
        assert (_turns(talk), report.format) == (TWO, "table")
        assert f"{n_above} row(s) above the header: left out" in " ".join(report.notes)


def test_a_header_below_rows_is_found_by_the_column_that_was_given(read_content: Reader) -> None:
    content = "All talks\nwhen,who,said so\n1,Mia,so happy\n2,Theo,me too\n"
    options = {"speaker_column": "who", "text_column": "said so", "start_column": "when"}
    [talk], _ = read_content(content, "a.csv", **options)
    assert _turns(talk) == TWO


@pytest.mark.parametrize(
    "content",
    [
        # Rows above that are as wide could be rows of a table without a known header.
        "a,b,c\n1,Mia,so\nstart,speaker,text\n2,Theo,me too\n",
        "what is a text?\nthe speaker, text and all\nof it, said she\n",
    ],
)
def test_what_could_be_a_row_of_another_table_is_no_header(read_content: Reader, content: str) -> None:
    with pytest.raises(InputError):
        read_content(content, "a.csv")


def test_rows_of_dialogues_may_stand_below_a_title(read_content: Reader) -> None:
    cells = ['"Mia: so happy\nTheo: me too\nMia: ha"', '"Theo: hi\nMia: ho\nTheo: so"']
    content = "Calls of March,,\nid,text,dialogue\n" + "".join(
        f"{place},x,{cell}\n" for place, cell in enumerate(cells)
    )
    talks, report = read_content(content, "a.csv")
    assert [len(talk) for talk in talks] == [3, 3]
    assert any("1 row(s) above the header" in note for note in report.notes)


ROWS = [("Mia", "so happy"), ("Theo", "me too, really"), ("Mia", "ha"), ("Theo", "see you")]


@pytest.mark.parametrize(
    ("cells", "starts", "said"),
    [
        ("{name},{text}", [None] * 4, "column 1 is the speaker, column 2 is the words"),
        ("{place},{place}.5,{name},{text}", [0.5, 1.5, 2.5, 3.5], "column 3 is the speaker, column 4 is the words"),
        ("0:0{place},{name},{text}", [0, 1, 2, 3], "column 3 is the words, column 1 is the start"),
        ("{name};2024-12-24 21:0{place}:00;{text}", [0, 60, 120, 180], "column 3 is the words, column 2 is the start"),
    ],
)
def test_a_table_without_a_header_is_read_where_it_is_clear_and_told(
    read_content: Reader, cells: str, starts: list[float | None], said: str
) -> None:
    lines = [cells.format(name=name, text=f'"{text}"', place=place) for place, (name, text) in enumerate(ROWS)]
    [talk], report = read_content("\n".join(lines) + "\n", "a.txt")
    assert _turns(talk) == [(*row, start) for row, start in zip(ROWS, starts, strict=True)]
    assert "no row names the columns: " in report.notes[0]
    assert said in report.notes[0]


@pytest.mark.parametrize(
    ("content", "cell"),
    [
        ("Mia,so\nTheo,me too\nIda,ha\nMia,see you\n", "'Mia'"),
        ("Mia,joy,so\nTheo,joy,me too\nMia,fear,ha\nTheo,fear,see you\n", "'Mia'"),
        ("apple,red fruit\npear,green fruit\napple,sour one\npear,sweet one\n", "'apple'"),
    ],
)
def test_where_a_first_row_is_a_turn_the_advice_is_to_name_the_columns(
    read_content: Reader, content: str, cell: str
) -> None:
    with pytest.raises(
        InputError, match=rf"does not seem to name the columns, since it contains {cell}; add a row above it"
    ):
        read_content(content, "a.csv")
    header = "speaker,text\n" if content.count(",") == 4 else "speaker,emotion,text\n"
    [talk], _ = read_content(header + content, "a.csv")
    assert len(talk) == 4


@pytest.mark.parametrize(
    "content",
    [
        "Well, I think so\nWell, you know\nWell, he said it\nYes, fine by me\n",
        "apple,red\npear,green\napple,sour\npear,sweet\nand so on\n",
    ],
)
def test_sentences_and_lists_are_no_table_without_a_header(content: str) -> None:
    with pytest.raises(InputError):
        list(read_conversations(io.StringIO(content)))


@pytest.mark.parametrize("header", ["speaker,text", "speaker, text", '"speaker", "text"'])
def test_blanks_before_quotes_are_no_part_of_a_cell(read_content: Reader, header: str) -> None:
    [talk], _ = read_content(f'{header}\n"Mia", "so, so"\n"Theo", "he said ""no"""\n', "a.csv")
    assert _turns(talk) == [("Mia", "so, so", None), ("Theo", 'he said "no"', None)]


def test_quotes_behind_a_blank_that_are_said_stay(read_content: Reader) -> None:
    [talk], _ = read_content('speaker,text\nMia, "no" she said\nTheo,so\n', "a.csv")
    assert _turns(talk) == [("Mia", ' "no" she said', None), ("Theo", "so", None)]


def _copy(path: Path) -> str:
    out = io.StringIO()
    turns = [turn for talk in read_conversations(path, report=ReadReport()) for turn in talk.utterances]
    answers = [(turn, WrittenAnswer("joy", 0.5, {"joy": 0.5})) for turn in turns]
    with open_copy(path) as copy:
        assert copy is not None
        copy.write(Answers(iter(answers), ("joy",), "a.csv"), out)
    return out.getvalue()


def test_a_copy_keeps_the_rows_above_the_header_and_needs_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('My chat\n\nspeaker, text\n"Mia", "so, so"\n')
    assert _copy(path) == ('My chat\n\nspeaker, text,emotion,probability,p_joy\n"Mia", "so, so",joy,0.5,0.5\n')
    path.write_text("".join(f'{name},"{text}"\n' for name, text in ROWS))
    with pytest.raises(InputError, match="has no row that names its columns, so it cannot be copied"):
        _copy(path)


@pytest.mark.parametrize(
    "header",
    [
        *(
            "Sprecher;Äußerung;Beginn",
            "Person;Aussage;Zeitstempel",
            "Konuşmacı;Metin;Başlangıç",
            "Mówca;Wypowiedź;Czas",
        ),
        *("Mluvčí;Zpráva;Začátek", "Talare;Yttrande;Start", "Taler;Besked;Tid", "Beszélő;Szöveg;Kezdet"),
        *("Vorbitor;Mesaj;Timp", "Мовець;Текст;Час", "Имя;Сообщение;Время", "Ομιλητής;Μήνυμα;Ώρα"),
        *("المتحدث;النص;الوقت", "דובר;טקסט;זמן", "گوینده;متن;زمان", "वक्ता;संदेश;start", "ผู้พูด;ข้อความ;start"),
        *("Pembicara;Pesan;Waktu", "Người nói;Nội dung;Thời gian", "名前;メッセージ;日時", "이름;메시지;시간"),
        *("Nom;Message;Heure", "Nombre;Mensaje;Hora", "Nome;Messaggio;Ora", "Sender;Message #;Message;Time"),
    ],
)
def test_columns_are_found_in_many_languages(header: str) -> None:
    more = header.count(";") - 2
    rows = "".join(f"{who}{f';{number}' * more};{said};{at}\n" for number, (who, said, at) in enumerate(SAID))
    [talk] = read_conversations(io.BytesIO(f"{header}\n{rows}".encode()), report=ReadReport())
    assert [(turn.speaker, turn.text, turn.start) for turn in talk.utterances] == [
        ("Mia", "I am so sad", 1.0),
        ("Theo", "why is that", 5.0),
    ]


SAID = (("Mia", "I am so sad", "0:01"), ("Theo", "why is that", "0:05"))
