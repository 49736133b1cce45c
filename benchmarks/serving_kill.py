"""The service is killed under load, again and again: what it acknowledged is there afterwards, once and scored.

Writers send turns over HTTP and WebSocket, each turn with a key of its own, and send again what was not acknowledged.
The service is ended by SIGKILL at random moments and started on the same database. At last every session is read: a
turn that was acknowledged and is not there is lost, a key that is there twice is doubled, and every answer is compared
with the one that the whole conversation gives. Prints one JSON line; the status is 1 where anything is wrong.

    python benchmarks/serving_kill.py --kills 20
    python benchmarks/serving_kill.py --kills 20 --processes 2 --postgresql

Of several processes one is killed at a time, and started again after a while; the one that is killed last stays away,
so that the others score what it left. Each writer sends its turns to one process after the other, and two writers share
a session. `--postgresql` starts a server for it on loopback.
"""

from __future__ import annotations

import abc
import argparse
import asyncio
import json
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "serving" / "keeping" / "servers"))

from postgresql_server import find_programs, run_postgresql

TEXTS = (
    "We won!",
    "I hate waiting.",
    "Oh no, not again.",
    "Fine by me.",
    "Really? That is amazing!",
    "Leave me alone.",
)
# A writer stops here, so that sessions stay short enough to be compared whole.
MOST_TURNS = 2000
# Then a WebSocket is closed, and the next one opened to another process.
TURNS_OF_A_SOCKET = 20
# The command line has no option for it: for how long a process's claim to a turn holds that it does not renew.
_WITH_CLAIM = """
from instructerc.cli.main import main
from instructerc.serving.keeping import sessions
sessions.CLAIM_S = {}
main()
"""


