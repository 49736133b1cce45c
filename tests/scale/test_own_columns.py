"""What stands beside the turns comes back as it was, of whatever type it is, and costs no run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import check_answers, lines_of, write_lines, write_table

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

N_ROWS = 5
# 2023-11-14 22:13:20 in UTC, and some nanoseconds.
MOMENT = 1_700_000_000_123_456_789


def _table(path: Path, **columns: Any) -> Path:
    """Writes a conversation with these columns beside its own; its second turn is refused."""
    texts = ["zero", None, "two", "three", "four"]
    own = {"conversation": ["c"] * N_ROWS, "speaker": ["Ann"] * N_ROWS, "text": texts}
    parquet.write_table(pyarrow.table(own | columns), path)
    return path


def _strict(path: Path) -> list[dict[str, Any]]:
    """Reads JSONL in which every number is one."""

    def refuse(name: str) -> Any:
        raise ValueError(name)

    return [json.loads(line, parse_constant=refuse) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (pyarrow.timestamp("ns"), MOMENT, "2023-11-14 22:13:20.123456789"),
        (pyarrow.timestamp("ns", "+01:00"), MOMENT, "2023-11-14 23:13:20.123456789+01:00"),
        # All of a column are written alike.
        (pyarrow.timestamp("ns"), MOMENT // 1000 * 1000, "2023-11-14 22:13:20.123456000"),
        (pyarrow.time64("ns"), 123_456_789, "00:00:00.123456789"),
        (pyarrow.duration("ns"), MOMENT, "19675 days, 22:13:20.123456789"),
        (pyarrow.timestamp("us"), MOMENT // 1000, "2023-11-14 22:13:20.123456"),
        (pyarrow.date32(), 10**7, "29349-01-26"),
        (pyarrow.float64(), float("nan"), None),
        (pyarrow.float32(), float("inf"), None),
        (pyarrow.float64(), 1.5, 1.5),
        (pyarrow.uint64(), 2**64 - 1, 2**64 - 1),
        (pyarrow.decimal128(10, 2), None, None),
        (pyarrow.string_view(), "viewed", "viewed"),
        (pyarrow.list_(pyarrow.timestamp("ns")), [MOMENT, None], ["2023-11-14 22:13:20.123456789", None]),
        (
            pyarrow.struct([("at", pyarrow.timestamp("ns")), ("n", pyarrow.float64())]),
            {"at": MOMENT, "n": float("nan")},
            {"at": "2023-11-14 22:13:20.123456789", "n": None},
        ),
        (
            pyarrow.map_(pyarrow.string(), pyarrow.timestamp("ns")),
            [("seen", MOMENT)],
            [["seen", "2023-11-14 22:13:20.123456789"]],
        ),
        (pyarrow.dictionary(pyarrow.int32(), pyarrow.string()), "often", "often"),
    ],
    ids=str,
)
def test_a_column_of_any_type_is_written_to_both_formats(run, tmp_path, kind, value, written):
    column = pyarrow.array([value] * N_ROWS, kind)
    path = _table(tmp_path / "a.parquet", own=column)
    run(path)
    kept = parquet.read_table(tmp_path / "out" / "a.parquet")["own"]
    assert kept.type == kind
    # Not a number is not equal to itself.
    assert str(kept.combine_chunks()) == str(column.slice(0, N_ROWS - 1))
    account = run(path, target=str(tmp_path / "lines"), kind="jsonl")
    assert (account.n_out, account.n_refused) == (N_ROWS - 1, 1)
    rows = _strict(tmp_path / "lines" / "a.parquet.jsonl")
    assert [row["own"] for row in rows] == [written] * (N_ROWS - 1)


def test_rows_that_are_refused_take_nothing_of_their_neighbours(run, rows_of, tmp_path):
    _table(tmp_path / "a.parquet", own=pyarrow.array([f"of {row}" for row in range(N_ROWS)], pyarrow.string_view()))
    run(tmp_path / "a.parquet")
    found = [(row["text"], row["own"]) for row in rows_of(tmp_path / "out" / "a.parquet")]
    assert found == [("zero", "of 0"), ("two", "of 2"), ("three", "of 3"), ("four", "of 4")]


def test_two_columns_of_one_name_are_both_written(run, tmp_path):
    own = [["c"] * 2, ["Ann"] * 2, ["hi", "ho"], [1, 2], [3, 4], [5, 6]]
    table = pyarrow.Table.from_arrays(
        [pyarrow.array(one) for one in own], ["conversation", "speaker", "text", "n", "n", "n_2"]
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    run(tmp_path / "a.parquet", kind="jsonl")
    rows = _strict(tmp_path / "out" / "a.parquet.jsonl")
    assert [(row["n"], row["n_2"], row["n_3"]) for row in rows] == [(1, 5, 3), (2, 6, 4)]


@pytest.mark.parametrize("groups", [[0], [0, 3, 0, 2, 0]])
def test_row_groups_without_rows_are_nothing_special(run, rows_of, tmp_path, groups):
    table = pyarrow.table({"speaker": ["Ann"] * 5, "text": list("abcde")})
    with parquet.ParquetWriter(tmp_path / "a.parquet", table.schema) as writer:
        begin = 0
        for size in groups:
            writer.write_table(table.slice(begin, size))
            begin += size
    assert run(tmp_path / "a.parquet").n_in == sum(groups)
    rows = rows_of(tmp_path / "out" / "a.parquet")
    assert [(row["text"], row["history_turns"]) for row in rows] == [("abcde"[n], n) for n in range(sum(groups))]


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_half_an_emoji_in_a_users_own_key_ends_no_run(run, rows_of, tmp_path, kind):
    lines = ['{"speaker": "Ann", "text": "hi", "tag": "\\ud83d"}', '{"speaker": "Bo", "text": "ho", "tag": "é"}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run(tmp_path / "a.jsonl", kind=kind)
    [written] = (tmp_path / "out").glob("a.jsonl*")
    rows = rows_of(written)
    tags = [(row if kind == "jsonl" else json.loads(row["other"]))["tag"] for row in rows]
    assert tags == ["\ud83d", "é"]


def test_keys_of_a_whole_conversation_stand_in_each_of_its_rows(run, rows_of, tmp_path):
    talk = {
        "id": "w",
        "topic": "bills",
        "mood": 3,
        "utterances": [{"speaker": "Ann", "text": "hi", "mood": 1}, {"text": "ho"}],
    }
    run(write_lines(tmp_path / "a.jsonl", [talk]))
    others = [json.loads(row["other"]) for row in rows_of(tmp_path / "out" / "a.jsonl.parquet")]
    assert others == [{"mood": 1, "topic": "bills", "mood_2": 3}, {"topic": "bills", "mood": 3}]


def test_a_key_that_only_some_rows_have_is_nobody_elses_in_the_others(run, rows_of, tmp_path):
    rows = [
        {"speaker": "Ann", "text": "hi"},
        {"speaker": "Bo", "text": "ho", "language": "de", "model_2": "T"},
        {"speaker": "Ann", "text": "so", "model": "T1"},
    ]
    run(write_lines(tmp_path / "a.jsonl", rows), kind="jsonl")
    found = rows_of(tmp_path / "out" / "a.jsonl")
    assert [row.get("language", "none") for row in found] == ["none", "de", "none"]
    assert [row.get("model", "none") for row in found] == ["none", "none", "T1"]
    assert [row["model_3"] for row in found] == ["words:1"] * 3
    assert all("language_2" in row and "probability" in row for row in found)


def test_a_key_that_only_some_turns_of_a_conversation_have_neither(run, rows_of, tmp_path):
    talk = {"utterances": [{"text": "hi", "language": "de"}, {"text": "ho"}]}
    run(write_lines(tmp_path / "a.jsonl", [talk]), kind="jsonl")
    [line] = rows_of(tmp_path / "out" / "a.jsonl")
    assert [turn.get("language") for turn in line["utterances"]] == ["de", None]
    assert all("language_2" in turn for turn in line["utterances"])


@pytest.mark.parametrize("source", ["parquet", "jsonl"])
def test_turns_that_are_whole_numbers_with_a_point_are_an_order(run, rows_of, dialogues, tmp_path, source):
    rows = [row | {"turn": float(row["turn"])} for row in reversed(lines_of(dialogues))]
    path = (write_table if source == "parquet" else write_lines)(tmp_path / f"a.{source}", rows)
    run(path, kind=source)
    found = [row | {"turn": int(row["turn"])} for row in rows_of(tmp_path / "out" / path.name)]
    check_answers(found, dialogues)


def test_a_gold_label_may_be_of_any_type_and_in_some_files_only(run, rows_of, dialogues, tmp_path):
    for name, talks, label in (("a", dialogues[:3], {"emotion": 4}), ("b", dialogues[3:6], {"emotion": "joy"})):
        write_table(tmp_path / "in" / f"{name}.parquet", [row | label for row in lines_of(talks)])
    write_table(tmp_path / "in" / "c.parquet", lines_of(dialogues[6:]))
    run(tmp_path / "in")
    found = [row for name in "abc" for row in rows_of(tmp_path / "out" / f"{name}.parquet")]
    check_answers(found, dialogues)
    assert {row.get("emotion") for row in found} == {4, "joy", None}
