"""The engine on a recognizer that does as it is told: order, bounds, reservations, deadlines, memory and faults."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import pytest

from instructerc import Conversation, Recognizer, Utterance
from instructerc.backbones.base import RecomputedTrunk
from instructerc.errors import InputError
from instructerc.serving.contract.refusals import DeadlineExceeded, QueueFull
from instructerc.serving.scoring.choices import Choice
from instructerc.serving.scoring.engine import RecognitionEngine
from instructerc.serving.scoring.worker import EngineEvents, _turns_of_step

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

    def skip(self, speaker, text):
        if text == "unreadable":
            raise InputError("it cannot be read")
        self._recognizer.replayed.append(text)
        self.words.append(text)


class FakeRecognizer:
    """Does a text's work when `gate` is open, and keeps a list of all that it did."""

    keeps_states = True
    worth_copying = True

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        self.done = []
        self.replayed = []

    def with_choices(self, label_set, min_probability, history):
        return self

    def session(self):
        return FakeSession(self)

    def work(self, text):
        self.begun.set()
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
        assert [(load.live, load.batch_turns) for load in engine.loads] == [(0, 0)] * n_workers, "a reservation is left"


def _talks(*texts):
    return [Conversation(text, [Utterance("Ann", text)]) for text in texts]


def _live(engine, session, before, text, history=()):
    engine.reserve(session)
    turns = [Utterance("Ann", one) for one in history]
    return engine.live(session, CHOICE, before, Utterance("Ann", text), lambda: turns)


async def _begun(fake):
    assert await asyncio.to_thread(fake.begun.wait, WAIT_S)


def test_live_turns_go_between_the_steps_of_whole_conversations():
    async def work():
        fake.gate.clear()
        batch = asyncio.create_task(engine.recognize(CHOICE, _talks("first", "second", "third")))
        await _begun(fake)
        live = [asyncio.create_task(_live(engine, "00", number, f"live {number}")) for number in range(2)]
        await asyncio.sleep(0)
        fake.gate.set()
        return await asyncio.gather(batch, *live)

    with _engine() as (engine, fake):
        answers, *_ = asyncio.run(work())
    assert answers == [["first"], ["second"], ["third"]]
    assert fake.done == ["first", "live 0", "live 1", "second", "third"]


def test_whole_conversations_go_on_while_live_turns_keep_coming():
    async def work():
        fake.gate.clear()
        engine.reserve("00", 40)
        said = [engine.live("00", CHOICE, n, Utterance("Ann", f"live {n}"), tuple) for n in range(40)]
        tasks = [asyncio.create_task(one) for one in said]
        tasks.append(asyncio.create_task(engine.recognize(CHOICE, _talks("whole"))))
        await _begun(fake)
        fake.gate.set()
        await asyncio.gather(*tasks)

    with _engine(live_wait_s=9, batch_wait_s=9) as (engine, fake):
        asyncio.run(work())
    assert fake.done.index("whole") <= 33


def test_what_would_wait_too_long_is_refused_and_told_when_to_come_again():
    async def work():
        fake.gate.clear()
        first = asyncio.create_task(_live(engine, "00", 0, "first"))
        await _begun(fake)
        engine.loads[0].live_s, engine.loads[0].batch_s = 2.0, 0.5
        with pytest.raises(QueueFull) as live:
            engine.reserve("00")
        with pytest.raises(QueueFull) as batch:
            await engine.recognize(CHOICE, _talks("whole"))
        engine.reserve("00", patient=True)
        engine.release("00")
        fake.gate.set()
        await first
        return live.value, batch.value

    with _engine(live_wait_s=0.5, batch_wait_s=1.5) as (engine, fake):
        live, batch = asyncio.run(work())
    assert (live.retry_after_s, batch.retry_after_s) == (1.5, 0.5)
    assert "try again in 2 s" in str(live)


def _fill(engine):
    """Returns how many turns are accepted before one is refused."""
    for accepted in range(10_000):
        try:
            engine.reserve("00")
        except QueueFull:
            return accepted
    raise AssertionError("it takes everything")


def test_waiting_is_bounded_however_many_come():
    async def work():
        fake.gate.clear()
        accepted = _fill(engine)
        assert accepted == pytest.approx(0.25 / engine.loads[0].live_s, abs=2)
        tasks = [engine.live("00", CHOICE, n, Utterance("Ann", str(n)), tuple) for n in range(accepted)]
        waiting = asyncio.gather(*tasks)
        fake.gate.set()
        await waiting

    with _engine(live_wait_s=0.25) as (engine, fake):
        asyncio.run(work())


