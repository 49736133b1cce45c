"""Inputs and outputs that are wrong: each has a clear error or a place in the side file, and what is written stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from instructerc.errors import InputError

from .conftest import HereEngine, check_answers, lines_of, write_lines, write_table

pytest.importorskip("pyarrow")


def _side_file(tmp_path: Path, name: str) -> list[dict]:
    return [json.loads(line) for line in (tmp_path / "out" / "_refused" / f"{name}.jsonl").read_text().splitlines()]


def test_wrong_lines_go_to_the_side_file_with_place_and_reason(run, rows_of, dialogues, tmp_path):
    good = [json.dumps(row) for row in lines_of(dialogues[:2])]
    bad = ["not json", '{"speaker": "Ann"}', '{"speaker": "Ann", "text": 3}', "[1]"]
    whole = json.dumps({"id": "w", "utterances": [{"speaker": "A", "text": "one"}, {"speaker": "A"}, {"text": "two"}]})
    (tmp_path / "a.jsonl").write_text("\n".join([good[0], bad[0], *good[1:], *bad[1:], "", whole]) + "\n")
    account = run(tmp_path / "a.jsonl", kind="jsonl")
    side = _side_file(tmp_path, "a.jsonl")
    assert [(one["row"], one["utterance"]) for one in side] == [(2, 1), (6, 1), (7, 1), (8, 1), (10, 2)]
    assert "not JSON" in side[0]["reason"]
    assert "utterances[1]: no 'text'" in side[-1]["reason"]
    *rows, last = rows_of(tmp_path / "out" / "a.jsonl")
    check_answers(rows, dialogues[:2])
    assert [turn["text"] for turn in last["utterances"]] == ["one", "two"]
    assert (account.n_in, account.n_out, account.n_refused) == (4 + 4 + 3, 4 + 2, 5)


def test_wrong_rows_of_a_table_too(run, rows_of, dialogues, tmp_path):
    rows = lines_of(dialogues[:3])
    wrong = [{**rows[0], "text": None}, {**rows[0], "conversation": None}, {**rows[0], "speaker": "a\0b"}]
    write_table(tmp_path / "a.parquet", [rows[0], *wrong, *rows[1:]])
    account = run(tmp_path / "a.parquet")
    assert [one["row"] for one in _side_file(tmp_path, "a.parquet")] == [2, 3, 4]
    check_answers(rows_of(tmp_path / "out" / "a.parquet"), dialogues[:3])
    assert (account.n_in, account.n_refused) == (len(rows) + 3, 3)


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_file_without_a_right_row_is_refused_row_by_row(run, rows_of, tmp_path, name):
    rows = [{"speaker": "Ann", "text": None}] * 20
    path = tmp_path / name
    if name.endswith("parquet"):
        import pyarrow
        from pyarrow import parquet

        schema = pyarrow.schema([("speaker", pyarrow.string()), ("text", pyarrow.string())])
        parquet.write_table(pyarrow.Table.from_pylist(rows, schema), path)
    else:
        write_lines(path, rows)
    account = run(path, kind=path.suffix[1:])
    assert rows_of(tmp_path / "out" / name) == []
    assert (account.n_in, account.n_out, account.n_refused) == (20, 0, 20)


def test_wrong_rows_of_a_csv_have_their_line(run, tmp_path):
    (tmp_path / "a.csv").write_text("conversation,speaker,text\nc,Ann,hi\nc,Bo\nc,Ann,bye\n", encoding="utf-8")
    account = run(tmp_path / "a.csv")
    [one] = _side_file(tmp_path, "a.csv")
    assert one["row"] == 3
    assert (account.n_in, account.n_out, account.n_refused) == (3, 2, 1)


def test_an_empty_partition_stays_empty(run, rows_of, dialogues, tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues))
    (tmp_path / "in" / "b.jsonl").write_bytes(b"")
    account = run(tmp_path / "in", kind="jsonl")
    assert rows_of(tmp_path / "out" / "b.jsonl") == []
    assert account.n_files == 2


# Without a byte it is no empty partition, and two bytes are no chat.
@pytest.mark.parametrize("keep", [0.98, 0.3, 2, 0])
def test_a_truncated_parquet_file_ends_the_run_before_anything_is_written(run, dialogues, tmp_path, keep):
    write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues))
    path = write_table(tmp_path / "in" / "b.parquet", lines_of(dialogues) * 50)
    n_bytes = int(path.stat().st_size * keep) if isinstance(keep, float) else keep
    path.write_bytes(path.read_bytes()[:n_bytes])
    for source in (tmp_path / "in", path):
        with pytest.raises(InputError, match=r"b\.parquet: cannot be read as Parquet, it may be damaged"):
            run(source)
    assert not (tmp_path / "out" / "a.jsonl.parquet").exists()
    assert not (tmp_path / "out" / "b.parquet").exists()


@pytest.mark.parametrize("input_format", [None, "parquet"])
@pytest.mark.parametrize("n_bytes", [0, 2])
def test_what_was_written_for_a_parquet_file_outlives_its_truncation(run, dialogues, tmp_path, n_bytes, input_format):
    # With the format given, whatever its name is.
    path = write_table(tmp_path / "in" / ("b.parquet" if input_format is None else "b.data"), lines_of(dialogues))
    run(tmp_path / "in", input_format=input_format)
    written = tmp_path / "out" / ("b.parquet" if input_format is None else "b.data.parquet")
    before = written.read_bytes()
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(InputError, match=r"in/b\.\w+: cannot be read as Parquet, it may be damaged"):
        run(tmp_path / "in", input_format=input_format)
    assert written.read_bytes() == before


def _damage(path: Path, name: str) -> bytes:
    """Damages the values of one column, which nobody sees before they are read; returns the whole file as it was."""
    from pyarrow import parquet

    whole = path.read_bytes()
    facts = parquet.ParquetFile(path).metadata.row_group(0)
    column = next(facts.column(n) for n in range(facts.num_columns) if facts.column(n).path_in_schema == name)
    begin = column.dictionary_page_offset or column.data_page_offset
    path.write_bytes(whole[: begin + 30] + b"\xff" * 20 + whole[begin + 50 :])
    return whole


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
@pytest.mark.parametrize("column", ["text", "ticket"])
def test_damage_inside_a_file_keeps_the_other_files_and_goes_on_once_it_is_mended(
    run, rows_of, dialogues, tmp_path, column, kind
):
    parts = {"a": dialogues[:3], "b": dialogues[3:6], "c": dialogues[6:]}
    for name, talks in parts.items():
        write_table(tmp_path / "in" / f"{name}.parquet", lines_of(talks), compression="zstd")
    whole = _damage(tmp_path / "in" / "b.parquet", column)
    with pytest.raises(InputError, match=r"b\.parquet: cannot be read as Parquet.*; 2 of 3 files are written"):
        run(tmp_path / "in", kind=kind)

    def written(name: str) -> Path:
        return tmp_path / "out" / (f"{name}.parquet" if kind == "parquet" else f"{name}.parquet.jsonl")

    for name in "ac":
        check_answers(rows_of(written(name)), parts[name])
    assert not written("b").exists()
    (tmp_path / "in" / "b.parquet").write_bytes(whole)
    account = run(tmp_path / "in", kind=kind)
    assert account.n_scored == sum(map(len, parts["b"]))
    check_answers(rows_of(written("b")), parts["b"])


def test_damage_in_a_users_own_column_keeps_the_other_files_of_spread_conversations(run, rows_of, dialogues, tmp_path):
    rows = lines_of(dialogues)
    for number in range(3):
        write_table(tmp_path / "in" / f"{number}.parquet", rows[number::3], compression="zstd")
    _damage(tmp_path / "in" / "0.parquet", "ticket")
    with pytest.raises(InputError, match=r"0\.parquet: cannot be read as Parquet.*; 2 of 3 files are written"):
        run(tmp_path / "in")
    found = [rows_of(tmp_path / "out" / f"{number}.parquet") for number in (1, 2)]
    assert [[row["ticket"] for row in one] for one in found] == [
        [row["ticket"] for row in rows[number::3]] for number in (1, 2)
    ]


def test_text_of_no_encoding_in_a_users_own_column_is_told(run, rows_of, dialogues, tmp_path):
    import pyarrow
    from pyarrow import parquet

    for name, talks in (("a", dialogues[:1]), ("b", dialogues[1:3])):
        table = pyarrow.Table.from_pylist(lines_of(talks))
        if name == "a":
            wrong = pyarrow.array([b"\xff\xfe"] * len(table), pyarrow.binary()).view(pyarrow.string())
            table = table.append_column("queue", wrong)
        (tmp_path / "in").mkdir(exist_ok=True)
        parquet.write_table(table, tmp_path / "in" / f"{name}.parquet")
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read as Parquet, it may be damaged: 'utf-8' codec"):
        run(tmp_path / "in", kind="jsonl")
    check_answers(rows_of(tmp_path / "out" / "b.parquet.jsonl"), dialogues[1:3])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: {**{k: v for k, v in row.items() if k != "conversation"}, "chat_id": "1"}, "the conversation is"),
        (lambda row: {**row, "text": 3}, "column 'text' is of type int64; the text must be text"),
        (lambda row: {k: v for k, v in row.items() if k != "speaker"}, "no column was recognised as the speaker"),
    ],
)
def test_tables_with_other_columns_are_refused_together(run, dialogues, tmp_path, change, message):
    write_table(tmp_path / "in" / "a.parquet", lines_of(dialogues[:4]))
    write_table(tmp_path / "in" / "b.parquet", [change(row) for row in lines_of(dialogues[4:])])
    with pytest.raises(InputError, match=message) as error:
        run(tmp_path / "in")
    assert "b.parquet" in str(error.value)
    assert not (tmp_path / "out" / "a.parquet").exists()


def test_other_columns_may_differ(run, rows_of, dialogues, tmp_path):
    write_table(tmp_path / "in" / "a.parquet", lines_of(dialogues[:4]))
    write_table(tmp_path / "in" / "b.parquet", [{**row, "queue": 7} for row in lines_of(dialogues[4:])])
    run(tmp_path / "in")
    found = [row for name in "ab" for row in rows_of(tmp_path / "out" / f"{name}.parquet")]
    check_answers(found, dialogues)
    assert [row.get("queue") for row in found].count(7) == sum(map(len, dialogues[4:]))


@pytest.mark.parametrize("order", ["together", "apart"])
def test_a_conversation_of_too_many_turns_is_refused_and_the_others_are_not(run, rows_of, dialogues, tmp_path, order):
    rows = [{"conversation": "huge", "turn": n, "speaker": "Ann", "text": str(n)} for n in range(1, 1001)]
    rest = lines_of(dialogues)
    write_lines(tmp_path / "a.jsonl", [*rows, *rest] if order == "together" else [*rows[:500], *rest, *rows[500:]])
    account = run(tmp_path / "a.jsonl", kind="jsonl", max_turns=50)
    check_answers(rows_of(tmp_path / "out" / "a.jsonl"), dialogues)
    assert account.shuffled == (order == "apart")
    assert (account.n_refused, account.adds_up) == (1000, True)
    assert "conversation 'huge' has more than 50 turns; --max-turns" in _side_file(tmp_path, "a.jsonl")[0]["reason"]


def test_ids_in_several_files_follow_the_rule(run, rows_of, dialogues, tmp_path):
    # Both files have the conversations 1 and 2, as exports of two days do.
    for day in (1, 2):
        rows = [
            {"conversation": str(talk), "speaker": "Ann", "text": f"{day} {talk} {turn}"}
            for talk in (1, 2)
            for turn in range(3)
        ]
        write_lines(tmp_path / "in" / f"day-{day}.jsonl", rows)

    def histories(target):
        return [[row["history_turns"] for row in rows_of(tmp_path / target / f"day-{day}.jsonl")] for day in (1, 2)]

    run(tmp_path / "in", kind="jsonl", target=str(tmp_path / "merged"))
    assert histories("merged") == [[0, 1, 2, 0, 1, 2], [3, 4, 5, 3, 4, 5]]
    account = run(tmp_path / "in", kind="jsonl", ids="separate", target=str(tmp_path / "apart"))
    assert histories("apart") == [[0, 1, 2, 0, 1, 2]] * 2
    assert not account.shuffled
    with pytest.raises(
        InputError, match=r"conversation '[12]' is in .*day-1\.jsonl and in .*day-2\.jsonl; --ids merge"
    ):
        run(tmp_path / "in", kind="jsonl", ids="refuse")
    assert not (tmp_path / "out" / "day-1.jsonl").exists()


def test_files_without_ids_are_conversations_of_their_own(run, rows_of, tmp_path):
    for day in (1, 2):
        rows = [{"speaker": "Ann", "text": f"{day} {turn}"} for turn in range(3)]
        write_lines(tmp_path / "in" / f"day={day}" / "chat.jsonl", rows)
    account = run(tmp_path / "in", kind="jsonl")
    assert account.n_conversations == 2
    assert not account.shuffled


def test_rows_without_ids_between_rows_with_some_are_one_conversation(run, rows_of, tmp_path):
    named = [{"conversation": "a", "speaker": "Ann", "text": f"a {turn}"} for turn in range(3)]
    unnamed = [{"speaker": "Bo", "text": f"none {turn}"} for turn in range(3)]
    rows = [row for pair in zip(named, unnamed, strict=True) for row in pair]
    account = run(write_lines(tmp_path / "a.jsonl", rows), kind="jsonl")
    assert [row["history_turns"] for row in rows_of(tmp_path / "out" / "a.jsonl")] == [0, 0, 1, 1, 2, 2]
    assert account.n_conversations == 2
    # Of another file they are another conversation, which is no reason to bring anything together.
    for name in "bc":
        write_lines(tmp_path / "in" / f"{name}.jsonl", [*named, *unnamed] if name == "b" else unnamed)
    account = run(tmp_path / "in", kind="jsonl", target=str(tmp_path / "apart"), ids="refuse")
    assert (account.n_conversations, account.shuffled) == (3, False)


def test_turns_in_which_nobody_says_anything_are_refused_with_what_is_there(run, tmp_path):
    texts = ["hi", None, " ", "NaN"]
    run(write_lines(tmp_path / "a.jsonl", [{"speaker": "Ann", "text": text} for text in texts]), kind="jsonl")
    assert [one["reason"] for one in _side_file(tmp_path, "a.jsonl")] == [
        "the text is null",
        "the text is ' ', in which nobody says anything",
        "the text is 'NaN', in which nobody says anything",
    ]


def test_an_output_of_another_run_is_left_alone(run, dialogues, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    run(path)
    before = (tmp_path / "out" / "a.jsonl.parquet").read_bytes()
    others = [
        ({"with_engine": HereEngine(model="words:2")}, 'a run with model "words:1", not "words:2"'),
        ({"with_engine": HereEngine(labels="two:1")}, 'a run with label set "three:1", not "two:1"'),
        ({"kind": "jsonl"}, 'a run with format "parquet", not "jsonl"'),
        ({"ids": "separate"}, "a run with ids"),
    ]
    for options, message in others:
        with pytest.raises(InputError, match=message):
            run(path, **options)
    assert (tmp_path / "out" / "a.jsonl.parquet").read_bytes() == before


def test_spread_conversations_cannot_get_new_files(run, dialogues, tmp_path):
    rows = lines_of(dialogues)
    for number in range(2):
        write_lines(tmp_path / "in" / f"{number}.jsonl", rows[number::2])
    run(tmp_path / "in")
    write_lines(tmp_path / "in" / "2.jsonl", rows[:1])
    with pytest.raises(InputError, match=r"a run over other inputs \(2\.jsonl differs\)"):
        run(tmp_path / "in")


def test_an_added_file_may_not_continue_conversations_that_are_done(run, dialogues, tmp_path):
    rows = lines_of(dialogues)
    write_lines(tmp_path / "in" / "0.jsonl", rows[:10])
    run(tmp_path / "in")
    write_lines(tmp_path / "in" / "1.jsonl", rows[10:])
    with pytest.raises(InputError, match="or that are also in finished files"):
        run(tmp_path / "in")


def test_a_folder_with_other_things_is_not_written_into(run, dialogues, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    write_lines(tmp_path / "out" / "mine.jsonl", [])
    with pytest.raises(InputError, match=r"holds mine\.jsonl and no _manifest\.json"):
        run(path)


def test_a_damaged_manifest_is_told(run, dialogues, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    run(path)
    (tmp_path / "out" / "_manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"_manifest\.json: is damaged"):
        run(path)


def test_an_output_of_another_version_is_told_whatever_it_keeps(run, dialogues, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    run(path)
    manifest = tmp_path / "out" / "_manifest.json"
    data = json.loads(manifest.read_text(encoding="utf-8"))
    data["layout"] += 1
    data["done"]["a.jsonl"]["n_more"] = 3
    manifest.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match="was started by another version of instructerc; give a new folder"):
        run(path)
