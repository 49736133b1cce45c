"""Answers of an exported task in lm-evaluation-harness against ours, option by option.

`instructerc prompt task` writes MELD's first development dialogues as a task, `lm_eval` answers it, and the same model
answers the same turns here: untrained, without chat template, in float32, in packed rows.

    pip install lm_eval==0.4.13
    python benchmarks/harness.py --path data/meld --model SmolLM2-135M-Instruct --dialogues 4

Prints one JSON line: how many labels are equal, and the largest difference of an option's log-probability, among the
options that are the same tokens to both, and among the others.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from language_models import MAX_TOKENS, builder, circumstances, read_talks, trees_of
from zero_shot_speed import load

from instructerc.backbones.base_models.weights import resolve_base
from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.conversation import Conversation
from instructerc.prompts import PromptTree

NAME, TALKS = "meld-dev", "talks.jsonl"


def write_talks(talks: Sequence[Conversation], file: Path) -> None:
    """Writes dialogues as JSONL, a turn a line."""
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for talk in talks:
            for turn in talk.utterances:
                named = {"conversation": talk.id, "speaker": turn.speaker, "text": turn.text, "emotion": turn.emotion}
                stream.write(json.dumps(named, ensure_ascii=False) + "\n")


def run(arguments: Sequence[str], folder: Path, **settings: str) -> None:
    """Runs a module of this Python in a folder; standard output is for the report.

    Raises:
        CalledProcessError: the command fails.
    """
    command = [sys.executable, "-m", *arguments]
    subprocess.run(command, cwd=folder, env=os.environ | settings, stdout=sys.stderr, check=True)


def write_task(model: str, end: str, wording: str, folder: Path) -> None:
    """Writes the task of the folder's dialogues, as the command does, beside them."""
    options = ["--name", NAME, "--labels", "meld", "--wording", wording, "--end", end, "--tokenizer", model]
    run(["instructerc", "prompt", "task", TALKS, *options, "--output", "."], folder)


def harness_rows(model: str, threads: int, folder: Path) -> list[dict[str, Any]]:
    """Returns the rows of the folder's task with the harness's answers."""
    asked = ["--model", "hf", "--model_args", f"pretrained={model},dtype=float32", "--device", "cpu"]
    files = ["--tasks", NAME, "--include_path", ".", "--log_samples", "--output_path", "answers"]
    # All that is read lies here; nothing is looked up on the hub.
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_DATASETS_CACHE": str(folder / "cache")}
    run(["lm_eval", *asked, *files, "--batch_size", "1"], folder, OMP_NUM_THREADS=str(threads), **offline)
    (samples,) = (folder / "answers").glob("*/samples_*.jsonl")
    lines = map(json.loads, samples.read_text(encoding="utf-8").splitlines())
    return sorted(lines, key=lambda line: line["doc_id"])


def same_tokens(backbone: CausalBackbone, trees: Sequence[PromptTree], rows: Sequence[dict[str, Any]]) -> Any:
    """Returns whether prompt and option are the same tokens to the harness. Shape: [U, O]."""
    asked = [(tree, question) for tree in map(backbone.tokenizer.tokenise, trees) for question in tree.questions]
    return np.array(
        [
            [
                (*tree.prompt(question), *option)
                == tuple(backbone.tokenizer.tokenizer(row["prompt"] + text)["input_ids"])
                for option, text in zip(question.options, row["options"], strict=True)
            ]
            for (tree, question), row in zip(asked, (row["doc"] for row in rows), strict=True)
        ]
    )


def compare(backbone: CausalBackbone, trees: Sequence[PromptTree], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns how far the harness's answers are from ours."""
    theirs = np.array([[float(value) for value, _ in row["filtered_resps"]] for row in rows])
    ours = np.array([values for answers in backbone.option_scores(trees) for values in answers])
    gold = np.array([row["doc"]["gold"] for row in rows])
    apart, same = np.abs(theirs - ours), same_tokens(backbone, trees, rows)
    right = {"ours": ours.argmax(-1) == gold, "harness": np.array([row["acc"] for row in rows])}
    return {
        "utterances": len(rows),
        "labels_equal": int((theirs.argmax(-1) == ours.argmax(-1)).sum()),
        "options": same.size,
        "options_of_same_tokens": int(same.sum()),
        "largest_difference": float(apart[same].max(initial=0.0)),
        "largest_difference_other_tokens": float(apart[~same].max()) if not same.all() else None,
        "accuracy": {name: round(100 * float(found.mean()), 2) for name, found in right.items()},
    }


def main() -> None:
    """Runs both and prints the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", default="data/meld", help="folder of MELD's CSV files")
    parser.add_argument("--model", default="SmolLM2-135M-Instruct", help="a causal language model by folder or name")
    parser.add_argument("--dialogues", type=int, default=4, help="the first ones of the development split")
    parser.add_argument("--wording", default="compact-1", help="of the prompts")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    backbone, _ = load(arguments.model, "float32")
    talks = read_talks(arguments.path, "dev", arguments.dialogues, False)
    trees = trees_of(talks, builder(arguments.wording), backbone)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_talks(talks, folder / TALKS)
        write_task(resolve_base(arguments.model), backbone.tokenizer.tokenizer.eos_token, arguments.wording, folder)
        rows = harness_rows(resolve_base(arguments.model), arguments.threads, folder)
    report = {
        "benchmark": "harness",
        "corpus": "meld dev",
        "dialogues": arguments.dialogues,
        "model": Path(arguments.model).name,
        "wording": arguments.wording,
        **compare(backbone, trees, rows),
        "path": backbone.path,
        "dtype": "float32",
        "max_tokens": MAX_TOKENS,
        **circumstances(arguments.threads, "lm_eval", "datasets"),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
