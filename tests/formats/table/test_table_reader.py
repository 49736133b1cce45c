"""Tables: delimiters, headers, quoting, and rows that do not fit."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport
from instructerc.formats.table import records

Reader = Callable[..., tuple[list[Conversation], ReadReport]]


def _notes(report: ReadReport) -> list[str]:
    return [note.split("a.csv: ", 1)[1] for note in report.notes]


@pytest.mark.parametrize(("delimiter", "name"), [(",", "a.csv"), (";", "a.csv"), ("\t", "a.tsv"), ("|", "a.csv")])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(read_content: Reader, delimiter: str, name: str, end: str) -> None:
    rows = [
        ["Dialogue_ID", "Speaker", "Utterance", "Emotion", "StartTime"],
        ["0", "Ann", "We won!", "joy", "1:02:03.5"],
        ["0", "Bo", "No way!", "", ""],
        ["1", "Cy", "Oh", "sad", "2.5"],
    ]
    conversations, _ = read_content(end.join(delimiter.join(row) for row in rows) + end, name)
    assert conversations == [
        Conversation("0", [Utterance("Ann", "We won!", "joy", 3723.5), Utterance("Bo", "No way!")]),
        Conversation("1", [Utterance("Cy", "Oh", "sad", 2.5)]),
    ]


def test_without_conversation_column_the_file_is_one(read_content: Reader) -> None:
    conversations, _ = read_content("\ufeffname,message\nAnn,Hi\nBo,Ho\n", "tea.csv")
    assert conversations == [Conversation("tea", [Utterance("Ann", "Hi"), Utterance("Bo", "Ho")])]


def test_columns_can_be_given(read_content: Reader) -> None:
    content = "id,who says,what said,text\n1,Ann,Hi,x\n"
    conversations, _ = read_content(
        content, "a.csv", speaker_column="who says", text_column="What_Said", conversation_column="id"
    )
    assert conversations == [Conversation("1", [Utterance("Ann", "Hi")])]


def test_notes_are_read_where_their_columns_are_named_and_never_guessed(read_content: Reader) -> None:
    content = "speaker,text,note,speaker_note\nAnn,Hi,loud,a cook\nBo,Ho, ,\n"
    conversations, _ = read_content(content, "a.csv")
    assert conversations[0].utterances == (Utterance("Ann", "Hi"), Utterance("Bo", "Ho"))
    conversations, _ = read_content(content, "a.csv", note_column="Note", speaker_note_column="speaker_note")
    assert conversations[0].utterances == (
        Utterance("Ann", "Hi", note="loud", speaker_note="a cook"),
        Utterance("Bo", "Ho"),
    )
    conversations, _ = read_content(content, "a.csv", note_column="speaker_note", speaker_note_column="")
    assert conversations[0].utterances[0] == Utterance("Ann", "Hi", note="a cook")


@pytest.mark.parametrize(
    ("header", "options", "reasons"),
    [
        ("a,b", {}, ["recognised as the speaker: give --speaker-column", "recognised as the text: give --text-column"]),
        ("speaker,from,text", {}, ["the speaker could be any of speaker, from: give --speaker-column"]),
        ("speaker,text,text", {}, ["the text could be any of text, text: give --text-column"]),
        ("speaker,text", {"text_column": "txet"}, ["no column 'txet' (did you mean 'text'?) for --text-column"]),
        ("speaker,text", {"speaker_note_column": "bio"}, ["there is no column 'bio' for --speaker-note-column"]),
        ("speaker,text,x,x", {"speaker_note_column": "x"}, ["the speaker note could be any of x, x"]),
        ("speaker,text", {"start_column": "begin"}, ["there is no column 'begin' for --start-column"]),
    ],
)
def test_header_faults_come_all_at_once_with_the_columns(
    read_content: Reader, header: str, options: dict[str, str], reasons: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        read_content(f"{header}\nx,y,z\n", "a.csv", skip_bad=True, **options)
    for reason in [*reasons, "The header has: " + ", ".join(map(repr, header.split(",")))]:
        assert reason in str(caught.value)


def test_no_column_can_be_said(read_content: Reader) -> None:
    conversations, report = read_content("text,label\nHi,joy\n", "a.csv", speaker_column="", emotion_column="")
    assert conversations == [Conversation("a", [Utterance("Speaker", "Hi")])]
    assert "speaker missing in 1 row(s)" in report.notes[0]


def test_quoted_cells_keep_lines_quotes_and_next_line_characters(read_content: Reader) -> None:
    content = 'speaker,text\r\nAnn,"one\r\ntwo, ""three"""\r\nBo,a\x85b\u2028c\r\nCy,bad,row\r\n'
    conversations, report = read_content(content, "a.csv", skip_bad=True)
    assert [utterance.text for utterance in conversations[0].utterances] == [
        'one\r\ntwo, "three"',
        "a\x85b\u2028c",
    ]
    assert [bad.line for bad in report.skipped] == [5]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Ann,Hi,there", "3 cells where the header has 2; put cells that hold the delimiter in quotes"),
        ("Ann", "1 cells where the header has 2"),
        ('"Ann" B,Hi', "a quote inside a quoted cell must be doubled"),
        ('Ann,"Hi', "a quote is opened in this row and never closed"),
        ("Ann,a\0b", "NUL character at character 2 of the cell"),
    ],
)
def test_wrong_row_is_named_and_loses_nothing_of_the_rest(read_content: Reader, row: str, reason: str) -> None:
    content = f"speaker,text\nAnn,before\n{row}\nBo,after\nBo,last\n"
    with pytest.raises(BadRow, match=rf"a\.csv:3: {reason}"):
        read_content(content, "a.csv")
    conversations, report = read_content(content, "a.csv", skip_bad=True)
    assert [utterance.text for utterance in conversations[0].utterances] == ["before", "after", "last"]
    assert [bad.line for bad in report.skipped] == [3]


