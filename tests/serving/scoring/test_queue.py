"""What waits for recognition: its order, bounds, reservations and deadlines."""

from __future__ import annotations

import asyncio
import threading

import pytest

from instructerc import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.serving.contract.choices import Choice
from instructerc.serving.contract.refusals import DeadlineExceeded, QueueFull
from instructerc.serving.scoring.engine import RecognitionEngine
from instructerc.serving.scoring.worker import _turns_of_step

CHOICE = Choice()
WAIT_S = 10.0


def _fill(engine):
    """Returns how many turns are accepted before one is refused."""
    for accepted in range(10_000):
        try:
            engine.reserve("00")
        except QueueFull:
            return accepted
    raise AssertionError("it takes everything")


def test_a_live_turn_does_not_wait_for_the_step_of_a_batch(open_engine, make_talks, say, begun):
    async def work():
        fake.held["whole"] = threading.Event()
        batch = asyncio.create_task(engine.recognize(CHOICE, make_talks("whole", "more")))
        await begun(fake)
        live = [await say(engine, "00", number, f"live {number}") for number in range(3)]
        fake.held["whole"].set()
        return live, await batch

    with open_engine() as (engine, fake):
        live, batch = asyncio.run(work())
    assert live[-1] == "live 0 live 1 live 2"
    assert batch == [["whole"], ["more"]]
    assert fake.done == ["live 0", "live 1", "live 2", "whole", "more"]


def test_what_waits_of_batches_refuses_no_live_turn(open_engine, make_talks, say, begun):
    async def work():
        fake.held["whole"] = threading.Event()
        batch = asyncio.create_task(engine.recognize(CHOICE, make_talks("whole", *["more"] * 200)))
        await begun(fake)
        for load in engine.loads:
            load.batch_s = 10.0
        said = await say(engine, "00", 0, "live")
        with pytest.raises(QueueFull):
            await engine.recognize(CHOICE, make_talks("one more"))
        fake.held["whole"].set()
        await batch
        return said

    with open_engine() as (engine, fake):
        assert asyncio.run(work()) == "live"


def test_without_kept_states_live_turns_go_between_steps(open_engine, fake_kind, make_talks, say, begun):
    async def work():
        fake.gate.clear()
        batch = asyncio.create_task(engine.recognize(CHOICE, make_talks("first", "second", "third")))
        await begun(fake)
        live = [asyncio.create_task(say(engine, "00", number, f"live {number}")) for number in range(2)]
        await asyncio.sleep(0)
        fake.gate.set()
        return await asyncio.gather(batch, *live)

    with open_engine(fake_kind(keeps_states=False)) as (engine, fake):
        answers, *_ = asyncio.run(work())
    assert answers == [["first"], ["second"], ["third"]]
    assert fake.done == ["first", "live 0", "live 1", "second", "third"]


def test_whole_conversations_go_on_while_live_turns_keep_coming(open_engine, fake_kind, make_talks, begun):
    async def work():
        fake.gate.clear()
        engine.reserve("00", 40)
        said = [engine.live("00", CHOICE, n, Utterance("Ann", f"live {n}"), lambda _: ()) for n in range(40)]
        tasks = [asyncio.create_task(said[0])]
        # The worker holds this one alone when the others come.
        await begun(fake)
        tasks += [asyncio.create_task(one) for one in said[1:]]
        tasks.append(asyncio.create_task(engine.recognize(CHOICE, make_talks("whole"))))
        while not any(load.batch_turns for load in engine.loads):
            await asyncio.sleep(0.01)
        fake.gate.set()
        await asyncio.gather(*tasks)

    # One worker does both here; live turns and others have a worker each where states are kept.
    with open_engine(fake_kind(keeps_states=False), live_wait_s=9, batch_wait_s=9) as (engine, fake):
        asyncio.run(work())
    assert fake.done.index("whole") == 17


