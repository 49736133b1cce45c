"""Memory stays bounded: by refused rows, by long texts, and by files whose rows nobody has counted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from instructerc.conversation import Utterance
from instructerc.scale import shards, talks
from instructerc.scale.files import base
from instructerc.scale.files.base import blocks_of
from instructerc.scale.files.open import open_rows
from instructerc.scale.inputs import find_inputs
from instructerc.scale.options import MAX_TURNS, AnnotateOptions
from instructerc.scale.plan import make_plan
from instructerc.scale.refusals import RefusalLog, Refusals
from instructerc.scale.rows import InputTurn, Refusal
from instructerc.scale.shards import cut_shards
from instructerc.scale.shuffle import count_buckets

from .conftest import check_answers, lines_of, write_lines

_PEAK = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from conftest import HereEngine
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.run import annotate
options = AnnotateOptions(kind="jsonl", max_turns=int(sys.argv[3]))
account = annotate([sys.argv[1]], sys.argv[2], HereEngine(), options)
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0], account.n_out, account.n_refused)
"""


def _peak(source: Path, max_turns: int = 1000) -> tuple[float, int, int]:
    """Returns the MB that a run of its own held at most, and how many rows it wrote and refused."""
    script = _PEAK.format(tests=str(Path(__file__).parent))
    target = source.with_suffix(".out")
    # The peak of getrusage would be that of this process, of which the run is a fork.
    arguments = [sys.executable, "-c", script, str(source), str(target), str(max_turns)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    peak, n_out, n_refused = map(int, done.stdout.split())
    return peak / 1024, n_out, n_refused


_reads_peaks = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's peak from /proc")


@pytest.mark.slow
@_reads_peaks
def test_a_conversation_of_any_length_and_texts_of_any_length_take_little_memory(tmp_path):
    few = write_lines(tmp_path / "few.jsonl", _one_talk(20_000))
    many = write_lines(tmp_path / "many.jsonl", _one_talk(100_000))
    long = write_lines(tmp_path / "long.jsonl", _long_texts(64))
    least, n_out, n_refused = _peak(few)
    assert (n_out, n_refused) == (0, 20_000)
    peak, n_out, n_refused = _peak(many)
    assert (n_out, n_refused) == (0, 100_000)
    # Only the places of refused rows, each less than a hundred bytes.
    assert peak - least < 44
    peak, n_out, n_refused = _peak(long)
    assert (n_out, n_refused) == (64, 0)
    assert peak - least < 32


@pytest.mark.slow
@_reads_peaks
def test_four_times_the_turns_in_parquet_take_little_more_than_the_first_that_are_too_many(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    peaks: list[float] = []
    for n_turns in (MAX_TURNS + 1, 4 * MAX_TURNS):
        texts = [f"so {turn}" for turn in range(n_turns)]
        columns = {"conversation": ["huge"] * n_turns, "speaker": ["Ann"] * n_turns, "text": texts}
        source = tmp_path / f"{n_turns}.parquet"
        parquet.write_table(pyarrow.table(columns), source, row_group_size=50_000)
        peak, n_out, n_refused = _peak(source, MAX_TURNS)
        assert (n_out, n_refused) == (0, n_turns)
        peaks.append(peak)
    least, peak = peaks
    assert peak - least < 33
    with (source.with_suffix(".out") / "_refused" / f"{source.name}.jsonl").open(encoding="utf-8") as stream:
        *_, last = stream
    reason = "conversation 'huge' has more than 100000 turns; --max-turns takes more"
    assert json.loads(last) == {"file": source.name, "row": 4 * MAX_TURNS, "utterance": 1, "reason": reason}


@pytest.mark.slow
@_reads_peaks
@pytest.mark.parametrize("order", ["together", "mixed"])
def test_cells_of_any_length_that_are_not_read_take_little_memory(tmp_path, order):
    peaks: list[float] = []
    for name, remark in (("short", "so "), ("long", "so " * 1500)):
        source = tmp_path / f"{name}.csv"
        with source.open("w", encoding="utf-8") as stream:
            stream.write("conversation,speaker,text,remark\n")
            for turn in range(20_000):
                talk = turn % 7 if order == "mixed" else 0
                stream.write(f"{talk},Ann,so {turn},{remark}{turn}\n")
        peak, n_out, n_refused = _peak(source, MAX_TURNS)
        assert (n_out, n_refused) == (20_000, 0)
        peaks.append(peak)
    least, peak = peaks
    # 90 MB of cells.
    assert peak - least < 45
    with (source.with_suffix(".out") / f"{source.name}.jsonl").open(encoding="utf-8") as stream:
        found = [json.loads(line) for line in stream]
    assert all(row["remark"].split()[-1] == row["text"].split()[-1] for row in found)


def _one_talk(n_turns: int) -> Iterator[dict[str, object]]:
    return ({"conversation": "huge", "speaker": "Ann", "text": f"so {turn}"} for turn in range(n_turns))


def _long_texts(n_talks: int) -> Iterator[dict[str, object]]:
    return ({"conversation": f"talk {n}", "speaker": "Ann", "text": f"so {n} " * 200_000} for n in range(n_talks))


def _rows(name: str, *texts: str) -> list[InputTurn]:
    return [InputTurn((0, row, 0), 0, name, None, Utterance("Ann", text)) for row, text in enumerate(texts, 1)]


def test_a_shard_is_full_by_its_turns_or_by_its_characters(monkeypatch):
    monkeypatch.setattr(shards, "SHARD_CHARACTERS", 100)
    given = [_rows("a", "x" * 40), _rows("b", "x" * 40), _rows("c", "x" * 40), _rows("d", "x" * 900), _rows("e", "x")]
    found = [[talk.id for talk in shard.conversations] for shard in cut_shards(0, given)]
    assert found == [["a", "b"], ["c"], ["d"], ["e"]]
    short = [_rows(str(n), "hi") for n in range(20)]
    assert [len(shard.places) for shard in cut_shards(0, short)] == [8, 8, 4]


@pytest.mark.parametrize("order", ["together", "apart"])
def test_a_conversation_of_too_many_characters_is_refused_and_the_others_are_not(
    run, rows_of, dialogues, tmp_path, monkeypatch, order
):
    monkeypatch.setattr(talks, "MAX_CHARACTERS", 1024 * 1024)
    rows = [{"conversation": "wordy", "speaker": "Ann", "text": "x" * 300_000}] * 5
    rest = lines_of(dialogues)
    write_lines(tmp_path / "a.jsonl", [*rows, *rest] if order == "together" else [*rows[:2], *rest, *rows[2:]])
    account = run(tmp_path / "a.jsonl", kind="jsonl")
    assert account.shuffled == (order == "apart")
    check_answers(rows_of(tmp_path / "out" / "a.jsonl"), dialogues)
    side = rows_of(tmp_path / "out" / "_refused" / "a.jsonl.jsonl")
    assert [one["row"] for one in side] == ([1, 2, 3, 4, 5] if order == "together" else [1, 2, 40, 41, 42])
    assert {one["reason"] for one in side} == {"conversation 'wordy' has more than 1 Mi characters"}


def test_blocks_are_full_by_rows_or_by_characters(monkeypatch):
    monkeypatch.setattr(base, "BLOCK_ROWS", 3)
    monkeypatch.setattr(base, "BLOCK_CHARACTERS", 100)
    given = [("a", 1, 10), ("b", 1, 10), ("c", 1, 10), ("d", 1, 99), ("e", 1, 1), ("f", 5, 1), ("g", 1, 1)]
    assert list(blocks_of(given)) == [["a", "b", "c"], ["d", "e"], ["f"], ["g"]]


def test_the_shuffle_has_buckets_by_rows_and_by_bytes(tmp_path, dialogues):
    assert count_buckets(0, 0) == 1
    assert count_buckets(100_000, 0) == 5
    assert count_buckets(100, 80 * 1024 * 1024) == 10
    assert count_buckets(10**12, 10**12) == 16_384
    # Nobody counts the rows of a chat before it is read: then its size says how much it is.
    (tmp_path / "chat.txt").write_text("Ann: hello to all\nBo: hi\n" * 1_000_000, encoding="utf-8")
    options = AnnotateOptions()
    inputs = find_inputs([str(tmp_path / "chat.txt")], None, options.reading)
    plan = make_plan(inputs, [open_rows(inputs[0], 0, options.reading, tmp_path)], "merge", tmp_path / "work")
    assert plan.n_rows is None
    assert plan.n_buckets == 3


def test_refused_rows_of_all_passes_come_in_their_order(tmp_path):
    passes = {
        "read-3": [(3, 9, 0), (3, 1, 1), (4, 1, 0)],
        "model-3-0": [(3, 1, 0), (3, 7, 2), (3, 700, 0)],
        "bucket-1": [(3, 8, 0)],
    }
    for name, places in passes.items():
        with RefusalLog(tmp_path, name) as log:
            for place in places:
                log.add(Refusal(place, f"{name} {place} ü", 5 if place[1] == 9 else None))
    found = Refusals(tmp_path, 3)
    places = sorted(place for one in passes.values() for place in one if place[0] == 3)
    assert [one.place for one in found] == places
    assert [one.reason.rpartition(" (")[0] for one in found][:4] == ["model-3-0", "read-3", "model-3-0", "bucket-1"]
    assert len(found) == 6
    assert found.between(1, 7) == [(1, 0), (1, 1), (7, 2)]
    assert found.between(8, 9) == [(8, 0), (9, 0)]
    assert found.between(10, 699) == []
    lines = [json.loads(line) for line in found.side_lines("a")]
    assert lines[4] == {"file": "a", "row": 5, "utterance": 1, "reason": "read-3 (3, 9, 0) ü"}
    assert lines[1]["utterance"] == 2
    assert len(Refusals(tmp_path, 5)) == 0
    assert list(Refusals(tmp_path, 5)) == []


def test_a_pass_that_is_made_again_replaces_its_refused_rows(tmp_path):
    for row in (1, 2):
        with RefusalLog(tmp_path, "read-0") as log:
            log.add(Refusal((0, row, 0), "no text"))
    assert [one.place for one in Refusals(tmp_path, 0)] == [(0, 2, 0)]


def test_refused_rows_of_thousands_of_files_need_no_file_each_at_once(tmp_path):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with (tmp_path / "next").open("w") as stream:
        next_free = stream.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_free + 8, limits[1]))
    try:
        with RefusalLog(tmp_path, "spill") as log:
            for file in range(200):
                log.add(Refusal((file, 1, 0), "no text"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert sum(len(Refusals(tmp_path, file)) for file in range(200)) == 200
