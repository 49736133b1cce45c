"""The service on a language model: it is loaded once, and requests that wait together are answered together."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from instructerc import Conversation, Recognizer, Utterance
from instructerc.backbones.registry import backbone_kinds
from instructerc.backbones.settings import ModelSettings, write_settings
from instructerc.labels import LabelSet

N_REQUESTS = 6
WAIT_S = 30.0


@pytest.fixture(scope="module")
def model(tiny_llm, tmp_path_factory) -> Path:
    """Folder of a causal model that no training has touched."""
    from instructerc.backbones.language_models.causal import CausalBackbone
    from instructerc.backbones.options import BackboneOptions
    from instructerc.prompts import History

    folder = tmp_path_factory.mktemp("language-model")
    CausalBackbone.from_base(BackboneOptions(kind="causal", base=str(tiny_llm), max_tokens=256), History()).save(folder)
    labels = LabelSet("few", ("joy", "sadness", "calm"))
    write_settings(folder, ModelSettings("causal", labels, "compact-1", calibration="none"))
    return folder


@pytest.fixture
def loaded(monkeypatch):
    """What was loaded: each backbone, with the number of trees of each of its runs in `sizes`."""
    found = []
    kinds = backbone_kinds()

    def counted(*arguments):
        backbone = kinds["causal"].load(*arguments)
        score, backbone.sizes = backbone.score, []

        def scored(trees):
            backbone.sizes.append(len(trees))
            return score(trees)

        backbone.score = scored
        found.append(backbone)
        return backbone

    counting = {"causal": replace(kinds["causal"], load=counted)}
    monkeypatch.setattr("instructerc.backbones.registry.backbone_kinds", lambda: counting)
    return found


def _talks():
    return [[f"We won {number}!", "No way!"] for number in range(N_REQUESTS)]


def _held_back(backbone):
    """Makes a backbone wait before each run; returns what is set when one begins, and what lets it go on."""
    begun, gate, scored = threading.Event(), threading.Event(), backbone.score

    def held(trees):
        begun.set()
        assert gate.wait(2 * WAIT_S)
        return scored(trees)

    backbone.score = held
    return begun, gate


def _wait_for(queue, n_jobs):
    """Returns when so many jobs wait."""
    end = time.monotonic() + WAIT_S
    while len(queue) < n_jobs:
        assert time.monotonic() < end, f"{len(queue)} of {n_jobs} wait"
        time.sleep(0.01)


def test_it_is_loaded_once_and_answers_in_batches(serve, model, loaded):
    client = serve(model=str(model), threads=4)
    assert len(loaded) == 1
    assert len(client.app.state.services.engine.loads) == 1
    [backbone] = loaded
    begun, gate = _held_back(backbone)

    def ask(texts):
        said = {"conversations": [{"utterances": [{"speaker": "Ann", "text": text} for text in texts]}]}
        return client.post("/v1/recognize", json=said).json()

    with ThreadPoolExecutor(N_REQUESTS + 1) as threads:
        first = threads.submit(ask, ["first"])
        assert begun.wait(WAIT_S)
        answers = [threads.submit(ask, texts) for texts in _talks()]
        [worker] = client.app.state.services.engine._workers
        _wait_for(worker._batch, N_REQUESTS)
        gate.set()
        first.result(WAIT_S)
        found = [answer.result(WAIT_S) for answer in answers]
    assert backbone.sizes == [1, N_REQUESTS]
    alone = Recognizer.from_pretrained(model)
    for texts, answer in zip(_talks(), found, strict=True):
        turns = answer["conversations"][0]["utterances"]
        expected = alone.recognize(Conversation("c", [Utterance("Ann", text) for text in texts]))
        for turn, recognition in zip(turns, expected, strict=True):
            assert turn["answer"]["probabilities"] == pytest.approx(recognition.probabilities, abs=1e-4)


def test_live_turns_of_several_sessions_are_answered_in_one_batch(serve, model, loaded):
    client = serve(model=str(model), threads=4)
    sessions = [client.post("/v1/sessions", json={}).json()["id"] for _ in range(N_REQUESTS)]
    [backbone] = loaded
    begun, gate = _held_back(backbone)

    def say(session):
        answer = client.post(f"/v1/sessions/{session}/utterances", json={"speaker": "Ann", "text": "We won!"})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["answer"]["probabilities"]

    with ThreadPoolExecutor(N_REQUESTS) as threads:
        first = threads.submit(say, sessions[0])
        assert begun.wait(WAIT_S)
        others = [threads.submit(say, session) for session in sessions[1:]]
        [worker] = client.app.state.services.engine._workers
        _wait_for(worker._live, N_REQUESTS - 1)
        gate.set()
        expected = first.result(WAIT_S)
        for other in others:
            assert other.result(WAIT_S) == pytest.approx(expected, abs=1e-4)
    assert backbone.sizes == [1, N_REQUESTS - 1]
