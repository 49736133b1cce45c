"""`annotate` is killed again and again: what is written in the end is what an undisturbed run writes, byte for byte.

The input is the project's own conversations in Parquet, their rows spread over files and row groups, so that they have
to be brought together; some rows are wrong, and one conversation is longer than is taken. A run without a kill tells
how long each phase takes: loading (reading the inputs' digests and starting the workers), planning, shuffle, scoring
and writing. The moments of the kills are drawn over these times, a few in every phase. Then

- the command itself is ended by SIGKILL at each of these moments and started again on the same output until it comes to
  its end. A moment that an attempt does not reach, since its phase was done before or took less time, is tried on a new
  output;
- and one of its two workers, at moments of one run.

Each output is compared with the undisturbed one: its files, the side files of refused rows, the manifest. Prints one
JSON line; a kill counts if the process was running, and died of it. The status is 1 where anything is wrong.

    python benchmarks/annotate_kill.py --turns 8000 --kills 10
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

from annotate import family, repeated

PHASES = ("loading", "planning", "shuffle", "scoring", "writing")
# The shares of the kills in each phase: the command's state changes in all of them, a worker works in one.
COMMAND, WORKER = (0.1, 0.2, 0.2, 0.3, 0.2), (0.1, 0.1, 0.1, 0.6, 0.1)
SHARD_TURNS, BUCKET_ROWS, GROUP_ROWS = 128, 2000, 300
N_FILES, MOST_TURNS = 4, 200
# A kill that comes too late for its phase is tried again, but not for ever.
MOST_OUTPUTS = 30

# The command, with small shards and buckets so that there are many; it says where it is.
DRIVER = f"""
from instructerc.scale import run, shards, shuffle
from instructerc.cli.main import main

def noting(name, before, after=None):
    whole = getattr(run, name)
    def noted(*arguments, **named):
        print("phase", before, flush=True)
        found = whole(*arguments, **named)
        if after:
            print("phase", after, flush=True)
        return found
    setattr(run, name, noted)

noting("annotate", "loading", "end")
noting("make_plan", "planning")
noting("spill", "shuffle")
noting("read_bucket", "scoring")
noting("send_back", "writing")
shards.SHARD_TURNS = {SHARD_TURNS}
shuffle._ROWS_PER_BUCKET = {BUCKET_ROWS}
main()
"""


@dataclass(frozen=True)
class Moment:
    """A time in a phase, as a share of the time that the undisturbed run takes for it."""

    phase: str
    share: float


class Attempt:
    """The command, started."""

    def __init__(self, source: Path, target: Path) -> None:
        flags = ["--processes", "2", "--threads", "1", "--max-turns", str(MOST_TURNS), "--model", "small", "--json"]
        command = [sys.executable, "-c", DRIVER, "annotate", str(source), "-o", str(target), *flags]
        self.begun = {"loading": time.monotonic()}
        self.data: dict[str, Any] = {}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("phase "):
                self.begun.setdefault(line.split()[1], time.monotonic())
            else:
                self.data = json.loads(line)

    @property
    def phase(self) -> str:
        """What it was doing last."""
        return next(reversed(self.begun))

    @property
    def workers(self) -> list[int]:
        """The processes with a model that are running."""
        return [pid for pid in family(self.process.pid)[1:] if is_worker(pid)]

    def reaches(self, moment: Moment, durations: dict[str, float]) -> bool:
        """Waits for a moment; returns whether it came before the end."""
        while self.process.poll() is None and "end" not in self.begun:
            begun = self.begun.get(moment.phase)
            if begun is not None:
                if self.phase != moment.phase:
                    return False
                if time.monotonic() >= begun + moment.share * durations[moment.phase]:
                    return True
            time.sleep(0.0005)
        return False

    def durations(self) -> dict[str, float]:
        """Returns the seconds of each phase that came to its end."""
        return {name: end - begin for (name, begin), (_, end) in pairwise(self.begun.items())}

    def finish(self) -> int:
        """Returns the exit status, once it has ended."""
        status = self.process.wait(600)
        self._reader.join(10)
        return status


def is_worker(pid: int) -> bool:
    """Returns whether a process is a worker that is running."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return b"spawn_main" in command and state != "Z"


