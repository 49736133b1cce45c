"""Training learns, is repeatable, survives `kill -9`, and ends in a model that says the same after export."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

from instructerc.backbones.encoders.embedders import load_embedder
from instructerc.backbones.encoders.encoder import EncoderBackbone
from instructerc.backbones.settings import read_settings
from instructerc.corpora import load_corpus
from instructerc.errors import InputError, ModelError, RecipeError
from instructerc.evaluation.runs import read_run
from instructerc.recognition import Recognizer
from instructerc.recognition.runs import run_of
from instructerc.training import export as export_module
from instructerc.training import load_recipe
from instructerc.training.data import draw_stage, training_set
from instructerc.training.export import export_embedded
from instructerc.training.order import LengthGroupedSampler, ShuffledSampler
from instructerc.training.plan import resolve
from instructerc.training.run import train

from .launch import UNUSED

EVERYDAY = Path(__file__).parents[2] / "data" / "everyday"


@pytest.fixture(scope="module")
def recipe_path(tiny_base, tiny_meld, tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    corpus = {"name": "meld", "path": str(tiny_meld), "label_sets": ["meld"]}
    tasks = {"emotion_recognition": 1.0, "emotion_prediction": 0.1, "speaker_identification": 0.1}
    stage = {
        "name": "one", "corpora": [corpus], "tasks": tasks, "batch_size": 4, "learning_rate": 0.005, "precision": "fp32"
    }  # fmt: skip
    recipe = {
        "name": "tiny",
        "backbone": {"base": str(tiny_base), "max_tokens": 96},
        "stages": [{**stage, "epochs": 6}],
    }
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(recipe_path, tmp_path_factory):
    output = tmp_path_factory.mktemp("runs")
    changes = ["stages.0.epochs=25", "seeds=[1, 2]", "average_seeds=true"]
    return train(recipe_path, output, changes, say=lambda line: None)


def test_it_learns_eight_dialogues(trained, tiny_meld):
    recognizer = Recognizer.from_pretrained(trained)
    talks = load_corpus("meld", tiny_meld, "test")
    gold = [utterance.emotion for talk in talks for utterance in talk.utterances]
    found = [turn.label for turns in recognizer.recognize_many(talks) for turn in turns]
    assert np.mean([a == b for a, b in zip(gold, found, strict=True)]) > 0.9


def test_a_run_keeps_its_record_and_chooses_on_development(trained):
    run = trained.parents[1]
    result = json.loads((run / "result.json").read_text(encoding="utf-8"))
    assert [entry["seed"] for entry in result["seeds"]] == [1, 2, "average"]
    assert result["chosen"] == result["seeds"][-1]
    assert yaml.safe_load((run / "recipe.yaml").read_text(encoding="utf-8"))["stages"][0]["warmup_share"] == 0.1
    environment = json.loads((run / "environment.json").read_text(encoding="utf-8"))
    assert {"torch", "transformers", "commit"} <= set(environment)
    history = json.loads((run / "seed-1" / "one" / "history.json").read_text(encoding="utf-8"))
    assert len(history) == 25


def test_the_average_is_the_mean_of_the_seeds(trained):
    run = trained.parents[1]
    states = [load_file(run / place / "model/model.safetensors") for place in ("seed-1/one", "seed-2/one", "average")]
    name = "query.weight"
    assert torch.allclose((states[0][name] + states[1][name]) / 2, states[2][name])
    assert not torch.equal(states[0][name], states[1][name])


def test_shares_of_earlier_stages_are_kept(recipe_path, tmp_path):
    recipe = yaml.safe_load(recipe_path.read_text(encoding="utf-8"))
    (stage,) = recipe["stages"]
    names = ("one", "two", "three")
    states = []
    for kept in ({}, {"one": 0.25, "two": 0.25}):
        stages = [{**stage, "name": name, "epochs": 1} for name in names]
        stages[-1]["keep"] = kept
        path = tmp_path / "three.yaml"
        path.write_text(yaml.safe_dump({**recipe, "stages": stages}), encoding="utf-8")
        model = train(path, tmp_path / str(len(kept)), say=lambda line: None)
        states.append(
            [load_file(model.parents[1] / name / "model/model.safetensors")["query.weight"] for name in names]
        )
    (first, second, alone), (again, _, mixed) = states
    assert torch.equal(first, again)
    assert not torch.equal(second, alone)
    torch.testing.assert_close(mixed, 0.5 * alone + 0.25 * first + 0.25 * second)


def test_a_stage_may_start_from_any_before_it(recipe_path, tmp_path):
    recipe = yaml.safe_load(recipe_path.read_text(encoding="utf-8"))
    (stage,) = recipe["stages"]
    starts = {"one": "previous", "two": "previous", "three": "one"}
    stages = [{**stage, "name": name, "epochs": 1, "start": start} for name, start in starts.items()]
    path = tmp_path / "three.yaml"
    path.write_text(yaml.safe_dump({**recipe, "stages": stages}), encoding="utf-8")
    run = train(path, tmp_path / "run", say=lambda line: None).parents[1]
    first, second, third = [load_file(run / name / "model/model.safetensors")["query.weight"] for name in starts]
    assert torch.equal(second, third)
    assert not torch.equal(first, second)


def test_the_kind_of_talk_of_a_corpus_is_known_that_was_learnt_from_a_teacher_alone(recipe_path, tiny_meld, tmp_path):
    own = f"{{name: meld, path: {tiny_meld}, label_sets: [meld], domain: comedy}}"
    taught = f"{{name: everyday-openers, path: {EVERYDAY}, label_sets: [meld], domain: chat, gold: false}}"
    changes = [f"stages.0.corpora=[{own}, {taught}]", "stages.0.epochs=0", "prompt.wording=encoder-2"]
    chosen = train(recipe_path, tmp_path, changes, say=lambda line: None)
    assert read_settings(chosen).domains == {"meld": "comedy", "everyday-openers": "chat"}


def test_training_goes_on_from_an_exported_model(recipe_path, embedded_folder, tmp_path):
    start = f"backbone.start_from={embedded_folder}"
    begun = load_file(train(recipe_path, tmp_path / "a", [start, "stages.0.epochs=0"]) / "model.safetensors")
    gone_on = load_file(train(recipe_path, tmp_path / "b", [start, "stages.0.epochs=1"]) / "model.safetensors")
    torch.testing.assert_close(begun, EncoderBackbone.load(embedded_folder).model.state_dict(), rtol=0, atol=0)
    assert not torch.equal(begun["query.weight"], gone_on["query.weight"])
    with pytest.raises(ModelError, match="start_from small is a model of prompt version encoder-3"):
        train(recipe_path, tmp_path / "c", ["backbone.start_from=small"])


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"keep": {"two": 0.5}}, "stages before it: one"),
        ({"keep": {"one": 1.0}}, "less than 1"),
        ({"keep": {"one": 0.0}}, "above 0"),
        ({"start": "three"}, "give previous, base or a stage before it: one"),
    ],
)
def test_only_earlier_stages_can_be_kept_or_started_from(recipe_path, tmp_path, second, words):
    recipe = yaml.safe_load(recipe_path.read_text(encoding="utf-8"))
    (stage,) = recipe["stages"]
    path = tmp_path / "two.yaml"
    stages = [{**stage, "name": "one"}, {**stage, "name": "two", **second}]
    path.write_text(yaml.safe_dump({**recipe, "stages": stages}), encoding="utf-8")
    with pytest.raises(RecipeError, match=words):
        train(path, tmp_path / "run", say=lambda line: None)


@pytest.mark.usefixtures("graphs_once")
def test_exported_says_what_the_trained_says(trained, tiny_meld, tmp_path):
    figures = export_embedded(trained, tmp_path / "small", [("meld", tiny_meld)], say=lambda line: None)
    assert figures["dev_weighted_f1"] >= figures["dev_weighted_f1_float32"] - 0.003
    big, small = Recognizer.from_pretrained(trained), Recognizer.from_pretrained(tmp_path / "small")
    assert small.settings.kind == "embedded"
    assert small.settings.temperature > 0
    talks = load_corpus("meld", tiny_meld, "test")
    for ours, theirs in zip(small.recognize_many(talks), big.recognize_many(talks), strict=True):
        assert [turn.label for turn in ours] == [turn.label for turn in theirs]
    (tmp_path / "small" / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="damaged"):
        Recognizer.from_pretrained(tmp_path / "small")
    with pytest.raises(ModelError, match="kind 'embedded'; only an 'encoder' can be exported"):
        export_embedded(tmp_path / "small", tmp_path / "again", [("meld", tiny_meld)])


def test_a_model_that_sees_later_turns_is_told_apart_and_not_used_live(recipe_path, tiny_meld, tmp_path):
    changes = ["prompt.history=both", "stages.0.epochs=1", "stages.0.tasks={emotion_recognition: 1.0}"]
    model = train(recipe_path, tmp_path, changes, say=lambda line: None)
    about = read_run(model.parent / "dev-meld").about
    assert (about.context, about.history) == ("both", "both 12")
    recognizer = Recognizer.from_pretrained(model)
    talk = next(talk for talk in load_corpus("meld", tiny_meld, "test") if len(talk) > 2)
    whole, alone = recognizer.recognize(talk)[0], recognizer.recognize(replace(talk, utterances=talk.utterances[:1]))[0]
    assert whole.probabilities != pytest.approx(alone.probabilities, abs=1e-5)
    run = run_of(recognizer, [talk], [recognizer.recognize(talk)], made_by="evaluate", file="talk.jsonl")
    assert run.about.context == "both"
    with pytest.raises(InputError, match="cannot answer while a conversation goes on"):
        recognizer.session()
    with pytest.raises(ModelError, match="sees later turns"):
        export_embedded(model, tmp_path / "small", [("meld", tiny_meld)])


@pytest.mark.usefixtures("graphs_once")
def test_int8_that_loses_too_much_is_not_released(trained, tiny_meld, tmp_path, monkeypatch):
    monkeypatch.setattr(export_module, "MAX_LOSS", -1.0)
    with pytest.raises(ModelError, match="so nothing was exported"):
        export_embedded(trained, tmp_path / "small", [("meld", tiny_meld)], say=lambda line: None)
    assert not (tmp_path / "small").exists()


def test_without_an_average_the_best_seed_on_development_is_chosen(recipe_path, tmp_path):
    chosen = train(recipe_path, tmp_path, ["stages.0.epochs=1", "seeds=[1, 2, 3]"], say=lambda line: None)
    result = json.loads((tmp_path / "tiny/result.json").read_text(encoding="utf-8"))
    assert len(result["seeds"]) == 3
    assert result["chosen"]["dev_weighted_f1"] == max(entry["dev_weighted_f1"] for entry in result["seeds"])
    assert chosen == tmp_path / "tiny" / result["chosen"]["model"]


def test_killed_and_resumed_ends_in_the_same_numbers(recipe_path, tmp_path):
    whole = train(recipe_path, tmp_path / "whole", say=lambda line: None)
    # Without the search for garbage among all that is imported, which takes a second, and what is not used.
    begin = f"from instructerc.training.run import train; train({str(recipe_path)!r}, {str(tmp_path / 'cut')!r})"
    code = f"import gc, sys; gc.disable(); sys.modules |= dict.fromkeys({UNUSED}); {begin}"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checkpoints = tmp_path / "cut/tiny/seed-1/one/checkpoints"
    end = time.monotonic() + 240
    while not list(checkpoints.glob("checkpoint-*/trainer_state.json")) and time.monotonic() < end:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "cut/tiny/seed-1/one/result.json").exists()
    # What a kill in the middle of writing leaves behind.
    (checkpoints / "checkpoint-9999").mkdir()
    with pytest.raises(InputError, match="already contains a run; continue it with --resume"):
        train(recipe_path, tmp_path / "cut")
    with pytest.raises(InputError, match="was started with another recipe"):
        train(recipe_path, tmp_path / "cut", ["stages.0.epochs=9"], resume=True)
    resumed = train(recipe_path, tmp_path / "cut", resume=True, say=lambda line: None)
    ours, theirs = load_file(whole / "model.safetensors"), load_file(resumed / "model.safetensors")
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_loss_weighs_tasks_and_leaves_unlabelled_questions_out(recipe_path, tiny_base):
    recipe = load_recipe(recipe_path)
    backbone = EncoderBackbone.from_base(str(tiny_base), 96)
    backbone.model.eval()
    data = draw_stage(resolve(recipe).stages[0], 1, load_embedder)
    trees = training_set(data, backbone).trees[:3]
    scores = backbone.score(trees)
    questions = [question for tree in trees for question in tree.questions]
    by_hand = -sum(
        question.weight * row[question.answer]
        for question, row in zip(questions, (row for rows in scores for row in rows), strict=True)
    )
    assert {question.weight for question in questions} == {0.1, 1.0}
    assert backbone.loss(backbone.model, trees).item() == pytest.approx(float(by_hand), rel=1e-5)
    first = replace(questions[0], answer=None)
    trees[0] = replace(trees[0], questions=(first, *trees[0].questions[1:]))
    without = by_hand + questions[0].weight * scores[0][0][questions[0].answer]
    assert backbone.loss(backbone.model, trees).item() == pytest.approx(float(without), rel=1e-5)


def test_listed_conversations_are_left_out(recipe_path, tiny_meld, tmp_path):
    recipe = load_recipe(recipe_path)
    every = resolve(recipe).stages[0].parts[0]
    drop = tmp_path / "drop.txt"
    drop.write_text(f"meld {every[0].id}\nemorynlp {every[1].id}\n", encoding="utf-8")
    listed = load_recipe(recipe_path, [f"stages.0.corpora.0.leave_out={drop}"])
    assert resolve(listed).stages[0].parts[0] == every[1:]
    drop.write_text("".join(f"meld {talk.id}\n" for talk in every), encoding="utf-8")
    with pytest.raises(InputError, match="stage one: no training conversation is left"):
        _ = resolve(listed).stages[0].parts


def test_the_order_is_the_same_for_a_seed_and_another_each_epoch():
    lengths = list(range(50))
    sampler, again = (LengthGroupedSampler(lengths, 4, 3) for _ in range(2))
    first = list(sampler)
    assert first == list(again)
    assert sorted(first) == lengths
    sampler.set_epoch(1)
    assert list(sampler) != first
    again.set_epoch(1)
    assert list(sampler) == list(again)


def test_fewest_shifts_goes_from_few_shifts_to_many_and_shuffles_equals():
    sampler = ShuffledSampler(40, 3, [index % 4 for index in range(40)])
    order = list(sampler)
    assert sorted(order) == list(range(40))
    assert [index % 4 for index in order] == sorted(index % 4 for index in range(40))
    sampler.set_epoch(1)
    assert list(sampler) != order
    assert list(ShuffledSampler(40, 3)) != sorted(range(40))