def test_wrong_time_and_empty_conversation_are_wrong_rows(read_content: Reader) -> None:
    content = "conversation,speaker,text,start\na,Ann,1,noon\n,Ann,2,\na,Ann,3,0:75:00\na,Ann,4,-1.5\n"
    conversations, report = read_content(content, "a.csv", skip_bad=True)
    assert conversations == [Conversation("a", [Utterance("Ann", "4", start=-1.5)])]
    assert [bad.line for bad in report.skipped] == [2, 3, 4]


def test_conversations_that_stand_mixed_are_grouped_in_file_order(read_content: Reader) -> None:
    talks, report = read_content("conversation,speaker,text\nb,Ann,1\na,Bo,2\nb,Cy,3\na,Ann,4\n", "a.csv")
    assert [(talk.id, [turn.text for turn in talk.utterances]) for talk in talks] == [
        ("b", ["1", "3"]),
        ("a", ["2", "4"]),
    ]
    assert _notes(report) == ["rows of several conversations that stand mixed: grouped by their ids, in file order"]


def test_a_conversation_that_returns_long_after_the_beginning_is_refused(read_content: Reader) -> None:
    filler = "".join(f"b,Ann,{'so ' * 100}{place}\n" for place in range(300))
    with pytest.raises(BadRow, match=r":303: conversation 'a' occurs again; it began in line 2"):
        read_content(f"conversation,speaker,text\na,Ann,1\n{filler}a,Ann,3\n", "a.csv")


@pytest.mark.parametrize("first", ["sep=;\n", '"sep=;"\r\n', "SEP=;\r\n", "\ufeffsep=;\n"])
def test_the_line_that_says_the_separator_is_no_header(read_content: Reader, first: str) -> None:
    for name in ("a.csv", "a.txt"):
        talks, _ = read_content(f"{first}speaker;text;start\nMia;one, two;1,5\nTheo;so;2,75\n", name)
        assert talks[0].utterances == (Utterance("Mia", "one, two", start=1.5), Utterance("Theo", "so", start=2.75))


@pytest.mark.parametrize(
    "header",
    [
        "Sprecher;Nachricht;Beginn",
        "locuteur;texte;début",
        "Remitente;Mensaje;Inicio",
        "话者;内容;开始",
        "話者;発言;開始",
    ],
)
def test_headers_of_other_languages(read_content: Reader, header: str) -> None:
    header = header.replace("话者", "说话人")
    talks, _ = read_content(f"{header}\nMia;ach;0,5\n", "a.csv")
    assert talks[0].utterances == (Utterance("Mia", "ach", start=0.5),)


