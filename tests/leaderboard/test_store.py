"""The file of entries only ever grows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from instructerc.errors import InputError
from instructerc.leaderboard import Entry, append_entries, load_board

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
