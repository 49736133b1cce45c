"""How long `instructerc corpus check` takes to read and check every corpus in a folder. Prints one JSON line.

python benchmarks/corpora.py --data data > benchmarks/results/corpora.json
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def _utterances(check: dict[str, Any]) -> int:
    return sum(split["n_utterances"] for split in check["stats"].values())


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder with the corpora")
    data: Path = parser.parse_args().data
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "instructerc", "corpus", "check", str(data), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(done.stdout)
    record = {
        "benchmark": "corpora",
        "corpora": {str(Path(one["path"]).relative_to(data)): _utterances(one) for one in found},
        "utterances": sum(map(_utterances, found)),
        # Of the processor: what else the machine does is not in it.
        "cpu_seconds": round(sum(getattr(after, name) - getattr(before, name) for name in ("ru_utime", "ru_stime")), 2),
        "seconds": round(seconds, 2),
        "as_published": done.returncode == 0,
    }
    print(json.dumps(record))


if __name__ == "__main__":
    main()
