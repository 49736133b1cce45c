"""Live turns beside a full batch: their latency alone and while other clients send 2,000 turns at once, in turns.

Prints one JSON line. Seconds with a batch and seconds without alternate in one run against one service, so that what
else the machine does touches both alike. The load generator takes part of the same cores.

    python benchmarks/fair_queue.py                     six rounds of ten seconds
    python benchmarks/fair_queue.py --rounds 12 --rate 20
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import time

from serving import TALK, Pool, Sessions, _service

CALM_S = 1.5


def _batch(n_turns: int, length: int) -> dict[str, object]:
    """Returns a request of whole conversations."""
    turns = [{"speaker": speaker, "text": text} for speaker, text in TALK]
    talk = [turns[number % len(turns)] for number in range(length)]
    return {"conversations": [{"id": str(number), "utterances": talk} for number in range(n_turns // length)]}


async def _live(sessions: Sessions, rate: float, seconds: float) -> tuple[list[float], int]:
    """Returns the latencies of turns that come at a rate, whatever the answers, and how many were refused."""
    latencies: list[float] = []
    pending: set[asyncio.Task[None]] = set()
    refused = 0

    async def one(due: float) -> None:
        nonlocal refused
        if await sessions.turn() == 201:
            # Since it was due: a generator that lags must not hide waiting.
            latencies.append(time.perf_counter() - due)
        else:
            refused += 1

    begun = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(one(due))
        pending.add(task)
        task.add_done_callback(pending.discard)
    await asyncio.gather(*pending)
    return latencies, refused


async def _send_batches(pool: Pool, body: dict[str, object], done: list[tuple[int, int]]) -> None:
    """Sends one batch after another until it is cancelled; notes the status and turns of each."""
    n_turns = sum(len(talk["utterances"]) for talk in body["conversations"])  # type: ignore[attr-defined,index]
    while True:
        status, _ = await pool.ask("POST", "/v1/recognize", body)
        done.append((status, n_turns))
        if status != 200:
            await asyncio.sleep(1)


async def measure(port: int, arguments: argparse.Namespace) -> dict[str, object]:
    """Returns latencies alone and beside batches."""
    pool, others = Pool(port), Pool(port)
    body = _batch(arguments.turns, arguments.length)
    alone: list[float] = []
    beside: list[float] = []
    refused = 0
    done: list[tuple[int, int]] = []
    batch_s = 0.0
    for _ in range(arguments.rounds):
        sessions = Sessions(pool, uses=1_000)
        await sessions.prime(arguments.sessions)
        await asyncio.sleep(CALM_S)
        found, lost = await _live(sessions, arguments.rate, arguments.seconds)
        alone += found
        refused += lost
        begun = time.perf_counter()
        senders = [asyncio.create_task(_send_batches(others, body, done)) for _ in range(arguments.clients)]
        await asyncio.sleep(CALM_S)
        found, lost = await _live(sessions, arguments.rate, arguments.seconds)
        beside += found
        refused += lost
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
        batch_s += time.perf_counter() - begun
    return {
        "alone": _summary(alone),
        "beside": _summary(beside),
        "ratio_p50": round(_percentile(beside, 0.5) / _percentile(alone, 0.5), 2),
        "ratio_p99": round(_percentile(beside, 0.99) / _percentile(alone, 0.99), 2),
        "refused": refused,
        "batch_turns_per_s": round(sum(n for status, n in done if status == 200) / batch_s, 1),
        "batches": len(done),
    }


def _summary(latencies: list[float]) -> dict[str, object]:
    shares = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99}
    return {"turns": len(latencies)} | {
        name: round(1000 * _percentile(latencies, share), 1) for name, share in shares.items()
    }


def _percentile(latencies: list[float], share: float) -> float:
    return sorted(latencies)[min(len(latencies) - 1, int(share * len(latencies)))]


def main() -> None:
    """Measures, and prints the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6, help="each without and with a batch")
    parser.add_argument("--seconds", type=float, default=10, help="of each half of a round")
    parser.add_argument("--rate", type=float, default=10, help="live turns a second")
    parser.add_argument("--sessions", type=int, default=8, help="live sessions, which speak in turn")
    parser.add_argument("--turns", type=int, default=2_000, help="of a batch")
    parser.add_argument("--length", type=int, default=20, help="turns of each of its conversations")
    parser.add_argument("--clients", type=int, default=1, help="which send batches at once")
    arguments = parser.parse_args()
    random.seed(0)
    with _service() as (port, _):
        result = asyncio.run(measure(port, arguments))
    about = {"benchmark": "fair_queue", "cores": os.cpu_count(), "machine": platform.machine(), **vars(arguments)}
    print(json.dumps(about | result | {"load_average": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
