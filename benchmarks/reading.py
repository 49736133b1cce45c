"""How fast files of each form are read: MB of the file for each second of the process's own CPU time.

    python benchmarks/reading.py [--mb 5] [--forms srt,plain]

Prints one JSON line. Invented talks are written in every layout of tests/formats/layouts, each in a file of its own,
and read whole; the form is found by content. `mb_per_s` has the figures by layout, `own_process` those of a process
that is the reader's own, as the commands' are, in which the garbage collector looks around less often. `slow` has the
layouts of which both are below `--least`, and `ratio` is the median over `peer`, which is how fast Python's json parses
a list of the same turns. `libraries` has what reads a form elsewhere, where it is installed (pip install pysubs2
webvtt-py srt whatstk): its own speed on the same file, measured in turn with ours, and how many times as fast ours is,
both with the garbage collector as in commands. A library only parses; ours also finds out the form, speakers and times.
CPU time leaves out what else the machine does. The turns are short, as in chats, and what a turn
costs does not depend on its length.
"""

from __future__ import annotations

import argparse
import csv
import gc
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "formats"))

from layouts import LAYOUTS, form_of
from layouts.chats import Turns
from layouts.talks import TALKS

from instructerc.formats import ReadReport, read_conversations
from instructerc.formats.own_process import collect_less_often

MEGA = 1_000_000
ROUNDS = 3
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


def _parse_rows(text: str) -> object:
    return list(csv.DictReader(io.StringIO(text)))


def _parse_lines(text: str) -> object:
    return [json.loads(line) for line in text.splitlines()]


def _of(module: str, call: Callable[[Any, str], object]) -> Callable[[], Callable[[str], object]]:
    """Returns what imports a library and gives its parser."""
    return lambda: partial(call, import_module(module))


def _from_path(library: Any, text: str) -> object:
    """Reads a text by a library that takes paths alone."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.write(text)
        file.flush()
        return library.WhatsAppChat.from_source(file.name)


# By layout: libraries that read this form, and what each is called with.
LIBRARIES: dict[str, dict[str, Callable[[], Callable[[str], object]]]] = {
    "srt": {
        "pysubs2": _of("pysubs2", lambda library, text: library.SSAFile.from_string(text)),
        "srt": _of("srt", lambda library, text: list(library.parse(text))),
    },
    "vtt.teams": {
        "pysubs2": _of("pysubs2", lambda library, text: library.SSAFile.from_string(text)),
        "webvtt-py": _of("webvtt", lambda library, text: list(library.from_string(text))),
    },
    "ass": {"pysubs2": _of("pysubs2", lambda library, text: library.SSAFile.from_string(text))},
    "whatsapp.android": {"whatstk": _of("whatstk", _from_path)},
    "whatsapp.iphone": {"whatstk": _of("whatstk", _from_path)},
    "table": {"csv": lambda: _parse_rows},
    "jsonl.turns": {"json": lambda: _parse_lines},
    "telegram": {"json": lambda: json.loads},
}


def against_libraries(layout: str, content: bytes) -> dict[str, dict[str, float]]:
    """Returns the speed of each library that reads a layout and is installed, and how many times as fast ours is."""
    found, text, n_mb = {}, content.decode(), len(content) / MEGA
    for name, load in LIBRARIES.get(layout, {}).items():
        try:
            parse = load()
        except ImportError:
            continue
        seconds: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            ours = cpu_seconds(partial(read_all, content, form_of(layout)))
            seconds.append((ours, cpu_seconds(partial(parse, text))))
        ratio = statistics.median(theirs / ours for ours, theirs in seconds)
        theirs = statistics.median(theirs for _, theirs in seconds)
        found[name] = {"mb_per_s": round(n_mb / theirs, 1), "times_as_fast": round(ratio, 2)}
    return found


def read_all(content: bytes, form: str) -> None:
    """Reads a file whole.

    Raises:
        SystemExit: it was taken for another form.
    """
    report = ReadReport()
    n_turns = sum(len(talk) for talk in read_conversations(io.BytesIO(content), report=report))
    if report.format != form or not n_turns:
        sys.exit(f"a file of {form} was read as {report.format}, {n_turns} turns")


def _by_speed(speeds: dict[str, float]) -> dict[str, float]:
    return {layout: round(speed, 1) for layout, speed in sorted(speeds.items(), key=lambda item: item[1])}


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
    usual = gc.get_threshold()
    speeds: dict[str, float] = {}
    own: dict[str, float] = {}
    libraries: dict[str, dict[str, dict[str, float]]] = {}
    for layout, write in LAYOUTS.items():
        form = form_of(layout)
        if chosen is None or form in chosen:
            content = write_file(write, round(arguments.mb * MEGA))
            if len(content) < arguments.mb * MEGA / 2:
                # A mail is one message: what such a file costs says nothing of many turns.
                continue
            speeds[layout] = len(content) / MEGA / cpu_seconds(partial(read_all, content, form))
            collect_less_often()
            own[layout] = len(content) / MEGA / cpu_seconds(partial(read_all, content, form))
            if found := against_libraries(layout, content):
                libraries[layout] = found
            gc.set_threshold(*usual)
    rows = write_file(LAYOUTS["jsonl.list"], round(arguments.mb * MEGA))
    peer = len(rows) / MEGA / cpu_seconds(lambda: json.loads(rows))
    report = {
        "benchmark": "reading",
        "mb": arguments.mb,
        "mb_per_s": _by_speed(speeds),
        "own_process": _by_speed(own),
        "slow": sorted(layout for layout in speeds if max(speeds[layout], own[layout]) < arguments.least),
        "libraries": libraries,
        "peer": round(peer, 1),
        "ratio": round(statistics.median(speeds.values()) / peer, 3),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
