"""The live service under load: throughput, latency at half load, refusals at twice capacity, WebSockets, a soak.

Prints one JSON line. The service runs in a process of its own on a free port of 127.0.0.1, and everything here is
bounded in count and in time. A load generator on the same cores takes part of them, so figures are lower bounds.

    python benchmarks/serving.py                     all but the soak, about three minutes
    python benchmarks/serving.py --soak 100000       with a soak of that many turns
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HISTORY = 12
TALK = [
    ("Ann", "The parcel was supposed to be here on Monday."),
    ("Bo", "Let me look that up for you, one moment please."),
    ("Ann", "I have been waiting for a week now, this is really annoying!"),
    ("Bo", "I understand, and I am sorry. It seems to be stuck at the depot."),
    ("Ann", "Again? That is what you told me last time."),
    ("Bo", "You are right. I will send a new one today, without any cost."),
    ("Ann", "Oh, really? That would be great."),
    ("Bo", "It will be with you tomorrow before noon."),
]


class Client:
    """One kept-alive connection; as little work as can be, since it shares the cores with the service."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._used = 0.0

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Returns status and body of the answer."""
        # The service closes connections that are idle for five seconds.
        idle, self._used = time.monotonic() - self._used, time.monotonic()
        if self._writer is None or self._writer.is_closing() or idle > 3:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self._port}\r\ncontent-type: application/json\r\n"
        self._writer.write(f"{head}content-length: {len(data)}\r\n\r\n".encode() + data)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        status = int(answer[9:12])
        found = re.search(rb"content-length: (\d+)", answer, re.IGNORECASE)
        content = await self._reader.readexactly(int(found[1])) if found else b""
        self._used = time.monotonic()
        return status, content

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class Pool:
    """Connections, as many as there are requests at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[Client] = []

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        client = self._free.pop() if self._free else Client(self._port)
        try:
            answer = await client.ask(method, path, body)
        except BaseException:
            client.close()
            raise
        self._free.append(client)
        return answer


class Sessions:
    """Sessions with at least HISTORY turns behind them; each is used for a few turns, then given up."""

    def __init__(self, pool: Pool, uses: int = 8) -> None:
        self._pool = pool
        self._uses = uses
        self._ready: list[tuple[str, int]] = []

    async def prime(self, count: int) -> None:
        """Opens sessions and says their first turns."""
        gate = asyncio.Semaphore(16)

        async def one() -> None:
            async with gate:
                _, content = await self._pool.ask("POST", "/v1/sessions", {})
                name = json.loads(content)["id"]
                for number in range(HISTORY):
                    while (await self._say(name, number))[0] == 429:
                        await asyncio.sleep(0.05)
                self._ready.append((name, 0))

        await asyncio.gather(*(one() for _ in range(count)))

    async def turn(self) -> int:
        """Says the next turn of some session, and returns the status of the answer."""
        name, used = self._ready.pop()
        status, _ = await self._say(name, HISTORY + used)
        used += status == 201
        if used < self._uses:
            self._ready.insert(0, (name, used))
        return status

    def __len__(self) -> int:
        return sum(self._uses - used for _, used in self._ready)

    async def _say(self, name: str, number: int) -> tuple[int, bytes]:
        speaker, text = TALK[number % len(TALK)]
        said = {"speaker": speaker, "text": f"{text} ({random.randrange(1000)})"}
        return await self._pool.ask("POST", f"/v1/sessions/{name}/utterances", said)


async def closed_loop(sessions: Sessions, at_once: int, n_turns: int) -> float:
    """Returns turns per second where each answer is followed by the next turn."""
    left = n_turns

    async def work() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await sessions.turn()

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return n_turns / (time.perf_counter() - begun)


