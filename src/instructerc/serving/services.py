"""All that a running service consists of, as its routes get it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import FastAPI
from starlette.requests import HTTPConnection

from instructerc.serving.file_reader import FileReader
from instructerc.serving.guarding.bodies import Bodies
from instructerc.serving.guarding.security import Gate
from instructerc.serving.metrics import Metrics
from instructerc.serving.scoring.engine import RecognitionEngine
from instructerc.serving.scoring.explainer import Explainer
from instructerc.serving.service import SessionService
from instructerc.serving.settings import ServeSettings
from instructerc.serving.watching.streams import Streams


@dataclass(slots=True)
class Services:
    """What a running service consists of.

    Attributes:
        settings: what it was started with.
        metrics: what Prometheus is told.
        bodies: bytes that are held.
        gate: lets callers in.
        engine: recognises.
        explainer: says why a turn got its answer.
        sessions: live conversations.
        streams: the open ones.
        file_reader: reads files.
        model_name: of the model that answers, as requests are told it.
        is_closing: whether it is being shut down.
    """

    settings: ServeSettings
    metrics: Metrics
    bodies: Bodies
    gate: Gate
    engine: RecognitionEngine
    explainer: Explainer
    sessions: SessionService
    streams: Streams
    file_reader: FileReader
    model_name: str
    is_closing: bool = False


def services_of(connection: HTTPConnection) -> Services:
    """Returns the services of the application that a request or a WebSocket came to."""
    return services_in(connection.app)


def services_in(app: FastAPI) -> Services:
    """Returns the services of an application that was started."""
    return cast(Services, app.state.services)
