"""Language models without training at the command line: flags say how they are asked, and the output says it too."""

from __future__ import annotations

import json

import pytest

from instructerc.backbones.base_models import gguf_files

CHAT = (
    '{"conversation": "a", "speaker": "Ann", "text": "this is wonderful hooray", "emotion": "joy"}\n'
    '{"conversation": "a", "speaker": "Bo", "text": "get out you liar", "emotion": "anger"}\n'
)


@pytest.mark.parametrize("calibration", ["contextual", "prior", "none"])
def test_json_says_how_the_model_was_asked(run, write, tiny_llm, calibration):
    more = () if calibration == "contextual" else ("--calibration", calibration)
    result = run("evaluate", write(CHAT), "--model", str(tiny_llm), "--labels", "meld", "--format", "json", *more)
    data = json.loads(result.stdout)
    assert {key: data[key] for key in ("wording", "chat", "calibration")} == {
        **{"wording": "compact-1", "chat": False, "calibration": calibration}
    }
    assert data["n_utterances"] == 2


def test_the_table_says_so_in_its_title(run, write, tiny_llm):
    result = run("evaluate", write(CHAT), "--model", str(tiny_llm), "--labels", "meld", columns=400)
    # It is as wide as the table below it.
    title = " ".join(result.stdout.partition("weighted F1")[0].split())
    assert "untrained, wording compact-1 without chat template, calibration contextual, weights in float32" in title


def test_recognize_says_so_beside_its_answers(run, write, tiny_llm):
    model = ("--model", str(tiny_llm), "--labels", "happy,sad")
    result = run("recognize", write(CHAT), *model, "--format", "jsonl", "--dtype", "float16")
    assert len(result.stdout.splitlines()) == 2
    how = "wording compact-1, no chat template, calibration contextual, weights in float16"
    assert f"answers without training: {how}" in result.stderr


def test_an_answer_that_depends_on_all_others_is_not_explained(run, write, tiny_llm):
    model = ("--model", str(tiny_llm), "--labels", "happy,sad", "--calibration", "prior")
    result = run("recognize", write(CHAT), *model, "--explain")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "with calibration prior, each answer depends on all others" in result.stderr


def test_a_template_that_a_model_has_not_cannot_be_asked_for(run, write, tiny_llm):
    result = run("recognize", write(CHAT), "--model", str(tiny_llm), "--labels", "happy,sad", "--chat")
    assert result.exit_code == 2
    assert "no chat template" in result.stderr


@pytest.mark.parametrize(
    "flag", [("--calibration", "none"), ("--chat",), ("--no-chat",), ("--wording", "paper-1"), ("--dtype", "float16")]
)
def test_a_trained_model_keeps_its_own(run, write, flag):
    result = run("recognize", write(CHAT), *flag)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "for untrained language models; a trained model keeps its own" in result.stderr


def test_a_gguf_file_needs_labels_and_must_be_there(run, write, monkeypatch):
    monkeypatch.setattr(gguf_files, "find_spec", lambda name: name)
    result = run("recognize", write(CHAT), "--model", "no/model.gguf")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "give --labels SET for it to choose from" in result.stderr
    result = run("recognize", write(CHAT), "--model", "no/model.gguf", "--labels", "meld")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no such file: no/model.gguf" in result.stderr
