"""How fast files of each form are read: MB of the file for each second of the process's own CPU time.

    python benchmarks/reading.py [--mb 5] [--forms srt,plain]

Prints one JSON line. Invented talks are written in every layout of tests/formats/layouts, each in a file of its own,
and read whole; the form is found by content. `mb_per_s` has the figures by layout, `slow` those below `--least`, and
`ratio` is the median over `peer`, which is how fast Python's json parses a list of the same turns. CPU time leaves out
what else the machine does. The turns are short, as in chats, and what a turn costs does not depend on its length.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "formats"))

from layouts import LAYOUTS, form_of
from layouts.chats import Turns
from layouts.talks import TALKS

from instructerc.formats import ReadReport, read_conversations

MEGA = 1_000_000
# A talk of so many turns takes days at a turn a minute, as long chats do.
BLOCK = [*TALKS["english"], *TALKS["long"][:14]]


def write_file(write: Callable[[Turns], str], n_bytes: int) -> bytes:
    """Returns a file in a layout that is about as large as it should be."""
    few = [turn for _ in range(20) for turn in BLOCK]
    each = len(write(few).encode()) / len(few)
    turns = few * max(1, round(n_bytes / each / len(few)))
    return write(turns).encode()


def cpu_seconds(run: Callable[[], object]) -> float:
    """Returns what a call costs in CPU time of this process."""
    begin = time.process_time()
    run()
    return time.process_time() - begin


def read_all(content: bytes, form: str) -> None:
    """Reads a file whole.

    Raises:
        SystemExit: it was taken for another form.
    """
    report = ReadReport()
    n_turns = sum(len(talk) for talk in read_conversations(io.BytesIO(content), report=report))
    if report.format != form or not n_turns:
        sys.exit(f"a file of {form} was read as {report.format}, {n_turns} turns")


def main() -> None:
    """Runs the benchmark and prints its JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=5.0, help="size of each file")
    parser.add_argument("--least", type=float, default=20.0, help="MB/s below which a form is slow")
    parser.add_argument("--forms", help="names of forms, with commas between them; default: all")
    arguments = parser.parse_args()
    chosen = None if arguments.forms is None else set(arguments.forms.split(","))
    # What is imported at the first file is not counted.
    read_all(write_file(LAYOUTS["plain"], 1000), "plain")
    speeds: dict[str, float] = {}
    for layout, write in LAYOUTS.items():
        form = form_of(layout)
        if chosen is None or form in chosen:
            content = write_file(write, round(arguments.mb * MEGA))
            if len(content) < arguments.mb * MEGA / 2:
                # A mail is one message: what such a file costs says nothing of many turns.
                continue
            speeds[layout] = len(content) / MEGA / cpu_seconds(partial(read_all, content, form))
    rows = write_file(LAYOUTS["jsonl.list"], round(arguments.mb * MEGA))
    peer = len(rows) / MEGA / cpu_seconds(lambda: json.loads(rows))
    report = {
        "benchmark": "reading",
        "mb": arguments.mb,
        "mb_per_s": {layout: round(speed, 1) for layout, speed in sorted(speeds.items(), key=lambda item: item[1])},
        "slow": sorted(layout for layout, speed in speeds.items() if speed < arguments.least),
        "peer": round(peer, 1),
        "ratio": round(statistics.median(speeds.values()) / peer, 3),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
