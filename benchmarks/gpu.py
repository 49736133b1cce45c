"""A 7-billion-parameter Llama shape on an accelerator: MELD test scored, and a LoRA epoch of MELD, both tasks.

The weights are random and made on the device (speed does not care), bfloat16; token lengths are those of the
32,000-entry tokenizer of mistral-common, which stands in for LLaMA-2's (`tokenizer` in the report says what was
there).

- Scoring: the whole test split as packed rows, `compact` and `paper`, without an adapter, as a merged one would
  leave it; the median of `--rounds`. Beside it, on a sample of dialogues and scaled by utterances to the split: the
  same trees flat (every prompt with every label, `packing: flat`), and `generate` as the authors' release does it
  (`paper` with a window of twelve turns, batches of eight padded on the left, greedy, as many tokens as the longest
  label needs).
- Training: one epoch of recognition and 0.1 prediction with LoRA of rank 16 on query, key and value, eight
  conversations a step, AdamW's step included; no evaluation, no checkpoints. Where the epoch would take longer than
  `--seconds`, a share of it is measured, `measured_share` of its tokens, and the seconds are scaled by that.

Prompts are built and demonstrations retrieved before the clock starts; tokenising is inside. The share of the peak
is of a large bfloat16 matrix product measured in the same run. Work is counted as 2 x weights x tokens forward; a
full backward pass would make that 6 x; with LoRA it is 4 x, for frozen weights have no weight gradient, less the
first layer's query, key and value, whose input needs none, and 6 x the adapter's weights. Weights are those of the
linear layers; the head and the last layer's MLP count at the positions that are read alone; attention, norms and
what gradient checkpointing runs again do not count.

    python benchmarks/gpu.py --path data/meld

Keys: `meld_test_seconds` and `epoch_seconds` (`compact`), each also with `_paper`; the measured figures behind them
stand under `scoring` and `training`. One JSON object, printed and written to `benchmarks/results/gpu.json`. Without
an accelerator, or with `--small`, the same runs at a small size, and is written where `--output` says alone. With
`--dialogues`, so many of each split are drawn, and the demonstrations come from them; nothing is scaled up to the
split.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from language_models import (
    LLAMA_7B,
    SMALL,
    Counter,
    add_lora,
    build_backbone,
    build_bank,
    builder,
    packed_epoch,
    random_llama,
    read_talks,
    real_tokenizer,
    timed,
    trees_of,
    versions,
    window_view,
)

from instructerc.backbones.language_models.packing_check import inner_model, packing_gap
from instructerc.conversation import Conversation
from instructerc.labels import load_label_set
from instructerc.prompts import PromptTree
from instructerc.retrieval import DemonstrationBank

WORDINGS = {"compact": "compact-1", "paper": "paper-1"}
GENERATE_BATCH, STEP, WARM_UP = 8, 8, 16
RESULT = Path(__file__).parent / "results" / "gpu.json"


@dataclass(frozen=True)
class Bench:
    """What is measured on.

    Attributes:
        model: the language model.
        tokenizer: its tokenizer.
        counter: counts what the model computes.
        peak: floating point operations a second of a large matrix product.
        bank: demonstrations of `paper` prompts.
        arguments: of the command line.
    """

    model: Any
    tokenizer: Any
    counter: Counter
    peak: float
    bank: DemonstrationBank
    arguments: argparse.Namespace

    def backbone(self, path: str = "packed") -> Any:
        """Returns a fresh backbone: the tokeniser's cache would hide its cost."""
        load = {"dtype": str(self.model.dtype).removeprefix("torch."), "attention": self.arguments.attention}
        return build_backbone(self.model, self.tokenizer, self.arguments.row_tokens, path, **load)

    def trees(self, talks: Sequence[Conversation], name: str, prediction: float = 0.0) -> list[PromptTree]:
        """Returns the trees of a wording."""
        bank = self.bank if name == "paper" else None
        return trees_of(talks, builder(WORDINGS[name], bank, prediction), self.backbone())

    def share(self, flops: float, seconds: float) -> float:
        """Returns the share of the peak."""
        return round(flops / seconds / self.peak, 3)


def matrix_peak(device: torch.device, dtype: torch.dtype, rounds: int = 5) -> float:
    """Returns the operations a second of a large matrix product, the best of the rounds."""
    size, repeats = (8192, 50) if device.type == "cuda" else (1024, 5)
    left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))

    def multiply() -> None:
        for _ in range(repeats):
            torch.mm(left, right)

    timed(multiply)
    return 2 * size**3 * repeats / min(timed(multiply) for _ in range(rounds))


def forward_flops(model: Any, tokens: int, read: int) -> float:
    """Returns the operations of a forward pass over the tokens whose logits are computed at the positions read."""
    base = inner_model(model)
    layers = _weights(base.model.layers)
    last = _weights(base.model.layers[-1].mlp)
    return 2 * ((layers - last) * tokens + (last + base.get_output_embeddings().weight.numel()) * read)


