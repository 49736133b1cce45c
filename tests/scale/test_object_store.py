"""A real object store: what is read from S3 and written there, over HTTP, against moto's server."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from instructerc.errors import InputError, InstructERCError

from .conftest import HereEngine, check_answers, lines_of, write_lines, write_table

pytest.importorskip("pyarrow")
s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed (pip install s3fs 'moto[server]')")
server = pytest.importorskip("moto.server", reason="moto is not installed (pip install s3fs 'moto[server]')")

# Of the store's own packages.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    store = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    store.start()
    host, port = store.get_host_and_port()
    yield f"http://{host}:{port}"
    store.stop()


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Returns the store's file system, with an empty bucket `chats`; `s3://` leads there, as a user sets it up."""
    names = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    # What this machine is set up for is not asked.
    names |= {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    s3fs.S3FileSystem.clear_instance_cache()
    fs = s3fs.S3FileSystem()
    fs.mkdir("chats")
    yield fs
    fs.rm("chats", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def fetched(store: Any, tmp_path: Path) -> Callable[[str], Path]:
    """Returns a function that copies a file of the store."""

    def fetch(name: str) -> Path:
        target = tmp_path / "fetched" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        store.get_file(name, str(target))
        return target

    return fetch


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_a_bucket_is_annotated_into_a_bucket(run, rows_of, store, fetched, dialogues, tmp_path, kind):
    write_lines(tmp_path / "in" / "day=1" / "a.jsonl", lines_of(dialogues[:3]))
    write_table(tmp_path / "in" / "b.parquet", lines_of(dialogues[3:6]))
    (tmp_path / "in" / "c.csv").write_text("speaker,text,ticket\nAnn,hi,T1\nBo,ho,T2\n", encoding="utf-8")
    store.put(f"{tmp_path}/in/", "chats/in/", recursive=True)
    account = run("s3://chats/in", target="s3://chats/out", work=tmp_path / "work", kind=kind)
    assert (account.n_files, account.adds_up) == (3, True)
    names = {name.removeprefix("chats/out/") for name in store.find("chats/out")}
    written = {"parquet": ["day=1/a.jsonl.parquet", "b.parquet"], "jsonl": ["day=1/a.jsonl", "b.parquet.jsonl"]}[kind]
    assert names == {*written, f"c.csv.{kind}", "_manifest.json"}
    check_answers([row for name in written for row in rows_of(fetched(f"chats/out/{name}"))], dialogues[:6])
    assert [row["ticket"] for row in rows_of(fetched(f"chats/out/c.csv.{kind}"))] == ["T1", "T2"]
    assert list((tmp_path / "work").iterdir()) == []


def test_a_stopped_run_goes_on_and_an_added_object_alone_is_done(run, rows_of, store, fetched, dialogues, tmp_path):
    rows = lines_of(dialogues)
    for number in range(2):
        # Rows of each conversation stand in both.
        store.put_file(str(write_lines(tmp_path / f"{number}.jsonl", rows[number::2])), f"chats/in/{number}.jsonl")
    options = {"target": "s3://chats/out", "work": tmp_path / "work", "kind": "jsonl"}
    stopped, second = HereEngine(), HereEngine()
    stopped.dies_after = 16
    with pytest.raises(KeyboardInterrupt):
        run("s3://chats/in/*.jsonl", with_engine=stopped, **options)
    account = run("s3://chats/in/*.jsonl", with_engine=second, **options)
    assert account.shuffled
    assert stopped.n_scored + second.n_scored == len(rows)
    found = [row for number in range(2) for row in rows_of(fetched(f"chats/out/{number}.jsonl"))]
    check_answers(found, dialogues)
    again = HereEngine()
    assert run("s3://chats/in/*.jsonl", with_engine=again, **options).n_out == len(rows)
    assert again.n_scored == 0


def test_an_object_that_was_changed_is_done_anew(run, rows_of, store, fetched, dialogues, tmp_path):
    for name, some in (("a", dialogues[:4]), ("b", dialogues[4:])):
        path = write_lines(tmp_path / f"{name}.jsonl", lines_of(some))
        store.put_file(str(path), f"chats/in/{name}.jsonl")
    options = {"target": "s3://chats/out", "work": tmp_path / "work", "kind": "jsonl"}
    run("s3://chats/in", **options)
    store.put_file(str(write_lines(tmp_path / "a.jsonl", lines_of(dialogues[:2]))), "chats/in/a.jsonl")
    account = run("s3://chats/in", **options)
    check_answers(rows_of(fetched("chats/out/a.jsonl")), dialogues[:2])
    assert account.n_scored == sum(map(len, dialogues[:2]))


@pytest.mark.parametrize("source", ["s3://chats/none.jsonl", "s3://no-such-bucket/a.jsonl", "s3://chats/*.jsonl"])
def test_what_is_not_there_is_one_line(run, store, tmp_path, source):
    with pytest.raises(InputError, match=r"no such file|no file that could be read"):
        run(source, work=tmp_path / "work")


def test_an_output_in_a_bucket_that_is_not_there_is_one_line(run, engine, store, dialogues, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    with pytest.raises(InstructERCError, match=r"s3://no-such-bucket/out: .*bucket does not exist.*mend this"):
        run(path, target="s3://no-such-bucket/out", work=tmp_path / "work")
    # A name with a slip in it makes no bucket, and costs no scoring.
    assert not store.exists("no-such-bucket")
    assert engine.n_scored == 0


def test_a_store_that_lets_nobody_in_is_one_line(run, store, dialogues, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(InputError, match=r"s3://chats/a\.jsonl: cannot be opened: Unable to locate credentials"):
        run("s3://chats/a.jsonl", work=tmp_path / "work")
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    with pytest.raises(
        InstructERCError, match=r"s3://chats/out: Unable to locate credentials; .* continues from there"
    ):
        run(path, target="s3://chats/out", work=tmp_path / "work")


def test_wrong_rows_have_a_side_file_in_the_bucket(run, store, dialogues, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", [*lines_of(dialogues), {"speaker": "Ann"}])
    account = run(path, target="s3://chats/out", work=tmp_path / "work", kind="jsonl")
    assert (account.n_refused, account.adds_up) == (1, True)
    [line] = store.cat_file("chats/out/_refused/a.jsonl.jsonl").decode().splitlines()
    assert json.loads(line)["row"] == sum(map(len, dialogues)) + 1
