"""The service is killed under load, again and again: what it acknowledged is there afterwards, once and scored.

Writers send turns over HTTP and WebSocket, each turn with a key of its own, and send again what was not acknowledged.
The service is ended by SIGKILL at random moments and started on the same database. At last every session is read: a
turn that was acknowledged and is not there is lost, a key that is there twice is doubled, and every answer is compared
with the one that the whole conversation gives. Prints one JSON line; the status is 1 where anything is wrong.

    python benchmarks/serving_kill.py --kills 20
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
from pathlib import Path

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

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


class Service:
    """The process that is killed and started again."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._command = [sys.executable, "-m", "instructerc", "serve", "--port", str(self.port)]
        self._command += ["--database", f"sqlite:///{folder / 'sessions.db'}"]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        if not re.search(r":\d+ \(", self._process.stdout.readline()):
            raise SystemExit("the service did not start")

    def end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(60)


class Writer(abc.ABC):
    """Sends the turns of one session, one after the other, until it is told to stop."""

    def __init__(self, service: Service, number: int) -> None:
        self.service = service
        self.name = f"w{number}"
        self.session = ""
        self.acknowledged: list[int] = []
        self.stopping = False

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
        async with httpx.AsyncClient(base_url=self.service.url) as client:
            self.session = (await client.post("/v1/sessions", json={"title": self.name})).json()["id"]

    @abc.abstractmethod
    async def send_from(self, number: int) -> int:
        """Sends turns while the service lives; returns the number of the first one that was not acknowledged."""


class HttpWriter(Writer):
    async def send_from(self, number: int) -> int:
        async with httpx.AsyncClient(base_url=self.service.url, timeout=20) as client:
            while number < MOST_TURNS and not self.stopping:
                try:
                    answer = await client.post(f"/v1/sessions/{self.session}/utterances", json=self.turn(number))
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
        url = f"ws://127.0.0.1:{self.service.port}/v1/sessions/{self.session}/stream"
        async with connect(url, open_timeout=5) as stream:
            while number < MOST_TURNS and not self.stopping:
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


async def harass(service: Service, writers: list[Writer], kills: int, longest_s: float) -> None:
    """Kills the service while the writers write."""
    await asyncio.gather(*(writer.open() for writer in writers))
    working = [asyncio.create_task(writer.run()) for writer in writers]
    for _ in range(kills):
        await asyncio.sleep(0.2 + random.random() * longest_s)
        await asyncio.to_thread(service.end, signal.SIGKILL)
        await asyncio.to_thread(service.start)
    await asyncio.sleep(0.5)
    for writer in writers:
        writer.stopping = True
    await asyncio.gather(*working)


def inspect(service: Service, writers: list[Writer]) -> dict[str, object]:
    """Returns what is kept of what was acknowledged."""
    from instructerc import Conversation, Recognizer, Utterance

    recognizer = Recognizer.from_pretrained()
    lost, twice, unscored, unordered, wrong = 0, 0, 0, 0, 0
    with httpx.Client(base_url=service.url, timeout=60) as client:
        for writer in writers:
            kept = _settled(client, writer.session)
            keys = Counter(turn["key"] for turn in kept)
            lost += sum(1 for number in writer.acknowledged if not keys[f"{writer.name}-{number}"])
            twice += sum(count - 1 for count in keys.values())
            unscored += sum(turn["status"] != "scored" for turn in kept)
            unordered += [turn["turn"] for turn in kept] != list(range(1, len(kept) + 1))
            unordered += [turn["key"] for turn in kept] != [f"{writer.name}-{number}" for number in range(len(kept))]
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
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        service.start()
        writers: list[Writer] = [HttpWriter(service, number) for number in range(arguments.writers)]
        writers += [SocketWriter(service, arguments.writers + number) for number in range(arguments.writers // 2)]
        try:
            asyncio.run(harass(service, writers, arguments.kills, arguments.longest))
            found = inspect(service, writers)
        finally:
            status = service.end(signal.SIGTERM)
    faults = sum(int(str(found[name])) for name in ("lost", "twice", "unscored", "unordered", "wrong_answers"))
    print(
        json.dumps(
            {
                "benchmark": "serving_kill",
                "kills": arguments.kills,
                **found,
                "status_after_sigterm": status,
                "seconds": round(time.monotonic() - begun, 1),
            }
        )
    )
    sys.exit(1 if faults or status else 0)


if __name__ == "__main__":
    main()