def ended(pids: Iterable[int]) -> bool:
    """Returns whether workers end, within a minute."""
    until = time.monotonic() + 60
    while (left := any(map(is_worker, pids))) and time.monotonic() < until:
        time.sleep(0.005)
    return not left


def write_input(folder: Path, n_turns: int, draw: random.Random) -> int:
    """Writes the input; returns its rows."""
    import pyarrow
    from pyarrow import parquet

    rows = [
        {"conversation": talk.id, "turn": turn, "speaker": one.speaker, "text": one.text}
        for talk in repeated(n_turns, 0)
        for turn, one in enumerate(talk.utterances, 1)
    ]
    rows += [
        {"conversation": "long", "turn": n, "speaker": "Ann", "text": "And so on."} for n in range(MOST_TURNS + 50)
    ]
    wrong = [{"text": None}, {"conversation": None}, {"speaker": "A\0n"}]
    rows += [draw.choice(rows) | wrong[number % 3] for number in range(len(rows) // 100)]
    draw.shuffle(rows)
    folder.mkdir()
    for number in range(N_FILES):
        mine = [row | {"ticket": f"{number}-{place}"} for place, row in enumerate(rows[number::N_FILES])]
        parquet.write_table(pyarrow.Table.from_pylist(mine), folder / f"{number}.parquet", row_group_size=GROUP_ROWS)
    return len(rows)


def count_rows(target: Path) -> tuple[int, int, int]:
    """Returns the answered rows of an output, how many different ones there are, and the refused ones."""
    from pyarrow import parquet

    tables = [parquet.read_table(path) for path in sorted(target.glob("*.parquet"))]
    tickets = [ticket for table in tables for ticket in table["ticket"].to_pylist()]
    sides = (target / "_refused").glob("*.jsonl")
    return len(tickets), len(set(tickets)), sum(len(path.read_bytes().splitlines()) for path in sides)


def files_of(target: Path) -> dict[str, bytes]:
    """Returns all that an output holds."""
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def draw_moments(n_kills: int, shares: Iterable[float], draw: random.Random) -> list[Moment]:
    """Returns moments in every phase, in the order of a run."""
    counts = [max(1, round(n_kills * share)) for share in shares]
    counts[PHASES.index("scoring")] += n_kills - sum(counts)
    return [
        Moment(phase, share)
        for phase, count in zip(PHASES, counts, strict=True)
        for share in sorted(draw.random() for _ in range(count))
    ]


class Harassment:
    """Kills, and what came of them.

    Args:
        folder: with the input, and for the outputs.
        durations: of each phase of the undisturbed run.
    """

    def __init__(self, folder: Path, durations: dict[str, float]) -> None:
        self.folder = folder
        self.durations = durations
        self.whole = files_of(folder / "whole")
        self.hits: dict[str, Counter[str]] = {"command": Counter(), "worker": Counter()}
        self.n_outputs = self.n_different = self.n_failed = self.n_outliving = 0

    def kill_command(self, moments: Iterable[Moment]) -> None:
        """Kills the command at each moment; the same command goes on until the end, or until the next moment."""
        waiting = list(moments)
        while waiting and self.n_outputs < MOST_OUTPUTS:
            target = self._new_output()
            attempt = Attempt(self.folder / "in", target)
            n_waiting = len(waiting)
            while waiting and attempt.reaches(waiting[0], self.durations):
                self._kill_command(attempt)
                waiting.pop(0)
                attempt = Attempt(self.folder / "in", target)
            self._check(attempt, target)
            if len(waiting) == n_waiting:
                self._learn(attempt)

    def _kill_command(self, attempt: Attempt) -> None:
        workers = attempt.workers
        attempt.process.kill()
        if attempt.finish() == -signal.SIGKILL:
            self.hits["command"][attempt.phase] += 1
        self.n_outliving += not ended(workers)

    def kill_workers(self, moments: Iterable[Moment], draw: random.Random) -> None:
        """Kills a worker at each moment, of one run if none is missed."""
        waiting = list(moments)
        while waiting and self.n_outputs < MOST_OUTPUTS:
            target = self._new_output()
            attempt = Attempt(self.folder / "in", target)
            missed = []
            killed: list[int] = []
            for moment in waiting:
                pid = self._victim(attempt, moment, killed, draw)
                if pid is None:
                    missed.append(moment)
                    continue
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
                self.hits["worker"][moment.phase] += ended([pid])
            waiting = missed
            self._check(attempt, target)
            self._learn(attempt)

    def _victim(self, attempt: Attempt, moment: Moment, killed: list[int], draw: random.Random) -> int | None:
        """Returns a worker that is running at a moment, or soon after it; None where there is none in its phase."""
        while attempt.reaches(moment, self.durations):
            running = [pid for pid in attempt.workers if pid not in killed]
            if running:
                return draw.choice(running)
        return None

    def _learn(self, attempt: Attempt) -> None:
        """Notes phases that were shorter than in the undisturbed run: a moment in them came too late."""
        for phase, seconds in attempt.durations().items():
            self.durations[phase] = min(self.durations[phase], seconds)

    def _new_output(self) -> Path:
        self.n_outputs += 1
        return self.folder / f"killed-{self.n_outputs}"

    def _check(self, attempt: Attempt, target: Path) -> None:
        self.n_failed += attempt.finish() != 0
        self.n_different += files_of(target) != self.whole
        shutil.rmtree(target)


def measure(folder: Path, n_turns: int, n_kills: int, seed: int) -> dict[str, Any]:
    """Returns all figures."""
    draw = random.Random(seed)
    n_rows = write_input(folder / "in", n_turns, draw)
    # The first start takes longer: programs and model are read from the disk.
    first = Attempt(folder / "in", folder / "first")
    first.reaches(Moment("scoring", 0.0), dict.fromkeys(PHASES, 0.0))
    first.process.kill()
    first.finish()
    undisturbed = Attempt(folder / "in", folder / "whole")
    if undisturbed.finish():
        raise SystemExit("the run without a kill failed")
    durations = undisturbed.durations()
    harassment = Harassment(folder, dict(durations))
    moments = draw_moments(n_kills, COMMAND, draw)
    draw.shuffle(moments)
    harassment.kill_command(moments)
    harassment.kill_workers(draw_moments(n_kills, WORKER, draw), draw)
    n_out, n_unique, n_refused = count_rows(folder / "whole")
    return {
        "rows_in": n_rows,
        "rows_out": n_out,
        "refused": n_refused,
        "rows_twice": n_out - n_unique,
        "rows_lost": n_rows - n_unique - n_refused,
        "shuffled": undisturbed.data["shuffled"],
        "undisturbed_s": {name: round(seconds, 2) for name, seconds in durations.items()},
        "command_kills": harassment.hits["command"].total(),
        "command_kills_by_phase": dict(harassment.hits["command"]),
        "worker_kills": harassment.hits["worker"].total(),
        "worker_kills_by_phase": dict(harassment.hits["worker"]),
        "workers_outliving": harassment.n_outliving,
        "outputs": harassment.n_outputs,
        "outputs_different": harassment.n_different,
        "runs_failed": harassment.n_failed,
    }


def main() -> None:
    """Kills, compares and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=8000)
    parser.add_argument("--kills", type=int, default=10, help="of the command, and as many of a worker; five or more")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.kills < len(PHASES):
        parser.error(f"--kills: {len(PHASES)} or more, so that there is one in each phase")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        found = measure(Path(name), arguments.turns, arguments.kills, arguments.seed)
    seconds = round(time.monotonic() - begun, 1)
    result = {"benchmark": "annotate_kill", "kills": arguments.kills, "seed": arguments.seed, **found}
    print(json.dumps(result | {"seconds": seconds, "cores": os.cpu_count(), "machine": platform.machine()}))
    wrong = [
        found[name] for name in ("rows_twice", "rows_lost", "outputs_different", "runs_failed", "workers_outliving")
    ]
    missed = 2 * arguments.kills - found["command_kills"] - found["worker_kills"]
    sys.exit(1 if any([*wrong, missed]) else 0)


if __name__ == "__main__":
    main()
