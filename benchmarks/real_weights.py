"""Real third-party weights through the whole way: zero-shot, LoRA training, saving, loading, merging.

The model is a small Llama that others trained on stories; it knows nothing of emotions, so what is measured is that
an untouched checkpoint goes through every door and learns, not how well. On MELD's development split, `compact`
prompts, weighted F1 in points: zero-shot without calibration, the label that is most frequent in training
(`majority`), and the model after LoRA training on MELD's training split by `train_recipe`, emotion recognition
alone, the best epoch chosen on the same development split. Then every option's log-probability is compared: as the
training wrote the model, after it was loaded, saved and loaded once more, and after its adapter was merged into the
base. The last is also measured with both run in double precision: what is left then is the rounding of the merged
weights alone, without that of two different orders of computation.

    python benchmarks/real_weights.py --path data/meld --model ../shared/models/TinyStories-656K
    python benchmarks/real_weights.py --model SmolLM2-135M-Instruct --epochs 1 --share 0.01 --dialogues 5

Prints one JSON line: `ratio` is the tuned figure over the better one of zero-shot and majority; `difference_saved`,
`difference_merged` and `difference_merged_double` are the largest differences of a label's log-probability,
`difference_merged_probability` that of its probability; `labels_merged` counts the labels that differ.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from instructerc.backbones.base_models.weights import resolve_base
from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.backbones.trees import build_trees
from instructerc.corpora import load_corpus
from instructerc.evaluation import confusion_matrix, weighted_f1
from instructerc.labels import load_label_set
from instructerc.prompts import PromptTree, TreeBuilder, load_wording
from instructerc.recognition import Recognizer
from instructerc.training.merge import export_merged
from instructerc.training.recipe import Recipe
from instructerc.training.run import environment, train_recipe
from instructerc.training.scoring import Scored, score_recognition

WORDING = "compact-1"
MODEL = Path(__file__).parents[2] / "shared" / "models" / "TinyStories-656K"


@dataclass(frozen=True)
class Timed:
    """Answers on development, and the seconds that they took."""

    scored: Scored
    seconds: float

    @property
    def points(self) -> float:
        """Weighted F1 in points."""
        return round(100 * self.scored.weighted_f1, 2)

    def difference(self, other: Timed) -> float:
        """Returns the largest difference of a log-probability."""
        return float(np.abs(self.scored.log_probs - other.scored.log_probs).max())

    def difference_in_probability(self, other: Timed) -> float:
        """Returns the largest difference of a probability."""
        return float(np.abs(np.exp(self.scored.log_probs) - np.exp(other.scored.log_probs)).max())

    def other_labels(self, other: Timed) -> int:
        """Returns how many labels differ."""
        return int((self.scored.log_probs.argmax(-1) != other.scored.log_probs.argmax(-1)).sum())


def cut_development(path: str, n_talks: int, folder: Path) -> str:
    """Returns a folder with MELD's training split and the first dialogues of its development split."""
    folder.mkdir()
    train, dev = (Path(path) / f"{split}_sent_emo.csv" for split in ("train", "dev"))
    (folder / train.name).write_bytes(train.read_bytes())
    with dev.open(encoding="utf-8", newline="") as whole:
        rows = list(csv.DictReader(whole))
    names = list(dict.fromkeys(row["Dialogue_ID"] for row in rows))[:n_talks]
    with (folder / dev.name).open("w", encoding="utf-8", newline="") as part:
        writer = csv.DictWriter(part, rows[0])
        writer.writeheader()
        writer.writerows(row for row in rows if row["Dialogue_ID"] in names)
    return str(folder)


def dev_trees(path: str, backbone: CausalBackbone) -> list[PromptTree]:
    """Returns the recognition trees of the development split."""
    builder = TreeBuilder(load_wording(WORDING), load_label_set("meld"))
    return [tree for talk in load_corpus("meld", path, "dev") for _, tree in build_trees(talk, builder, backbone)]


def score(backbone: Any, trees: Sequence[PromptTree]) -> Timed:
    """Returns the backbone's answers on these trees."""
    begin = time.perf_counter()
    return Timed(score_recognition(backbone, trees), time.perf_counter() - begin)


def majority_points(path: str, gold: Any) -> float:
    """Returns the weighted F1 of always naming the label that is most frequent in training, in points."""
    names = load_label_set("meld").names
    counts = Counter(turn.emotion for talk in load_corpus("meld", path, "train") for turn in talk.utterances)
    most = names.index(str(counts.most_common(1)[0][0]))
    return round(100 * weighted_f1(confusion_matrix(gold, np.full_like(gold, most), len(names))), 2)


