"""`teach`: the answers of trained models about what a recipe's last stage trains on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from instructerc.backbones.shipped import embedded_model
from instructerc.corpora import load_corpus
from instructerc.labels import load_label_set
from instructerc.recognition import Recognizer
from instructerc.training.teacher import TeacherAnswers

EVERYDAY = Path(__file__).parents[2] / "data" / "everyday"
RECIPE = """
name: student
prompt: {{wording: encoder-1, history: trunk}}
backbone: {{kind: encoder, base: tiny}}
stages:
  - name: joint
    corpora: [{{name: meld, path: {path}, label_sets: [meld, emorynlp]}}]
"""


@pytest.fixture
def recipe(tiny_meld, tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.format(path=tiny_meld), encoding="utf-8")
    return path


def test_every_label_set_of_the_stage_is_asked_or_those_that_are_named(run, recipe, embedded_folder, tmp_path):
    everything, some = tmp_path / "all.safetensors", tmp_path / "some.safetensors"
    assert run("teach", recipe, embedded_folder, "-o", everything).exit_code == 0
    assert run("teach", recipe, embedded_folder, "-o", some, "--label-set", "emorynlp").exit_code == 0
    assert set(TeacherAnswers.load(everything).tables) == {"meld||meld", "meld||emorynlp"}
    assert set(TeacherAnswers.load(some).tables) == {"meld||emorynlp"}


def test_an_exported_model_teaches_what_it_answers(run, recipe, tiny_meld, embedded_folder, tmp_path):
    path = tmp_path / "answers.safetensors"
    run("teach", recipe, embedded_folder, "-o", path, "--label-set", "meld")
    taught = TeacherAnswers.load(path)
    recognizer = Recognizer.from_pretrained(embedded_folder).with_choices(load_label_set("meld"))
    temperature = recognizer.settings.temperature
    for talk in load_corpus("meld", tiny_meld, "train")[:3]:
        rows = taught.rows("meld", "", "meld", talk.id)
        for row, answer in zip(rows, recognizer.recognize(talk), strict=True):
            # A teacher's answers are not divided by its temperature.
            told = row ** (1 / temperature)
            assert answer.probabilities == pytest.approx(
                dict(zip(recognizer.label_set.names, told / told.sum(), strict=True)), abs=5e-3
            )
    assert np.isfinite(taught.tables["meld||meld"]).all()


def test_only_the_corpora_that_are_named_are_asked_about(run, recipe, tiny_meld, embedded_folder, tmp_path):
    everyday = f"{{name: everyday-openers, path: {EVERYDAY}, label_sets: [meld]}}"
    stage = f"stages.0.corpora=[{everyday}, {{name: meld, path: {tiny_meld}, label_sets: [meld]}}]"
    path = tmp_path / "some.safetensors"
    assert run("teach", recipe, embedded_folder, "-o", path, "--set", stage, "--corpus", "meld").exit_code == 0
    assert set(TeacherAnswers.load(path).tables) == {"meld||meld"}


def test_a_model_that_is_named_twice_counts_twice(run, recipe, embedded_folder, tmp_path):
    def asked(*models):
        path = tmp_path / "answers.safetensors"
        assert run("teach", recipe, *models, "-o", path, "--label-set", "meld").exit_code == 0
        return TeacherAnswers.load(path).tables["meld||meld"].astype(np.float32)

    one, other = asked(embedded_folder), asked(embedded_model())
    assert np.abs(one - other).max() > 0.1
    mean = asked(embedded_folder, embedded_model(), embedded_folder)
    np.testing.assert_allclose(mean, (2 * one + other) / 3, atol=2e-3)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--label-set", "ekman"), "no label set 'ekman' in the recipe's last stage; there are emorynlp, meld"),
        (("--corpus", "emorynlp"), "no corpus 'emorynlp' in the recipe's last stage; there are meld"),
    ],
)
def test_what_the_stage_does_not_have_is_an_error(run, recipe, embedded_folder, tmp_path, option, message):
    found = run("teach", recipe, embedded_folder, "-o", tmp_path / "x.safetensors", *option)
    assert found.exit_code == 2
    assert message in " ".join(found.stderr.split())
