"""Answers of a language model on a vLLM or SGLang server against those of the same weights in this process.

Start the server first (docs/scale.md has the command lines), then

    python benchmarks/remote.py 'openai://127.0.0.1:8000/smol?tokenizer=FOLDER' --local FOLDER

Prints one JSON line: the largest difference of a probability, how many labels differ, and the seconds of each side. The
conversations are the project's own development split.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from instructerc import Conversation, load_model
from instructerc.formats import read_conversations
from instructerc.labels import load_label_set

DATA = Path(__file__).parents[1] / "data" / "everyday" / "dev.jsonl"


def answers(model: str, talks: Sequence[Conversation]) -> tuple[np.ndarray, float]:
    """Returns the probabilities of each turn, zero-shot and uncalibrated, and the seconds. Shape: [N, 7]."""
    recognizer = load_model(model, load_label_set("meld"), calibration="none")
    begin = time.perf_counter()
    rows = [list(turn.probabilities.values()) for talk in recognizer.recognize_many(talks) for turn in talk]
    return np.array(rows), time.perf_counter() - begin


def main() -> None:
    """Asks both and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", help="openai://HOST:PORT/NAME?tokenizer=FOLDER")
    parser.add_argument("--local", required=True, help="the same weights, for this process")
    parser.add_argument("--conversations", type=int, default=3)
    arguments = parser.parse_args()
    talks = list(read_conversations(DATA))[: arguments.conversations]
    theirs, server_seconds = answers(arguments.server, talks)
    ours, seconds = answers(arguments.local, talks)
    result = {
        "benchmark": "remote",
        "turns": len(ours),
        "largest_difference": float(np.abs(ours - theirs).max()),
        "labels_differ": int((ours.argmax(1) != theirs.argmax(1)).sum()),
        "server_seconds": round(server_seconds, 1),
        "seconds": round(seconds, 1),
        "machine": platform.machine(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
