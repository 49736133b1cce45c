"""Emotion recognition with a causal model: packed prompt trees against one prompt per utterance and `generate`.

The peer does as the authors' release does: the `paper` wording with a demonstration, a window of exactly twelve turns,
one prompt per utterance, batches of eight padded on the left, greedy `generate`, the answer parsed from the text, and
the nearest label by edit distance where it is none. It generates as few tokens as the longest label needs. Ours scores
every label with its end token. Same model (a random Llama of about 30 million parameters, or `--model`), same cores,
rounds interleaved; prompts are built and demonstrations retrieved before the clock starts, tokenising is inside on
both sides.

    python benchmarks/scoring.py --path data/meld
    python benchmarks/scoring.py --path data/meld --model SmolLM2-135M-Instruct --dtype bfloat16

Prints one JSON line: `ratio` is utterances per second of packed `compact` over the peer's, `ratio_paper` of packed
`paper`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import torch
from language_models import (
    Subject,
    add_model_flags,
    build_backbone,
    build_bank,
    builder,
    circumstances,
    median_ratio,
    read_talks,
    timed,
    trees_of,
    window_view,
)

from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.labels import load_label_set
from instructerc.prompts import PromptTree
from instructerc.prompts.rows import fill_rows, pack_row

BATCH = 8


def generate_labels(model: Any, tokenizer: Any, prompts: Sequence[str], n_new: int) -> list[str]:
    """Returns a label for each prompt, as the authors' release gets it."""
    names = load_label_set("meld").names
    found = []
    tokenizer.padding_side = "left"
    for begin in range(0, len(prompts), BATCH):
        batch = tokenizer(list(prompts[begin : begin + BATCH]), return_tensors="pt", padding=True)
        with torch.inference_mode():
            tokens = model.generate(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                max_new_tokens=n_new,
                do_sample=False,
                pad_token_id=tokenizer.pad_token_id,
                eos_token_id=tokenizer.eos_token_id,
            )
        for row in tokens[:, batch["input_ids"].shape[1] :]:
            text = tokenizer.decode(row, skip_special_tokens=True).strip()
            found.append(text if text in names else get_close_matches(text, names, n=1, cutoff=0)[0])
    return found


def packed_tokens(backbone: CausalBackbone, trees: Sequence[PromptTree]) -> int:
    """Returns the tokens that packed scoring computes."""
    parts = [backbone.tokenizer.tokenise(tree) for tree in trees]
    return sum(len(pack_row([parts[index] for index in row])) for row in fill_rows(parts, backbone.row_tokens))


def padded_tokens(tokenizer: Any, prompts: Sequence[str], n_new: int) -> int:
    """Returns the tokens that the peer computes, padding and generated ones included."""
    sizes = [len(ids) for ids in tokenizer(list(prompts))["input_ids"]]
    batches = [sizes[begin : begin + BATCH] for begin in range(0, len(sizes), BATCH)]
    return sum(len(batch) * (max(batch) + n_new - 1) for batch in batches)


def main() -> None:
    """Runs the benchmark and prints its JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", default="data/meld", help="folder of MELD's CSV files")
    parser.add_argument("--invented", action="store_true", help="invented dialogues in place of MELD")
    parser.add_argument("--dialogues", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--row-tokens", type=int, default=1024)
    add_model_flags(parser)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    subject = Subject.chosen(arguments)
    tokenizer, model = subject.tokenizer, subject.load()
    backbone = build_backbone(model, tokenizer, arguments.row_tokens)
    talks = read_talks(arguments.path, "test", arguments.dialogues, arguments.invented)
    bank = build_bank(read_talks(arguments.path, "train", None, arguments.invented))
    n_utterances = sum(map(len, talks))
    compact = trees_of(talks, builder("compact-1"), backbone)
    paper = trees_of(talks, builder("paper-1", bank), backbone)
    flat = trees_of(talks, builder("paper-1", bank), window_view(backbone))
    prompts = [tree.flatten(question) for tree in flat for question in tree.questions]
    n_new = max(len(backbone.tokenizer.option(f" {name}")) for name in load_label_set("meld").names)
    times: dict[str, list[float]] = {"peer": [], "compact": [], "paper": []}
    for round_number in range(arguments.rounds + 1):
        some = prompts if round_number else prompts[:16]
        # A fresh backbone each round: the tokeniser's cache would hide its cost.
        fresh = build_backbone(model, tokenizer, arguments.row_tokens)
        seconds = {
            "compact": timed(lambda fresh=fresh: fresh.score(compact)),
            "peer": timed(lambda some=some: generate_labels(model, tokenizer, some, n_new)),
            "paper": timed(lambda fresh=fresh: fresh.score(paper)),
        }
        if round_number:
            for name, value in seconds.items():
                times[name].append(value)
    ratio, ratios = median_ratio(times["peer"], times["compact"])
    ratio_paper, ratios_paper = median_ratio(times["peer"], times["paper"])
    per_utterance = {
        "peer": padded_tokens(tokenizer, prompts, n_new) / n_utterances,
        "compact": packed_tokens(backbone, compact) / n_utterances,
        "paper": packed_tokens(backbone, paper) / n_utterances,
    }
    report = {
        "benchmark": "scoring",
        "corpus": "invented" if arguments.invented else "meld test",
        "dialogues": len(talks),
        "utterances": n_utterances,
        "ratio": ratio,
        "ratio_paper": ratio_paper,
        "ratios": ratios,
        "ratios_paper": ratios_paper,
        "utterances_per_second": {
            name: round(n_utterances / sorted(values)[len(values) // 2], 1) for name, values in times.items()
        },
        "tokens_per_utterance": {name: round(value, 1) for name, value in per_utterance.items()},
        "generated_tokens": n_new,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        **subject.about,
        "row_tokens": arguments.row_tokens,
        **circumstances(arguments.threads),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
