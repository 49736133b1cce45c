"""A recipe is checked whole; every fault has its line and the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc.errors import RecipeError
from instructerc.training import load_recipe

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))
GOOD = """\
name: tiny
backbone: {base: some/encoder, max_tokens: 64}
stages:
  - name: one
    corpora:
      - {name: meld, path: data, label_sets: [meld]}
"""


def _write(tmp_path, text):
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_shipped_recipe_is_right(path):
    assert load_recipe(path).name == path.stem


def test_defaults_are_written_out_and_read_back(tmp_path):
    recipe = load_recipe(_write(tmp_path, GOOD))
    assert "learning_rate: 0.0001" in recipe.to_yaml()
    assert load_recipe(_write(tmp_path, recipe.to_yaml())) == recipe


def test_overrides_reach_lists_and_sections(tmp_path):
    changes = ["stages.0.epochs=7", "prompt.window=5", "seeds=[4, 5]", "stages.0.corpora.0.path=/else"]
    recipe = load_recipe(_write(tmp_path, GOOD), changes)
    assert recipe.stages[0].epochs == 7
    assert recipe.prompt.window == 5
    assert recipe.prompt.wording == "encoder-1"
    assert recipe.seeds == [4, 5]
    assert recipe.stages[0].corpora[0].path == "/else"


@pytest.mark.parametrize("change", ["epochs", "stages.9.epochs=1", "name.x.y=1", "stages.first=1"])
def test_an_override_that_cannot_be_applied_says_so(tmp_path, change):
    with pytest.raises(RecipeError, match="--set"):
        load_recipe(_write(tmp_path, GOOD), [change])


@pytest.mark.parametrize("value", ["[1", "a: b: c", "[" * 100_000])
def test_an_override_that_is_no_yaml_is_one_line(tmp_path, value):
    with pytest.raises(RecipeError, match="--set name: the value is no YAML: ") as raised:
        load_recipe(_write(tmp_path, GOOD), [f"name={value}"])
    assert "\n" not in str(raised.value)


def test_a_kind_that_is_not_trained_is_refused_with_those_that_are(tmp_path):
    with pytest.raises(
        RecipeError, match=r"kind: no kind 'encoders' \(did you mean 'encoder'\?\); there are causal, enc"
    ):
        load_recipe(_write(tmp_path, GOOD), ["backbone.kind=encoders"])
    with pytest.raises(RecipeError, match="no kind 'embedded'; there are causal, encoder, seq2seq"):
        load_recipe(_write(tmp_path, GOOD), ["backbone.kind=embedded"])


def test_all_faults_come_at_once_with_line_and_nearest_name(tmp_path):
    text = """\
name: tiny
backbone: {base: some/encoder, max_token: 64}
stages:
  - name: one
    epoch: 3
    learning_rate: -1
    tasks: {emotion_recogniton: 1.0}
    corpora:
      - {name: meld, path: data, label_sets: [mled]}
"""
    with pytest.raises(RecipeError) as caught:
        load_recipe(_write(tmp_path, text))
    message = str(caught.value)
    assert "has 5 fault(s)" in message
    assert "line 2, backbone.max_token: unknown key (did you mean 'max_tokens'?)" in message
    assert "line 5, stages.0.epoch: unknown key (did you mean 'epochs'?)" in message
    assert "line 6, stages.0.learning_rate: Input should be greater than 0, got -1" in message
    assert "line 7, stages.0.tasks: no task 'emotion_recogniton'" in message
    assert "(did you mean 'emotion_recognition'?)" in message
    assert "line 9, stages.0.corpora.0.label_sets: no label set 'mled'" in message
    assert "(did you mean 'meld'?)" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "expected a mapping"), ("- a", "expected a mapping"), ("a: [", "recipe"), ("name: x", "backbone: missing")],
)
def test_a_file_that_is_no_recipe_says_so(tmp_path, text, reason):
    with pytest.raises(RecipeError, match=reason):
        load_recipe(_write(tmp_path, text))


def test_weights_of_0_everywhere_or_below_0_are_refused(tmp_path):
    path = _write(tmp_path, GOOD)
    with pytest.raises(RecipeError, match="nothing would be learnt"):
        load_recipe(path, ["stages.0.tasks={emotion_recognition: 0}"])
    with pytest.raises(RecipeError, match="negative weight"):
        load_recipe(path, ["stages.0.tasks={emotion_recognition: -1}"])


def test_a_missing_recipe_says_so(tmp_path):
    with pytest.raises(RecipeError, match="no such file"):
        load_recipe(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (("stages.0.tasks={emotion_prediction: 1.0}",), "emotion_prediction would see the turn that is asked about"),
        (("prompt.wording=encoder-shown-1",), "wording 'encoder-shown-1' asks for it in words; choose encoder-1"),
        (("backbone.kind=causal", "prompt.wording=compact-1"), "is for encoders: a language model reads a prompt"),
    ],
)
def test_later_turns_are_shown_only_where_a_turn_can_see_them_and_no_question_its_answer(tmp_path, changes, reason):
    both = ("prompt.history=both", "stages.0.tasks={emotion_recognition: 1.0, emotion_prediction: 0}")
    assert load_recipe(_write(tmp_path, GOOD), both).prompt.to_history().shows_later
    with pytest.raises(RecipeError, match=reason):
        load_recipe(_write(tmp_path, GOOD), (*both, *changes))
