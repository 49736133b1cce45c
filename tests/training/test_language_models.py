"""Language models go through the one loop: stages, demonstrations, several processes, `kill -9`, any memory."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from accelerate.commands.launch import launch_command, launch_command_parser
from safetensors.torch import load_file

from instructerc.backbones.encoders.embedders import load_embedder
from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.corpora import load_corpus
from instructerc.errors import InputError, ModelError
from instructerc.labels import load_label_set
from instructerc.prompts import Demonstration
from instructerc.recognition import Recognizer
from instructerc.training import load_recipe
from instructerc.training.data import development_trees, draw_stage, training_set
from instructerc.training.merge import export_merged
from instructerc.training.new_backbone import new_backbone
from instructerc.training.plan import resolve
from instructerc.training.run import train

from .launch import UNUSED, noting_losses

LABELS = ("neutral", "surprise", "fear", "sadness", "joy", "disgust", "anger")
WORDS = [
    "the",
    "bus",
    "leaves",
    "at",
    "nine",
    "wow",
    "i",
    "did",
    "not",
    "expect",
    "that",
    "please",
    "no",
    "i",
    "am",
    "scared",
]
ADAPTER = "adapter/adapter_model.safetensors"
CLUSTER = Path(__file__).parents[2] / "examples" / "cluster"


@pytest.fixture(scope="module")
def recipe_path(tiny_llm, tiny_meld, tmp_path_factory):
    """The paper's two stages with demonstrations, at a tiny size."""
    corpora = [{"name": "meld", "path": str(tiny_meld), "label_sets": ["meld"]}]
    stage = {"corpora": corpora, "batch_size": 4, "learning_rate": 0.01, "precision": "fp32"}
    recipe = {
        "name": "tiny",
        "prompt": {"demonstrations": {"balanced": True}},
        "backbone": {
            "kind": "causal",
            "base": str(tiny_llm),
            "max_tokens": 384,
            "row_tokens": 256,
            "adapter": {"dropout": 0.0, "targets": ["q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "down_proj"]},
        },
        "stages": [
            {"name": "speakers", "tasks": {"speaker_identification": 1.0}, "epochs": 1, **stage},
            {
                "name": "emotions",
                "tasks": {"emotion_recognition": 1.0, "emotion_prediction": 0.1},
                "epochs": 2,
                **stage,
            },
        ],
    }
    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def losses_path(tmp_path_factory):
    """Where the losses of `trained` are noted."""
    return tmp_path_factory.mktemp("losses") / "alone.txt"


@pytest.fixture(scope="module")
def trained(recipe_path, losses_path, tmp_path_factory):
    """The model after two epochs, in one process."""
    with noting_losses(losses_path):
        return train(recipe_path, tmp_path_factory.mktemp("runs"), say=lambda line: None)


def _losses(path: Path) -> dict[str, float]:
    """Returns the loss of each stage's steps."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {step: float(loss) for step, _, loss in (line.rpartition(" ") for line in lines)}


def _same(ours: Path, theirs: Path, bound: float = 0.0) -> bool:
    left, right = load_file(ours / ADAPTER), load_file(theirs / ADAPTER)
    return set(left) == set(right) and all((left[name] - right[name]).abs().max() <= bound for name in left)


def test_it_learns_eight_dialogues_and_answers_alike_single_and_live(recipe_path, tiny_meld, tmp_path):
    changes = ["stages.1.epochs=25", "stages.1.start=base"]
    model = train(recipe_path, tmp_path, changes, say=lambda line: None)
    recognizer = Recognizer.from_pretrained(model)
    talks = load_corpus("meld", tiny_meld, "test")
    together = list(recognizer.recognize_many(talks))
    gold = [utterance.emotion for talk in talks for utterance in talk.utterances]
    found = [turn.label for turns in together for turn in turns]
    assert np.mean([a == b for a, b in zip(gold, found, strict=True)]) > 0.8
    session = recognizer.session()
    for turn, whole in zip(talks[5].utterances, together[5], strict=True):
        live = session.add(turn.speaker, turn.text)
        assert live.label == whole.label
        assert live.probability == pytest.approx(whole.probability, abs=1e-4)
        assert live.demonstrations == whole.demonstrations
    assert isinstance(together[5][0].demonstrations[0], Demonstration)


def test_a_model_folder_holds_what_made_it(trained):
    settings = json.loads((trained / "model.json").read_text(encoding="utf-8"))
    assert settings["kind"] == "causal"
    assert settings["prompt"] == "compact-1"
    assert settings["wording"]["emotion_recognition"]
    assert json.loads((trained / "adapter/adapter_config.json").read_text(encoding="utf-8"))["peft_type"] == "LORA"
    assert (trained / "recipe.yaml").is_file()
    assert not (trained / "model").exists()
    assert (trained / "bank").is_dir()
    settings["wording"]["emotion_recognition"] = "other words"
    (trained / "model.json").rename(trained / "kept.json")
    (trained / "model.json").write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(ModelError, match="trained with another text of prompt version 'compact-1'"):
        Recognizer.from_pretrained(trained)
    (trained / "kept.json").replace(trained / "model.json")


@pytest.fixture
def launched(monkeypatch, capfd):
    """Returns a function that runs `launch.py` as `accelerate launch` does, in two processes; it returns what they say.

    The launcher is this process, which has imported what one of its own would take seconds for.
    """
    for name, value in (("OMP_NUM_THREADS", "1"), ("PYTHONWARNINGS", "ignore"), ("ACCELERATE_USE_CPU", "true")):
        monkeypatch.setenv(name, value)
    handlers = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def run(kind, *arguments):
        options = ["--config_file", str(CLUSTER / f"{kind}.yaml"), "--num_processes=2", "--main_process_port=0"]
        script = str(Path(__file__).with_name("launch.py"))
        launch_command(launch_command_parser().parse_args([*options, script, kind, *map(str, arguments)]))
        return capfd.readouterr()

    yield run
    for one, handler in handlers.items():
        signal.signal(one, handler)


@pytest.mark.parametrize("kind", ["ddp", "fsdp2"])
def test_two_processes_learn_as_one_does(kind, recipe_path, trained, losses_path, launched, tmp_path):
    """With the configurations of examples/cluster, of which a CPU needs fewer processes and a port of their own."""
    said = launched(kind, tmp_path / "losses.txt", "train", recipe_path, "--output", tmp_path / "runs")
    assert f"<2 {'Parameter' if kind == 'ddp' else 'DTensor'}>" in said.err
    # One line, from one process.
    assert said.out.splitlines() == [str(tmp_path / "runs/tiny/seed-1/emotions/model")]
    alone, both = _losses(losses_path), _losses(tmp_path / "losses.txt")
    assert len(alone) > 4
    assert both == pytest.approx(alone, abs=1e-4)
    assert _same(trained, tmp_path / "runs/tiny/seed-1/emotions/model", 1e-4)


def test_killed_and_resumed_ends_in_the_same_numbers(recipe_path, trained, tmp_path):
    # Without the search for garbage among all that is imported, which takes a second, and what is not used.
    begin = f"from instructerc.training.run import train; train({str(recipe_path)!r}, {str(tmp_path)!r})"
    code = f"import gc, sys; gc.disable(); sys.modules |= dict.fromkeys({UNUSED}); {begin}"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checkpoints = tmp_path / "tiny/seed-1/emotions/checkpoints"
    end = time.monotonic() + 240
    while not list(checkpoints.glob("checkpoint-*/trainer_state.json")) and time.monotonic() < end:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert _same(trained, train(recipe_path, tmp_path, resume=True, say=lambda line: None))


def test_a_step_in_small_rows_is_the_same_step(recipe_path, trained, tmp_path, monkeypatch):
    """Memory for 150 tokens: rows are halved, the step begun again, and nothing is lost or counted twice."""
    loss = CausalBackbone.loss
    refused = []

    def scarce(self, model, row):
        if sum(len(piece.tree) for piece in row) > 150 and len(row) > 1:
            refused.append(len(row))
            raise torch.OutOfMemoryError("no memory left")
        return loss(self, model, row)

    monkeypatch.setattr(CausalBackbone, "loss", scarce)
    model = train(recipe_path, tmp_path, say=lambda line: None)
    assert refused
    assert _same(trained, model, 1e-4)


def test_memory_that_holds_nothing_says_what_to_do(recipe_path, tmp_path, monkeypatch):
    def nothing(self, model, row):
        raise torch.OutOfMemoryError("no memory left")

    monkeypatch.setattr(CausalBackbone, "loss", nothing)
    with pytest.raises(ModelError, match=r"set backbone.row_tokens lower"):
        train(recipe_path, tmp_path, say=lambda line: None)


def test_one_step_is_one_batch_however_many_rows(recipe_path, trained, tmp_path):
    """Rows of 64 tokens and rows of 4096 give the same weights: the gradient of a step is that of its batch."""
    small = train(recipe_path, tmp_path / "a", ["backbone.row_tokens=64"], say=lambda line: None)
    large = train(recipe_path, tmp_path / "b", ["backbone.row_tokens=4096"], say=lambda line: None)
    flat = train(recipe_path, tmp_path / "c", ["backbone.packing=flat"], say=lambda line: None)
    assert _same(small, large, 1e-4)
    assert _same(flat, large, 1e-4)


def test_training_goes_on_from_a_model_that_asks_the_same(recipe_path, trained, tmp_path):
    start = f"backbone.start_from={trained}"
    again = train(recipe_path, tmp_path / "a", [start, "stages.0.epochs=0", "stages.1.epochs=0"], say=lambda line: None)
    assert _same(trained, again)
    other = [start, "stages.0.corpora.0.label_sets=[ekman]", "stages.1.corpora.0.label_sets=[ekman]"]
    with pytest.raises(ModelError, match=r"is a model of label set meld .* the recipe is of ekman"):
        train(recipe_path, tmp_path / "b", other)
    with pytest.raises(ModelError, match="is a model of prompt version compact-1, the recipe is of paper-1"):
        train(recipe_path, tmp_path / "b", [start, "prompt.wording=paper-1"])


def _write_noise(folder: Path) -> None:
    """Writes a corpus whose words say nothing of its labels."""
    draw = random.Random(0)
    for split in ("train", "dev", "test"):
        with (folder / f"{split}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(60):
                row = {"conversation": str(number // 6), "speaker": draw.choice(["Ann", "Bo"])}
                row |= {"text": " ".join(draw.choices(WORDS, k=5)), "emotion": draw.choice(LABELS)}
                file.write(json.dumps(row) + "\n")


def _shares_of_gold(recipe) -> list[float]:
    """Returns how often a demonstration carries the gold label, in training and in development prompts."""
    plan = resolve(recipe)
    backbone = new_backbone(recipe.backbone, plan.history, None)
    data = draw_stage(plan.stages[1], 1, load_embedder)
    shares = []
    (dev,) = development_trees(data, backbone).values()
    for trees in (training_set(data, backbone).trees, dev):
        asked = [question for tree in trees for question in tree.questions if question.demonstrations]
        same = [q.demonstrations[0].label == q.options[q.answer].strip() for q in asked]
        assert len(same) == 60
        shares.append(float(np.mean(same)))
    return shares


def test_the_pairing_of_the_paper_shows_the_gold_label_in_training_alone(recipe_path, tmp_path):
    _write_noise(tmp_path)
    corpus = f"stages.1.corpora=[{{name: files, path: '{tmp_path}', label_sets: [meld]}}]"
    for pairing in ("same-label", "all-labels"):
        changes = [corpus, f"prompt.demonstrations.pairing={pairing}", "prompt.demonstrations.balanced=false"]
        train_share, dev_share = _shares_of_gold(load_recipe(recipe_path, changes))
        assert dev_share < 0.5
        assert train_share == 1.0 if pairing == "same-label" else train_share < 0.5


def test_stages_of_zero_epochs_take_the_model_as_it_is(recipe_path, tiny_llm, tmp_path):
    changes = ["stages.0.epochs=0", "stages.1.epochs=0", "calibration=contextual"]
    model = train(recipe_path, tmp_path, changes, say=lambda line: None)
    assert not (model / "adapter").exists()
    assert not (model / "model").exists()
    recognizer = Recognizer.from_pretrained(model)
    assert recognizer.settings.calibration == "contextual"
    assert len(recognizer.settings.bias) == 7


def test_a_merged_export_is_a_plain_checkpoint_with_the_same_answers(trained, tiny_meld, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = export_merged(trained, tmp_path / "merged", say=lambda line: None)
    talks = load_corpus("meld", tiny_meld, "test")
    ours, merged = Recognizer.from_pretrained(trained), Recognizer.from_pretrained(folder)
    for left, right in zip(ours.recognize_many(talks), merged.recognize_many(talks), strict=True):
        for one, other in zip(left, right, strict=True):
            assert one.demonstrations == other.demonstrations
            assert max(abs(one.probabilities[name] - other.probabilities[name]) for name in LABELS) < 1e-5
    plain = AutoModelForCausalLM.from_pretrained(folder)
    assert not hasattr(plain, "peft_config")
    ids = AutoTokenizer.from_pretrained(folder)("joy", return_tensors="pt")
    assert plain(**ids).logits.isfinite().all()
    with pytest.raises(InputError, match="not empty"):
        export_merged(trained, tmp_path / "merged")


def test_a_plain_checkpoint_answers_without_training(tiny_llm, tiny_meld):
    recognizer = Recognizer.zero_shot(str(tiny_llm), load_label_set("happy,sad,calm"), wording="paper-1")
    assert recognizer.backbone.options.max_tokens == 512
    turns = recognizer.recognize(load_corpus("meld", tiny_meld, "test")[0])
    assert {tuple(turn.probabilities) for turn in turns} == {("happy", "sad", "calm")}
    assert all(sum(turn.probabilities.values()) == pytest.approx(1) for turn in turns)


def test_a_folder_cannot_switch_code_on_by_itself(trained, tmp_path):
    folder = tmp_path / "foreign"
    shutil.copytree(trained, folder)
    settings = json.loads((folder / "causal.json").read_text(encoding="utf-8"))
    for flag in ("trust_remote_code", "pickle_weights"):
        asks = {**settings, "options": {**settings["options"], "load": {**settings["options"]["load"], flag: True}}}
        (folder / "causal.json").write_text(json.dumps(asks), encoding="utf-8")
        with pytest.raises(ModelError, match="wants to run its own Python code or to load pickles"):
            Recognizer.from_pretrained(folder)
        assert Recognizer.from_pretrained(folder, trust=True).label_set.names == LABELS