@pytest.mark.parametrize(
    ("first", "second", "seconds"),
    [
        ("2024-12-24 21:05:00", "2024-12-24 21:06:00.5", 60.5),
        ("2024-12-24T21:05:00Z", "2024-12-24T22:05:09+00:00", 3609.0),
        ("2024-12-24T21:05:00+01:00", "2024-12-24T21:05:00Z", 3600.0),
        ("24.12.2024 21:05", "25.12.2024, 21:05:00", 86_400.0),
        ("03/04/2024 21:05", "04/04/2024 21:05", 86_400.0),
        ("12/24/24 9:05 PM", "12/25/24 9:05 AM", 43_200.0),
        ("17-May-20 02:21 AM", "17-May-20 02:22 AM", 60.0),
        ("Dec 24, 2024 9:05 PM", "Dec 24, 2024 9:05:30 PM", 30.0),
        ("Tue, 24 Dec 2024 21:05:00 +0100", "Tue, 24 Dec 2024 21:05:00 +0000", 3600.0),
        ("1735070700", "1735070760", 60.0),
        ("1735070700000", "1735070760500", 60.5),
    ],
)
@pytest.mark.parametrize("name", ["start_time", "Timestamp", "date"])
def test_dates_count_from_the_first_turn(
    read_content: Reader, first: str, second: str, seconds: float, name: str
) -> None:
    talks, report = read_content(f'{name};speaker;text\n"{first}";Mia;so\n"{second}";Theo;what\n', "a.csv")
    assert [turn.start for turn in talks[0].utterances] == [0.0, seconds]
    assert _notes(report) == ["1 conversation(s) with dates for times: counted from the first turn"]


@pytest.mark.parametrize("cells", [("21:05", "21:02"), ("morning", "noon"), ("2024-12-24", "2024-12-25"), ("", "")])
def test_a_column_that_could_be_the_time_is_left_alone_where_it_is_none(
    read_content: Reader, cells: tuple[str, str]
) -> None:
    talks, report = read_content(f"time,speaker,text\n{cells[0]},Mia,so\n{cells[1]},Theo,what\n", "a.csv")
    assert [turn.start for turn in talks[0].utterances] == [None, None]
    assert report.notes == []


@pytest.mark.parametrize("cells", [("2024-12-24", "2024-12-25"), ("9:05 PM", "9:06 PM"), ("noon", "")])
def test_a_column_of_starts_without_a_time_is_left_out_with_a_note(
    read_content: Reader, cells: tuple[str, str]
) -> None:
    content = f"start,speaker,text\n{cells[0]},Mia,so\n{cells[1]},Theo,what\n"
    talks, report = read_content(content, "a.csv")
    assert [turn.start for turn in talks[0].utterances] == [None, None]
    assert _notes(report) == ["the column of starts holds no times that are understood: left out"]
    with pytest.raises(BadRow, match=":2: start is"):
        read_content(content, "a.csv", start_column="start")


@pytest.mark.parametrize("clocks", [("21:05", "21:06"), ("9:05 PM", "9:06 PM"), ("21:05:00", "21:06:00")])
def test_a_day_and_a_time_of_the_day_are_one_start(read_content: Reader, clocks: tuple[str, str]) -> None:
    rows = f"24.12.2024;{clocks[0]};Mia;so\n24.12.2024;{clocks[1]};Theo;was\n"
    talks, _ = read_content(f"Datum;Uhrzeit;Absender;Nachricht\n{rows}", "a.csv")
    assert [turn.start for turn in talks[0].utterances] == [0.0, 60.0]


def test_rows_without_words_are_left_out_and_counted(read_content: Reader) -> None:
    talks, report = read_content('speaker,text\nMia,""\nTheo, \nMia,so\n', "a.csv")
    assert talks[0].utterances == (Utterance("Mia", "so"),)
    assert _notes(report) == ["2 row(s) without words: left out"]


def test_tabs_without_quoting_keep_their_quotes(read_content: Reader) -> None:
    content = 'speaker\ttext\nAnn\t"Hi" she said\nBo\t"open\nCy\tin "the" middle\nDi\tclose"\nEd\t"Quoted, all"\n'
    conversations, report = read_content(content, "a.tsv")
    assert [utterance.text for utterance in conversations[0].utterances] == [
        '"Hi" she said',
        '"open',
        'in "the" middle',
        'close"',
        "Quoted, all",
    ]
    assert "2 row(s) with quotes that are not CSV quoting" in report.notes[0]


def test_rows_of_empty_cells_are_passed_over_with_a_note(read_content: Reader) -> None:
    conversations, report = read_content("speaker,text\n\nAnn,Hi\n,\n,\n", "a.csv")
    assert len(conversations[0]) == 1
    assert "2 row(s) of empty cells" in report.notes[0]


def test_trailing_empty_cells_do_no_harm(read_content: Reader) -> None:
    conversations, _ = read_content("speaker,text\nAnn,Hi,,\n", "a.csv")
    assert conversations[0].utterances == (Utterance("Ann", "Hi"),)


@pytest.mark.parametrize("content", ["speaker,text\n", "speaker,text"])
def test_header_alone_holds_no_utterance(read_content: Reader, content: str) -> None:
    with pytest.raises(InputError, match="contains no utterance"):
        read_content(content, "a.csv")


