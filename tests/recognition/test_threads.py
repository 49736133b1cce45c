"""Many threads share a recognizer, a session and a bank: each gets what it would get alone."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from instructerc.backbones.encoders.embedded import EmbeddedBackbone
from instructerc.backbones.encoders.segments import SegmentTokenizer
from instructerc.backbones.settings import ModelSettings
from instructerc.conversation import Conversation, Utterance
from instructerc.labels import LabelSet, load_label_set
from instructerc.recognition import Recognizer
from instructerc.retrieval import BankSettings, DemonstrationBank

N_THREADS = 8
N_TEXTS = 20_000
MELD = load_label_set("meld")


@pytest.fixture(autouse=True)
def _eager_threads() -> Iterator[None]:
    """Threads take turns a hundred times as often as they do of themselves."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(interval / 100)
    yield
    sys.setswitchinterval(interval)


def _talks(n_talks, n_turns, name="c"):
    """Returns conversations in which nobody says the same thing twice."""
    return [
        Conversation(f"{name}{talk}", [Utterance("Ann", f"{name} {talk * n_turns + turn}") for turn in range(n_turns)])
        for talk in range(n_talks)
    ]


def _together(work, parts):
    """Returns what a thread each gives for these parts; all begin at once."""
    begin = threading.Barrier(len(parts))

    def run(part):
        begin.wait(60)
        return work(part)

    with ThreadPoolExecutor(len(parts)) as threads:
        return list(threads.map(run, parts))


def _probabilities(answers):
    return [[turn.probability for turn in turns] for turns in answers]


def _parted(talks):
    return [talks[number::N_THREADS] for number in range(N_THREADS)]


def test_many_texts_through_one_recognizer(exported, monkeypatch):
    monkeypatch.setattr("instructerc.backbones.encoders.segments._CACHED_SEGMENTS", 200)
    old = exported["int8"]
    tokenizer = SegmentTokenizer(old.tokenizer.tokenizer, old.tokenizer.max_tokens)
    backbone = EmbeddedBackbone(old.runner.path, tokenizer, old.history, threads=1)
    recognizer = Recognizer(backbone, ModelSettings("embedded", MELD, "encoder-1"))
    turns = [Utterance("Ann", f"text {number}") for number in range(N_TEXTS)]

    def recognize(first):
        own = turns[first::N_THREADS]
        # A fifth of a conversation was read before, and is about to be pushed out of the cache by what the others read.
        talks = [Conversation(f"{begin}", own[begin : begin + 20]) for begin in range(0, len(own), 16)]
        return _probabilities(map(recognizer.recognize, talks))

    # A text stands in the same batch, so its numbers are the same to the last bit.
    assert _together(recognize, range(N_THREADS)) == list(map(recognize, range(N_THREADS)))


def test_the_model_that_ships_with_default_settings():
    recognizer = Recognizer.from_pretrained()
    parts = _parted(_talks(2 * N_THREADS, 25))
    found = _together(lambda part: [recognizer.recognize(talk) for talk in part], parts)
    for part, answers in zip(parts, found, strict=True):
        for ours, talk in zip(answers, part, strict=True):
            expected = recognizer.recognize(talk)
            assert [turn.probability for turn in ours] == pytest.approx(
                [turn.probability for turn in expected], abs=1e-5
            )


def test_a_session_of_its_own_each(exported, monkeypatch):
    monkeypatch.setattr("instructerc.backbones.encoders.embedded._CACHED_OPTIONS", 3)
    old = exported["int8"]
    backbone = EmbeddedBackbone(old.runner.path, old.tokenizer, old.history, threads=1)
    recognizer = Recognizer(backbone, ModelSettings("embedded", MELD, "encoder-1"))
    talks = _talks(N_THREADS, 30)

    def say(talk):
        session = recognizer.session()
        return [session.add(turn.speaker, turn.text).probability for turn in talk.utterances]

    for talk, answers in zip(talks, _together(say, talks), strict=True):
        assert answers == pytest.approx([turn.probability for turn in recognizer.recognize(talk)], abs=1e-3)


