"""A disk that is full, an output that cannot be written, and a stop between two writes, through the command line."""

from __future__ import annotations

import json
import random
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InstructERCError

from .conftest import check_answers, lines_of, write_lines

pytest.importorskip("pyarrow")

# A limit on the size of a file stands in for a full disk.
_LIMIT = 20_000
_FULL = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({_LIMIT}, resource.RLIM_INFINITY))
"""
_ADVICE = "what is written so far stays usable: {}, and the same command continues from there"


def _words(seed: str) -> str:
    """Returns words that do not pack well."""
    return " ".join(sha256(f"{seed} {n}".encode()).hexdigest() for n in range(4))


def _talks(name: str, n_talks: int, n_turns: int) -> list[Conversation]:
    return [
        Conversation(f"{name}{n}", [Utterance("Ann", _words(f"{name} {n} {turn}")) for turn in range(n_turns)])
        for n in range(n_talks)
    ]


def _write_input(folder: Path, fills: str) -> tuple[list[Conversation], list[dict[str, Any]]]:
    """Writes two files, of which only the first one fits; returns its conversations, and the rows of the second one."""
    small = _talks("small", 2, 5)
    write_lines(folder / "a.jsonl", lines_of(small))
    rows = lines_of(_talks("large", 40, 8))
    if fills == "answers":
        rows = [*rows[:16], *lines_of(_talks("huge", 1, 600))]
    elif fills == "refused":
        rows = [*rows[:16], *({"speaker": "Ann", "words": n} for n in range(1000))]
    elif fills == "buckets":
        random.Random(0).shuffle(rows)
    write_lines(folder / "b.jsonl", rows)
    return small, rows


@pytest.mark.parametrize(
    ("fills", "kind"),
    [
        ("answers", "jsonl"),
        ("output", "jsonl"),
        ("output", "parquet"),
        ("refused", "jsonl"),
        ("buckets", "jsonl"),
    ],
)
def test_a_full_disk_is_one_line_and_the_command_goes_on_when_there_is_room(command, rows_of, tmp_path, fills, kind):
    small, rows = _write_input(tmp_path / "in", fills)
    full = command("--format", kind, before=_FULL)
    assert full.returncode == 2
    [line] = full.stderr.splitlines()
    assert line.startswith("error: ")
    assert line.endswith(f": file too large; {_ADVICE.format('make room')}")
    assert str(tmp_path / "out") in line
    first, second = (
        tmp_path / "out" / (f"{name}.jsonl" if kind == "jsonl" else f"{name}.jsonl.parquet") for name in "ab"
    )
    assert not second.exists()
    if fills == "buckets":
        # Conversations that stand apart are answered before any file is written.
        assert not first.exists()
    else:
        check_answers(map(_with_ticket, rows_of(first)), small)
    before = first.read_bytes() if first.exists() else None
    done = command("--format", kind)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    n_small = sum(map(len, small))
    n_refused = 1000 if fills == "refused" else 0
    assert (data["rows_in"], data["refused"], data["adds_up"]) == (n_small + len(rows), n_refused, True)
    assert before in (None, first.read_bytes())
    # None that was answered is scored again.
    assert data["scored_now"] == {"buckets": n_small + len(rows), "answers": 600, "output": 0, "refused": 0}[fills]
    assert len(rows_of(second)) == len(rows) - n_refused


def test_cells_that_fill_the_disk_are_told_too(command, rows_of, tmp_path):
    (tmp_path / "in").mkdir()
    # They pack well, so that the output has room.
    rows = [f"Ann,{_words(str(turn))[:20]},{'so ' * 400}{turn}" for turn in range(40)]
    (tmp_path / "in" / "a.csv").write_text("\n".join(["speaker,text,remark", *rows]) + "\n", encoding="utf-8")
    little = "from instructerc.formats import own_cells\nown_cells._MEMORY_BYTES = 1000\n"
    full = command(before=_FULL + little)
    assert full.returncode == 2
    [line] = full.stderr.splitlines()
    assert line == f"error: {tmp_path}/out: file too large; {_ADVICE.format('make room')}"
    written = tmp_path / "out" / "a.csv.parquet"
    assert not written.exists()
    done = command(before=little)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scored_now"] == 0
    assert written.stat().st_size < _LIMIT
    assert [row["remark"] for row in rows_of(written)] == [row.rpartition(",")[2] for row in rows]
    assert not (tmp_path / "out" / "_work").exists()


def _with_ticket(row: dict[str, Any]) -> dict[str, Any]:
    """Returns a row whose own keys stand beside ours, also where it comes from a table."""
    return row | json.loads(row.pop("other")) if row.get("other") else row


_KILLED = """
import os
from pathlib import Path
replace = Path.replace
def replace_and_die(self, target):
    replace(self, target)
    if Path(target).name == "buckets":
        os._exit(9)