def test_what_would_wait_too_long_is_refused_and_told_when_to_come_again(open_engine, make_talks, say, begun):
    async def work():
        fake.gate.clear()
        first = asyncio.create_task(say(engine, "00", 0, "first"))
        await begun(fake)
        for load in engine.loads:
            load.live_s, load.batch_s = 2.0, 0.5
        with pytest.raises(QueueFull) as live:
            engine.reserve("00")
        fake.held["waits"] = threading.Event()
        waiting = asyncio.create_task(engine.recognize(CHOICE, make_talks(*["waits"] * 4)))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull) as batch:
            await engine.recognize(CHOICE, make_talks("whole"))
        fake.held["waits"].set()
        engine.reserve("00", patient=True)
        engine.release("00")
        fake.gate.set()
        await first
        await waiting
        return live.value, batch.value

    with open_engine(live_wait_s=0.5, batch_wait_s=1.5) as (engine, fake):
        live, batch = asyncio.run(work())
    assert (live.retry_after_s, batch.retry_after_s) == (1.5, 0.5)
    assert "try again in 2 s" in str(live)


def test_waiting_is_bounded_however_many_come(open_engine):
    async def work():
        fake.gate.clear()
        accepted = _fill(engine)
        assert accepted == pytest.approx(0.25 / engine.loads[0].live_s, abs=2)
        tasks = [engine.live("00", CHOICE, n, Utterance("Ann", str(n)), lambda _: ()) for n in range(accepted)]
        waiting = asyncio.gather(*tasks)
        fake.gate.set()
        await waiting

    with open_engine(live_wait_s=0.25) as (engine, fake):
        asyncio.run(work())


def test_a_deadline_ends_waiting_and_the_work(open_engine, make_talks):
    async def work():
        fake.gate.clear()
        with pytest.raises(DeadlineExceeded, match=r"no answer within 0\.1 s"):
            await engine.recognize(CHOICE, make_talks("begun", "never", "nor this"), 0.1)
        fake.gate.set()
        return await engine.recognize(CHOICE, make_talks("next"))

    with open_engine() as (engine, fake):
        assert asyncio.run(work()) == [["next"]]
    assert fake.done == ["begun", "next"]


def test_what_nobody_waits_for_any_more_is_not_begun(open_engine, make_talks, begun):
    async def work():
        fake.gate.clear()
        running = asyncio.create_task(engine.recognize(CHOICE, make_talks("running")))
        await begun(fake)
        given_up = asyncio.create_task(engine.recognize(CHOICE, make_talks("given up")))
        await asyncio.sleep(0.01)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        fake.gate.set()
        return await running

    with open_engine() as (engine, fake):
        assert asyncio.run(work()) == [["running"]]
    assert fake.done == ["running"]


def test_closing_finishes_what_was_accepted(open_engine, make_talks, say, begun):
    async def work():
        fake.gate.clear()
        tasks = [asyncio.create_task(say(engine, "00", n, f"live {n}")) for n in range(20)]
        tasks.append(asyncio.create_task(engine.recognize(CHOICE, make_talks("one", "two"))))
        await begun(fake)
        closing = asyncio.create_task(engine.close(WAIT_S))
        await asyncio.sleep(0.01)
        fake.gate.set()
        await closing
        return await asyncio.gather(*tasks)

    with open_engine(live_wait_s=9) as (engine, fake):
        answers = asyncio.run(work())
    assert len(answers) == 21
    assert len(fake.done) == 22


def test_after_closing_a_job_fails_at_once(open_engine, say):
    async def work():
        await engine.close(WAIT_S)
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(say(engine, "00", 0, "late"), WAIT_S)
        engine.release("00")

    with open_engine() as (engine, _):
        asyncio.run(work())


def test_a_session_stays_with_its_worker(open_engine, say, fake_kind):
    seen = set()

    class Recording(fake_kind):
        def work(self, text):
            seen.add((text[:2], threading.current_thread().name))
            super().work(text)

    async def work():
        for number in range(4):
            for name in ("00", "01", "02", "03"):
                await say(engine, name, number, f"{name} {number}", [name] * number)

    with open_engine(Recording(), n_workers=2, memory=1000) as (engine, fake):
        asyncio.run(work())
    assert fake.replayed == []
    assert len(seen) == 4
    assert len({worker for _, worker in seen}) == 2


def test_one_slow_turn_does_not_shut_the_queue_and_a_failed_one_does_not_open_it(open_engine, say):
    async def work():
        load = engine.loads[0]
        load.live_s = before = 0.01
        for _ in range(50):
            with pytest.raises(InputError):
                await say(engine, "00", 0, "unreadable")
        assert load.live_s == before
        fake.gate.clear()
        slow = asyncio.create_task(say(engine, "00", 0, "slow"))
        await asyncio.sleep(0.3)
        fake.gate.set()
        await slow
        assert load.live_s < 2 * before

    with open_engine() as (engine, fake):
        asyncio.run(work())


