"""The client with the service: in this process, and over the network with one that is killed and started anew."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from instructerc import Conversation, Recognizer, Utterance
from instructerc.client import AsyncClient, Client, ServiceBusy, ServiceError, Stream, Unreachable
from instructerc.client.target import Target
from instructerc.serving.contract.schemas.streams import StreamDeletion, StreamProblem, StreamUtterance

TALK = Conversation("c1", [Utterance("Ann", "We won!"), Utterance("Bo", "No way, that is amazing!")])


@pytest.fixture(scope="module")
def url(start_service):
    return start_service()[0]


@pytest.fixture(params=["in this process", "over the network"])
def any_client(request):
    if request.param == "in this process":
        yield request.getfixturevalue("client")
        return
    with Client(request.getfixturevalue("url")) as client:
        yield client


def test_everything(any_client):
    client = any_client
    found = client.recognize(TALK)
    expected = Recognizer.from_pretrained(threads=1).recognize(TALK)
    assert [turn.answer.label for turn in found.conversations[0].utterances] == [turn.label for turn in expected]
    read = client.read(b"Ann: We won!\nBo: No way, that is amazing!\n", filename="c1.txt")
    again = client.recognize(read.conversations, labels=["happy", "sad"], context=0, min_probability=0.1)
    assert (again.labels, len(again.conversations)) == (["happy", "sad"], 1)
    session = client.open_session(title="call 17", labels="meld")
    assert session.info.title == "call 17"
    added = [session.add(turn.speaker, turn.text) for turn in TALK.utterances]
    assert [turn.answer.label for turn in added] == [turn.label for turn in expected]
    assert session.add("Ann", "We won!", key=added[0].key).turn == 1
    assert session.correct(1, "surprise").correction == "surprise"
    assert [turn.turn for turn in session.get(after=1).utterances] == [2]
    lost = session.change(2, "Bo", "No way, we lost!")
    assert [(turn.text, turn.status) for turn in lost.utterances] == [("No way, we lost!", "scored")]
    assert session.remove(2).utterances == []
    with pytest.raises(ServiceError, match=r"the session has no turn 2 \(404 not_found\)"):
        session.change(2, "Bo", "x")
    back = session.change(2, TALK.utterances[1].speaker, TALK.utterances[1].text, restore=True)
    assert [turn.answer.label for turn in back.utterances] == [expected[1].label]
    rows = [json.loads(row) for row in session.export().splitlines()]
    assert (rows[0]["emotion"], session.export(format="vtt")[:6]) == ("surprise", "WEBVTT")
    assert session.export(format="csv").startswith("conversation,turn,")
    for _ in range(2):
        client.open_session()
    names = [one.id for one in client.sessions()]
    assert len(names) == 3
    assert names == [one.id for one in client.list_sessions(limit=3).sessions]
    assert client.list_sessions(limit=1, after=names[0]).sessions[0].id == names[1]
    assert client.models().models[0].id == "embedded"
    assert "meld" in {one.name for one in client.labels().label_sets}
    assert client.health() == {"status": "ok"}
    assert all(client.ready().values())
    assert "instructerc_requests_total" in client.metrics()
    client.session(session.id).delete()
    with pytest.raises(ServiceError, match=r"no such session \(404 not_found\)"):
        session.get()
    for name in names:
        if name != session.id:
            client.session(name).delete()


def test_the_same_for_asyncio(app):
    async def talk():
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with AsyncClient(transport=transport) as client:
                found = await client.recognize([TALK, TALK])
                assert len(found.conversations) == 2
                session = await client.open_session(labels="emorynlp")
                added = await asyncio.gather(*(session.add("Ann", f"Turn {n}") for n in range(5)))
                assert {turn.turn for turn in added} == {1, 2, 3, 4, 5}
                assert (await session.get()).n_utterances == 5
                assert [one.id async for one in client.sessions()] == [session.id]
                await session.delete()
                with pytest.raises(ServiceError, match="no such session"):
                    await client.session(session.id).get()

    asyncio.run(talk())


def test_a_stream_in_both_directions(url):
    async def talk():
        async with AsyncClient(url) as client:
            session = await client.open_session()
            async with session.stream() as stream, session.stream() as other:
                key = await stream.send("Ann", "We won!")
                seen = [await anext(stream) for _ in range(2)]
                assert [event.utterance.status for event in seen] == ["pending", "scored"]
                assert {event.utterance.key for event in seen} == {key}
                assert seen[1].utterance.answer.label == "joy"
                assert isinstance(await anext(other), StreamUtterance)
                await stream.send("Bo", "Other words", key=key)
                problem = await anext(stream)
                assert isinstance(problem, StreamProblem)
                assert (problem.status, problem.code, problem.key) == (409, "conflict", key)
                await session.remove(1)
                assert await anext(stream) == StreamDeletion(turn=1)
                await session.delete()
                assert [event async for event in stream] == []
                with pytest.raises(Unreachable):
                    await stream.send("Ann", "Too late")

    asyncio.run(talk())


def test_a_stream_that_is_refused(url):
    async def talk():
        async with AsyncClient(url) as client, client.session("00ff").stream() as stream:
            with pytest.raises(ServiceError, match="no such session"):
                await anext(stream)
        async with AsyncClient("http://127.0.0.1:9", retries=1) as client:
            with pytest.raises(Unreachable, match="is it running"):
                async with client.session("0f").stream():
                    pass
        async with AsyncClient(f"{url}/elsewhere") as client:
            with pytest.raises(ServiceError, match=r"127\.0\.0\.1 refuses") as told:
                async with client.session("0f").stream():
                    pass
            assert told.value.status == 403

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (1013, ServiceBusy, "read too slowly"),
        (1008, ServiceError, "not in use any more"),
        (1009, Unreachable, "1009"),
        (None, Unreachable, ""),
    ],
)
def test_a_stream_says_why_it_is_closed(code, kind, said):
    received = None if code is None else Close(code, "")
    error = Stream(Target(), "0f").fault(ConnectionClosedError(received, None))
    assert type(error) is kind
    assert said in str(error)


def test_a_session_is_watched_until_it_is_deleted(url):
    with Client(url) as client:
        session = client.open_session()
        session.add("Ann", "We won!")
        # An answer is given out before it is written.
        while session.get().utterances[0].status == "pending":
            time.sleep(0.01)
        seen = []

        def say_more():
            while not seen:
                time.sleep(0.01)
            session.add("Bo", "No way!")
            while seen[-1].status != "scored" or seen[-1].turn != 2:
                time.sleep(0.01)
            session.delete()

        other = threading.Thread(target=say_more)
        other.start()
        for turn in session.watch():
            seen.append(turn)
        other.join()
        assert [(turn.turn, turn.status) for turn in seen] == [(1, "scored"), (2, "pending"), (2, "scored")]


def test_watching_with_asyncio(url):
    async def talk():
        async with AsyncClient(url) as client:
            session = await client.open_session()
            await session.add("Ann", "We won!")
            while (await session.get()).utterances[0].status == "pending":
                await asyncio.sleep(0.01)
            async for turn in session.watch():
                assert (turn.turn, turn.answer.label) == (1, "joy")
                await session.delete()

    asyncio.run(talk())


def test_a_turn_survives_the_death_of_the_service(start_service, tmp_path):
    database = f"sqlite:///{tmp_path / 'sessions.db'}"
    url, process = start_service(INSTRUCTERC_DATABASE=database)
    with Client(url, retries=8) as client:
        session = client.open_session()
        first = session.add("Ann", "We won!")
        process.kill()
        process.wait()
        found = []
        late = threading.Thread(target=lambda: found.append(session.add("Bo", "No way!")))
        late.start()
        start_service("--port", url.rsplit(":", 1)[1], INSTRUCTERC_DATABASE=database)
        late.join()
        assert [turn.text for turn in session.get().utterances] == ["We won!", "No way!"]
        assert (found[0].turn, first.turn) == (2, 1)


def test_a_rate_is_of_the_address_that_connects(start_service):
    url, _ = start_service("--rate", "3")
    with Client(url, retries=0) as client:
        for number in range(3):
            client.http.headers["X-Forwarded-For"] = f"192.0.2.{number}"
            client.models()
        with pytest.raises(ServiceBusy, match="more than 3 requests and turns in a minute") as told:
            client.models()
    assert 1 <= told.value.retry_after_s <= 60


def test_keys_are_asked_for(start_service, tmp_path):
    from instructerc.serving.keeping.database import open_database
    from instructerc.serving.keeping.keys import create_key

    database = f"sqlite:///{tmp_path / 'sessions.db'}"
    engine = open_database(database)
    reader, writer = (create_key(engine, "test", scopes) for scopes in (["read"], ["read", "write"]))
    engine.dispose()
    url, _ = start_service("--require-keys", INSTRUCTERC_DATABASE=database)
    with Client(url) as nobody, Client(url, reader) as reading, Client(url, f"{writer}{os.linesep}") as writing:
        for client, status, code in ((nobody, 401, "no_key"), (reading, 403, "scope")):
            with pytest.raises(ServiceError) as told:
                client.open_session()
            assert (told.value.status, told.value.code) == (status, code)
        session = writing.open_session()

    async def talk():
        async with AsyncClient(url, writer) as client, client.session(session.id).stream() as stream:
            await stream.send("Ann", "We won!")
            assert isinstance(await anext(stream), StreamUtterance)
        async with AsyncClient(url, "ierc_nobody") as client, client.session(session.id).stream() as stream:
            with pytest.raises(ServiceError, match=r"unknown or revoked \(401 wrong_key\)"):
                await anext(stream)

    asyncio.run(talk())
