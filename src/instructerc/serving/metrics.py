"""Metrics for Prometheus; they contain nothing that users wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from instructerc.serving.scoring.worker import EngineEvents, Load

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_TURNS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)


class Metrics:
    """Counters and histograms of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "instructerc_requests_total", "HTTP requests.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "instructerc_request_seconds", "Time to the answer.", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.waits = Histogram(
            "instructerc_queue_seconds", "Time in the queue.", ["kind"], buckets=_SECONDS, registry=self.registry
        )
        self.work = Histogram(
            "instructerc_work_seconds", "Time of recognition.", ["kind"], buckets=_SECONDS, registry=self.registry
        )
        self.turns = Histogram(
            "instructerc_batch_turns", "Turns of a job.", ["kind"], buckets=_TURNS, registry=self.registry
        )

    def events(self) -> EngineEvents:
        """Returns what the engine calls after each job."""

        def on_job(kind: str, n_turns: int, waited: float, worked: float) -> None:
            self.waits.labels(kind).observe(waited)
            self.work.labels(kind).observe(worked)
            self.turns.labels(kind).observe(n_turns)

        return EngineEvents(on_job)

    def watch(self, loads: Callable[[], list[Load]], streams: Callable[[], int], writes: Callable[[], int]) -> None:
        """Adds what is looked up when it is asked for: queues and open streams."""
        gauges: Iterator[tuple[str, str, Callable[[], float]]] = iter(
            [
                (
                    "instructerc_queue_live_turns",
                    "Live turns waiting or running.",
                    lambda: sum(x.live for x in loads()),
                ),
                (
                    "instructerc_queue_batch_turns",
                    "Turns of whole conversations waiting or running.",
                    lambda: sum(x.batch_turns for x in loads()),
                ),
                ("instructerc_streams", "Open WebSockets and event streams.", streams),
                ("instructerc_writes_waiting", "Writes waiting for the database.", writes),
            ]
        )
        for name, about, value in gauges:
            Gauge(name, about, registry=self.registry).set_function(value)

    def render(self) -> bytes:
        """Returns the text that Prometheus reads."""
        return generate_latest(self.registry)