def test_a_deadline_ends_waiting_and_the_work():
    async def work():
        fake.gate.clear()
        with pytest.raises(DeadlineExceeded, match=r"no answer within 0\.1 s"):
            await engine.recognize(CHOICE, _talks("begun", "never", "nor this"), 0.1)
        fake.gate.set()
        return await engine.recognize(CHOICE, _talks("next"))

    with _engine() as (engine, fake):
        assert asyncio.run(work()) == [["next"]]
    assert fake.done == ["begun", "next"]


def test_what_nobody_waits_for_any_more_is_not_begun():
    async def work():
        fake.gate.clear()
        running = asyncio.create_task(engine.recognize(CHOICE, _talks("running")))
        await _begun(fake)
        given_up = asyncio.create_task(engine.recognize(CHOICE, _talks("given up")))
        await asyncio.sleep(0.01)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        fake.gate.set()
        return await running

    with _engine() as (engine, fake):
        assert asyncio.run(work()) == [["running"]]
    assert fake.done == ["running"]


@pytest.mark.parametrize(
    ("text", "kind", "said"), [("unreadable", InputError, "cannot be read"), ("fault", RuntimeError, "ValueError")]
)
def test_a_fault_is_told_and_the_worker_goes_on(text, kind, said):
    async def work():
        with pytest.raises(kind, match=said) as live:
            await _live(engine, "00", 0, text)
        with pytest.raises(kind, match=said) as batch:
            await engine.recognize(CHOICE, _talks("before", text, "after"))
        # What somebody wrote is not repeated.
        assert "words of a user" not in f"{live.value}{batch.value}"
        return await _live(engine, "00", 1, "next", [text])

    with _engine() as (engine, _):
        assert asyncio.run(work()).endswith("next")


def test_a_turn_that_could_not_be_read_does_not_spoil_those_after_it():
    with _engine() as (engine, _):
        history = ["one", "unreadable", "three"]
        assert asyncio.run(_await(_live, engine, "00", 3, "four", history)) == "one three four"


async def _await(function, *arguments):
    return await function(*arguments)


def test_a_history_that_cannot_be_loaded_is_a_fault_of_that_turn_alone():
    def fail():
        raise OSError("database")

    async def work():
        engine.reserve("00")
        with pytest.raises(RuntimeError, match="OSError"):
            await engine.live("00", CHOICE, 5, Utterance("Ann", "six"), fail)
        return await _live(engine, "00", 5, "six", ["five"])

    with _engine() as (engine, _):
        assert asyncio.run(work()) == "five six"


def test_states_are_kept_and_read_again_where_they_are_not():
    async def work():
        assert await _live(engine, "00", 0, "one") == "one"
        assert await _live(engine, "00", 1, "two") == "one two"
        assert fake.replayed == []
        # Another process wrote a turn in between.
        assert await _live(engine, "00", 3, "four", ["one", "two", "three"]) == "one two three four"
        assert fake.replayed == ["one", "two", "three"]
        engine.forget("00")
        assert await _live(engine, "00", 4, "five", ["four"]) == "four five"

    with _engine() as (engine, fake):
        asyncio.run(work())


def test_the_oldest_states_make_room():
    async def work():
        for name in ("00", "01", "02"):
            await _live(engine, name, 0, f"{name} one")
        fake.replayed.clear()
        assert await _live(engine, "02", 1, "two", ["02 one"]) == "02 one two"
        assert await _live(engine, "01", 1, "two", ["01 one"]) == "01 one two"
        assert fake.replayed == []
        assert await _live(engine, "00", 1, "two", ["00 one"]) == "00 one two"
        assert fake.replayed == ["00 one"]

    with _engine(memory=250) as (engine, fake):
        asyncio.run(work())


def test_states_of_idle_sessions_are_dropped(monkeypatch):
    monkeypatch.setattr("instructerc.serving.scoring.worker._IDLE_S", 0.05)
    monkeypatch.setattr("instructerc.serving.scoring.worker._LOOK_S", 0.01)

    async def work():
        await _live(engine, "00", 0, "one")
        assert await _live(engine, "00", 1, "two", ["one"]) == "one two"
        assert fake.replayed == []
        await asyncio.sleep(0.15)
        [worker] = engine._workers
        assert (len(worker._sessions), worker._kept_bytes) == (0, 0)
        assert await _live(engine, "00", 2, "three", ["one", "two"]) == "one two three"
        assert fake.replayed == ["one", "two"]

    with _engine() as (engine, fake):
        asyncio.run(work())


