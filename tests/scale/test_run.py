"""Whole runs: every row has the answer that its conversation gets, whatever order and files the rows stand in."""

from __future__ import annotations

import json
import random
import tempfile
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from layouts.chats import WRITERS

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats import write_jsonl, write_parquet
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.run import Advance, annotate

from .conftest import HereEngine, answer, check_answers, lines_of, write_lines, write_table

pytest.importorskip("pyarrow")


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
@pytest.mark.parametrize("source", ["parquet", "jsonl"])
def test_a_sorted_file_is_answered_in_its_order_with_its_own_columns(run, rows_of, dialogues, tmp_path, source, kind):
    rows = lines_of(dialogues)
    path = tmp_path / f"in.{source}"
    (write_table if source == "parquet" else write_lines)(path, rows)
    account = run(path, kind=kind)
    [written] = [one for one in (tmp_path / "out").iterdir() if not one.name.startswith("_")]
    assert written.name == (path.name if source == kind else f"{path.name}.{kind}")
    found = rows_of(written)
    if (source, kind) == ("jsonl", "parquet"):
        found = [row | json.loads(row.pop("other")) for row in found]
    check_answers(found, dialogues)
    assert [row["ticket"] for row in found] == [row["ticket"] for row in rows]
    assert not account.shuffled
    assert account.adds_up
    assert (account.n_in, account.n_out, account.n_refused) == (len(rows), len(rows), 0)
    assert account.n_conversations == len(dialogues)
    assert not (tmp_path / "out" / "_work").exists()


@pytest.mark.parametrize("source", ["parquet", "jsonl"])
def test_rows_in_any_order_over_files_and_row_groups_are_brought_together(run, rows_of, dialogues, tmp_path, source):
    rows = lines_of(dialogues)
    random.Random(0).shuffle(rows)
    for number in range(3):
        path = tmp_path / "in" / f"part-{number}.{source}"
        if source == "parquet":
            write_table(path, rows[number::3], row_group_size=4)
        else:
            write_lines(path, rows[number::3])
    account = run(tmp_path / "in", kind=source)
    found = [rows_of(tmp_path / "out" / f"part-{number}.{source}") for number in range(3)]
    check_answers([row for one in found for row in one], dialogues)
    # Each row is in its own file, at its own place.
    assert [[row["ticket"] for row in one] for one in found] == [
        [row["ticket"] for row in rows[n::3]] for n in range(3)
    ]
    assert account.shuffled
    assert account.n_conversations == len(dialogues)


def test_whole_conversations_keep_their_lines(run, rows_of, dialogues, tmp_path):
    write_jsonl(dialogues, tmp_path / "in.jsonl")
    run(tmp_path / "in.jsonl", kind="jsonl")
    found = rows_of(tmp_path / "out" / "in.jsonl")
    assert [row["id"] for row in found] == [talk.id for talk in dialogues]
    for row, talk in zip(found, dialogues, strict=True):
        expected = [one.label for one in answer(talk)]
        assert [turn["emotion_predicted"] for turn in row["utterances"]] == expected
        assert [turn["text"] for turn in row["utterances"]] == [turn.text for turn in talk.utterances]


def test_our_own_parquet_can_be_read_again_with_its_answers(run, dialogues, tmp_path):
    from instructerc.formats import ReadOptions, read_conversations

    write_parquet(dialogues, tmp_path / "in.parquet")
    run(tmp_path / "in.parquet")
    options = ReadOptions(emotion_column="emotion_predicted")
    again = list(read_conversations(tmp_path / "out" / "in.parquet", options=options))
    assert [talk.id for talk in again] == [talk.id for talk in dialogues]
    for talk, old in zip(again, dialogues, strict=True):
        assert [turn.emotion for turn in talk.utterances] == [one.label for one in answer(old)]


def test_chats_and_tables_are_written_with_our_own_columns(run, rows_of, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "chat.txt").write_text("Ann: We won!\nBo: No way!\n", encoding="utf-8")
    (tmp_path / "in" / "calls.csv").write_text("call_id,agent,words\n7,Cy,hello\n7,Di,hi\n8,Cy,bye\n", encoding="utf-8")
    from instructerc.formats import ReadOptions

    reading = ReadOptions(conversation_column="call_id", speaker_column="agent", text_column="words")
    account = run(tmp_path / "in" / "calls.csv", tmp_path / "in" / "chat.txt", reading=reading)
    table = rows_of(tmp_path / "out" / "calls.csv.parquet")
    assert [(row["conversation"], row["turn"], row["speaker"], row["text"]) for row in table] == [
        ("7", 1, "Cy", "hello"),
        ("7", 2, "Di", "hi"),
        ("8", 1, "Cy", "bye"),
    ]
    chat = rows_of(tmp_path / "out" / "chat.txt.parquet")
    assert [row["history_turns"] for row in chat] == [0, 1]
    assert (account.n_in, account.n_out, account.n_conversations) == (5, 5, 3)


