"""The benchmarks of language models take a model by its name in a package, as the command line does."""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
import sys
from argparse import Namespace
from pathlib import Path

import pytest
import torch

from instructerc.backbones.base_models import weights as base_weights
from instructerc.backbones.base_models.packages import BasePackage
from instructerc.corpora import load_corpus

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def packaged(tiny_llm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a language model that an installed package holds as a folder."""
    shutil.copytree(tiny_llm, tmp_path / "tiny_package")
    about = tmp_path / "tiny_package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-package\nVersion: 1.0\n")
    weights = tmp_path / "tiny_package" / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    package = BasePackage(("tiny-package",), "1.0", ("tiny_package/model.safetensors",), "folder", digest)
    monkeypatch.setattr(base_weights, "BASE_PACKAGES", {"tiny-model": package})
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(BENCHMARKS)
    return "tiny-model"


def test_scoring_and_training_load_a_model_by_its_name(packaged: str) -> None:
    subject = importlib.import_module("language_models").Subject.chosen(Namespace(model=packaged, dtype="bfloat16"))
    assert subject.about["model"] == "tiny-model"
    assert subject.tokenizer.pad_token == "</s>"
    assert subject.load().dtype == torch.bfloat16


def test_real_weights_takes_a_model_by_its_name(
    packaged: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = importlib.import_module("real_weights")
    # What is measured takes a training; here it is enough that the name gets there.
    monkeypatch.setattr(script, "measure", lambda arguments, folder: {"named": arguments.model})
    monkeypatch.setattr(sys, "argv", ["real_weights.py", "--model", packaged])
    script.main()
    report = json.loads(capsys.readouterr().out)
    assert (report["model"], report["named"]) == ("tiny-model", "tiny-model")


def test_real_weights_reads_the_first_dialogues_of_development(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    script = importlib.import_module("real_weights")
    head = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"
    times = 'positive,{},{},1,1,"00:00:01,000","00:00:02,000"'
    turns = [(0, 0, '"Oh, no."'), (0, 1, "What?"), (1, 0, "Hi!"), (2, 0, "Bye.")]
    rows = [f"{n},{text},Ann,joy,{times.format(talk, turn)}" for n, (talk, turn, text) in enumerate(turns)]
    for split in ("train", "dev"):
        (tmp_path / f"{split}_sent_emo.csv").write_text(head + "\n".join(rows), encoding="utf-8")
    folder = script.cut_development(str(tmp_path), 2, tmp_path / "cut")
    counts = {split: [len(talk) for talk in load_corpus("meld", folder, split)] for split in ("train", "dev")}
    assert counts == {"train": [2, 1, 1], "dev": [2, 1]}
    assert load_corpus("meld", folder, "dev")[0].utterances[0].text == "Oh, no."