def test_field_limit_of_the_process_is_never_lowered(read_content: Reader) -> None:
    before = csv.field_size_limit(1 << 40)
    try:
        read_content("speaker,text\nAnn,Hi\n", "a.csv")
        assert csv.field_size_limit() == 1 << 40
    finally:
        csv.field_size_limit(before)


def test_quotes_that_are_never_closed_cost_linear_time(read_content: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_LINES_AGAIN", 1000)
    n_read = 0
    take_back = records._Feed.take_back

    def counted(self: records._Feed, lines: list[tuple[int, str]]) -> None:
        nonlocal n_read
        n_read += len(lines)
        take_back(self, lines)

    monkeypatch.setattr(records._Feed, "take_back", counted)
    # Each line closes a quote for the reader inside a cell, and opens one for the reader outside.
    content = "speaker,text\nAnn,Hi\n" + 'x","\n' * 3000
    conversations, report = read_content(content, "a.csv", skip_bad=True)
    assert [len(talk) for talk in conversations] == [1]
    assert len(report.skipped) == 3000
    assert n_read < 1000 + 3000 + 3000 * records.SHORT_RECORD_LINES


@pytest.mark.parametrize(
    ("header", "cells", "times"),
    [
        ("start,end", [("250.0", "2000.0"), ("2000.0", "3500.0")], [(0.25, 2.0), (2.0, 3.5)]),
        ("start,end", [("250000", "2000000"), ("2000000", "3500000")], [(0.25, 2.0), (2.0, 3.5)]),
        ("start_ms,end_ms", [("250", "2000"), ("2000", "3500.5")], [(0.25, 2.0), (2.0, 3.5005)]),
        ("Start (ms),End (ms)", [("0", "20"), ("60000", "120000")], [(0.0, 0.02), (60.0, 120.0)]),
        ("start_us,end_us", [("250000", "2000000"), ("", "")], [(0.25, 2.0), (None, None)]),
        # Slow talk by the minute, which would be too quick for anybody in milliseconds.
        ("start,end", [("0", "60"), ("60", "180")], [(0.0, 60.0), (60.0, 180.0)]),
        ("start,end", [("0", "100"), ("100", "190")], [(0.0, 100.0), (100.0, 190.0)]),
        ("start,end", [("0.5", "200.5"), ("200.5", "700")], [(0.5, 200.5), (200.5, 700.0)]),
    ],
)
def test_the_unit_of_times_is_told_by_their_name_or_by_the_words(
    read_content: Reader, header: str, cells: list[tuple[str, str]], times: list[tuple[float | None, float | None]]
) -> None:
    rows = zip(("Hello", "I am fine"), cells, strict=True)
    content = f"speaker,text,{header}\n" + "".join(f"Mia,{text},{','.join(row)}\n" for text, row in rows)
    [[talk], _] = read_content(content, "a.csv")
    assert [(turn.start, turn.end) for turn in talk.utterances] == times


@pytest.mark.parametrize(
    ("times", "is_doubt"), [((250.5, 2000.25, 2100.5, 4000.75), True), ((0.5, 2.25, 2.5, 4.75), False)]
)
def test_times_with_fractions_that_may_be_of_another_unit_are_told(
    read_content: Reader, times: tuple[float, ...], is_doubt: bool
) -> None:
    rows = [("Mia", "how are you today", *times[:2]), ("Theo", "fine, and so are you", *times[2:])]
    lines = ["speaker,text,start,end", *(f'{name},"{text}",{start},{end}' for name, text, start, end in rows)]
    [talk], report = read_content("\n".join(lines), "a.csv")
    assert [(turn.start, turn.end) for turn in talk.utterances] == [row[2:] for row in rows]
    said = "times in 1 conversation(s) are long for seconds, and may be milliseconds: read as seconds"
    assert any(said in note for note in report.notes) is is_doubt
    # The advice that the note gives.
    [talk], report = read_content("\n".join(lines).replace("start,end", "start_ms,end_ms"), "a.csv")
    assert [turn.start for turn in talk.utterances] == [pytest.approx(row[2] / 1000, abs=1e-6) for row in rows]


OF_DAY = "read as hours and minutes, from the first turn"


@pytest.mark.parametrize(
    ("clocks", "starts", "is_told"),
    [
        (("21:05", "21:06", "21:08"), (0, 60, 180), True),
        (("9:05", "9:05", "10:00"), (0, 0, 3300), True),
        (("22:00", "", "22:10", "22:20", "22:30", "23:58", "00:01"), (0, None, 600, 1200, 1800, 7080, 7260), True),
        # Nobody begins a recording at minute 21, and no day has 30 hours.
        (("0:05", "0:09", "12:30"), (5, 9, 750), False),
        (("21:05", "25:10", "30:00"), (1265, 1510, 1800), False),
        (("0:21:05", "0:21:06", "0:22:00"), (1265, 1266, 1320), False),
    ],
)
@pytest.mark.parametrize("name", ["start", "Time", "Uhrzeit"])
def test_clocks_of_two_numbers_are_of_the_day_where_no_recording_begins(
    read_content: Reader, name: str, clocks: Sequence[str], starts: Sequence[float | None], is_told: bool
) -> None:
    rows = "".join(f"{clock},Mia,so happy\n" for clock in clocks)
    [talk], report = read_content(f"{name},speaker,text\n{rows}", "a.csv")
    assert [turn.start for turn in talk.utterances] == list(starts)
    assert any(OF_DAY in note for note in report.notes) is is_told


@pytest.mark.parametrize(("words", "is_of_day"), [("so " * 40, True), ("so happy", False)])
def test_clocks_with_ends_are_of_the_day_where_nobody_could_say_the_words(
    read_content: Reader, words: str, is_of_day: bool
) -> None:
    rows = f"21:05,21:06,Mia,{words}\n21:06,21:08,Theo,{words}\n"
    [talk], report = read_content(f"start,end,speaker,text\n{rows}", "a.csv")
    times = [(turn.start, turn.end) for turn in talk.utterances]
    assert times == ([(0, 60), (60, 180)] if is_of_day else [(1265, 1266), (1266, 1268)])
    assert any(OF_DAY in note for note in report.notes) is is_of_day


@pytest.mark.parametrize(
    ("name", "cells", "starts", "said"),
    [
        ("start", ("45650.8784722222", "45650.8791666667"), (0, 60), "can only be days as a spreadsheet counts them"),
        ("Datum", ('"45650,878"', '"45650,879"'), (0, 86.4), "can only be days as a spreadsheet counts them"),
        ("start", ("45650.878", "45660.5"), (45650.878, 45660.5), "may be days as a spreadsheet counts them"),
        ("start", ("450.878", "460.5"), (450.878, 460.5), ""),
    ],
)
def test_days_of_a_spreadsheet_are_times_where_nobody_could_say_the_words(
    read_content: Reader, name: str, cells: tuple[str, str], starts: tuple[float, float], said: str
) -> None:
    [talk], report = read_content(f"{name},Speaker,Text\n{cells[0]},Mia,so happy\n{cells[1]},Theo,me too\n", "a.csv")
    assert [turn.start for turn in talk.utterances] == list(starts)
    assert [said in note for note in report.notes] == ([True] if said else [])


@pytest.mark.parametrize(
    ("minutes", "is_told"), [((7, 6, 5), True), ((5, 6, 7), False), ((7, 5, 6), False), ((6, 5), False)]
)
def test_a_table_with_the_newest_turn_first_is_told(
    read_content: Reader, minutes: Sequence[int], is_told: bool
) -> None:
    rows = "".join(f"2024-12-24 21:0{minute}:00,Mia,so\n" for minute in minutes)
    [talk], report = read_content(f"date,speaker,text\n{rows}", "a.csv")
    assert [turn.start for turn in talk.utterances] == [60.0 * (minute - min(minutes)) for minute in minutes]
    assert any("so the newest turn may stand first: sort the file by time" in note for note in report.notes) is is_told


def test_units_are_found_where_some_cells_are_empty(read_content: Reader) -> None:
    rows = "250,2000,Mia,how are you today\n,,Theo,so\n2100,4000,Theo,fine and so are you\n"
    [talk], _ = read_content(f"start,end,speaker,text\n{rows}", "a.csv")
    assert [turn.start for turn in talk.utterances] == [0.25, None, 2.1]


@pytest.mark.parametrize("mark", ["NaN", "nan", "NULL", "#N/A", "<NA>", "\\N", "\u200b"])
def test_marks_of_no_value_say_nothing_and_are_counted(read_content: Reader, mark: str) -> None:
    [[talk], report] = read_content(f"speaker,text\nMia,hi\nTheo,{mark}\nnan,ho\nNone,None\n", "a.csv")
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [
        ("Mia", "hi"),
        ("Speaker", "ho"),
        ("Speaker", "None"),
    ]
    said = "without words" if mark == "\u200b" else "a mark of no value, such as NaN: left out"
    assert any(said in note for note in _notes(report))
    assert "2 speaker(s) that are a mark of no value, such as NaN: read as none" in _notes(report)