def training_flops(model: Any, tokens: int, read: int) -> float:
    """Returns the operations of a step with an adapter: forward, input gradients, and all three of the adapter."""
    adapter = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    first = inner_model(model).model.layers[0].self_attn
    unneeded = sum(map(_weights, (first.q_proj, first.k_proj, first.v_proj)))
    return 2 * forward_flops(model, tokens, read) + (6 * adapter - 2 * unneeded) * tokens


def _weights(module: Any) -> int:
    """Returns the weights of a module's matrix products, without those of an adapter."""
    named = module.named_parameters()
    return sum(weight.numel() for name, weight in named if weight.dim() == 2 and "lora_" not in name)


def memory() -> float | None:
    """Returns the most gigabytes that were allocated on the device since the last call, None on a CPU."""
    if not torch.cuda.is_available():
        return None
    most = torch.cuda.max_memory_allocated() / 1e9
    torch.cuda.reset_peak_memory_stats()
    return round(most, 2)


def measure_scoring(bench: Bench, talks: Sequence[Conversation]) -> dict[str, Any]:
    """Returns the figures of scoring, by wording, and those of `generate`."""
    found: dict[str, Any] = {"utterances": sum(map(len, talks))}
    some = random.Random(0).sample(list(talks), min(bench.arguments.flat_dialogues, len(talks)))
    scale = found["utterances"] / sum(map(len, some))
    for name in WORDINGS:
        trees = bench.trees(talks, name)
        found[name] = _score(bench, trees, "packed", bench.arguments.rounds, 1.0)
        found[name]["flat"] = _score(bench, bench.trees(some, name), "flat", 1, scale)
    found["generate"] = _generate(bench, some, scale)
    found["flat_and_generate_measured_utterances"] = sum(map(len, some))
    for key, name in (("ratio", "compact"), ("ratio_paper", "paper")):
        found[key] = round(found["generate"]["seconds"] / found[name]["seconds"], 2)
    return found