def test_a_stop_at_any_shard_changes_nothing(run, dialogues, tmp_path):
    rows = lines_of(dialogues)
    random.Random(1).shuffle(rows)
    sources = {
        "sorted": [write_lines(tmp_path / "sorted" / f"{n}.jsonl", lines_of(dialogues[n::2])) for n in range(2)],
        "spread": [write_lines(tmp_path / "spread" / f"{n}.jsonl", rows[n::2]) for n in range(2)],
    }
    for name, files in sources.items():
        whole = tmp_path / f"{name}-whole"
        run(*files, target=str(whole), kind="jsonl")
        for stop in (0, 8, 16, 24):
            target = tmp_path / f"{name}-{stop}"
            first = HereEngine()
            first.dies_after = stop
            with pytest.raises(KeyboardInterrupt):
                run(*files, target=str(target), kind="jsonl", with_engine=first)
            second = HereEngine()
            account = run(*files, target=str(target), kind="jsonl", with_engine=second)
            # What was scored is not scored again.
            assert first.n_scored + second.n_scored == len(rows)
            assert account.n_out == len(rows)
            for file in files:
                assert (target / file.name).read_bytes() == (whole / file.name).read_bytes()


def test_a_finished_run_does_nothing_and_a_new_file_alone_is_added(run, engine, dialogues, tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues[:4]))
    first = run(tmp_path / "in")
    again = run(tmp_path / "in")
    assert (again.n_scored, again.n_out, again.n_conversations) == (0, first.n_out, 4)
    write_lines(tmp_path / "in" / "b.jsonl", lines_of(dialogues[4:]))
    more = run(tmp_path / "in")
    assert more.n_scored == sum(map(len, dialogues[4:]))
    assert (more.n_files, more.n_out) == (2, sum(map(len, dialogues)))


def test_a_changed_file_is_done_anew(run, rows_of, dialogues, tmp_path):
    for name, some in (("a", dialogues[:4]), ("b", dialogues[4:])):
        write_lines(tmp_path / "in" / f"{name}.jsonl", lines_of(some))
    run(tmp_path / "in", kind="jsonl")
    write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues[:2]))
    account = run(tmp_path / "in", kind="jsonl")
    check_answers(rows_of(tmp_path / "out" / "a.jsonl"), dialogues[:2])
    assert account.n_scored == len(dialogues[0]) + len(dialogues[1])


def test_folders_keep_their_names_and_what_is_hidden_is_left_out(run, dialogues, tmp_path):
    write_lines(tmp_path / "in" / "day=1" / "a.jsonl", lines_of(dialogues[:2]))
    write_lines(tmp_path / "in" / "day=2" / "a.jsonl", lines_of(dialogues[2:4]))
    write_lines(tmp_path / "in" / "_old" / "a.jsonl", lines_of(dialogues[4:]))
    write_lines(tmp_path / "in" / ".b.jsonl", lines_of(dialogues[4:]))
    (tmp_path / "in" / "day=2" / "notes.docx").write_bytes(b"x")
    account = run(tmp_path / "in", kind="jsonl")
    written = {one.relative_to(tmp_path / "out").as_posix() for one in (tmp_path / "out").rglob("a*")}
    assert written == {"day=1/a.jsonl", "day=2/a.jsonl"}
    assert account.n_files == 2


def test_a_folder_is_what_recognize_makes_of_it(run, rows_of, tmp_path, caplog):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("Mia: hi\nTheo: ho\nMia: so\n")
    page = WRITERS["telegram-html"]([("Mia", "so new"), ("Theo", "why?")])
    (folder / "page.html").write_text(page)
    with zipfile.ZipFile(folder / "chat.zip", "w") as archive:
        archive.writestr("_chat.txt", WRITERS["viber"]([("Ann", "so"), ("Bo", "no")]))
    (folder / "d.jpg").write_bytes(b"\xff\xd8")
    (folder / "setup.cfg").write_text("[a]\nb = 1\n")
    run(folder, kind="jsonl")
    said = {path.name: len(rows_of(path)) for path in (tmp_path / "out").glob("*.jsonl")}
    assert sorted(said) == ["a.txt.jsonl", "chat.zip.jsonl", "page.html.jsonl"]
    assert "left out: " in caplog.text
    assert "setup.cfg" in caplog.text
    assert "d.jpg" not in caplog.text