@pytest.mark.parametrize("keeps_states", [True, False])
def test_turns_of_a_shared_session_are_added_one_after_the_other(exported, encoder, keeps_states):
    backbone = exported["int8"] if keeps_states else encoder
    recognizer = Recognizer(backbone, ModelSettings("any", MELD, "encoder-1"))
    assert recognizer.keeps_states is keeps_states
    session = recognizer.session()
    n_each = 12

    def say(part):
        return [(turn.text, session.add(turn.speaker, turn.text)) for talk in part for turn in talk.utterances]

    said = [one for part in _together(say, [_talks(1, n_each, name) for name in "abcdefgh"]) for one in part]
    # Every turn saw others before it: as many as the window holds, which no two turns of a short session share.
    assert len(said) == 8 * n_each
    kept = [turn.text for turn in session._turns]
    assert len(set(kept)) == len(kept)
    assert kept[-1] in {text for text, _ in said}
    # What is kept of the past is that of these turns: the next one is answered as it is after them in a new session.
    other = recognizer.session()
    for turn in session._turns:
        other.skip(turn.speaker, turn.text)
    last, expected = session.add("Bo", "wow"), other.add("Bo", "wow")
    assert last.probability == pytest.approx(expected.probability, abs=1e-3)


@pytest.mark.parametrize("packing", ["auto", "flat", "cached"])
def test_a_language_model(tiny_llm, packing):
    from instructerc.backbones.language_models.causal import CausalBackbone
    from instructerc.backbones.options import BackboneOptions
    from instructerc.prompts import History

    options = BackboneOptions(kind="causal", base=str(tiny_llm), max_tokens=256, packing=packing)
    backbone = CausalBackbone.from_base(options, History())
    labels = LabelSet("few", ("joy", "sadness", "calm"))
    recognizer = Recognizer(backbone, ModelSettings("causal", labels, "compact-1"))
    parts = _parted(_talks(2 * N_THREADS, 3))
    found = _together(lambda part: [recognizer.recognize(talk) for talk in part], parts)
    for part, answers in zip(parts, found, strict=True):
        for ours, talk in zip(answers, part, strict=True):
            expected = [turn.probability for turn in recognizer.recognize(talk)]
            assert [turn.probability for turn in ours] == pytest.approx(expected, abs=1e-5)
    # Nothing is left of what a run changes for a while.
    assert not [name for name, module in backbone.model.named_modules() if "forward" in vars(module)]


def test_a_model_in_torch_keeps_its_mode_while_another_thread_has_not_ended(encoder):
    recognizer = Recognizer(encoder, ModelSettings("encoder", MELD, "encoder-1"))
    encoder.model.train()
    talks = _parted(_talks(10 * N_THREADS, 3))
    found = _together(lambda part: [recognizer.recognize(talk) for talk in part], talks)
    assert encoder.model.training
    for part, answers in zip(talks, found, strict=True):
        expected = _probabilities(recognizer.recognize(talk) for talk in part)
        for ours, theirs in zip(_probabilities(answers), expected, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-5)


def test_a_bank(monkeypatch):
    from instructerc.backbones.encoders.embedders import load_embedder

    monkeypatch.setattr("instructerc.retrieval.queries._REMEMBERED", 20)
    train = [
        Conversation(f"t{number}", [Utterance("Ann", f"entry {number}", ("joy", "anger")[number % 2])])
        for number in range(40)
    ]
    bank = DemonstrationBank.build(train, MELD, load_embedder("embedded"), BankSettings())
    parts = _parted(_talks(4 * N_THREADS, 8))
    indexes = set()

    def look(part):
        indexes.add(id(bank.index))
        return [bank.retrieve(talk, range(len(talk))) for talk in part]

    found = _together(look, parts)
    assert len(indexes) == 1
    for part, answers in zip(parts, found, strict=True):
        for ours, talk in zip(answers, part, strict=True):
            for shown, expected in zip(ours, bank.retrieve(talk, range(len(talk))), strict=True):
                assert [one.text for one in shown] == [one.text for one in expected]