def _score(bench: Bench, trees: Sequence[PromptTree], path: str, rounds: int, scale: float) -> dict[str, Any]:
    bench.backbone(path).score(trees[: WARM_UP if path == "packed" else 2])
    memory()
    bench.counter.take()
    times = [timed(partial(bench.backbone(path).score, trees)) for _ in range(rounds)]
    tokens, read = (count // rounds for count in bench.counter.take())
    seconds = statistics.median(times)
    return {
        "seconds": round(scale * seconds, 3),
        "rounds": [round(scale * value, 3) for value in times],
        "tokens": round(scale * tokens),
        "share_of_peak": bench.share(forward_flops(bench.model, tokens, read), seconds),
        "memory_gb": memory(),
    }


def _generate(bench: Bench, talks: Sequence[Conversation], scale: float) -> dict[str, Any]:
    """Returns the seconds of one prompt per utterance with `generate`, scaled to the split."""
    trees = trees_of(talks, builder("paper-1", bench.bank), window_view(bench.backbone()))
    prompts = [tree.flatten(question) for tree in trees for question in tree.questions]
    names = load_label_set("meld").names
    n_new = max(len(bench.backbone().tokenizer.option(f" {name}")) for name in names)
    bench.tokenizer.padding_side = "left"

    def run(some: Sequence[str]) -> None:
        for begin in range(0, len(some), GENERATE_BATCH):
            batch = bench.tokenizer(list(some[begin : begin + GENERATE_BATCH]), return_tensors="pt", padding=True)
            where = bench.model.device
            with torch.inference_mode():
                tokens = bench.model.generate(
                    input_ids=batch["input_ids"].to(where),
                    attention_mask=batch["attention_mask"].to(where),
                    max_new_tokens=n_new,
                    do_sample=False,
                    pad_token_id=bench.tokenizer.pad_token_id,
                    eos_token_id=bench.tokenizer.eos_token_id,
                )
            bench.tokenizer.batch_decode(tokens.cpu()[:, batch["input_ids"].shape[1] :])

    run(prompts[:GENERATE_BATCH])
    bench.counter.take()
    seconds = timed(partial(run, prompts))
    tokens, _ = bench.counter.take()
    return {"seconds": round(scale * seconds, 3), "tokens": round(scale * tokens), "generated_tokens": n_new}


def measure_training(bench: Bench, talks: Sequence[Conversation]) -> dict[str, Any]:
    """Returns the figures of an epoch, by wording."""
    return {name: _epoch(bench, bench.trees(talks, name, 0.1)) for name in WORDINGS}


def _epoch(bench: Bench, trees: list[PromptTree]) -> dict[str, Any]:
    random.Random(0).shuffle(trees)
    whole = _training_tokens(bench, trees)
    # The first steps are slow; the second time tells how long the epoch will take.
    few = trees[: 2 * STEP]
    timed(partial(packed_epoch, bench.backbone(), few, STEP))
    expected = timed(partial(packed_epoch, bench.backbone(), few, STEP)) * whole / _training_tokens(bench, few)
    n_steps = max(2, int(len(trees) / STEP * min(1.0, bench.arguments.seconds / expected)) + 1)
    memory()
    bench.counter.take()
    scales: list[float] = []
    some = trees[: n_steps * STEP]
    seconds = timed(lambda: scales.append(packed_epoch(bench.backbone(), some, STEP)))
    tokens, read = bench.counter.take()
    # Of the same rows both times: halved rows would compute trunks more often.
    share = _training_tokens(bench, some) / whole
    return {
        "seconds": round(seconds / share, 3),
        "measured_seconds": round(seconds, 3),
        "measured_share": round(share, 4),
        "steps": -(-len(some) // STEP),
        "tokens": round(tokens / share),
        "row_scale": scales[0],
        "share_of_peak": bench.share(training_flops(bench.model, tokens, read), seconds),
        "memory_gb": memory(),
    }


def _training_tokens(bench: Bench, trees: Sequence[PromptTree]) -> int:
    backbone = bench.backbone()
    return sum(backbone.size(tree) for tree in trees)


def parse() -> argparse.Namespace:
    """Returns the arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", default="data/meld", help="folder of MELD's CSV files")
    parser.add_argument("--invented", action="store_true", help="invented dialogues in place of MELD")
    parser.add_argument("--output", type=Path, default=None, help="file for the report")
    parser.add_argument("--small", action="store_true", help="a model of 30 million parameters")
    parser.add_argument("--dialogues", type=int, default=None, help="of each split; all on an accelerator, else 8")
    parser.add_argument("--flat-dialogues", type=int, default=None, help="scored flat and by generate; 20, or 2")
    parser.add_argument("--rounds", type=int, default=3, help="of packed scoring")
    parser.add_argument("--row-tokens", type=int, default=4096)
    parser.add_argument("--attention", choices=("sdpa", "flex_attention"), default="sdpa")
    parser.add_argument("--checkpointing", action="store_true", help="gradient checkpointing")
    parser.add_argument("--part", choices=("scoring", "training", "all"), default="all")
    parser.add_argument("--seconds", type=float, default=150.0, help="an epoch that takes longer is measured in part")
    return parser.parse_args()


def set_up(arguments: argparse.Namespace) -> tuple[Bench, str, dict[str, list[Conversation]]]:
    """Returns what is measured on, the tokenizer's name and the dialogues of each split."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    tokenizer, tokenizer_name = real_tokenizer()
    model = random_llama(SMALL if arguments.small else LLAMA_7B, len(tokenizer), dtype, device)
    model.requires_grad_(False)
    if arguments.attention != "sdpa":
        model.set_attn_implementation(arguments.attention)
    drawn = {}
    for name in ("train", "test"):
        talks = read_talks(arguments.path, name, None, arguments.invented)
        # Drawn, not the first ones, which may be longer or shorter than the rest.
        drawn[name] = random.Random(0).sample(talks, min(arguments.dialogues or len(talks), len(talks)))
    bank = build_bank(drawn["train"])
    bench = Bench(model, tokenizer, Counter(model), matrix_peak(device, dtype), bank, arguments)
    return bench, tokenizer_name, drawn


def described(bench: Bench) -> dict[str, Any]:
    """Returns what the figures depend on."""
    arguments, on_gpu = bench.arguments, torch.cuda.is_available()
    gap = packing_gap(bench.model, bench.backbone().tokenizer.prefix)
    return {
        "corpus": "invented" if arguments.invented else "meld",
        "device": torch.cuda.get_device_name() if on_gpu else "cpu",
        "shape": "small" if arguments.small else "llama 7b",
        "parameters": sum(weight.numel() for weight in bench.model.parameters()),
        "dtype": str(bench.model.dtype).removeprefix("torch."),
        "matrix_peak_tflops": round(bench.peak / 1e12, 3),
        "packing_gap": round(gap, 6),
        "row_tokens": arguments.row_tokens,
        "attention": arguments.attention,
        "gradient_checkpointing": arguments.checkpointing,
        "versions": versions("peft") | {"cuda": str(torch.version.cuda)},
    }


def main() -> None:
    """Runs the benchmark, prints its report and writes it."""
    arguments = parse()
    if not torch.cuda.is_available():
        arguments.small, arguments.dialogues = True, arguments.dialogues or 8
    arguments.flat_dialogues = arguments.flat_dialogues or (20 if torch.cuda.is_available() else 2)
    begin = time.perf_counter()
    bench, tokenizer_name, talks = set_up(arguments)
    dialogues = {name: len(some) for name, some in talks.items()}
    report = {"benchmark": "gpu", **described(bench), "tokenizer": tokenizer_name, "dialogues": dialogues}
    if arguments.part != "training":
        report["scoring"] = found = measure_scoring(bench, talks["test"])
        for key, name in (("meld_test_seconds", "compact"), ("meld_test_seconds_paper", "paper")):
            report[key] = found[name]["seconds"]
    if arguments.part != "scoring":
        bench = replace(bench, model=add_lora(bench.model, arguments.checkpointing))
        report["training"] = found = measure_training(bench, talks["train"])
        for key, name in (("epoch_seconds", "compact"), ("epoch_seconds_paper", "paper")):
            report[key] = found[name]["seconds"]
    report["whole_run_seconds"] = round(time.perf_counter() - begin, 1)
    print(json.dumps(report))
    # A report of a small model, or of a CPU, does not take the place of the real one.
    output = arguments.output or (None if arguments.small else RESULT)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
