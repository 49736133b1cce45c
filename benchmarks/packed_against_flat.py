"""Packed answers of a real language model against its flat ones, on MELD's development split, in its own dtype.

The same model scores the recognition trees packed, then one prompt per option in padded batches, then in batches of
another size, and question by question from what transformers itself caches of a conversation. Batches of two sizes
often go through the same sums in the same order, so in bfloat16 they tell less than the model's noise: there, the
float32 model's packed answers are the measure, and each way is compared with them.

    python benchmarks/packed_against_flat.py --path data/meld --model SmolLM2-135M-Instruct --dialogues 3
    python benchmarks/packed_against_flat.py --path data/meld --model SmolLM2-135M-Instruct --dtype bfloat16

Prints one JSON line: the largest and the mean difference of a label's probability, and how many labels differ, of
`packed`, `flat` and `cached` against flat; in bfloat16 also of each against float32, under `from_float32`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from language_models import build_trees_of_dev, circumstances
from zero_shot_speed import load

from instructerc.backbones.language_models.causal import CausalBackbone

ROW_TOKENS = 1024
OTHER_ROW_TOKENS = 640


def differences(some: Any, others: Any) -> dict[str, float | int]:
    """Returns how two sets of answers differ. Shapes: [U, O], log-probabilities."""
    apart = np.abs(np.exp(some) - np.exp(others))
    return {
        "largest": float(apart.max()),
        "mean": float(apart.mean()),
        "labels": int((some.argmax(-1) != others.argmax(-1)).sum()),
    }


def main() -> None:
    """Runs the comparison and prints its JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", default="data/meld", help="folder of MELD's CSV files")
    parser.add_argument("--model", required=True, help="a causal language model")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32", help="of the weights")
    parser.add_argument("--dialogues", type=int, help="the first ones alone; all if not given")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    backbone, _ = load(arguments.model, arguments.dtype)
    trees = build_trees_of_dev(arguments.path, backbone, arguments.dialogues)

    def answers(**options: Any) -> Any:
        read = CausalBackbone(
            backbone.model, backbone.tokenizer, backbone.history, backbone.options.model_copy(update=options)
        )
        return np.array([values for some in read.score(trees) for values in some])

    ways = {"packed": answers(packing="packed"), "cached": answers(packing="cached")}
    flat, ways["flat"] = (answers(packing="flat", row_tokens=size) for size in (ROW_TOKENS, OTHER_ROW_TOKENS))
    path = backbone.path
    from_float32: dict[str, Any] = {}
    if arguments.dtype != "float32":
        # Its packed answers are its flat ones within 1e-3, as this benchmark says of float32.
        backbone, _ = load(arguments.model, "float32")
        measure = answers(packing="packed")
        from_float32 = {"from_float32": {way: differences(found, measure) for way, found in ways.items()}}
    report = {
        "benchmark": "packed_against_flat",
        "corpus": "meld dev",
        "dialogues": arguments.dialogues or "all",
        "utterances": len(flat),
        "model": Path(arguments.model).name,
        "path": path,
        **{way: differences(found, flat) for way, found in ways.items()},
        **from_float32,
        "dtype": arguments.dtype,
        **circumstances(arguments.threads),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