def test_a_glob_names_what_it_matches(run, dialogues, tmp_path):
    for number, talk in enumerate(dialogues[:3]):
        write_lines(tmp_path / "in" / f"part-{number}.jsonl", lines_of([talk]))
    account = run(tmp_path / "in" / "part-[01].jsonl", kind="jsonl")
    assert account.n_files == 2
    assert (tmp_path / "out" / "part-1.jsonl").exists()


def test_urls_are_read_and_written(run, rows_of, dialogues, tmp_path):
    pytest.importorskip("fsspec")
    write_lines(tmp_path / "in" / "a" / "x.jsonl", lines_of(dialogues[:4]))
    write_table(tmp_path / "in" / "b.parquet", lines_of(dialogues[4:]))
    with pytest.raises(InputError, match="give --work DIR"):
        run(f"local://{tmp_path}/in", target=f"local://{tmp_path}/out")
    account = run(f"local://{tmp_path}/in", target=f"local://{tmp_path}/out", work=tmp_path / "work", kind="jsonl")
    assert account.n_files == 2
    check_answers(rows_of(tmp_path / "out" / "a" / "x.jsonl"), dialogues[:4])
    check_answers(rows_of(tmp_path / "out" / "b.parquet.jsonl"), dialogues[4:])
    again = run(f"local://{tmp_path}/in/*.parquet", target=f"local://{tmp_path}/other", work=tmp_path / "work")
    assert again.n_out == sum(map(len, dialogues[4:]))


def test_files_on_their_way_to_a_url_stand_in_the_folder_for_temporary_files(run, dialogues, tmp_path, monkeypatch):
    pytest.importorskip("fsspec")
    # Nothing can be written into the system's own.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    path = write_lines(tmp_path / "a.jsonl", [*lines_of(dialogues), {"speaker": "Ann"}])
    account = run(path, target=f"local://{tmp_path}/out", work=tmp_path / "work", kind="jsonl")
    assert (account.n_out, account.n_refused) == (sum(map(len, dialogues)), 1)
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("names", [("a.jsonl", "a.jsonl")])
def test_two_inputs_of_one_name_are_refused(run, dialogues, tmp_path, names):
    paths = [write_lines(tmp_path / str(n) / name, lines_of(dialogues[n : n + 1])) for n, name in enumerate(names)]
    with pytest.raises(InputError, match="give their common folder"):
        run(*paths)


def test_answers_take_names_that_are_free(run, rows_of, tmp_path):
    rows = [{"speaker": "Ann", "text": "hi", "model": "T1", "p_joy": 3, "emotion_predicted": None}]
    run(write_table(tmp_path / "t.parquet", rows))
    [row] = rows_of(tmp_path / "out" / "t.parquet")
    assert (row["model"], row["model_2"], row["p_joy"]) == ("T1", "words:1", 3)
    assert row["emotion_predicted_2"] in {"joy", "anger", "calm"}


def test_keys_that_play_no_role_stay_whatever_they_are_called(run, rows_of, tmp_path):
    from instructerc.formats import ReadOptions

    path = write_lines(tmp_path / "a.jsonl", [{"speaker": "Ann", "body": "hi", "text": 3}] * 2)
    run(path, reading=ReadOptions(text_column="body"))
    for row in rows_of(tmp_path / "out" / "a.jsonl.parquet"):
        assert (row["text"], json.loads(row["other"])) == ("hi", {"text": 3})


def test_a_list_of_objects_is_read_as_one_document(run, rows_of, dialogues, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(lines_of(dialogues), indent=1), encoding="utf-8")
    account = run(tmp_path / "a.json", kind="jsonl")
    check_answers(rows_of(tmp_path / "out" / "a.json.jsonl"), dialogues)
    assert account.n_out == sum(map(len, dialogues))


def test_metrics_and_counts(run, dialogues, tmp_path):
    rows = [*lines_of(dialogues), {"speaker": "Ann"}]
    metrics = tmp_path / "metrics.prom"
    account = run(write_lines(tmp_path / "a.jsonl", rows), metrics=metrics)
    text = metrics.read_text(encoding="utf-8")
    assert f"instructerc_annotate_rows_in {len(rows)}\n" in text
    assert "instructerc_annotate_rows_refused 1\n" in text
    data = account.to_data()
    assert (data["rows_in"], data["rows_out"], data["refused"], data["adds_up"]) == (len(rows), len(rows) - 1, 1, True)
    assert "turns per second per core" in account.to_table()


