"""`train` and `export`: what they hand on, and what they say where packages are missing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from instructerc.backbones.settings import ModelSettings, write_settings
from instructerc.labels import load_label_set

RECIPE = """\
name: tiny
backbone: {base: b}
stages:
  - name: s
    corpora: [{name: meld, path: p, label_sets: [meld]}]
"""


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Puts a training in place that only notes what it is asked for, and says so."""
    calls: list[Any] = []

    def train(path: Path, output: Path, overrides: list[str], resume: bool, say: Any, trackers: list[str]) -> Path:
        calls.append((path, output, overrides, resume, *trackers))
        say("stage s, seed 1")
        return output / "tiny/seed-1/s/model"

    module = ModuleType("instructerc.training.run")
    module.train = train  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "instructerc.training.run", module)
    return calls


def test_train_prints_the_folder_of_the_model(run, write, trained):
    result = run(
        *("train", write(RECIPE, "r.yaml"), "--output", "runs", "--resume"),
        *("--set", "stages.0.epochs=1", "--set", "seeds=[7]"),
    )
    assert trained == [(Path("r.yaml"), Path("runs"), ["stages.0.epochs=1", "seeds=[7]"], True)]
    assert result.stdout == f"{Path('runs/tiny/seed-1/s/model')}\n"
    assert (result.exit_code, result.stderr) == (0, "stage s, seed 1\n")


def test_train_without_flags(run, write, trained):
    run("train", write(RECIPE, "r.yaml"), "-o", "runs")
    assert trained == [(Path("r.yaml"), Path("runs"), [], False)]


def test_trackers_are_handed_on(run, write, trained):
    run("train", write(RECIPE, "r.yaml"), "--track", "tensorboard", "--track", "mlflow")
    assert trained == [(Path("r.yaml"), Path("runs"), [], False, "tensorboard", "mlflow")]


def test_a_wrong_recipe_is_told_before_anything_runs(run, write, trained):
    result = run("train", write(RECIPE, "r.yaml"), "-o", "runs", "--set", "sedes=[7]")
    assert result.exit_code == 2
    assert "sedes: unknown key (did you mean 'seeds'?)" in result.stderr
    assert trained == []


def test_ctrl_c_says_how_to_go_on(run, write, trained, monkeypatch):
    def stop(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["instructerc.training.run"], "train", stop)
    result = run("train", write(RECIPE, "r.yaml"), "-o", "runs")
    assert (result.exit_code, result.stderr) == (130, "stopped; the same command with --resume continues\n")


def test_training_without_its_packages(run, write, monkeypatch):
    monkeypatch.delitem(sys.modules, "instructerc.training.run", raising=False)
    monkeypatch.setitem(sys.modules, "transformers", None)
    result = run("train", write(RECIPE, "r.yaml"), "-o", "runs")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: training requires packages that are not installed: pip install 'instructerc[train]'\n",
    )


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Puts an export in place that only notes what it is asked for."""
    calls: list[Any] = []

    def export_embedded(
        model: Path, output: Path, corpora: list[tuple[str, Path]], *, say: Any, **how: Any
    ) -> dict[str, Any]:
        calls.append((model, output, corpora, how))
        say("calibrating")
        return {"dev_weighted_f1": 0.5, "bytes": 12}

    module = ModuleType("instructerc.training.export")
    module.export_embedded = export_embedded  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "instructerc.training.export", module)
    return calls


def test_export_prints_its_figures(run, exported, tmp_path):
    (tmp_path / "model").mkdir()
    write_settings(tmp_path / "model", ModelSettings("encoder", load_label_set("meld"), "encoder-1"))
    alone = run("export", "model", "out")
    assert alone.exit_code == 2
    assert "give --corpus NAME=DIR" in alone.stderr
    arguments = ["export", "model", "out", "--corpus", "meld", "--path", "data"]
    result = run(*arguments)
    assert exported == [(Path("model"), Path("out"), [("meld", Path("data"))], {"wording": None, "calibration": None})]
    assert result.stdout == "dev_weighted_f1  0.5000\nbytes            12\n"
    assert result.stderr == "calibrating\n"
    assert json.loads(run(*arguments, "--format", "json").stdout) == {"dev_weighted_f1": 0.5, "bytes": 12}


def test_export_takes_several_corpora(run, exported, tmp_path):
    (tmp_path / "model").mkdir()
    write_settings(tmp_path / "model", ModelSettings("encoder", load_label_set("meld"), "encoder-1"))
    both = ("--corpus", "meld=a", "--corpus", "everyday=b=c")
    result = run("export", "model", "out", *both, "--wording", "encoder-3", "--calibration", "prior")
    assert result.exit_code == 0
    how = {"wording": "encoder-3", "calibration": "prior"}
    assert exported == [(Path("model"), Path("out"), [("meld", Path("a")), ("everyday", Path("b=c"))], how)]
    for wrong, reason in (
        (("--corpus", "meld"), "'meld' has no folder; give a corpus and its folder, such as meld=data/meld"),
        (("--corpus", "meld", "--corpus", "everyday=b", "--path", "a"), "--path DIR goes with one --corpus NAME"),
        (("--corpus", "meld=a", "--path", "a"), "--path DIR goes with one --corpus NAME"),
    ):
        result = run("export", "model", "out", *wrong)
        assert (result.exit_code, len(exported)) == (2, 1)
        assert reason in result.stderr


def test_export_fits_other_labels(run, exported, tmp_path, monkeypatch):
    from instructerc.recognition import other_labels

    fitted = []
    monkeypatch.setattr(other_labels, "calibrate_other_labels", lambda *given: fitted.append(given))
    (tmp_path / "model").mkdir()
    write_settings(tmp_path / "model", ModelSettings("encoder", load_label_set("meld"), "encoder-1"))
    recipe = Path(__file__).parents[2] / "recipes" / "encoder.yaml"
    (tmp_path / "model" / "recipe.yaml").write_text(recipe.read_text())
    (tmp_path / "dev.jsonl").write_text('{"speaker": "Ann", "text": "hi", "emotion": "joy"}\n')
    both = ("--corpus", "meld=a", "--other-labels")
    everyday = Path(__file__).parents[2] / "data" / "everyday"
    assert run("export", "model", "out", *both, f"everyday-fine={everyday}").exit_code == 0
    [(folder, seen, talks, labels)] = fitted
    assert (folder, seen, len(talks)) == (Path("out"), tuple(sorted(load_label_set("meld").names)), 81)
    assert labels == load_label_set("goemotions")
    for wrong, reason in (("meld", "'meld' has no folder"), (f"files={tmp_path}", "that `instructerc corpus list`")):
        result = run("export", "model", "out", *both, wrong)
        assert (result.exit_code, len(fitted), len(exported)) == (2, 1, 1)
        assert reason in result.stderr


def test_export_of_no_model(run, exported):
    result = run("export", "gone", "out", "--corpus", "meld", "--path", "data")
    assert (result.exit_code, exported) == (2, [])
    assert result.stderr == "error: gone: no such model folder; `instructerc train` writes one and prints its name\n"
