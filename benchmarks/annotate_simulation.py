"""What 10^9 turns would take on many machines: computed from rates that are measured with a model that does nothing.

The driver's work (a look at the input, reading, the shuffle, writing) is timed by itself, in processor time. The
model's rate is given, as benchmarks/embedded.py or benchmarks/annotate.py measure it; the price is that of a machine
for an hour.

    python benchmarks/annotate_simulation.py --turns-per-second-per-core 313 --machines 100 --cores 16 --price 0.68

Prints one JSON line: `driver` are microseconds and bytes per turn, `one_driver` and `driver_per_machine` the hours and
the price of a run with one driver for all machines, and with a run for the files of each machine; `_shuffled` where the
rows of a conversation are spread over files.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from annotate import repeated

from instructerc.formats import write_parquet
from instructerc.scale.answers import answer_type, stored_type
from instructerc.scale.files.open import open_rows
from instructerc.scale.inputs import find_inputs
from instructerc.scale.model import ModelAbout
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.plan import make_plan
from instructerc.scale.rows import pack_row
from instructerc.scale.run import annotate
from instructerc.scale.scoring import ScoredShard
from instructerc.scale.shards import Shard

LABELS = ("neutral", "surprise", "fear", "sadness", "joy", "disgust", "anger")
BILLION = 1_000_000_000


class NoModel:
    """Answers nothing, at once."""

    n_cores = 1

    def about(self) -> ModelAbout:
        """Returns what it says of itself."""
        return ModelAbout("none:0", "meld:0", LABELS, ())

    def score(self, shards: Iterable[Shard]) -> Iterator[tuple[Shard, ScoredShard]]:
        """Yields shards with empty answers."""
        for shard in shards:
            yield shard, ScoredShard(np.zeros(len(shard.places), answer_type(len(LABELS))), {})


def timed(run: Any) -> float:
    """Returns processor seconds."""
    begin = time.process_time()
    run()
    return time.process_time() - begin


def measure(folder: Path, n_turns: int) -> dict[str, float]:
    """Returns microseconds of a driver for a turn, and bytes that the shuffle writes for it."""
    import pyarrow
    from pyarrow import parquet

    path = folder / "in" / "a.parquet"
    path.parent.mkdir()
    write_parquet(repeated(n_turns, 0), path)
    table = parquet.read_table(path).replace_schema_metadata(None)
    n_rows = len(table)
    order = list(range(n_rows))
    random.Random(0).shuffle(order)
    spread = folder / "spread"
    spread.mkdir()
    for number in range(4):
        parquet.write_table(table.take(pyarrow.array(order[number::4])), spread / f"{number}.parquet")
    options = AnnotateOptions()
    [one] = find_inputs([str(path)], None, options.reading)
    file = open_rows(one, 0, options.reading)
    rows = list(file.rows(print, True))

    def go(source: Path, name: str) -> float:
        return timed(lambda: annotate([str(source)], str(folder / name), NoModel(), options))

    seconds = {
        "survey": timed(lambda: make_plan([one], [file], "merge", folder / "work")),
        "read": timed(lambda: sum(1 for _ in file.rows(print, True))),
        "sorted": go(path, "out"),
        "shuffled": go(spread, "out-spread"),
    }
    shutil.rmtree(folder / "out")
    bucket_bytes = sum(len(json.dumps(pack_row(row))) + 1 for row in rows) / n_rows
    return {f"{name}_us": round(value / n_rows * 1e6, 2) for name, value in seconds.items()} | {
        "bucket_bytes": round(bucket_bytes, 1),
        "answer_bytes": stored_type(len(LABELS)).itemsize,
    }


def simulate(driver: dict[str, float], rate: float, machines: int, cores: int, price: float) -> dict[str, Any]:
    """Returns hours and price of 10^9 turns: whichever is slower, the cores or the drivers, says how long it takes."""
    found: dict[str, Any] = {"cores_hours": round(BILLION / (rate * machines * cores) / 3600, 3)}
    for kind in ("sorted", "shuffled"):
        for name, n_drivers in (("one_driver", 1), ("driver_per_machine", machines)):
            # A driver of its own takes its time from one of its machine's cores.
            workers = machines * cores - n_drivers
            hours = max(BILLION / (rate * workers), BILLION * driver[f"{kind}_us"] * 1e-6 / n_drivers) / 3600
            suffix = "" if kind == "sorted" else "_shuffled"
            found[name + suffix] = {"hours": round(hours, 2), "price": round(hours * machines * price, 2)}
    text, answer = (BILLION * driver[f"{what}_bytes"] / 1e9 for what in ("bucket", "answer"))
    # Text is written and read once. An answer is kept and read, put among those of its file and read again.
    found["shuffle_moves_gb"] = round(2 * text + 4 * answer, 1)
    # All of it lies there until the last file is written, so that a stop costs no answer.
    found["shuffle_keeps_gb"] = round(text + 2 * answer, 1)
    found["cores_that_one_driver_feeds"] = {
        kind: round(1e6 / driver[f"{kind}_us"] / rate) for kind in ("sorted", "shuffled")
    }
    return found


def main() -> None:
    """Measures, computes and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=100_000, help="to measure the driver with")
    parser.add_argument("--turns-per-second-per-core", type=float, required=True)
    parser.add_argument("--machines", type=int, default=100)
    parser.add_argument("--cores", type=int, default=16)
    parser.add_argument("--price", type=float, required=True, help="of a machine for an hour")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        driver = measure(Path(name), arguments.turns)
    rate = arguments.turns_per_second_per_core
    given = {"turns_per_second_per_core": rate, "machines": arguments.machines, "cores": arguments.cores}
    simulated = simulate(driver, rate, arguments.machines, arguments.cores, arguments.price)
    print(json.dumps({"driver": driver, "given": given | {"price": arguments.price}} | simulated))


if __name__ == "__main__":
    main()
