"""A training is told to a tracker only where one is asked for, and what it is told outlives the checkpoints."""

from __future__ import annotations

import importlib.util

import pytest
import yaml
from tensorboardX.proto.event_pb2 import Event

from instructerc.errors import InputError
from instructerc.evaluation.runs import read_run
from instructerc.training.run import train
from instructerc.training.tracking import check_trackers


@pytest.fixture
def recipe_path(tiny_base, tiny_meld, tmp_path):
    corpus = {"name": "meld", "path": str(tiny_meld), "label_sets": ["meld"]}
    stage = {"name": "one", "corpora": [corpus], "epochs": 2, "batch_size": 4, "precision": "fp32"}
    recipe = {"name": "tiny", "backbone": {"base": str(tiny_base), "max_tokens": 96}, "stages": [stage], "seeds": [7]}
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path


def _events(content: bytes):
    """Yields the events of a TensorBoard file: length, its checksum, an event, its checksum."""
    place = 0
    while place < len(content):
        length = int.from_bytes(content[place : place + 8], "little")
        yield Event.FromString(content[place + 12 : place + 12 + length])
        place += 16 + length


def test_tensorboard_has_the_development_figure_of_each_epoch(recipe_path, tmp_path):
    model = train(recipe_path, tmp_path / "runs", say=lambda line: None, trackers=["tensorboard"])
    [file] = (model.parent / "tracking").glob("events*")
    values = [(event.step, value) for event in _events(file.read_bytes()) for value in event.summary.value]
    figures = [(step, value.simple_value) for step, value in values if value.tag == "eval/weighted_f1"]
    assert [step for step, _ in figures] == [2, 4]
    best = read_run(model.parent / "dev-meld").figures["weighted_f1"]
    assert max(figure for _, figure in figures) == pytest.approx(best, abs=1e-6)


def test_without_being_asked_nothing_is_told(recipe_path, tmp_path):
    model = train(recipe_path, tmp_path / "runs", ["stages.0.epochs=1"], say=lambda line: None)
    assert not (model.parent / "tracking").exists()
    assert sorted(path.name for path in model.parent.iterdir()) == ["dev-meld", "history.json", "model", "result.json"]
    run = read_run(model.parent / "dev-meld")
    assert (run.about.made_by, run.about.seed, run.environment["seeds"]) == ("train", 7, [7])
    assert run.recipe["training"]["stages"][0]["epochs"] == 1


def test_a_tracker_that_cannot_be_used_is_told_before_anything_runs(recipe_path, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"no tracker 'tensorbord' \(did you mean 'tensorboard'\?\); there are"):
        train(recipe_path, tmp_path / "runs", trackers=["tensorbord"])
    assert not (tmp_path / "runs").exists()
    monkeypatch.setattr("instructerc.training.tracking.find_spec", lambda name: None)
    with pytest.raises(InputError, match="tracking by mlflow requires a package: pip install mlflow"):
        check_trackers(["mlflow"])
    assert importlib.util.find_spec("tensorboardX")
