"""An engine on a recognizer that does as it is told."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import pytest

from instructerc import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.serving.contract.choices import Choice
from instructerc.serving.scoring.engine import RecognitionEngine

CHOICE = Choice()
WAIT_S = 10.0


class FakeSession:
    """Answers with the words that it was told so far."""

    nbytes = 100

    def __init__(self, recognizer):
        self._recognizer = recognizer
        self.words = []

    def add(self, speaker, text):
        self._recognizer.work(text)
        self.words.append(text)
        return " ".join(self.words)

    def step(self, turn):
        return self.add(turn.speaker, turn.text)

    def prepare(self):
        self._recognizer.prepared.append(" ".join(self.words))
        if "unprepared" in self.words:
            raise RuntimeError("cannot be read ahead")
        return self._recognizer.prepared.count(self._recognizer.prepared[-1]) < 3

    def skip(self, speaker, text):
        if text == "unreadable":
            raise InputError("it cannot be read")
        self._recognizer.replayed.append(text)
        self.words.append(text)


class FakeRecognizer:
    """Does a text's work when `gate` is open, and keeps a list of all that it did."""

    worth_copying = True

    def __init__(self, keeps_states=True):
        self.keeps_states = keeps_states
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        # Texts that wait for a gate of their own.
        self.held = {}
        self.done = []
        self.replayed = []
        self.prepared = []

    def with_choices(self, label_set, min_probability, history):
        return self

    def session(self):
        return FakeSession(self)

    def work(self, text):
        self.begun.set()
        if text in self.held:
            assert self.held[text].wait(WAIT_S)
        assert self.gate.wait(WAIT_S)
        if text == "unreadable":
            raise InputError("it cannot be read")
        if text == "fault":
            raise ValueError("words of a user")
        self.done.append(text)

    def recognize_in_steps(self, conversations, at_once):
        answers = []
        for number, talk in enumerate(conversations, 1):
            for turn in talk.utterances:
                self.work(turn.text)
            answers.append([turn.text for turn in talk.utterances])
            yield number
        return answers


@contextmanager
def _engine(recognizer=None, *, live_wait_s=1.0, batch_wait_s=1.0, memory=10_000, n_workers=1, events=None):
    fake = recognizer or FakeRecognizer()
    engine = RecognitionEngine(lambda: fake, n_workers, live_wait_s, batch_wait_s, memory, events)
    try:
        yield engine, fake
    finally:
        fake.gate.set()
        asyncio.run(engine.close(WAIT_S))
        assert not engine.is_alive
        assert {(load.live, load.batch_turns) for load in engine.loads} == {(0, 0)}, "a reservation is left"


def _talks(*texts):
    return [Conversation(text, [Utterance("Ann", text)]) for text in texts]


def _live(engine, session, before, text, history=()):
    engine.reserve(session)
    turns = [Utterance("Ann", one) for one in history]
    return engine.live(session, CHOICE, before, Utterance("Ann", text), lambda after: turns[after:])


async def _begun(fake):
    assert await asyncio.to_thread(fake.begun.wait, WAIT_S)


@pytest.fixture
def fake_kind():
    """Returns the class of the recognizer that does as it is told."""
    return FakeRecognizer


@pytest.fixture
def open_engine():
    """Returns a function from a recognizer and bounds to an engine in a block, and the recognizer."""
    return _engine


@pytest.fixture
def make_talks():
    """Returns a function from texts to conversations of one turn each."""
    return _talks


@pytest.fixture
def say():
    """Returns a function that reserves a place for a turn of a session, and gives its answer."""
    return _live


@pytest.fixture
def begun():
    """Returns a function that waits until a recognizer works."""
    return _begun