async def open_loop(sessions: Sessions, rate: float, seconds: float) -> dict[str, object]:
    """Returns statuses and latencies where turns come at a rate, whatever the answers."""
    statuses: Counter[int] = Counter()
    accepted: list[float] = []
    pending: set[asyncio.Task[None]] = set()

    async def one(due: float) -> None:
        status = await sessions.turn()
        statuses[status] += 1
        if status == 201:
            # Since it was due, not since it was sent: a generator that lags must not hide waiting.
            accepted.append(time.perf_counter() - due)

    begun = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if not len(sessions._ready):
            break
        task = asyncio.create_task(one(due))
        pending.add(task)
        task.add_done_callback(pending.discard)
    await asyncio.gather(*pending)
    accepted.sort()
    return {
        "rate": round(rate, 1),
        "sent": sum(statuses.values()),
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "accepted_per_s": round(len(accepted) / (time.perf_counter() - begun), 1),
        "p50_ms": round(1000 * accepted[len(accepted) // 2], 1) if accepted else None,
        "p99_ms": round(1000 * accepted[int(0.99 * len(accepted))], 1) if accepted else None,
    }


async def websockets_at_once(port: int, count: int, turns: int) -> dict[str, object]:
    """Returns what becomes of many WebSockets that are open at once and speak in turn."""
    from websockets.asyncio.client import connect

    pool = Pool(port)
    opened = asyncio.Event()
    n_open, answered, closed = 0, 0, 0
    latencies: list[float] = []

    async def one(number: int) -> None:
        nonlocal n_open, answered, closed
        _, content = await pool.ask("POST", "/v1/sessions", {})
        name = json.loads(content)["id"]
        async with connect(f"ws://127.0.0.1:{port}/v1/sessions/{name}/stream", open_timeout=60) as socket:
            n_open += 1
            if n_open == count:
                opened.set()
            await opened.wait()
            for turn in range(turns):
                await asyncio.sleep(random.random() * 10)
                speaker, text = TALK[turn % len(TALK)]
                begun, key = time.perf_counter(), f"{number}-{turn}"
                while True:
                    await socket.send(json.dumps({"speaker": speaker, "text": text, "key": key}))
                    if await _until_scored(socket, key):
                        break
                    await asyncio.sleep(0.5)
                answered += 1
                latencies.append(time.perf_counter() - begun)
            closed += 1

    begun = time.perf_counter()
    gate = asyncio.gather(*(one(number) for number in range(count)))
    await asyncio.wait_for(gate, 180)
    latencies.sort()
    return {
        "open_at_once": n_open,
        "turns": count * turns,
        "answered": answered,
        "seconds": round(time.perf_counter() - begun, 1),
        "p50_ms": round(1000 * latencies[len(latencies) // 2], 1),
        "p99_ms": round(1000 * latencies[int(0.99 * len(latencies))], 1),
    }


async def _until_scored(socket: object, key: str) -> bool:
    """Returns whether the turn with this key was scored; False where it was refused for now."""
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 60))  # type: ignore[attr-defined]
        if message["type"] == "problem" and message["key"] == key:
            return False
        utterance = message.get("utterance", {})
        if (utterance.get("key"), utterance.get("status")) == (key, "scored"):
            return True


async def soak(port: int, pid: int, n_turns: int, at_once: int) -> dict[str, object]:
    """Returns memory along many turns: sessions are opened, used for 25 turns, and deleted."""
    pool = Pool(port)
    done, statuses = 0, Counter[int]()
    samples: list[tuple[int, int]] = []

    async def work() -> None:
        nonlocal done
        while done < n_turns:
            _, content = await pool.ask("POST", "/v1/sessions", {})
            name = json.loads(content)["id"]
            for number in range(25):
                speaker, text = TALK[number % len(TALK)]
                said = {"speaker": speaker, "text": f"{text} ({random.randrange(10**6)})"}
                while True:
                    status, _ = await pool.ask("POST", f"/v1/sessions/{name}/utterances", said)
                    statuses[status] += 1
                    if status != 429:
                        break
                    await asyncio.sleep(0.05)
                done += 1
            await pool.ask("DELETE", f"/v1/sessions/{name}")

    async def watch() -> None:
        while done < n_turns:
            samples.append((done, rss_kb(pid)))
            await asyncio.sleep(2)

    begun = time.perf_counter()
    watching = asyncio.create_task(watch())
    await asyncio.gather(*(work() for _ in range(at_once)))
    await watching
    samples.append((done, rss_kb(pid)))
    # Caches fill at first: the tenth of the turns at the beginning is left out.
    settled = [kb for turns, kb in samples if turns >= n_turns / 10]
    tail = settled[-max(1, len(settled) // 10) :]
    first = settled[: max(1, len(settled) // 10)]
    return {
        "turns": done,
        "seconds": round(time.perf_counter() - begun, 1),
        "turns_per_s": round(done / (time.perf_counter() - begun), 1),
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "rss_mb_after_a_tenth": round(sum(first) / len(first) / 1024, 1),
        "rss_mb_at_the_end": round(sum(tail) / len(tail) / 1024, 1),
        "rss_mb_peak": round(max(kb for _, kb in samples) / 1024, 1),
        "growth": round(sum(tail) / len(tail) / (sum(first) / len(first)) - 1, 4),
    }


def rss_kb(pid: int) -> int:
    """Returns the resident memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(found[1]) if found else 0


def start(folder: Path, *arguments: str) -> tuple[subprocess.Popen[str], int]:
    """Returns a running service and its port."""
    command = [sys.executable, "-m", "instructerc", "serve", "--port", "0", *arguments]
    database = f"sqlite:///{folder / 'sessions.db'}"
    process = subprocess.Popen(
        [*command, "--database", database], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r":(\d+) \(", line)
    if found is None:
        process.kill()
        raise SystemExit(f"the service did not start: {line!r}")
    return process, int(found[1])


@contextmanager
def _service() -> Iterator[tuple[int, int]]:
    """Gives port and process of a service that runs as long as the block."""
    with tempfile.TemporaryDirectory() as folder:
        process, port = start(Path(folder))
        try:
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(60)


async def measure(port: int, pid: int, arguments: argparse.Namespace) -> dict[str, object]:
    pool = Pool(port)
    sessions = Sessions(pool)
    begun = time.perf_counter()
    await sessions.prime(arguments.sessions)
    primed = arguments.sessions * HISTORY / (time.perf_counter() - begun)
    n_turns = min(arguments.sessions * 4, len(sessions))
    capacity = await closed_loop(sessions, 8, n_turns)
    result: dict[str, object] = {
        "primed_turns_per_s": round(primed, 1),
        "live_turns_per_s": round(capacity, 1),
        "closed_loop_turns": n_turns,
    }
    for name, factor in (("half_load", 0.5), ("twice_capacity", 2.0)):
        fresh = Sessions(pool)
        # What is above the capacity is refused, so it needs no sessions of its own.
        await fresh.prime(int(capacity * min(factor, 1.0) * arguments.seconds / 6) + 50)
        result[name] = await open_loop(fresh, capacity * factor, arguments.seconds)
    result["websockets"] = await websockets_at_once(port, arguments.sockets, 3)
    result["rss_mb"] = round(rss_kb(pid) / 1024, 1)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=200, help="sessions for the measurement of throughput")
    parser.add_argument("--seconds", type=float, default=15, help="of each open-loop phase")
    parser.add_argument("--sockets", type=int, default=500, help="WebSockets at once")
    parser.add_argument("--soak", type=int, default=0, help="turns of the soak; none by default")
    parser.add_argument("--only-soak", action="store_true", help="the soak alone")
    arguments = parser.parse_args()
    random.seed(0)
    result: dict[str, object] = {}
    if not arguments.only_soak:
        with _service() as (port, pid):
            result |= asyncio.run(measure(port, pid, arguments))
    if arguments.soak:
        # A process of its own: memory that an earlier phase took and gave back would hide what grows.
        with _service() as (port, pid):
            result["soak"] = asyncio.run(soak(port, pid, arguments.soak, 12))
    from importlib.metadata import version

    packages = ("fastapi", "uvicorn", "sqlalchemy", "onnxruntime")
    print(
        json.dumps(
            {
                "benchmark": "serving",
                **result,
                "cores": os.cpu_count(),
                "python": platform.python_version(),
                "versions": {name: version(name) for name in packages},
            }
        )
    )


if __name__ == "__main__":
    main()