def test_long_turns_make_short_steps():
    def step(length, n_turns):
        talks = [Conversation("c", [Utterance("Ann", "x" * length)] * n_turns)]
        return _turns_of_step(talks)

    assert (step(0, 10), step(50, 10), step(1600, 10), step(20_000, 10)) == (64, 64, 4, 1)


def test_small_requests_that_choose_alike_are_recognised_together(open_engine, make_talks, begun, fake_kind):
    other = Choice(context=1)
    steps = []

    class Counting(fake_kind):
        def recognize_in_steps(self, conversations, at_once):
            steps.append(len(conversations))
            return super().recognize_in_steps(conversations, at_once)

    async def work():
        fake.gate.clear()
        first = asyncio.create_task(engine.recognize(CHOICE, make_talks("first")))
        await begun(fake)
        some = [asyncio.create_task(engine.recognize(CHOICE, make_talks(f"a{n}", f"b{n}"))) for n in range(3)]
        await asyncio.sleep(0)
        apart = asyncio.create_task(engine.recognize(other, make_talks("other")))
        await asyncio.sleep(0.05)
        fake.gate.set()
        assert await first == [["first"]]
        assert [await one for one in some] == [[[f"a{n}"], [f"b{n}"]] for n in range(3)]
        assert await apart == [["other"]]

    with open_engine(Counting()) as (engine, fake):
        asyncio.run(work())
    assert steps == [1, 6, 1]


def test_a_request_that_is_given_up_does_not_stop_those_that_go_with_it(open_engine, make_talks, begun):
    async def work():
        fake.gate.clear()
        first = asyncio.create_task(engine.recognize(CHOICE, make_talks("first")))
        await begun(fake)
        some = [asyncio.create_task(engine.recognize(CHOICE, make_talks(f"a{n}", f"b{n}"))) for n in range(2)]
        await asyncio.sleep(0.05)
        some[0].cancel()
        fake.gate.set()
        await first
        assert await some[1] == [["a1"], ["b1"]]

    with open_engine() as (engine, fake):
        asyncio.run(work())


def test_a_turn_joins_those_that_are_answered_next_however_long_a_large_model_takes(open_engine, fake_kind):
    async def work():
        engine.loads[0].live_s = 5.0
        # As many as go together; the next one waits for a run that has not begun.
        for _ in range(16):
            engine.reserve("00")
        with pytest.raises(QueueFull):
            engine.reserve("00")
        engine.release("00", 16)

    with open_engine(fake_kind(keeps_states=False)) as (engine, _):
        asyncio.run(work())


@pytest.mark.parametrize(("worth", "n_copies"), [(True, 3), (False, 1)])
def test_a_model_is_loaded_as_often_as_copies_are_worth_it(worth, n_copies, fake_kind):
    loaded = []

    def load():
        loaded.append(fake_kind())
        loaded[-1].worth_copying = worth
        return loaded[-1]

    engine = RecognitionEngine(load, 3, 1.0, 1.0, 900)
    try:
        # Of each copy, one thread for live turns and one for whole conversations.
        assert (len(loaded), len(engine.loads)) == (n_copies, 2 * n_copies)
        assert [worker._live_memory for worker in engine._live] == [900 // n_copies] * n_copies
    finally:
        asyncio.run(engine.close(WAIT_S))


def test_sessions_are_made_ready_while_nobody_waits(open_engine, say):
    async def work():
        answers = [await say(engine, "s", 0, "hi")]
        await _until(lambda: fake.prepared == ["hi"] * 3)
        # What fails there is no harm to anybody.
        answers.append(await say(engine, "s", 1, "unprepared"))
        await _until(lambda: fake.prepared[3:] == ["hi unprepared"])
        return [*answers, await say(engine, "s", 2, "on")]

    with open_engine() as (engine, fake):
        assert asyncio.run(work()) == ["hi", "hi unprepared", "hi unprepared on"]


async def _until(done):
    async with asyncio.timeout(WAIT_S):
        while not done():
            await asyncio.sleep(0.01)
