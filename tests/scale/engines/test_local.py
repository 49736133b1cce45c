"""Worker processes and the driver are killed; what is written in the end is what an undisturbed run writes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InstructERCError
from instructerc.formats import write_jsonl
from instructerc.scale import shards
from instructerc.scale.engines.local import LocalEngine
from instructerc.scale.model import ModelChoice
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.run import annotate
from instructerc.scale.shards import Shard

N_TURNS = 600
N_KILLS = 10


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Conversations whose answers depend on every turn before."""
    talks = [Conversation(str(n), [Utterance("Ann", f"i miss {n} so {turn}") for turn in range(6)]) for n in range(100)]
    write_jsonl(talks, tmp_path / "a.jsonl")
    return tmp_path / "a.jsonl"


def test_a_killed_worker_is_replaced_and_no_row_is_lost_or_doubled(embedded_folder, source, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_TURNS", 12)
    options = AnnotateOptions(kind="jsonl")
    with LocalEngine(ModelChoice(str(embedded_folder)), 2, 1) as engine:
        annotate([str(source)], str(tmp_path / "whole"), engine, options)
        draw = random.Random(0)
        kills = sorted(draw.sample(range(1, 50), N_KILLS))

        class Killing:
            """The engine, of which a random worker is killed after some of the shards."""

            n_cores = 2
            about = engine.about

            def score(self, given: Iterator[Shard]) -> Iterator[object]:
                for number, found in enumerate(engine.score(given)):
                    if number in kills:
                        # One that was killed before may not have been replaced yet.
                        with suppress(ProcessLookupError):
                            os.kill(draw.choice(engine.pids()), signal.SIGKILL)
                    yield found

        account = annotate([str(source)], str(tmp_path / "killed"), Killing(), options)
    assert account.n_out == N_TURNS
    assert (tmp_path / "killed" / "a.jsonl").read_bytes() == (tmp_path / "whole" / "a.jsonl").read_bytes()


_DRIVER = """
import sys
from instructerc.scale import shards
from instructerc.scale.engines.local import LocalEngine
from instructerc.scale.model import ModelChoice
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.run import annotate
if __name__ == "__main__":
    shards.SHARD_TURNS = 12
    with LocalEngine(ModelChoice(sys.argv[1]), 1, 1) as engine:
        print(engine.pids()[0], flush=True)
        engine.about()
        print("loaded", flush=True)
        account = annotate([sys.argv[2]], sys.argv[3], engine, AnnotateOptions(kind="jsonl"))
    print(account.n_known, account.n_out, flush=True)
"""


@pytest.fixture
def drive(embedded_folder: Path, source: Path, tmp_path: Path) -> Callable[[Path], subprocess.Popen[str]]:
    """Returns a function that starts a driver of its own."""
    script = tmp_path / "driver.py"
    script.write_text(_DRIVER, encoding="utf-8")

    def start(target: Path) -> subprocess.Popen[str]:
        arguments = [sys.executable, str(script), str(embedded_folder), str(source), str(target)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment)

    return start


def test_a_killed_driver_leaves_what_the_next_one_goes_on_from(drive, tmp_path):
    whole = drive(tmp_path / "whole")
    assert whole.communicate()[0].split()[-1] == str(N_TURNS)
    target = tmp_path / "killed"
    draw = random.Random(1)
    n_killed = n_known = 0
    for _ in range(N_KILLS):
        process = drive(target)
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.stdout.readline()
        answers = target / "_work" / "answers"
        # After some more shards, at any moment of the next one.
        until = len(list(answers.rglob("*.npy"))) + draw.randrange(1, 5)
        while process.poll() is None and len(list(answers.rglob("*.npy"))) < until:
            time.sleep(0.001)
        time.sleep(draw.random() * 0.01)
        process.kill()
        rest = process.communicate()[0].split()
        n_killed += not rest
        _wait_for_end(worker)
        if rest:
            break
    account = drive(target).communicate()[0].split()
    n_known = int(account[-2])
    assert n_killed
    assert n_known or (target / "a.jsonl").exists()
    assert int(account[-1]) == N_TURNS
    assert (target / "a.jsonl").read_bytes() == (tmp_path / "whole" / "a.jsonl").read_bytes()


def _wait_for_end(pid: int) -> None:
    """Waits until a worker has noticed that its driver is gone."""
    for _ in range(2000):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.02)
    raise AssertionError(f"worker {pid} outlives its driver")


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
    assert "error: a worker ended 5 times at conversation '0' or one after it (exit status 7)" in done.stderr
    docs = (Path(__file__).parents[3] / "docs" / "scale.md").read_text(encoding="utf-8")
    assert "if it dies five times at the same place" in " ".join(docs.split())