def test_one_session_larger_than_the_memory_is_kept_while_it_speaks():
    async def work():
        for number in range(5):
            await _live(engine, "00", number, str(number))
        assert fake.replayed == []

    with _engine(memory=1) as (engine, fake):
        asyncio.run(work())


def test_answers_are_the_same_without_any_memory():
    texts = ["We won!", "No way!", "I hate that you missed it.", "So do I."]

    async def answers(memory):
        found, base = [], Recognizer.from_pretrained(threads=1)
        engine = RecognitionEngine(lambda: base, 1, 60, 60, memory)
        for number, text in enumerate(texts):
            for name in ("00", "02"):
                found.append(await _live(engine, name, number, text, texts[:number]))
        await engine.close(WAIT_S)
        return [turn.probabilities for turn in found]

    kept, forgotten = asyncio.run(answers(10**9)), asyncio.run(answers(0))
    for one, other in zip(kept, forgotten, strict=True):
        assert one == pytest.approx(other, abs=1e-3)


def test_closing_finishes_what_was_accepted():
    async def work():
        fake.gate.clear()
        tasks = [asyncio.create_task(_live(engine, "00", n, f"live {n}")) for n in range(20)]
        tasks.append(asyncio.create_task(engine.recognize(CHOICE, _talks("one", "two"))))
        await _begun(fake)
        closing = asyncio.create_task(engine.close(WAIT_S))
        await asyncio.sleep(0.01)
        fake.gate.set()
        await closing
        return await asyncio.gather(*tasks)

    with _engine(live_wait_s=9) as (engine, fake):
        answers = asyncio.run(work())
    assert len(answers) == 21
    assert len(fake.done) == 22


def test_after_closing_a_job_fails_at_once():
    async def work():
        await engine.close(WAIT_S)
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(_live(engine, "00", 0, "late"), WAIT_S)
        engine.release("00")

    with _engine() as (engine, _):
        asyncio.run(work())


def test_metrics_that_fail_end_nothing():
    def fail(*_):
        raise ValueError("metrics")

    with _engine(events=EngineEvents(fail)) as (engine, _):
        assert asyncio.run(_await(_live, engine, "00", 0, "one")) == "one"
        assert asyncio.run(_await(engine.recognize, CHOICE, _talks("two"))) == [["two"]]


def test_a_session_stays_with_its_worker():
    seen = set()

    class Recording(FakeRecognizer):
        def work(self, text):
            seen.add((text[:2], threading.current_thread().name))
            super().work(text)

    async def work():
        for number in range(4):
            for name in ("00", "01", "02", "03"):
                await _live(engine, name, number, f"{name} {number}", [name] * number)

    with _engine(Recording(), n_workers=2, memory=1000) as (engine, fake):
        asyncio.run(work())
    assert fake.replayed == []
    assert len(seen) == 4
    assert len({worker for _, worker in seen}) == 2


def test_one_slow_turn_does_not_shut_the_queue_and_a_failed_one_does_not_open_it():
    async def work():
        load = engine.loads[0]
        load.live_s = before = 0.01
        for _ in range(50):
            with pytest.raises(InputError):
                await _live(engine, "00", 0, "unreadable")
        assert load.live_s == before
        fake.gate.clear()
        slow = asyncio.create_task(_live(engine, "00", 0, "slow"))
        await asyncio.sleep(0.3)
        fake.gate.set()
        await slow
        assert load.live_s < 2 * before

    with _engine() as (engine, fake):
        asyncio.run(work())


def test_long_turns_make_short_steps():
    def step(length, n_turns):
        talks = [Conversation("c", [Utterance("Ann", "x" * length)] * n_turns)]
        return _turns_of_step(talks)

    assert (step(0, 10), step(50, 10), step(1600, 10), step(20_000, 10)) == (64, 64, 4, 1)


