"""What the command line costs: start-up, a cold `recognize`, and memory and time on long files.

    python benchmarks/command_line.py [--instructerc .venv/bin/instructerc]

Prints one JSON line. `help_s` and `recognize_20_turns_s` are medians of cold processes; `files` gives seconds and peak
resident memory (MB, of the process itself) for invented JSONL files of growing length, `one_conversation` for a file
that is one conversation. `ratio` is the time per utterance on the longest file over that on the shortest: 1 is linear.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = ("oh", "my", "god", "you", "know", "what", "I", "really", "think", "we", "should", "go", "there", "now")


def write_rows(path: Path, n_utterances: int, conversation_size: int) -> None:
    """Writes a JSONL file of invented utterances."""
    draw = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for number in range(n_utterances):
            text = " ".join(draw.choices(WORDS, k=draw.randint(1, 16)))
            row = {"conversation": str(number // conversation_size), "speaker": f"S{number % 3}", "text": text}
            file.write(json.dumps(row) + "\n")


def run(arguments: list[str]) -> tuple[float, float]:
    """Returns seconds and peak resident memory in MB of one process."""
    begin = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(arguments)} ended with status {status}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024 * 1.048576


def main() -> None:
    """Runs the benchmark and prints its JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instructerc", default=shutil.which("instructerc") or "instructerc")
    parser.add_argument("--sizes", type=int, nargs="+", default=[25_000, 50_000, 100_000])
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    command = arguments.instructerc
    with tempfile.TemporaryDirectory() as folder:
        chat = Path(folder) / "chat.jsonl"
        write_rows(chat, 20, 20)
        help_times = [run([command, "--help"])[0] for _ in range(arguments.rounds)]
        chat_times = [run([command, "recognize", str(chat)])[0] for _ in range(arguments.rounds)]
        files = []
        for size, conversation_size in [*((size, 12) for size in arguments.sizes), (arguments.sizes[0], 10**9)]:
            path = Path(folder) / "long.jsonl"
            write_rows(path, size, conversation_size)
            output = str(Path(folder) / "out.jsonl")
            seconds, memory = run([command, "recognize", str(path), "--format", "jsonl", "--output", output])
            with open(output, encoding="utf-8") as answers:
                assert sum(1 for _ in answers) == size
            files.append({"utterances": size, "seconds": round(seconds, 1), "peak_rss_mb": round(memory)})
    *growing, one = files
    per_utterance = [file["seconds"] / file["utterances"] for file in growing]
    report = {
        "benchmark": "command_line",
        "help_s": round(statistics.median(help_times), 3),
        "recognize_20_turns_s": round(statistics.median(chat_times), 3),
        "files": growing,
        "one_conversation": one,
        "ratio": round(per_utterance[-1] / per_utterance[0], 2),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
