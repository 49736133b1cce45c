"""Nothing that was acknowledged is lost when the process is killed, and nothing is there twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "serving_kill.py"


def test_acknowledged_turns_survive_the_death_of_the_process():
    command = [sys.executable, str(SCRIPT), "--kills", "3", "--writers", "4", "--longest", "0.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["acknowledged"] > 20
    assert {name: found[name] for name in ("kills", "lost", "twice", "unscored", "unordered", "wrong_answers")} == {
        "kills": 3,
        "lost": 0,
        "twice": 0,
        "unscored": 0,
        "unordered": 0,
        "wrong_answers": 0,
    }
