"""New entries from a file that a person wrote."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from instructerc.errors import InputError
from instructerc.leaderboard.adding import entries_of_file

WRITTEN = """
model: My model
dataset: meld
variant: "2610"
metric: weighted_f1
value: 64.2
context: past
source: our paper, table 3
paper: instructerc
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "entry.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_follows_from_the_rest_may_be_left_out(tmp_path: Path):
    [entry] = entries_of_file(write(tmp_path, WRITTEN), {})
    assert (entry.id, entry.task, entry.added) == ("my-model-meld-2610-weighted-f1", "erc", date.today())
    # The year is the paper's.
    assert (entry.year, entry.value, entry.checked) == (2023, 64.2, None)


def test_several_entries_and_fields_from_the_command_line(tmp_path: Path):
    items = "\n".join(f"- {{id: {name}, model: M, dataset: meld, metric: accuracy, value: 1}}" for name in "ab")
    path = write(tmp_path, items)
    given = {"variant": "2610", "context": "none", "source": "x", "year": "2026"}
    assert [(entry.id, entry.context, entry.year) for entry in entries_of_file(path, given)] == [
        ("a", "none", 2026),
        ("b", "none", 2026),
    ]


@pytest.mark.parametrize("name", ["metric", "variant", "context", "source", "model", "dataset", "value"])
def test_what_a_comparison_needs_must_be_said(tmp_path: Path, name: str):
    text = re.sub(rf"(?m)^{name}: .*\n", "", WRITTEN)
    with pytest.raises(InputError, match=f"entry 1: no {name}"):
        entries_of_file(write(tmp_path, text), {})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "expected the fields of an entry"),
        ("[]", "expected the fields of an entry"),
        ("[1, 2]", "expected the fields of an entry"),
        ("a: [", "cannot be read"),
        (WRITTEN + "speed: 3", "unknown field 'speed'"),
        (WRITTEN.replace("2610", "2611"), "unknown variant '2611' of MELD"),
        (WRITTEN.replace("64.2", "640.2"), "expected percent"),
        (WRITTEN.replace("instructerc", "none-such") + "year: 2026", "unknown paper"),
    ],
)
def test_bad_files_are_explained(tmp_path: Path, text: str, fault: str):
    with pytest.raises(InputError, match=fault):
        entries_of_file(write(tmp_path, text), {})


def test_a_correction_may_name_a_row_of_the_board_that_it_joins(tmp_path: Path):
    [entry] = entries_of_file(write(tmp_path, WRITTEN + "replaces: an-older-row"), {})
    assert entry.replaces == "an-older-row"
