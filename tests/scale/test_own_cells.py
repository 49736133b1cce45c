"""The cells of a table that are not read come back beside their turns, whatever order and files the rows stand in."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from instructerc.formats import ReadOptions

from .conftest import HereEngine, check_answers, lines_of, write_lines

pytest.importorskip("pyarrow")

Rows = Sequence[dict[str, Any]]


def _write_csv(path: Path, rows: Rows, delimiter: str = ",") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        table.writeheader()
        table.writerows(rows)
    return path


def _write_tsv(path: Path, rows: Rows) -> Path:
    return _write_csv(path, rows, "\t")


def _write_xlsx(path: Path, rows: Rows) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    for row in [list(rows[0]), *(list(one.values()) for one in rows)]:
        book.active.append(row)
    book.save(path)
    return path


def _write_json_table(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"columns": [*rows[0]], "data": [[*row.values()] for row in rows]}), encoding="utf-8")
    return path


WRITERS: dict[str, Callable[[Path, Rows], Path]] = {
    "csv": _write_csv,
    "tsv": _write_tsv,
    "xlsx": _write_xlsx,
    "json": _write_json_table,
}


def _mixed(rows: Rows) -> list[dict[str, Any]]:
    """Returns rows of which those of several conversations stand among each other, each with a long cell or none."""
    rows = sorted(rows, key=lambda row: (row["turn"], row["conversation"]))
    return [row | {"remark": 'so, "ü"\n' * 5 if place % 3 else ""} for place, row in enumerate(rows)]


def _written(folder: Path, path: Path, kind: str) -> Path:
    return folder / f"{path.name}.{kind}"


def _of(rows: Rows) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Returns the cells that are not read, by conversation and ticket."""
    # A workbook has no blanks at the end of a cell.
    return {(row["conversation"], row["ticket"]): ((row.get("remark") or "").strip(), str(row["turn"])) for row in rows}


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
@pytest.mark.parametrize("form", WRITERS)
def test_other_cells_travel_with_their_turns(run, rows_of, dialogues, tmp_path, form, kind):
    rows = _mixed(lines_of(dialogues))
    path = WRITERS[form](tmp_path / f"a.{form}", rows)
    account = run(path, kind=kind)
    assert (account.n_in, account.n_out) == (len(rows), len(rows))
    found = rows_of(_written(tmp_path / "out", path, kind))
    assert _of(found) == _of(rows)
    # What is the user's own keeps its name, and is text.
    assert {type(row["turn"]) for row in found} == {str}
    check_answers([row | {"turn": row["turn_2"]} for row in found], dialogues)
    assert all(row.get("remark", None) != "" for row in found)


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_rows_that_are_refused_or_left_out_take_no_cells_of_their_neighbours(run, rows_of, tmp_path, kind):
    lines = ["conversation,speaker,text,ticket", "c,Ann,one,T1", "c,Bo", "c,Bo,,T3", "c,Ann,two,T4", "d,Bo,hi,T5"]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([*lines, "c,Ann,again,T6"]) + "\n", encoding="utf-8")
    account = run(path, kind=kind)
    found = [(row["text"], row["ticket"]) for row in rows_of(_written(tmp_path / "out", path, kind))]
    assert found == [("one", "T1"), ("two", "T4"), ("again", "T6"), ("hi", "T5")]
    assert (account.n_in, account.n_refused) == (5, 1)


@pytest.mark.parametrize("beside", ["alone", "spread"])
@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_a_stop_at_any_shard_changes_nothing(run, dialogues, tmp_path, kind, beside):
    rows = lines_of(dialogues)
    files = [_write_csv(tmp_path / "in" / "a.csv", _mixed(rows)), _write_tsv(tmp_path / "in" / "b.tsv", rows[:9])]
    if beside == "spread":
        # A run that goes on reads no file again until it writes it.
        files += [write_lines(tmp_path / "in" / f"{n}.jsonl", rows[n::2]) for n in range(2)]
    n_rows = run(*files, kind=kind).n_in
    for stop in (0, 8, 24):
        target = tmp_path / f"stopped-{stop}"
        first, second = HereEngine(), HereEngine()
        first.dies_after = stop
        with pytest.raises(KeyboardInterrupt):
            run(*files, kind=kind, target=str(target), with_engine=first)
        run(*files, kind=kind, target=str(target), with_engine=second)
        assert first.n_scored + second.n_scored == n_rows
        for path in (tmp_path / "out").iterdir():
            if path.is_file() and not path.name.startswith("_"):
                assert (target / path.name).read_bytes() == path.read_bytes()


def test_files_of_other_columns_keep_each_its_own(run, rows_of, dialogues, tmp_path):
    rows = lines_of(dialogues[:2])
    _write_csv(tmp_path / "in" / "a.csv", rows)
    _write_csv(tmp_path / "in" / "b.csv", [row | {"queue": 7} for row in rows])
    (tmp_path / "in" / "c.txt").write_text("Ann: We won!\nBo: No way!\n", encoding="utf-8")
    run(tmp_path / "in")
    has = {one.name: set(rows_of(one)[0]) for one in (tmp_path / "out").glob("*.parquet")}
    assert has["b.csv.parquet"] - has["a.csv.parquet"] == {"queue"}
    assert has["a.csv.parquet"] - has["c.txt.parquet"] == {"ticket", "turn_2"}


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_an_archive_has_the_columns_of_all_its_tables(run, rows_of, tmp_path, kind):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "speaker,text,ticket\nAnn,one,T1\nBo,two,T2\n")
        archive.writestr("b.txt", "Ann: three\nBo: four\n")
        archive.writestr("c.csv", "speaker,text,queue,ticket\nAnn,five,Q5,T5\nBo,six,,T6\n")
    run(path, kind=kind)
    found = [
        (row["text"], row.get("ticket"), row.get("queue")) for row in rows_of(_written(tmp_path / "out", path, kind))
    ]
    assert found == [
        *[("one", "T1", None), ("two", "T2", None), ("three", None, None), ("four", None, None)],
        *[("five", "T5", "Q5"), ("six", "T6", None)],
    ]


