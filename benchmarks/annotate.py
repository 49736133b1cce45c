"""Turns per second of `instructerc annotate` against `recognize_many` in memory, peak memory, and how both grow.

The input is the project's own conversations, repeated under new ids, as one Parquet file. Peer and command run by turns
on parts of it, each in a process of its own; loading the model does not count on either side. The peer is one process
on all cores with the conversations in memory, the command is the local engine with its defaults, from file to file.

    python benchmarks/annotate.py --turns 300000 --parts 3 --growth 1000000

Prints one JSON line: `ratio` is the command's rate over the peer's, `cpu_ratio` the same for processor time (the better
measure where other programs run beside it); `growth` is the time per turn of one run over so many turns in one file,
over that of the parts, and `cpu_growth` the same for processor time. Peak memory is of each process (Linux only). With
`--processes 1,2` the local engine runs each part with so many processes of one thread too, by turns: `by_processes` are
its rates, and `scaling` is the median over the parts of a rate over that of the first number. Parts of 40,000 turns,
which are ten shards, keep all processes at work.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from instructerc import Conversation
from instructerc.formats import read_conversations, write_parquet

DATA = Path(__file__).parents[1] / "data" / "everyday"
PEER = """
import json, resource, sys, time
from instructerc import load_model
from instructerc.formats import read_conversations
recognizer = load_model()
talks = list(read_conversations(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF)
begin = time.perf_counter()
n_turns = sum(map(len, recognizer.recognize_many(talks)))
seconds = time.perf_counter() - begin
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps({"turns": n_turns, "seconds": seconds, "cpu": cpu}))
"""


def repeated(n_turns: int, first: int) -> Iterator[Conversation]:
    """Yields the project's own conversations, again and again under new ids, with about so many turns."""
    talks = [talk for name in ("train", "dev", "test") for talk in read_conversations(DATA / f"{name}.jsonl")]
    done = 0
    for number in count(first):
        if done >= n_turns:
            return
        talk = talks[number % len(talks)]
        yield Conversation(f"{talk.id}-{number}", talk.utterances)
        done += len(talk)


def peer(path: Path) -> dict[str, float]:
    """Returns turns, seconds and processor seconds of `recognize_many` in memory."""
    done = subprocess.run([sys.executable, "-c", PEER, str(path)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def command(path: Path, output: Path, *flags: str) -> dict[str, Any]:
    """Returns the counts of the command, its processor seconds, and the peak memory of each of its processes in MB."""
    arguments = [sys.executable, "-m", "instructerc", "annotate", str(path), "-o", str(output), "--json", *flags]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    peaks: dict[int, int] = {}
    while process.poll() is None:
        for pid in family(process.pid):
            peaks[pid] = max(peaks.get(pid, 0), peak_kb(pid))
        time.sleep(0.2)
    assert process.stdout is not None
    data = json.loads(process.stdout.read())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # What multiprocessing starts to clean up behind it is small.
    return data | {"cpu": cpu, "peaks_mb": sorted(round(peak / 1024) for peak in peaks.values())}


def family(pid: int) -> list[int]:
    """Returns a process and its children."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def peak_kb(pid: int) -> int:
    """Returns the most memory that a process ever held; 0 where that is not told."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def on_ray(folder: Path) -> dict[str, Any]:
    """Returns the rate of two Ray actors on the first part, and whether they wrote what the local engine wrote."""
    ours = command(folder / "0.parquet", folder / "out-ray", "--engine", "ray", "--processes", "2")
    same = [(folder / name / "0.parquet").read_bytes() for name in ("out-0", "out-ray")]
    return {"ray_turns_per_second": ours["turns_per_second"], "ray_same_bytes": same[0] == same[1]}


def by_processes(folder: Path, n_parts: int, amounts: Sequence[int]) -> dict[str, Any]:
    """Returns the rates of the local engine on each part by its number of processes, and how they scale."""
    rates: dict[int, list[float]] = {n_processes: [] for n_processes in amounts}
    for part in range(n_parts):
        # Each number is the first in its turn, so that none of them always reads what another one has read before.
        first = part % len(amounts)
        for n_processes in (*amounts[first:], *amounts[:first]):
            output = folder / f"out-{part}-by-{n_processes}"
            ours = command(folder / f"{part}.parquet", output, "--processes", str(n_processes), "--threads", "1")
            rates[n_processes].append(ours["turns_per_second"])
    base = rates[amounts[0]]
    scaling = {
        str(n_processes): round(statistics.median(one / other for one, other in zip(found, base, strict=True)), 3)
        for n_processes, found in rates.items()
    }
    return {"by_processes": {str(number): found for number, found in rates.items()}, "scaling": scaling}


def measure(
    folder: Path, n_turns: int, n_parts: int, growth: int, ray: bool = False, processes: Sequence[int] = ()
) -> dict[str, Any]:
    """Returns all figures.

    Args:
        folder: for inputs and outputs.
        n_turns: of the whole input, about.
        n_parts: in which peer and command take turns.
        growth: turns of one more run, over a file of its own; none where 0.
        ray: whether a Ray cluster of this machine annotates the first part too.
        processes: numbers of processes with which the local engine annotates each part too.
    """
    size = n_turns // n_parts
    write_parquet(repeated(1, 0), folder / "one.parquet")
    # What a run costs that has next to nothing to do: to load the model in each process.
    loading = command(folder / "one.parquet", folder / "out-one")["cpu"]
    pairs = []
    for part in range(n_parts):
        path = folder / f"{part}.parquet"
        write_parquet(repeated(size, part * size), path)
        pairs.append((peer(path), command(path, folder / f"out-{part}")))
        print(json.dumps(pairs[-1]), file=sys.stderr)
    ratios = [ours["turns_per_second"] * theirs["seconds"] / theirs["turns"] for theirs, ours in pairs]
    result: dict[str, Any] = {
        "turns": sum(ours["rows_out"] for _, ours in pairs),
        "ratio": round(statistics.median(ratios), 3),
        "cpu_ratio": round(sum(one["cpu"] for one, _ in pairs) / sum(one["cpu"] - loading for _, one in pairs), 3),
        "turns_per_second": [ours["turns_per_second"] for _, ours in pairs],
        "peaks_mb": max(ours["peaks_mb"] for _, ours in pairs),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
    }
    if ray:
        result |= on_ray(folder)
    if processes:
        result |= by_processes(folder, n_parts, processes)
    if growth:
        path = folder / "all.parquet"
        write_parquet(repeated(growth, 0), path)
        whole = command(path, folder / "out-all")
        for name, key in (("growth", "seconds"), ("cpu_growth", "cpu")):
            parts = sum(ours[key] for _, ours in pairs) / sum(ours["rows_out"] for _, ours in pairs)
            result[name] = round(whole[key] / whole["rows_out"] / parts, 3)
        result["growth_turns"] = whole["rows_out"]
        result["peaks_mb_whole"] = whole["peaks_mb"]
    return result


def numbers(text: str) -> list[int]:
    """Returns the whole numbers of a list such as `1,2`."""
    return [int(one) for one in text.split(",")]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=20_000)
    parser.add_argument("--parts", type=int, default=4, help="into which the turns are divided for the comparison")
    parser.add_argument("--growth", type=int, default=0, help="turns of one more run, in one file; such as 1000000")
    parser.add_argument(
        "--ray", action="store_true", help="a local Ray cluster of two actors too; needs the extra scale"
    )
    parser.add_argument("--processes", type=numbers, default=[], help="compare these numbers of processes, such as 1,2")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = measure(
            Path(name), arguments.turns, arguments.parts, arguments.growth, arguments.ray, arguments.processes
        )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
