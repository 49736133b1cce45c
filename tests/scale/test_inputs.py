"""Which files are inputs, and what is refused so that no file is lost, doubled or read for another one."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path

import pytest

from instructerc.errors import InputError
from instructerc.scale.inputs import find_inputs
from instructerc.scale.options import AnnotateOptions

from .conftest import HereEngine, lines_of, write_lines, write_table

pytest.importorskip("pyarrow")


def _named(*sources: str | Path) -> list[str]:
    return [one.name for one in find_inputs([str(source) for source in sources], None, AnnotateOptions().reading)]


def test_two_inputs_that_would_become_one_file_are_refused(run, engine, dialogues, tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues[:2]))
    write_table(tmp_path / "in" / "a.jsonl.parquet", lines_of(dialogues[2:]))
    with pytest.raises(
        InputError, match=r"a\.jsonl and .*a\.jsonl\.parquet would both be written as a\.jsonl\.parquet"
    ):
        run(tmp_path / "in")
    assert engine.n_scored == 0
    assert run(tmp_path / "in", kind="jsonl").n_files == 2


@pytest.mark.parametrize("folder", ["_work", "_refused", "_manifest.json"])
def test_what_would_be_written_where_other_things_are_kept_is_refused(run, dialogues, tmp_path, folder):
    write_lines(tmp_path / "in" / folder / "a.jsonl", lines_of(dialogues))
    with pytest.raises(InputError, match=f"would be written as {folder}/a.jsonl, which is for other things"):
        run(tmp_path / "in" / "_*" / "a.jsonl", kind="jsonl")


def test_a_pipe_is_not_taken_for_an_empty_file(run, dialogues, tmp_path):
    os.mkfifo(tmp_path / "a.jsonl")
    text = "".join(json.dumps(row) + "\n" for row in lines_of(dialogues))
    # Nobody may read it, and then this waits for ever.
    threading.Thread(target=lambda: (tmp_path / "a.jsonl").write_text(text), daemon=True).start()
    with pytest.raises(InputError, match=r"a\.jsonl: is a pipe or device, and inputs are read several times"):
        run(tmp_path / "a.jsonl")


def test_a_url_whose_size_is_not_told_is_not_taken_for_an_empty_file(monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    store = fsspec.filesystem("memory")
    store.pipe("/unsized/a.jsonl", b'{"speaker": "Ann", "text": "hi"}\n')
    info = type(store).info
    monkeypatch.setattr(type(store), "info", lambda *given, **more: info(*given, **more) | {"size": None})
    with pytest.raises(InputError, match=r"memory://unsized/a\.jsonl: its size is not told; copy it to a file"):
        _named("memory://unsized/a.jsonl")


def test_packed_files_and_links_to_folders_are_left_out_with_a_line_each(dialogues, tmp_path, caplog):
    text = write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues)).read_bytes()
    (tmp_path / "in" / "b.jsonl.gz").write_bytes(gzip.compress(text))
    (tmp_path / "in" / "c.jsonl.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(40))
    write_lines(tmp_path / "elsewhere" / "d.jsonl", lines_of(dialogues))
    (tmp_path / "in" / "day").symlink_to(tmp_path / "elsewhere")
    assert _named(tmp_path / "in") == ["a.jsonl"]
    said = sorted(record.getMessage().removeprefix(f"left out: {tmp_path}/in/") for record in caplog.records)
    assert said == [
        "b.jsonl.gz: is packed; unpack it",
        "c.jsonl.zst: is a Zstandard file; unpack it first",
        "day: is a link to a folder; give that folder, too",
    ]


def test_a_file_of_a_folder_that_cannot_be_opened_is_not_left_out(dialogues, tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues))
    (tmp_path / "in" / "b.jsonl").symlink_to(tmp_path / "gone.jsonl")
    with pytest.raises(InputError, match=r"b\.jsonl: no such file"):
        _named(tmp_path / "in")


@pytest.mark.parametrize("kind", ["", "local://"])
def test_a_file_whose_name_looks_like_a_glob_is_that_file(dialogues, tmp_path, kind):
    pytest.importorskip("fsspec")
    names = ["a?b.jsonl", "a[1].jsonl", "a*.jsonl", "a b.jsonl", "a%20b.jsonl", "a#b.jsonl", "é.jsonl"]
    for name in names:
        write_lines(tmp_path / name, lines_of(dialogues[:1]))
    for name in names:
        assert _named(f"{kind}{tmp_path}/{name}") == [name]
    assert len(_named(f"{kind}{tmp_path}/a?b.*")) == 3


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("memory://apart/in", "memory://apart/in/out"),
        ("memory://apart/in", "memory://apart/in"),
        ("memory://apart/in/a.jsonl", "memory://apart/in"),
        ("{folder}/in", "local://{folder}/in/out"),
        ("local://{folder}/in", "{folder}/in/out"),
        ("{folder}/in/**/*.jsonl", "{folder}/in/out"),
    ],
)
def test_inputs_and_output_are_apart_by_whatever_name(run, dialogues, tmp_path, source, target):
    fsspec = pytest.importorskip("fsspec")
    path = write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues))
    fsspec.filesystem("memory").pipe("/apart/in/a.jsonl", path.read_bytes())
    with pytest.raises(InputError, match="contain each other; give another output folder"):
        run(source.format(folder=tmp_path), target=target.format(folder=tmp_path), work=tmp_path / "work")
    # A store that begins with the same letters is another one.
    account = run("memory://apart/in", target="memory://apart/in-out", work=tmp_path / "work", kind="jsonl")
    assert account.n_out == sum(map(len, dialogues))


def test_temporary_files_are_no_inputs(run, dialogues, tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues))
    with pytest.raises(InputError, match=r"has the folder for temporary files, .*, in it; give another one"):
        run(tmp_path / "in", work=tmp_path / "in" / "work")


def test_an_output_has_one_folder_of_temporary_files_from_wherever_it_is_named(run, dialogues, tmp_path, monkeypatch):
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    first = stopped = HereEngine()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        stopped.dies_after = 8
        with pytest.raises(KeyboardInterrupt):
            run(path, target="out", work=tmp_path / "work", with_engine=stopped)
        stopped = HereEngine()
    assert len(list((tmp_path / "work").iterdir())) == 2
    # The second run has not thrown away what the first one had answered.
    monkeypatch.chdir(tmp_path)
    account = run(path, target="one/out", work=tmp_path / "work")
    assert account.n_known == first.n_scored > 0


def test_of_an_input_that_is_gone_its_file_stays_and_is_told(run, dialogues, tmp_path, caplog):
    for name, talks in (("a", dialogues[:4]), ("b", dialogues[4:])):
        write_lines(tmp_path / "in" / f"{name}.jsonl", lines_of(talks))
    run(tmp_path / "in", kind="jsonl")
    before = (tmp_path / "out" / "b.jsonl").read_bytes()
    (tmp_path / "in" / "b.jsonl").unlink()
    account = run(tmp_path / "in", kind="jsonl")
    assert account.n_files == 1
    assert "b.jsonl is no input any more; its file in the output stays as it is" in caplog.text
    assert (tmp_path / "out" / "b.jsonl").read_bytes() == before


@pytest.mark.parametrize(("name", "what"), [(".", "is a folder"), ("none/m.prom", "is in no folder that there is")])
def test_a_file_for_metrics_that_cannot_be_is_told_before_anything_is_scored(
    run, engine, dialogues, tmp_path, name, what
):
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    with pytest.raises(InputError, match=f"{what}; give a file for the metrics"):
        run(path, metrics=tmp_path / name)
    assert engine.n_scored == 0