Path.replace = replace_and_die
"""


def test_a_stop_after_rows_are_brought_together_loses_no_refused_row(command, rows_of, dialogues, tmp_path):
    rows = lines_of(dialogues)
    random.Random(1).shuffle(rows)
    for number in range(2):
        write_lines(tmp_path / "in" / f"{number}.jsonl", [*rows[number::2], {"speaker": "Ann"}])
    assert command("--format", "jsonl", before=_KILLED).returncode == 9
    assert (tmp_path / "out" / "_work" / "buckets").is_dir()
    done = command("--format", "jsonl")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert (data["rows_in"], data["refused"], data["adds_up"]) == (len(rows) + 2, 2, True)
    check_answers([row for n in range(2) for row in rows_of(tmp_path / "out" / f"{n}.jsonl")], dialogues)
    for number in range(2):
        [one] = rows_of(tmp_path / "out" / "_refused" / f"{number}.jsonl.jsonl")
        assert one["row"] == len(rows[number::2]) + 1


# The administrator may write everywhere, so the system's answer is put in its place.
_LOCKED = """
import errno, io, os
target, number = {target!r}, errno.{name}
def guarded(function, writes):
    def call(path, *arguments, **options):
        if str(path).startswith(target) and writes(path, *arguments, **options):
            raise OSError(number, os.strerror(number), str(path))
        return function(path, *arguments, **options)
    return call
io.open = guarded(io.open, lambda path, mode="r", *_, **__: bool(set(mode) & set("wax+")))
os.mkdir = guarded(os.mkdir, lambda path, *_, **__: not os.path.exists(path))
for name in ("replace", "rename", "unlink", "rmdir"):
    setattr(os, name, guarded(getattr(os, name), lambda *_, **__: True))
"""


@pytest.mark.parametrize(("name", "reason"), [("EROFS", "read-only file system"), ("EACCES", "permission denied")])
def test_an_output_that_cannot_be_written_is_one_line_and_stays_as_it_is(command, rows_of, tmp_path, name, reason):
    out = tmp_path / "out"
    small, rows = _write_input(tmp_path / "in", "answers")
    locked = _LOCKED.format(target=str(out), name=name)

    def check_refused() -> None:
        done = command("--format", "jsonl", before=locked)
        assert done.returncode == 2
        [line] = done.stderr.splitlines()
        assert line.startswith(f"error: {out}")
        assert line.endswith(f": {reason}; {_ADVICE.format('make it writable')}")

    check_refused()
    assert not out.exists()
    # Half written: a file is done, and the other one had no room.
    assert command("--format", "jsonl", before=_FULL).returncode == 2
    before = _contents(out)
    check_refused()
    assert _contents(out) == before
    done = command("--format", "jsonl")
    assert json.loads(done.stdout)["scored_now"] == 600, done.stderr
    check_answers(rows_of(out / "a.jsonl"), small)
    assert len(rows_of(out / "b.jsonl")) == len(rows)


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_output_that_is_a_file_is_one_line(command, dialogues, tmp_path):
    write_lines(tmp_path / "in" / "a.jsonl", lines_of(dialogues))
    (tmp_path / "out").write_bytes(b"mine")
    done = command()
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith(f"error: {tmp_path / 'out'}")
    assert "not a directory" in line or "file exists" in line
    assert (tmp_path / "out").read_bytes() == b"mine"


def test_an_output_that_cannot_be_made_is_told_before_anything_is_scored(run, engine, dialogues, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", lines_of(dialogues))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InstructERCError, match=r"file.*(not a directory|file exists)"):
        run(path, target=str(tmp_path / "file" / "out"))
    assert engine.n_scored == 0
