"""Explanations beside live turns: they wait for these, and come to their end all the same."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest

from instructerc.backbones.settings import ModelSettings
from instructerc.conversation import Conversation, Utterance
from instructerc.labels import load_label_set
from instructerc.recognition import Recognizer, explain
from instructerc.serving.contract.choices import Choice
from instructerc.serving.scoring import explainer as module
from instructerc.serving.scoring.explainer import Explainer
from instructerc.serving.scoring.worker import Load

TALK = Conversation("c", [Utterance("Ann", "we won"), Utterance("Bo", "i hate that")])
WAIT_S = 10.0


class Engine(SimpleNamespace):
    """An engine with one worker, which says when somebody looks at what it has to do."""

    @property
    def loads(self):
        self.looked.set()
        return [self.load]


@pytest.fixture
def engine(encoder):
    recognizer = Recognizer(encoder, ModelSettings("any", load_label_set("meld"), "encoder-1"))
    return Engine(recognizer=recognizer, load=Load(live=1), looked=threading.Event())


def test_nothing_is_asked_while_a_live_turn_waits(engine, monkeypatch):
    monkeypatch.setattr(module, "_GIVES_WAY_S", WAIT_S)

    async def work():
        explaining = asyncio.create_task(Explainer(engine).explain(Choice(), TALK, 2, None))
        for _ in range(3):
            engine.looked.clear()
            assert await asyncio.to_thread(engine.looked.wait, WAIT_S)
            assert not explaining.done()
        engine.load.live = 0
        return await explaining

    assert asyncio.run(work()) == explain(engine.recognizer, TALK, 2)


def test_live_turns_without_end_do_not_keep_an_explanation_from_its_end(engine, monkeypatch):
    monkeypatch.setattr(module, "_GIVES_WAY_S", 0.002)
    found = asyncio.run(Explainer(engine).explain(Choice(), TALK, 2, None))
    assert len(found.words) == 3
    assert engine.looked.is_set()


def test_the_service_looks_at_its_own_live_turns(serve):
    client = serve()
    services = client.app.state.services
    assert services.explainer._engine is services.engine