class Service:
    """A process that is killed and started again."""

    def __init__(self, database: str, claim_s: float | None = None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        program = ["-m", "instructerc"] if claim_s is None else ["-c", _WITH_CLAIM.format(claim_s)]
        self._command = [sys.executable, *program, "serve", "--port", str(self.port), "--database", database]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def wait(self) -> None:
        """Waits until it answers."""
        assert self._process is not None
        assert self._process.stdout is not None
        if not re.search(r":\d+ \(", self._process.stdout.readline()):
            raise SystemExit("the service did not start")

    def end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(60)


class Writer(abc.ABC):
    """Sends turns of one session, one after the other, until it is told to stop."""

    def __init__(self, services: Sequence[Service], number: int) -> None:
        self.services = services
        self.next_service = number
        self.name = f"w{number}"
        self.session = ""
        self.acknowledged: list[int] = []
        self.stopping = False

    def service(self) -> Service:
        """Returns one process after the other."""
        self.next_service = (self.next_service + 1) % len(self.services)
        return self.services[self.next_service]

    def turn(self, number: int) -> dict[str, str]:
        text = f"{TEXTS[(number + len(self.name)) % len(TEXTS)]} ({number})"
        return {"speaker": ("Ann", "Bo")[number % 2], "text": text, "key": f"{self.name}-{number}"}

    async def run(self) -> None:
        number = 0
        while number < MOST_TURNS and not self.stopping:
            try:
                number = await self.send_from(number)
            except (httpx.HTTPError, OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(0.05)

    async def open(self) -> None:
        async with httpx.AsyncClient(base_url=self.service().url) as client:
            self.session = (await client.post("/v1/sessions", json={"title": self.name})).json()["id"]

    @abc.abstractmethod
    async def send_from(self, number: int) -> int:
        """Sends turns while the service lives; returns the number of the first one that was not acknowledged."""


class HttpWriter(Writer):
    async def send_from(self, number: int) -> int:
        async with httpx.AsyncClient(timeout=20) as client:
            while number < MOST_TURNS and not self.stopping:
                place = f"{self.service().url}/v1/sessions/{self.session}/utterances"
                try:
                    answer = await client.post(place, json=self.turn(number))
                except httpx.HTTPError:
                    return number
                if answer.status_code in {201, 202}:
                    self.acknowledged.append(number)
                    number += 1
                elif answer.status_code == 429:
                    await asyncio.sleep(0.05)
                else:
                    raise SystemExit(f"status {answer.status_code}: {answer.text}")
        return number


class SocketWriter(Writer):
    async def send_from(self, number: int) -> int:
        url = f"ws://127.0.0.1:{self.service().port}/v1/sessions/{self.session}/stream"
        most = number + TURNS_OF_A_SOCKET if len(self.services) > 1 else MOST_TURNS
        async with connect(url, open_timeout=5) as stream:
            while number < min(most, MOST_TURNS) and not self.stopping:
                said = self.turn(number)
                try:
                    await stream.send(json.dumps(said))
                    taken = await self._taken(stream, said["key"])
                except (WebSocketException, OSError, TimeoutError):
                    return number
                if taken:
                    self.acknowledged.append(number)
                    number += 1
                else:
                    await asyncio.sleep(0.05)
        return number

    async def _taken(self, stream: object, key: str) -> bool:
        while True:
            message = json.loads(await asyncio.wait_for(stream.recv(), 20))  # type: ignore[attr-defined]
            if message["type"] == "problem" and message.get("key") == key:
                return False
            if message["type"] == "utterance" and message["utterance"]["key"] == key:
                return True


async def harass(services: Sequence[Service], writers: list[Writer], kills: int, longest_s: float) -> None:
    """Kills one process after the other while the writers write."""
    share = 2 if len(services) > 1 else 1
    await asyncio.gather(*(writer.open() for writer in writers[::share]))
    for number, writer in enumerate(writers):
        writer.session = writers[number - number % share].session
    working = [asyncio.create_task(writer.run()) for writer in writers]
    for kill in range(kills):
        await asyncio.sleep(0.2 + random.random() * longest_s)
        service = random.choice(services)
        await asyncio.to_thread(service.end, signal.SIGKILL)
        if len(services) > 1:
            await asyncio.sleep(random.random() * longest_s)
        if len(services) == 1 or kill < kills - 1:
            await asyncio.to_thread(service.start)
    await asyncio.sleep(0.5)
    for writer in writers:
        writer.stopping = True
    await asyncio.gather(*working)


def inspect(service: Service, writers: list[Writer]) -> dict[str, object]:
    """Returns what is kept of what was acknowledged, as one process says it."""
    from instructerc import Conversation, Recognizer, Utterance

    recognizer = Recognizer.from_pretrained()
    lost, twice, unscored, unordered, wrong = 0, 0, 0, 0, 0
    with httpx.Client(base_url=service.url, timeout=60) as client:
        for session in dict.fromkeys(writer.session for writer in writers):
            kept = _settled(client, session)
            keys = Counter(str(turn["key"]) for turn in kept)
            twice += sum(count - 1 for count in keys.values())
            unscored += sum(turn["status"] != "scored" for turn in kept)
            unordered += [turn["turn"] for turn in kept] != list(range(1, len(kept) + 1))
            for writer in writers:
                if writer.session == session:
                    lost += sum(1 for number in writer.acknowledged if not keys[f"{writer.name}-{number}"])
                    own = [key for key in keys if key.startswith(f"{writer.name}-")]
                    unordered += own != [f"{writer.name}-{number}" for number in range(len(own))]
            if not kept:
                continue
            talk = Conversation("c", [Utterance(turn["speaker"], turn["text"]) for turn in kept])
            for turn, expected in zip(kept, recognizer.recognize(talk), strict=True):
                given = (turn["answer"] or {}).get("probabilities", {})
                near = all(abs(given.get(name, 9) - value) < 1e-3 for name, value in expected.probabilities.items())
                wrong += not near
    acknowledged = sum(len(writer.acknowledged) for writer in writers)
    counts = {"lost": lost, "twice": twice, "unscored": unscored, "unordered": unordered, "wrong_answers": wrong}
    return {"acknowledged": acknowledged, **counts}


def _settled(client: httpx.Client, session: str) -> list[dict[str, object]]:
    """Returns a session's turns once none is pending, or after a minute as they are."""
    until = time.monotonic() + 60
    while True:
        turns: list[dict[str, object]] = client.get(f"/v1/sessions/{session}").json()["utterances"]
        if all(turn["status"] != "pending" for turn in turns) or time.monotonic() > until:
            return turns
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--writers", type=int, default=6, help="over HTTP; half as many more over WebSocket")
    parser.add_argument("--longest", type=float, default=1.5, help="seconds between two kills, at most")
    parser.add_argument("--claim", type=float, help="seconds after which a dead process's turns are taken over")
    parser.add_argument("--processes", type=int, default=1, help="on one database; several need --postgresql")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server instead of an SQLite file")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    if arguments.processes > 1 and not arguments.postgresql:
        parser.error("several processes cannot share an SQLite file: --postgresql")
    programs = find_programs() if arguments.postgresql else None
    if arguments.postgresql and programs is None:
        parser.error("there is no PostgreSQL server: initdb is not found")
    begun = time.monotonic()
    with ExitStack() as stack:
        if programs is None:
            database = f"sqlite:///{Path(stack.enter_context(tempfile.TemporaryDirectory())) / 'sessions.db'}"
        else:
            database = stack.enter_context(run_postgresql(programs)).url
        services = [Service(database, arguments.claim) for _ in range(arguments.processes)]
        for service in services:
            service.launch()
        for service in services:
            service.wait()
        writers: list[Writer] = [HttpWriter(services, number) for number in range(arguments.writers)]
        writers += [SocketWriter(services, arguments.writers + number) for number in range(arguments.writers // 2)]
        try:
            asyncio.run(harass(services, writers, arguments.kills, arguments.longest))
            found = inspect(next(service for service in services if service.is_running), writers)
        finally:
            statuses = [service.end(signal.SIGTERM) for service in services if service.is_running]
    status = max(statuses, key=abs)
    faults = sum(int(str(found[name])) for name in ("lost", "twice", "unscored", "unordered", "wrong_answers"))
    print(
        json.dumps(
            {
                "benchmark": "serving_kill",
                "kills": arguments.kills,
                "processes": arguments.processes,
                **found,
                "status_after_sigterm": status,
                "seconds": round(time.monotonic() - begun, 1),
            }
        )
    )
    sys.exit(1 if faults or status else 0)


if __name__ == "__main__":
    main()
