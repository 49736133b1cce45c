"""Cells that are kept until their conversation is whole: in any order, in memory and on disk."""

from __future__ import annotations

import pytest

from instructerc.formats import own_cells
from instructerc.formats.own_cells import OwnCells


@pytest.mark.parametrize("memory", [10, 1_000_000])
def test_rows_come_back_in_the_order_that_is_asked_for(tmp_path, monkeypatch, memory):
    monkeypatch.setattr(own_cells, "_MEMORY_BYTES", memory)
    with OwnCells(tmp_path) as own:
        own.begin(["speaker", "text", "ticket"], used={0, 1})
        first = [own.keep(["Ann", "Hi", f"T{n} é"]) for n in range(20)]
        own.give(first[::-2])
        assert [row["ticket"] for row in own.take(10)] == [f"T{n} é" for n in range(19, 0, -2)]
        # Rows that come after those that were read.
        own.give([own.keep(["Bo", "Ho", "last"]), first[4]])
        assert [row["ticket"] for row in own.take(2)] == ["last", "T4 é"]
    assert list(tmp_path.iterdir()) == []


def test_a_conversation_of_which_nobody_told_has_no_cells():
    with OwnCells() as own:
        own.begin(["text", "ticket"], used={0})
        own.give([own.keep(["Hi", "T1"])])
        assert list(own.take(1)) == [{"ticket": "T1"}]
        assert list(own.take(2)) == [{}, {}]


def test_names_alone_take_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr(own_cells, "_MEMORY_BYTES", 1)
    with OwnCells(tmp_path / "none", only_names=True) as own:
        own.begin(["text", " ticket ", ""], used={0})
        own.give([own.keep(["Hi", "T1", "x" * 100]), own.keep(["Ho", "", ""])])
        assert list(own.names) == ["ticket", "column_3"]
        assert list(own.take(2)) == [{}, {}]
