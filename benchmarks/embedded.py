"""Utterances per second of the embedded model on MELD test, against a DistilRoBERTa-shaped sentence classifier.

The peer is what most people would run: six layers, hidden 768, random weights (speed does not care), run by
transformers in float32, one utterance at a time in batches of 32 sorted by length. Both sides run on the same cores in
one process, interleaved; the median of the rounds counts, tokenising included on both sides.

    python benchmarks/embedded.py --path data/meld

Prints one JSON line: `ratio` is ours over theirs. The live figures are milliseconds per turn with twelve turns of
history, over the test split. `--synthetic` runs on invented dialogues of the same size where MELD is not at hand.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import time
from collections.abc import Callable
from importlib import metadata

import numpy as np
from tokenizers import Tokenizer

from instructerc import Conversation, Recognizer, Utterance
from instructerc.corpora import load_corpus

BATCH = 32
HISTORY = 12


def synthetic(n_conversations: int) -> list[Conversation]:
    """Returns invented dialogues with about as many turns and words as MELD's."""
    draw = random.Random(0)
    words = ("oh", "my", "god", "you", "know", "what", "I", "really", "think", "we", "should", "go", "there", "now")
    return [
        Conversation(
            str(number),
            [
                Utterance(f"Speaker {draw.randrange(4)}", " ".join(draw.choices(words, k=draw.randint(1, 16))))
                for _ in range(draw.randint(2, 17))
            ],
        )
        for number in range(n_conversations)
    ]


def build_peer(threads: int, tokenizer: Tokenizer) -> Callable[[list[str]], None]:
    """Returns a function that classifies texts with a DistilRoBERTa-shaped model of random weights."""
    import torch
    from transformers import RobertaConfig, RobertaForSequenceClassification

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    shape = {"vocab_size": 50265, "num_hidden_layers": 6, "max_position_embeddings": 514, "num_labels": 7}
    model = RobertaForSequenceClassification(RobertaConfig(**shape)).eval()

    def classify(texts: list[str]) -> None:
        # The order is by characters, which is what is known before tokenising.
        ordered = sorted(texts, key=len)
        with torch.inference_mode():
            for begin in range(0, len(ordered), BATCH):
                ids = [e.ids[:512] for e in tokenizer.encode_batch(ordered[begin : begin + BATCH])]
                width = max(map(len, ids))
                rows = torch.tensor([row + [1] * (width - len(row)) for row in ids])
                model(input_ids=rows, attention_mask=(rows != 1).long()).logits.argmax(-1)

    return classify


def timed(run: Callable[[], object]) -> float:
    """Returns seconds."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def live_times(recognizer: Recognizer, conversations: list[Conversation]) -> list[float]:
    """Returns milliseconds of the turns that have exactly twelve turns before them."""
    found = []
    for conversation in conversations:
        if len(conversation) <= HISTORY:
            continue
        session = recognizer.session()
        for turn in conversation.utterances[:HISTORY]:
            session.add(turn.speaker, turn.text)
        last = conversation.utterances[HISTORY]
        found.append(1000 * timed(lambda session=session, last=last: session.add(last.speaker, last.text)))
    return found


def main() -> None:
    """Runs the benchmark and prints its JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", default="data/meld", help="folder of MELD's CSV files")
    parser.add_argument("--synthetic", action="store_true", help="invented dialogues in place of MELD")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--model", default=None, help="a model folder in place of the embedded model")
    arguments = parser.parse_args()
    talks = synthetic(60) if arguments.synthetic else load_corpus("meld", arguments.path, "test")
    texts = [turn.text for talk in talks for turn in talk.utterances]
    ours = Recognizer.from_pretrained(arguments.model, threads=arguments.threads)
    peer = build_peer(arguments.threads, ours.backbone.tokenizer.tokenizer)
    list(ours.recognize_many(talks[:20]))
    peer(texts[:64])
    our_times, peer_times = [], []
    for _ in range(arguments.rounds):
        # A fresh one each round: the tokeniser's cache would hide its cost.
        ours = Recognizer.from_pretrained(arguments.model, threads=arguments.threads)
        our_times.append(timed(lambda ours=ours: list(ours.recognize_many(talks))))
        peer_times.append(timed(lambda: peer(texts)))
    live = [value for _ in range(3) for value in live_times(ours, talks)]
    ratios = [theirs / mine for mine, theirs in zip(our_times, peer_times, strict=True)]
    report = {
        "benchmark": "embedded",
        "corpus": "synthetic" if arguments.synthetic else "meld test",
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
        "utterances_per_second": round(len(texts) / statistics.median(our_times), 1),
        "peer_utterances_per_second": round(len(texts) / statistics.median(peer_times), 1),
        "live_ms_p50": round(float(np.percentile(live, 50)), 2),
        "live_ms_p99": round(float(np.percentile(live, 99)), 2),
        "threads": arguments.threads,
        "versions": {name: metadata.version(name) for name in ("instructerc", "onnxruntime", "torch", "transformers")},
        "machine": platform.processor() or platform.machine(),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