def test_small_requests_that_choose_alike_are_recognised_together():
    other = Choice(context=1)
    steps = []

    class Counting(FakeRecognizer):
        def recognize_in_steps(self, conversations, at_once):
            steps.append(len(conversations))
            return super().recognize_in_steps(conversations, at_once)

    async def work():
        fake.gate.clear()
        first = asyncio.create_task(engine.recognize(CHOICE, _talks("first")))
        await _begun(fake)
        some = [asyncio.create_task(engine.recognize(CHOICE, _talks(f"a{n}", f"b{n}"))) for n in range(3)]
        await asyncio.sleep(0)
        apart = asyncio.create_task(engine.recognize(other, _talks("other")))
        await asyncio.sleep(0.05)
        fake.gate.set()
        assert await first == [["first"]]
        assert [await one for one in some] == [[[f"a{n}"], [f"b{n}"]] for n in range(3)]
        assert await apart == [["other"]]

    with _engine(Counting()) as (engine, fake):
        asyncio.run(work())
    assert steps == [1, 6, 1]


def test_a_fault_in_one_of_several_requests_is_that_one_s_alone():
    async def work():
        fake.gate.clear()
        first = asyncio.create_task(engine.recognize(CHOICE, _talks("first")))
        await _begun(fake)
        texts = ("good", "unreadable", "fault", "fine")
        some = [asyncio.create_task(engine.recognize(CHOICE, _talks(text))) for text in texts]
        await asyncio.sleep(0.05)
        fake.gate.set()
        await first
        good, unreadable, fault, fine = await asyncio.gather(*some, return_exceptions=True)
        assert (good, fine) == ([["good"]], [["fine"]])
        assert isinstance(unreadable, InputError)
        assert isinstance(fault, RuntimeError)

    with _engine() as (engine, fake):
        asyncio.run(work())


def test_a_request_that_is_given_up_does_not_stop_those_that_go_with_it():
    async def work():
        fake.gate.clear()
        first = asyncio.create_task(engine.recognize(CHOICE, _talks("first")))
        await _begun(fake)
        some = [asyncio.create_task(engine.recognize(CHOICE, _talks(f"a{n}", f"b{n}"))) for n in range(2)]
        await asyncio.sleep(0.05)
        some[0].cancel()
        fake.gate.set()
        await first
        assert await some[1] == [["a1"], ["b1"]]

    with _engine() as (engine, fake):
        asyncio.run(work())


class Forgetful:
    """A backbone that keeps nothing between turns, as language models do, and counts how often it is asked."""

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


def test_live_turns_of_a_model_that_keeps_nothing_are_answered_together():
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
            jobs = [_live(engine, name, turn, texts[turn], texts[:turn]) for name, texts in talks.items()]
            for name, answer in zip(talks, await asyncio.gather(*jobs), strict=True):
                assert answer.probabilities == pytest.approx(expected[name][turn].probabilities, abs=1e-3)
                assert answer.history_turns == turn
        # Both turns of a session that speaks twice at once.
        history = talks["00"]
        twice = [_live(engine, "00", 3, "Really?", history), _live(engine, "00", 4, "Yes!", [*history, "Really?"])]
        assert [answer.history_turns for answer in await asyncio.gather(*twice)] == [3, 4]
        await engine.close(WAIT_S)

    asyncio.run(work())
    assert sum(backbone.sizes) == 20
    assert max(backbone.sizes) > 1


def test_a_turn_joins_those_that_are_answered_next_however_long_a_large_model_takes():
    class Large(FakeRecognizer):
        keeps_states = False

    async def work():
        engine.loads[0].live_s = 5.0
        # As many as go together; the next one waits for a run that has not begun.
        for _ in range(16):
            engine.reserve("00")
        with pytest.raises(QueueFull):
            engine.reserve("00")
        engine.release("00", 16)

    with _engine(Large()) as (engine, _):
        asyncio.run(work())


@pytest.mark.parametrize(("worth", "n_copies"), [(True, 3), (False, 1)])
def test_a_model_is_loaded_as_often_as_copies_are_worth_it(worth, n_copies):
    loaded = []

    def load():
        loaded.append(FakeRecognizer())
        loaded[-1].worth_copying = worth
        return loaded[-1]

    engine = RecognitionEngine(load, 3, 1.0, 1.0, 900)
    try:
        assert (len(loaded), len(engine.loads)) == (n_copies, n_copies)
        assert [worker._live_memory for worker in engine._workers] == [900 // n_copies] * n_copies
    finally:
        asyncio.run(engine.close(WAIT_S))
