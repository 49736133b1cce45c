"""A training epoch of both tasks: packed prompt trees against one padded sample per prompt.

The peer does as the authors' trainer does: every recognition prompt (`paper` wording, a window of exactly twelve
turns, a demonstration) and every prediction prompt (the same without a demonstration) is a sample of its own,
prompt, gold answer and end token, with the loss on the answer; samples are shuffled, eight make a batch padded on
the right, and the loss is that of transformers' causal language model, over the logits of the whole batch. Ours
runs the same dialogues as packed rows, eight conversations a step, emotion prediction with weight 0.1. Both sides
have the same model (a random Llama of about 30 million parameters, or `--model`) with LoRA of rank 16 on query, key
and value, clipping and AdamW's step included, on the same cores, rounds interleaved. Prompts are built and
demonstrations retrieved before the clock starts; tokenising is inside.

    python benchmarks/training_step.py --path data/meld
    python benchmarks/training_step.py --path data/meld --model SmolLM2-135M-Instruct --dtype bfloat16 --dialogues 5

Prints one JSON line: `ratio` is the peer's seconds over those of packed `compact`, `ratio_paper` over those of
packed `paper`; `tokens` are what each side computes, padding included.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from language_models import (
    MAX_TOKENS,
    Counter,
    Subject,
    add_lora,
    add_model_flags,
    build_backbone,
    build_bank,
    builder,
    circumstances,
    median_ratio,
    optimiser,
    packed_epoch,
    read_talks,
    timed,
    trees_of,
    update,
    window_view,
)

from instructerc.prompts import PromptTree

BATCH = 8
PREDICTION = 0.1
NO_LOSS = -100


def samples_of(trees: Sequence[PromptTree]) -> list[tuple[str, str]]:
    """Returns a prompt and its gold answer for each question that has one."""
    return [
        (tree.flatten(question), question.options[question.answer])
        for tree in trees
        for question in tree.questions
        if question.answer is not None
    ]


def padded_epoch(model: Any, tokenizer: Any, samples: Sequence[tuple[str, str]], seed: int) -> None:
    """Trains once on the samples, in shuffled batches padded on the right."""
    model.train()
    steps = optimiser(model)
    prompts = tokenizer([prompt for prompt, _ in samples])["input_ids"]
    answers = tokenizer([answer for _, answer in samples], add_special_tokens=False)["input_ids"]
    pairs = [(ids, [*answer, tokenizer.eos_token_id]) for ids, answer in zip(prompts, answers, strict=True)]
    random.Random(seed).shuffle(pairs)
    for begin in range(0, len(pairs), BATCH):
        model(**padded(pairs[begin : begin + BATCH], tokenizer.pad_token_id), use_cache=False).loss.backward()
        update(model, steps)


def padded(pairs: Sequence[tuple[list[int], list[int]]], pad_id: int) -> dict[str, torch.Tensor]:
    """Returns the model's inputs for a batch; the loss sits on the answers."""
    whole = [(ids + answer)[:MAX_TOKENS] for ids, answer in pairs]
    width = max(map(len, whole))
    labels = [([NO_LOSS] * len(ids) + answer)[:MAX_TOKENS] for ids, answer in pairs]
    return {
        "input_ids": torch.tensor([row + [pad_id] * (width - len(row)) for row in whole]),
        "attention_mask": torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in whole]),
        "labels": torch.tensor([row + [NO_LOSS] * (width - len(row)) for row in labels]),
    }


def measure(
    model: Any,
    peer: Any,
    tokenizer: Any,
    trees: dict[str, list[PromptTree]],
    samples: Sequence[tuple[str, str]],
    rounds: int,
    row_tokens: int,
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Returns the seconds of each round and the tokens of an epoch, by side."""
    times: dict[str, list[float]] = {"peer": [], **{name: [] for name in trees}}
    tokens: dict[str, int] = {}
    counters = {"peer": Counter(peer), "ours": Counter(model)}
    for round_number in range(rounds + 1):
        warming = round_number == 0
        for name in ("compact", "peer", "paper"):
            if name == "peer":
                some = samples[: 2 * BATCH] if warming else samples
                run = partial(padded_epoch, peer, tokenizer, some, round_number)
            else:
                # A fresh backbone each round: the tokeniser's cache would hide its cost.
                fresh = build_backbone(model, tokenizer, row_tokens)
                run = partial(packed_epoch, fresh, trees[name][: 2 if warming else None], BATCH)
            seconds = timed(run)
            count, _ = counters["peer" if name == "peer" else "ours"].take()
            if not warming:
                times[name].append(seconds)
                tokens.setdefault(name, count)
    return times, tokens


def main() -> None:
    """Runs the benchmark and prints its JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", default="data/meld", help="folder of MELD's CSV files")
    parser.add_argument("--invented", action="store_true", help="invented dialogues in place of MELD")
    parser.add_argument("--dialogues", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--row-tokens", type=int, default=1024)
    add_model_flags(parser)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    subject = Subject.chosen(arguments)
    tokenizer = subject.tokenizer
    # The peer has a model of its own, whose attention is plain SDPA.
    model, peer = (add_lora(subject.load()) for _ in range(2))
    backbone = build_backbone(model, tokenizer, arguments.row_tokens)
    everything = read_talks(arguments.path, "train", None, arguments.invented)
    talks = random.Random(0).sample(everything, min(arguments.dialogues, len(everything)))
    paper = builder("paper-1", build_bank(everything), PREDICTION)
    trees = {
        "compact": trees_of(talks, builder("compact-1", None, PREDICTION), backbone),
        "paper": trees_of(talks, paper, backbone),
    }
    samples = samples_of(trees_of(talks, paper, window_view(backbone)))
    times, tokens = measure(model, peer, tokenizer, trees, samples, arguments.rounds, arguments.row_tokens)
    ratio, ratios = median_ratio(times["peer"], times["compact"])
    ratio_paper, ratios_paper = median_ratio(times["peer"], times["paper"])
    report = {
        "benchmark": "training_step",
        "corpus": "invented" if arguments.invented else "meld train",
        "dialogues": len(talks),
        "utterances": sum(map(len, talks)),
        "samples": len(samples),
        "ratio": ratio,
        "ratio_paper": ratio_paper,
        "ratios": ratios,
        "ratios_paper": ratios_paper,
        "seconds": {name: round(statistics.median(values), 2) for name, values in times.items()},
        "tokens": tokens,
        "trained_parameters": sum(weight.numel() for weight in model.parameters() if weight.requires_grad),
        "parameters": sum(weight.numel() for weight in model.parameters()),
        **subject.about,
        "row_tokens": arguments.row_tokens,
        **circumstances(arguments.threads, "peft"),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