def recipe_of(arguments: argparse.Namespace, max_tokens: int) -> Recipe:
    """Returns the recipe of the training."""
    corpus = {"name": "meld", "path": arguments.path, "label_sets": ["meld"]}
    stage = {
        "name": "emotions",
        "corpora": [corpus],
        "share": arguments.share,
        "tasks": {"emotion_recognition": 1.0},
        "epochs": arguments.epochs,
        "batch_size": arguments.batch,
        "learning_rate": arguments.learning_rate,
        "precision": "bf16" if arguments.dtype == "bfloat16" else "fp32",
    }
    adapter = {"targets": arguments.targets}
    return Recipe.model_validate(
        {
            "name": "real-weights",
            "prompt": {"wording": WORDING},
            "backbone": {
                "kind": "causal",
                "base": arguments.model,
                "max_tokens": max_tokens,
                "dtype": arguments.dtype,
                "adapter": adapter,
            },
            "stages": [stage],
            "seeds": [arguments.seed],
        }
    )


def loaded(folder: Path) -> Any:
    """Returns the backbone of a model folder, as a user gets it."""
    return Recognizer.from_pretrained(folder).backbone


def in_double(backbone: Any) -> Any:
    """Returns the backbone with its weights in double precision."""
    backbone.model.double()
    return backbone


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Returns all figures; what is written goes into `folder`."""
    labels = load_label_set("meld")
    base: Any = Recognizer.zero_shot(arguments.model, labels, wording=WORDING, dtype=arguments.dtype).backbone
    trees = dev_trees(arguments.path, base)
    zero_shot = score(base, trees)
    majority = majority_points(arguments.path, zero_shot.scored.gold)
    begin = time.perf_counter()
    model = train_recipe(recipe_of(arguments, base.options.max_tokens), folder / "runs", say=_say)
    training_seconds = time.perf_counter() - begin
    backbone = loaded(model)
    tuned = score(backbone, trees)
    recorded = json.loads((model / "model.json").read_text(encoding="utf-8"))["figures"]["dev_weighted_f1"]
    # The settings around the weights are the folder's own; the backbone writes the rest anew.
    backbone.save(folder / "saved")
    (folder / "saved" / "model.json").write_bytes((model / "model.json").read_bytes())
    saved = score(loaded(folder / "saved"), trees)
    plain = export_merged(model, folder / "merged", say=_say)
    merged = score(loaded(plain), trees)
    double, merged_double = (score(in_double(loaded(place)), trees) for place in (model, plain))
    history = json.loads((model.parent / "history.json").read_text(encoding="utf-8"))
    return {
        "ratio": round(tuned.points / max(zero_shot.points, majority), 3),
        "tuned": tuned.points,
        "zero_shot": zero_shot.points,
        "majority": majority,
        "recorded_by_training": round(100 * recorded, 2),
        "saved": saved.points,
        "merged": merged.points,
        "difference_saved": tuned.difference(saved),
        "difference_merged": tuned.difference(merged),
        "difference_merged_probability": tuned.difference_in_probability(merged),
        "labels_merged": tuned.other_labels(merged),
        "difference_merged_double": double.difference(merged_double),
        "epochs": [round(100 * entry["eval_weighted_f1"], 2) for entry in history],
        "utterances": len(tuned.scored.gold),
        "training_seconds": round(training_seconds, 1),
        "scoring_seconds": {"zero_shot": round(zero_shot.seconds, 2), "tuned": round(tuned.seconds, 2)},
        "path": backbone.path,
        "parameters": sum(weight.numel() for weight in base.model.parameters()),
        "trained_parameters": sum(weight.numel() for weight in backbone.model.parameters() if weight.requires_grad),
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def main() -> None:
    """Runs the benchmark and prints its JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", default="data/meld", help="folder of MELD's CSV files")
    parser.add_argument("--model", default=str(MODEL), help="a causal language model by folder or name")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--batch", type=int, default=8, help="conversations a step")
    parser.add_argument("--share", type=float, default=1.0, help="share of the training conversations")
    parser.add_argument("--dialogues", type=int, help="the first ones of development alone; all if not given")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32", help="of the weights")
    parser.add_argument("--targets", nargs="*", default=[], help="modules with LoRA; query, key and value if none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    if not Path(resolve_base(arguments.model)).is_dir():
        parser.error(f"{arguments.model}: no such folder; give --model FOLDER of a causal language model")
    if arguments.epochs < 1:
        parser.error("--epochs must be 1 or more: there would be nothing to compare")
    torch.set_num_threads(arguments.threads)
    # The trainer prints its log; standard output is for the report.
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        if arguments.dialogues:
            arguments.path = cut_development(arguments.path, arguments.dialogues, Path(folder) / "meld")
        found = measure(arguments, Path(folder))
    settings = {
        name: getattr(arguments, name)
        for name in ("learning_rate", "batch", "share", "dialogues", "dtype", "targets", "seed", "threads")
    }
    model = Path(arguments.model).name
    report = {"benchmark": "real_weights", "corpus": "meld dev", "model": model, **found, **settings}
    print(json.dumps(report | {"versions": environment()}))


if __name__ == "__main__":
    main()