def test_our_names_give_way(run, rows_of, tmp_path):
    rows = [{"speaker": "Ann", "text": "hi", "language": "de", "note": "n", "model": "T1", "model_2": "T2"}]
    run(_write_csv(tmp_path / "a.csv", rows))
    [row] = rows_of(tmp_path / "out" / "a.csv.parquet")
    assert (row["language"], row["note"], row["model"], row["model_2"]) == ("de", "n", "T1", "T2")
    assert (row["language_2"], row["note_2"], row["model_3"]) == (None, None, "words:1")


def test_columns_without_a_name_or_with_one_twice_are_called_apart(run, rows_of, tmp_path):
    # As pandas writes its index; a last column that holds nothing is none.
    text = ",speaker,text,n,n,\n0,Ann,one,1,2,\n1,Bo,two,3,4,\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    run(tmp_path / "a.csv", kind="jsonl")
    found = rows_of(tmp_path / "out" / "a.csv.jsonl")
    assert [(row["column_1"], row["n"], row["n_2"]) for row in found] == [("0", "1", "2"), ("1", "3", "4")]
    assert "column_6" not in found[0]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_date_is_more_than_the_seconds_that_are_read_from_it(run, rows_of, tmp_path, form):
    days = ["2024-05-01 10:03:00", "2024-05-01 10:03:09"]
    rows = [{"speaker": "Ann", "text": text, "date": day} for text, day in zip(("hi", "ho"), days, strict=True)]
    reading = ReadOptions(start_column="date")
    run(WRITERS[form](tmp_path / f"a.{form}", rows), reading=reading)
    found = rows_of(tmp_path / "out" / f"a.{form}.parquet")
    assert [(row["start"], row["date"]) for row in found] == [(0.0, days[0]), (9.0, days[1])]


def test_seconds_that_are_read_stand_there_once(run, rows_of, tmp_path):
    rows = [{"speaker": "Ann", "text": "hi", "start": "1.5", "end": "2"}]
    run(_write_csv(tmp_path / "a.csv", rows))
    [row] = rows_of(tmp_path / "out" / "a.csv.parquet")
    assert (row["start"], row["end"]) == (1.5, 2.0)
    assert not {"start_2", "end_2"} & {*row}


def test_cells_of_our_own_answers_lose_their_guard(run, rows_of, tmp_path):
    rows = [{"speaker": "Ann", "text": "hi", "history_turns": "0", "text_cut": "False", "formula": "'=1+1"}]
    run(_write_csv(tmp_path / "a.csv", rows))
    assert rows_of(tmp_path / "out" / "a.csv.parquet")[0]["formula"] == "=1+1"


def test_a_corpus_table_keeps_what_it_has_beside_the_turns(run, rows_of, tmp_path):
    row = {"Sr No.": "1", "Utterance": "Hi", "Speaker": "Joey", "Emotion": "joy", "Sentiment": "positive"}
    row |= {"Dialogue_ID": "3", "Utterance_ID": "0", "Season": "2", "Episode": "4", "StartTime": "00:00:01,000"}
    run(_write_csv(tmp_path / "a.csv", [row | {"EndTime": "00:00:02,500"}]))
    [found] = rows_of(tmp_path / "out" / "a.csv.parquet")
    assert (found["conversation"], found["text"], found["emotion"]) == ("3", "Hi", "joy")
    kept = ("Sr No.", "Sentiment", "Utterance_ID", "Season", "Episode", "StartTime")
    assert {name: found[name] for name in kept} == {name: row[name] for name in kept}
    assert not {"Utterance", "Speaker", "Emotion", "Dialogue_ID"} & {*found}


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_half_an_emoji_in_another_cell_ends_no_run(run, rows_of, tmp_path, kind):
    rows = [{"speaker": "Ann", "text": "hi", "tag": "a\ud83d"}, {"speaker": "Bo", "text": "ho", "tag": "é"}]
    run(_write_json_table(tmp_path / "a.json", rows), kind=kind)
    found = rows_of(tmp_path / "out" / f"a.json.{kind}")
    assert [row["tag"] for row in found] == ["a\ufffd", "é"]


def test_of_a_table_of_very_many_columns_the_first_are_kept_and_a_line_says_so(run, rows_of, tmp_path, caplog):
    row = {"speaker": "Ann", "text": "hi"} | {f"q{n}": str(n) for n in range(1100)}
    run(_write_csv(tmp_path / "a.csv", [row] * 20))
    found = rows_of(tmp_path / "out" / "a.csv.parquet")
    assert len(found) == 20
    assert (found[-1]["q999"], "q1000" in found[-1]) == ("999", False)
    assert "a.csv: only the first 1000 of its other columns are kept" in caplog.text
