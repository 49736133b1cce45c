"""Seconds that two real language models take to answer MELD's development split untrained, in the same run.

Each is loaded as the command line loads it, tried, and scores the recognition trees of the dialogues (`compact`,
1024 tokens a prompt and a row); the models take turns, round by round. Building trees is outside of the clock, loading
is told apart.

    python benchmarks/zero_shot_speed.py --path data/meld --models SmolLM2-135M-Instruct gemma-3-270m

Prints one JSON line: `ratio` is the second model's seconds over the first one's, the median of the rounds.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch
from language_models import build_trees_of_dev, circumstances, median_ratio, timed

from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.backbones.options import BackboneOptions
from instructerc.prompts import History

MAX_TOKENS = 1024


def load(folder: str, dtype: Any) -> tuple[CausalBackbone, float]:
    """Returns an untrained model and the seconds of loading and trying it."""
    begin = time.perf_counter()
    options = BackboneOptions(kind="causal", base=folder, max_tokens=MAX_TOKENS, dtype=dtype)
    backbone = CausalBackbone.from_base(options, History())
    return backbone, time.perf_counter() - begin


def main() -> None:
    """Runs the benchmark and prints its JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", default="data/meld", help="folder of MELD's CSV files")
    parser.add_argument("--models", nargs=2, required=True, help="two models; the second is compared with the first")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32", help="of the weights")
    parser.add_argument("--dialogues", type=int, help="the first ones alone; all if not given")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    loaded = [load(name, arguments.dtype) for name in arguments.models]
    trees = [build_trees_of_dev(arguments.path, backbone, arguments.dialogues) for backbone, _ in loaded]
    seconds: list[list[float]] = [[], []]
    for _ in range(arguments.rounds):
        for number, (backbone, _) in enumerate(loaded):
            seconds[number].append(timed(lambda backbone=backbone, number=number: backbone.score(trees[number])))
    ratio, ratios = median_ratio(seconds[1], seconds[0])
    report = {
        "benchmark": "zero_shot_speed",
        "corpus": "meld dev",
        "dialogues": arguments.dialogues or "all",
        "utterances": sum(len(tree.questions) for tree in trees[0]),
        "models": [Path(name).name for name in arguments.models],
        "ratio": ratio,
        "ratios": ratios,
        "seconds": [[round(value, 1) for value in times] for times in seconds],
        "seconds_loading": [round(taken, 1) for _, taken in loaded],
        "paths": [backbone.path for backbone, _ in loaded],
        "dtype": arguments.dtype,
        **circumstances(arguments.threads),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