def test_progress_ends_at_all_rows_and_says_which_were_done_before(dialogues, tmp_path):
    n_rows, n_first = sum(map(len, dialogues)), sum(map(len, dialogues[:4]))
    for name, some in (("a", dialogues[:4]), ("b", dialogues[4:])):
        write_lines(tmp_path / "in" / f"{name}.jsonl", lines_of(some))

    def done(dies_after: int | None = None) -> tuple[int | None, int, int]:
        """Returns the rows that were announced, those done now, and those done before."""
        seen: Counter[bool] = Counter()
        totals: list[int | None] = []
        engine = HereEngine()
        engine.dies_after = dies_after

        def advance(count: int, *, known: bool = False) -> None:
            seen[known] += count

        def begin(total: int | None) -> Advance:
            totals.append(total)
            return advance

        with suppress(KeyboardInterrupt):
            annotate([str(tmp_path / "in")], str(tmp_path / "out"), engine, AnnotateOptions(), begin)
        return totals[0], seen[False], seen[True]

    _, n_done, n_known = done(dies_after=8)
    assert (0 < n_done < n_first, n_known) == (True, 0)
    # Of a file that was not finished.
    assert done() == (n_rows, n_rows - n_done, n_done)
    # Of one that was.
    (tmp_path / "out" / "b.jsonl.parquet").unlink()
    assert done() == (n_rows, n_rows - n_first, n_first)


def test_only_one_run_writes_an_output(run, dialogues, tmp_path):
    import fcntl

    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    (tmp_path / "out" / "_work").mkdir(parents=True)
    with (tmp_path / "out" / "_work" / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another run is writing"):
            run(path)
    assert run(path).n_out == sum(map(len, dialogues))


def test_a_folder_for_temporary_files_keeps_what_else_is_in_it(run, dialogues, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    other = write_lines(tmp_path / "work" / "mine.txt", [])
    run(path, work=tmp_path / "work")
    assert list((tmp_path / "work").iterdir()) == [other]
    assert not (tmp_path / "out" / "_work").exists()


def test_a_stopped_run_does_not_take_its_answers_for_those_of_another_file(run, rows_of, dialogues, tmp_path):
    """A file that comes before the others has their numbers, and as many rows."""
    rows = lines_of(dialogues)
    write_lines(tmp_path / "in" / "b.jsonl", rows)
    stopped = HereEngine()
    stopped.dies_after = 16
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "in", kind="jsonl", with_engine=stopped)
    others = [replace_id(talk) for talk in dialogues]
    write_lines(tmp_path / "in" / "a.jsonl", lines_of(others))
    run(tmp_path / "in", kind="jsonl")
    check_answers(rows_of(tmp_path / "out" / "a.jsonl"), others)
    check_answers(rows_of(tmp_path / "out" / "b.jsonl"), dialogues)


def replace_id(talk: Conversation) -> Conversation:
    """Returns another conversation of the same size."""
    return Conversation(f"other {talk.id}", [Utterance("Cy", f"{turn.text}, and more") for turn in talk.utterances])


@pytest.mark.parametrize("target", ["in/out", "in", "."])
def test_inputs_and_output_are_apart(run, dialogues, tmp_path, target):
    path = write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues))
    before = path.read_bytes()
    with pytest.raises(InputError, match="contain each other; give another output folder"):
        run(tmp_path / "in", target=str(tmp_path / target), kind="jsonl")
    assert path.read_bytes() == before


def test_a_column_called_turn_that_holds_words_is_the_users_own(run, rows_of, tmp_path):
    rows = [{"speaker": "Ann", "text": text, "turn": "left"} for text in ("one", "two")]
    run(write_table(tmp_path / "t.parquet", rows))
    found = rows_of(tmp_path / "out" / "t.parquet")
    assert [(row["text"], row["turn"], row["history_turns"]) for row in found] == [
        ("one", "left", 0),
        ("two", "left", 1),
    ]


def test_paths_of_the_manifest(run, dialogues, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    run(path)
    manifest = json.loads(Path(tmp_path / "out" / "_manifest.json").read_text(encoding="utf-8"))
    assert manifest["run"]["model"] == "words:1"
    assert len(manifest["inputs"]["a.jsonl"]) == 32
    assert manifest["done"]["a.jsonl"]["n_out"] == sum(map(len, dialogues))


@pytest.mark.parametrize("dialogue", [["Hi", "Ho", "So"], "Ann: Hi\nBo: Ho\nAnn: So"])
def test_parquet_with_a_dialogue_per_row_has_an_answer_per_turn(run, rows_of, tmp_path, dialogue):
    write_table(tmp_path / "in.parquet", [{"id": name, "dialogue": dialogue} for name in "ab"])
    account = run(tmp_path / "in.parquet", kind="jsonl")
    [written] = [one for one in (tmp_path / "out").iterdir() if not one.name.startswith("_")]
    found = [(row["conversation"], row["turn"], row["text"]) for row in rows_of(written)]
    assert found == [(name, at, text) for name in "ab" for at, text in enumerate(("Hi", "Ho", "So"), 1)]
    assert (account.n_conversations, account.adds_up) == (2, True)
