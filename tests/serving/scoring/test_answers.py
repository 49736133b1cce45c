"""What an engine answers: from kept states or read anew, and after faults."""

from __future__ import annotations

import asyncio

import pytest

from instructerc import Conversation, Recognizer, Utterance
from instructerc.backbones.base import RecomputedTrunk
from instructerc.errors import InputError
from instructerc.serving.contract.choices import Choice
from instructerc.serving.scoring.engine import RecognitionEngine
from instructerc.serving.scoring.worker import EngineEvents

CHOICE = Choice()
WAIT_S = 10.0


async def _await(function, *arguments):
    return await function(*arguments)


@pytest.mark.parametrize(
    ("text", "kind", "said"), [("unreadable", InputError, "cannot be read"), ("fault", RuntimeError, "ValueError")]
)
def test_a_fault_is_told_and_the_worker_goes_on(text, kind, said, open_engine, make_talks, say):
    async def work():
        with pytest.raises(kind, match=said) as live:
            await say(engine, "00", 0, text)
        with pytest.raises(kind, match=said) as batch:
            await engine.recognize(CHOICE, make_talks("before", text, "after"))
        # What somebody wrote is not repeated.
        assert "words of a user" not in f"{live.value}{batch.value}"
        return await say(engine, "00", 1, "next", [text])

    with open_engine() as (engine, _):
        assert asyncio.run(work()).endswith("next")


def test_a_turn_that_could_not_be_read_does_not_spoil_those_after_it(open_engine, say):
    with open_engine() as (engine, _):
        history = ["one", "unreadable", "three"]
        assert asyncio.run(_await(say, engine, "00", 3, "four", history)) == "one three four"


def test_a_history_that_cannot_be_loaded_is_a_fault_of_that_turn_alone(open_engine, say):
    def fail(_):
        raise OSError("database")

    async def work():
        engine.reserve("00")
        with pytest.raises(RuntimeError, match="OSError"):
            await engine.live("00", CHOICE, 5, Utterance("Ann", "six"), fail)
        return await say(engine, "00", 5, "six", ["five"])

    with open_engine() as (engine, _):
        assert asyncio.run(work()) == "five six"


def test_states_are_kept_and_read_again_where_they_are_not(open_engine, say):
    async def work():
        assert await say(engine, "00", 0, "one") == "one"
        assert await say(engine, "00", 1, "two") == "one two"
        assert fake.replayed == []
        # Another process answered a turn in between.
        assert await say(engine, "00", 3, "four", ["one", "two", "three"]) == "one two three four"
        assert fake.replayed == ["three"]
        # A turn that another process left behind.
        assert await say(engine, "00", 1, "two", ["one"]) == "one two"
        assert await say(engine, "00", 3, "four", ["one", "two", "three"]) == "one two three four"
        assert fake.replayed == ["three", "one", "three"]
        engine.forget("00")
        assert await say(engine, "00", 4, "five", ["four"]) == "four five"

    with open_engine() as (engine, fake):
        asyncio.run(work())


def test_the_oldest_states_make_room(open_engine, say):
    async def work():
        for name in ("00", "01", "02"):
            await say(engine, name, 0, f"{name} one")
        fake.replayed.clear()
        assert await say(engine, "02", 1, "two", ["02 one"]) == "02 one two"
        assert await say(engine, "01", 1, "two", ["01 one"]) == "01 one two"
        assert fake.replayed == []
        assert await say(engine, "00", 1, "two", ["00 one"]) == "00 one two"
        assert fake.replayed == ["00 one"]

    with open_engine(memory=250) as (engine, fake):
        asyncio.run(work())


def test_states_of_idle_sessions_are_dropped(monkeypatch, open_engine, say):
    monkeypatch.setattr("instructerc.serving.scoring.worker._IDLE_S", 0.05)
    monkeypatch.setattr("instructerc.serving.scoring.worker._LOOK_S", 0.01)

    async def work():
        await say(engine, "00", 0, "one")
        assert await say(engine, "00", 1, "two", ["one"]) == "one two"
        assert fake.replayed == []
        await asyncio.sleep(0.15)
        [worker] = engine._live
        assert (len(worker._sessions), worker._kept_bytes) == (0, 0)
        assert await say(engine, "00", 2, "three", ["one", "two"]) == "one two three"
        assert fake.replayed == ["one", "two"]

    with open_engine() as (engine, fake):
        asyncio.run(work())


def test_one_session_larger_than_the_memory_is_kept_while_it_speaks(open_engine, say):
    async def work():
        for number in range(5):
            await say(engine, "00", number, str(number))
        assert fake.replayed == []

    with open_engine(memory=1) as (engine, fake):
        asyncio.run(work())


