"""The file of entries only ever grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from instructerc.errors import InputError
from instructerc.leaderboard import Entry, append_entries, load_board
from instructerc.leaderboard.entry import REQUIRED

MakeEntry = Callable[..., Entry]


def test_bytes_before_a_new_row_stay_as_they_are(make_entry: MakeEntry, tmp_path: Path):
    path = tmp_path / "results.csv"
    append_entries(path, [make_entry("a", 60)])
    before = path.read_bytes()
    append_entries(path, [make_entry("b", 61, replaces="a")])
    assert path.read_bytes().startswith(before)
    board = load_board(path)
    assert [entry.id for entry in board.history] == ["a", "b"]
    assert [entry.id for entry in board.entries] == ["b"]


def test_a_missing_line_end_is_mended_by_the_next_row(make_entry: MakeEntry, tmp_path: Path):
    path = tmp_path / "results.csv"
    append_entries(path, [make_entry("a", 60)])
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
    append_entries(path, [make_entry("b", 61)])
    assert [entry.id for entry in load_board(path).history] == ["a", "b"]


def test_a_file_with_columns_of_its_own_order_keeps_it(make_entry: MakeEntry, tmp_path: Path):
    path = tmp_path / "results.csv"
    columns = [*reversed(REQUIRED), "note"]
    path.write_text(",".join(columns) + "\n", encoding="utf-8")
    append_entries(path, [make_entry("a", 60, note="first")])
    append_entries(path, [make_entry("b", 61)])
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",") == columns
    assert load_board(path).history == (make_entry("a", 60, note="first"), make_entry("b", 61))
    before = path.read_bytes()
    with pytest.raises(InputError, match="has no column for sd, seeds, which the new rows say"):
        append_entries(path, [make_entry("c", 62, seeds=3, sd=0.2)])
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_board(make_entry: MakeEntry, tmp_path: Path):
    path = tmp_path / "results.csv"
    path.touch()
    append_entries(path, [make_entry("a", 60)])
    assert [entry.id for entry in load_board(path).history] == ["a"]


def test_a_row_that_would_not_be_read_back_is_not_written(make_entry: MakeEntry, tmp_path: Path):
    path = tmp_path / "results.csv"
    append_entries(path, [make_entry("a", 60)])
    before = path.read_bytes()
    with pytest.raises(InputError, match="no source"):
        append_entries(path, [replace(make_entry("b", 61), source="")])
    with pytest.raises(InputError, match="would not be read back as they are; nothing was written"):
        append_entries(path, [replace(make_entry("b", 61), note=" with blanks ")])
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"id": "a"}, "id 'a' is taken"),
        ({"id": "b", "added": "2026-10-31"}, "is before the last row's 2026-11-01"),
        ({"id": "b", "replaces": "c"}, "no such row"),
    ],
)
def test_a_bad_row_leaves_the_file_alone(make_entry: MakeEntry, tmp_path: Path, fields: dict[str, str], fault: str):
    path = tmp_path / "results.csv"
    append_entries(path, [make_entry("a", 60)])
    before = path.read_bytes()
    with pytest.raises(InputError, match=fault):
        append_entries(path, [make_entry(value=61, **fields)])
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is in none of the formats"),
        ("id,model\nx,y\n", "1: no column added, task"),
        ("hello", "is in none of the formats"),
        ("{}", "not the format of sota-extractor"),
        ("[1]", "not the format of sota-extractor"),
        ('{"results": [1]}', r"results\[0\]: expected an object"),
        ("% a table\n", "no comments with entries"),
        ("%: {}\n", "1: the comment is not an entry"),
    ],
)
def test_files_that_are_none_of_ours_are_refused(tmp_path: Path, text: str, fault: str):
    path = tmp_path / "board"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=fault):
        load_board(path)
