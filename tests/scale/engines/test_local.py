"""Worker processes and the driver are killed; what is written in the end is what an undisturbed run writes."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock, Timer
from typing import Any

import pytest

from instructerc.errors import InstructERCError
from instructerc.scale import shards, shuffle
from instructerc.scale.engines.local import LocalEngine
from instructerc.scale.model import ModelChoice
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.run import annotate
from instructerc.scale.shards import Shard

N_TALKS, TALK_TURNS, N_BAD = 60, 6, 5
N_TURNS = N_TALKS * TALK_TURNS
SHARD_TURNS, BUCKET_ROWS = 12, 100
N_KILLS = 10
# A driver loads its model again each time.
N_DRIVERS_KILLED = 5


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Rows of conversations that are spread over three files, some of them wrong."""
    rows = [
        {"conversation": f"talk {talk}", "turn": turn, "speaker": "Ann", "text": f"i miss {talk} so {turn}"}
        for talk in range(N_TALKS)
        for turn in range(TALK_TURNS)
    ]
    rows += [{"conversation": f"talk {talk}", "turn": 0, "speaker": "Ann"} for talk in range(N_BAD)]
    random.Random(0).shuffle(rows)
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        lines = [json.dumps(row) + "\n" for row in rows[number::3]]
        (folder / f"{number}.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    """Returns all that an output holds, the side files of refused rows included."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class KillingEngine:
    """A local engine of which workers are killed: one before the first answer, the others after some of them.

    Attributes:
        killed: the workers that were running when they were killed.
    """

    n_cores = 2

    def __init__(self, engine: LocalEngine, shard_s: float) -> None:
        self.about = engine.about
        self.killed: list[int] = []
        self._engine = engine
        self._shard_s = shard_s
        self._draw = random.Random(0)
        self._lock = Lock()

    def score(self, given: Iterator[Shard]) -> Iterator[object]:
        # While the last ones are answered, a worker is already without work.
        n_shards = N_TURNS // SHARD_TURNS
        moments = {0, *self._draw.sample(range(1, n_shards - 5), N_KILLS - 1)}
        answers = self._engine.score(given)
        timers = []
        for number in itertools.count():
            if number in moments:
                # At any moment of the next shard.
                timers.append(Timer(self._draw.random() * self._shard_s, self._kill))
                timers[-1].start()
            found = next(answers, None)
            if found is None:
                break
            yield found
        for timer in timers:
            timer.join()

    def _kill(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with self._lock:
                running = [pid for pid in self._engine.pids() if pid not in self.killed and is_running(pid)]
                if running:
                    self.killed.append(self._draw.choice(running))
                    os.kill(self.killed[-1], signal.SIGKILL)
                    return
            # Those that were killed before are being replaced.
            time.sleep(0.001)


def test_killed_workers_are_replaced_and_no_row_is_lost_or_doubled(embedded_folder, source, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_TURNS", SHARD_TURNS)
    monkeypatch.setattr(shuffle, "_ROWS_PER_BUCKET", BUCKET_ROWS)
    options = AnnotateOptions(kind="jsonl")
    with LocalEngine(ModelChoice(str(embedded_folder)), 2, 1) as engine:
        engine.about()
        begin = time.monotonic()
        annotate([str(source)], str(tmp_path / "whole"), engine, options)
        shard_s = (time.monotonic() - begin) * SHARD_TURNS / N_TURNS
        killing = KillingEngine(engine, shard_s)
        account = annotate([str(source)], str(tmp_path / "killed"), killing, options)
    assert len(set(killing.killed)) == N_KILLS
    assert not any(map(is_running, killing.killed))
    assert (account.n_in, account.n_out, account.n_refused) == (N_TURNS + N_BAD, N_TURNS, N_BAD)
    assert account.shuffled
    assert files_of(tmp_path / "killed") == files_of(tmp_path / "whole")


_DRIVER = """
import itertools, json, os, signal, sys, threading, time
from instructerc.scale import shards, shuffle
from instructerc.scale.engines.local import LocalEngine
from instructerc.scale.model import ModelChoice
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.run import annotate

OPERATIONS = {"open", "os.mkdir", "os.remove", "os.rename", "shutil.rmtree"}
operations = itertools.count()

def kill_after(number, delay):
    \"\"\"Ends this process by SIGKILL a little after an operation on the output.\"\"\"
    def kill():
        time.sleep(delay)
        os.kill(os.getpid(), signal.SIGKILL)

    def see(event, arguments):
        if event in OPERATIONS and str(arguments[0]).startswith(sys.argv[3]) and next(operations) == number:
            threading.Thread(target=kill).start()

    sys.addaudithook(see)

if __name__ == "__main__":
    shards.SHARD_TURNS, shuffle._ROWS_PER_BUCKET = int(sys.argv[4]), int(sys.argv[5])
    with LocalEngine(ModelChoice(sys.argv[1]), 1, 1) as engine:
        print(engine.pids()[0], flush=True)
        kill_after(int(sys.argv[6]), float(sys.argv[7]))
        account = annotate([sys.argv[2]], sys.argv[3], engine, AnnotateOptions(kind="jsonl"))
    print(json.dumps(account.to_data() | {"operations": next(operations)}))
"""
NEVER = -1


@pytest.fixture
def drive(embedded_folder: Path, source: Path, tmp_path: Path) -> Callable[..., dict[str, Any] | None]:
    """Returns a function that runs a driver of its own; it returns its counts, or None where it was killed."""
    script = tmp_path / "driver.py"
    script.write_text(_DRIVER, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    def run(target: Path, operation: int = NEVER, delay_s: float = 0.0) -> dict[str, Any] | None:
        arguments = [embedded_folder, source, target, SHARD_TURNS, BUCKET_ROWS, operation, delay_s]
        command = [sys.executable, str(script), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, timeout=60, check=False)
        worker, *counts = done.stdout.splitlines()
        _wait_for_end(int(worker))
        assert done.returncode in (0, -signal.SIGKILL)
        # One that was killed may have had its last line out.
        return None if done.returncode else json.loads(counts[0])

    return run


def test_a_killed_driver_leaves_what_the_next_one_goes_on_from(drive, tmp_path):
    n_operations = drive(tmp_path / "whole")["operations"]
    draw = random.Random(1)
    n_killed = n_outputs = n_known = 0
    while n_killed < N_DRIVERS_KILLED:
        n_outputs += 1
        target = tmp_path / f"killed-{n_outputs}"
        account = None
        while account is None:
            # One that goes on has less to do, and may be done before its moment comes.
            moment = draw.randrange(n_operations) if n_killed < N_DRIVERS_KILLED else NEVER
            account = drive(target, moment, draw.random() * 0.002)
            n_killed += account is None
        assert (account["rows_in"], account["rows_out"], account["refused"]) == (N_TURNS + N_BAD, N_TURNS, N_BAD)
        assert files_of(target) == files_of(tmp_path / "whole")
        n_known += account["scored_before"]
    assert n_killed == N_DRIVERS_KILLED
    assert n_known


def _wait_for_end(pid: int) -> None:
    """Waits until a worker has noticed that its driver is gone."""
    until = time.monotonic() + 40
    while is_running(pid):
        assert time.monotonic() < until, f"worker {pid} outlives its driver"
        time.sleep(0.02)


def test_a_model_that_cannot_be_loaded_is_told_in_its_own_words(tmp_path):
    with LocalEngine(ModelChoice(str(tmp_path)), 1, 1) as engine, pytest.raises(InstructERCError, match="model folder"):
        engine.about()


def test_workers_end_with_the_engine(embedded_folder):
    with LocalEngine(ModelChoice(str(embedded_folder)), 2, 1) as engine:
        engine.about()
        pids = engine.pids()
    assert len(pids) == 2
    for pid in pids:
        _wait_for_end(pid)


def test_ctrl_c_never_comes_to_a_worker_not_even_as_it_starts(embedded_folder):
    with LocalEngine(ModelChoice(str(embedded_folder)), 2, 1) as engine:
        status = [Path(f"/proc/{pid}/status").read_text() for pid in engine.pids()]
    held = [int(re.search(r"^SigBlk:\s*(\w+)", text, re.MULTILINE)[1], 16) for text in status]
    assert all(mask & 1 << (signal.SIGINT - 1) for mask in held)
    # It comes to this process as before.
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


_DYING = """
import os
from instructerc.scale.engines import local
from instructerc.scale.model import ModelAbout
def die(pipe, choice, threads):
    pipe.send(ModelAbout("none:1", "one:1", ("joy",), ()))
    pipe.recv()
    os._exit(7)
local.work = die
if __name__ == "__main__":
    from instructerc.cli.main import main
    main()
"""


def test_a_worker_that_dies_again_and_again_ends_the_command_as_the_docs_say(source, tmp_path):
    script = tmp_path / "dying.py"
    script.write_text(_DYING, encoding="utf-8")
    arguments = [sys.executable, str(script), "annotate", str(source), "-o", str(tmp_path / "out"), "--processes", "1"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(arguments, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    assert re.search(
        r"error: a worker ended 5 times at conversation '[^']+' or one after it \(exit status 7\)", done.stderr
    )
    docs = (Path(__file__).parents[3] / "docs" / "scale.md").read_text(encoding="utf-8")
    assert "if it dies five times at the same place" in " ".join(docs.split())