def test_answers_are_the_same_without_any_memory(say):
    texts = ["We won!", "No way!", "I hate that you missed it.", "So do I."]

    async def answers(memory):
        found, base = [], Recognizer.from_pretrained(threads=1)
        engine = RecognitionEngine(lambda: base, 1, 60, 60, memory)
        for number, text in enumerate(texts):
            for name in ("00", "02"):
                found.append(await say(engine, name, number, text, texts[:number]))
        await engine.close(WAIT_S)
        return [turn.probabilities for turn in found]

    kept, forgotten = asyncio.run(answers(10**9)), asyncio.run(answers(0))
    for one, other in zip(kept, forgotten, strict=True):
        assert one == pytest.approx(other, abs=1e-3)


def test_answers_are_the_same_where_processes_answer_in_turns(say):
    texts = [f"{word} ({number})" for number in range(8) for word in ("We won!", "No way!", "I hate that.", "So do I.")]
    base = Recognizer.from_pretrained(threads=1)

    async def answers():
        engines = [RecognitionEngine(lambda: base, 1, 60, 60, 10**9) for _ in range(2)]
        # One after the other, several of one and then of the other, and one that is ahead of what it is asked.
        order = [0, 1] * 8 + [0, 0, 0, 1, 1, 1, 1, 0] * 2
        found = [
            await say(engines[who], "00", number, texts[number], texts[:number]) for number, who in enumerate(order)
        ]
        found[20] = await say(engines[1], "00", 20, texts[20], texts[:20])
        for engine in engines:
            await engine.close(WAIT_S)
        return found

    whole = base.recognize(Conversation("c", [Utterance("Ann", text) for text in texts]))
    for one, other in zip(asyncio.run(answers()), whole, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-3)


def test_metrics_that_fail_end_nothing(open_engine, make_talks, say):
    def fail(*_):
        raise ValueError("metrics")

    with open_engine(events=EngineEvents(fail)) as (engine, _):
        assert asyncio.run(_await(say, engine, "00", 0, "one")) == "one"
        assert asyncio.run(_await(engine.recognize, CHOICE, make_talks("two"))) == [["two"]]


def test_a_fault_in_one_of_several_requests_is_that_one_s_alone(open_engine, make_talks, begun):
    async def work():
        fake.gate.clear()
        first = asyncio.create_task(engine.recognize(CHOICE, make_talks("first")))
        await begun(fake)
        texts = ("good", "unreadable", "fault", "fine")
        some = [asyncio.create_task(engine.recognize(CHOICE, make_talks(text))) for text in texts]
        await asyncio.sleep(0.05)
        fake.gate.set()
        await first
        good, unreadable, fault, fine = await asyncio.gather(*some, return_exceptions=True)
        assert (good, fine) == ([["good"]], [["fine"]])
        assert isinstance(unreadable, InputError)
        assert isinstance(fault, RuntimeError)

    with open_engine() as (engine, fake):
        asyncio.run(work())


class Forgetful:
    """A backbone that keeps nothing between turns, as language models do, and counts how often it is asked."""

    kind = "causal"

    def __init__(self, backbone):
        self._backbone = backbone
        self.sizes = []

    def __getattr__(self, name):
        return getattr(self._backbone, name)

    def live(self):
        return RecomputedTrunk(self)

    def score(self, trees):
        self.sizes.append(len(trees))
        return self._backbone.score(trees)


def test_live_turns_of_a_model_that_keeps_nothing_are_answered_together(say):
    base = Recognizer.from_pretrained(threads=1)
    talks = {f"{n:02}": [f"We won {n}!", "No way!", "I hate that."] for n in range(6)}
    expected = {
        name: base.recognize(Conversation(name, [Utterance("Ann", text) for text in texts]))
        for name, texts in talks.items()
    }
    backbone = Forgetful(base.backbone)

    async def work():
        engine = RecognitionEngine(lambda: Recognizer(backbone, base.settings), 1, 60, 60, 10_000)
        for turn in range(3):
            jobs = [say(engine, name, turn, texts[turn], texts[:turn]) for name, texts in talks.items()]
            for name, answer in zip(talks, await asyncio.gather(*jobs), strict=True):
                assert answer.probabilities == pytest.approx(expected[name][turn].probabilities, abs=1e-3)
                assert answer.history_turns == turn
        # Both turns of a session that speaks twice at once.
        history = talks["00"]
        twice = [say(engine, "00", 3, "Really?", history), say(engine, "00", 4, "Yes!", [*history, "Really?"])]
        assert [answer.history_turns for answer in await asyncio.gather(*twice)] == [3, 4]
        await engine.close(WAIT_S)

    asyncio.run(work())
    assert sum(backbone.sizes) == 20
    assert max(backbone.sizes) > 1
