"""The service as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import sqlalchemy
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles

from instructerc import __version__
from instructerc.backbones.shipped import AUTO, EMBEDDED
from instructerc.errors import InputError
from instructerc.labels import load_label_set
from instructerc.recognition import Recognizer
from instructerc.recognition.models import is_untrained, load_model
from instructerc.serving.contract.document import describe_api
from instructerc.serving.contract.problems import add_handlers
from instructerc.serving.contract.schemas.fields import MAX_CHARACTERS, MAX_CONVERSATIONS, MAX_TURNS
from instructerc.serving.contract.schemas.problems import Problem
from instructerc.serving.file_reader import FileReader
from instructerc.serving.guarding.bodies import Bodies
from instructerc.serving.guarding.security import Gate, Guard
from instructerc.serving.keeping.database import open_database, overwrite_deleted
from instructerc.serving.keeping.keys import REFRESH_S, KeyRing
from instructerc.serving.keeping.sessions import SessionKeeper
from instructerc.serving.keeping.store import SessionReader
from instructerc.serving.keeping.writer import WriteQueue
from instructerc.serving.metrics import Metrics
from instructerc.serving.routes import about, recognize, sessions, stream
from instructerc.serving.scoring.engine import RecognitionEngine
from instructerc.serving.scoring.explainer import Explainer
from instructerc.serving.scoring.scorer import TurnScorer
from instructerc.serving.service import SessionService
from instructerc.serving.services import Services, services_in
from instructerc.serving.settings import ServeSettings
from instructerc.serving.watching.streams import Streams
from instructerc.serving.watching.subscribers import Subscribers

_EXPIRY_S = 60.0
_OVERWRITE_S = 5.0
# Where several processes share a database: how often one looks for turns that another left behind, and for changes.
_TAKE_OVER_S = 2.0
_WATCH_S = 1.0
_FINISH_S = 30.0
_log = logging.getLogger("instructerc.serving")
_PROBLEMS = {
    400: "not understood",
    401: "no key",
    403: "not allowed",
    404: "not there",
    408: "too slow",
    409: "conflict",
}
_PROBLEMS |= {413: "too large", 415: "wrong kind of body", 421: "wrong host", 422: "invalid", 429: "too much at once"}
_PROBLEMS |= {503: "for now", 507: "disk full"}


def create_app(settings: ServeSettings | None = None) -> FastAPI:
    """Returns the application; the model and the database are opened when it starts.

    Args:
        settings: how it runs; defaults where None.

    Raises:
        InputError: while starting, a database that cannot be opened, or no key on an address that others can reach.
        ModelError: while starting, no such model.
    """
    chosen = settings or ServeSettings()
    metrics = Metrics()
    app = FastAPI(
        title="InstructERC",
        version=__version__,
        summary="The emotion of every turn of a conversation, with a calibrated probability.",
        lifespan=partial(_lifespan, settings=chosen, metrics=metrics),
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        # A place has one name; a redirect would be built from the Host header.
        redirect_slashes=False,
        # One names the type, for the document; for each that does, every route builds it again at the first request.
        responses={
            status: {"description": text, **({"model": Problem} if status == 400 else {})}
            for status, text in _PROBLEMS.items()
        },
    )
    for router in (recognize.router, sessions.router, stream.router, about.router):
        app.include_router(router)
    if about.PAGE.is_dir():
        app.mount("/assets", StaticFiles(directory=about.PAGE / "assets", check_dir=False), name="assets")
    app.openapi = partial(describe_api, app, needs_keys=chosen.needs_keys)  # type: ignore[method-assign]
    add_handlers(app)
    if chosen.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=chosen.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
            expose_headers=["Retry-After"],
        )
    app.add_middleware(Guard, settings=chosen, metrics=metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI, settings: ServeSettings, metrics: Metrics) -> AsyncIterator[None]:
    # A model that is not there leaves no database behind.
    engine = await asyncio.to_thread(_start_engine, settings, metrics)
    try:
        database = await asyncio.to_thread(open_database, settings.database)
        keys = KeyRing(database)
        if settings.needs_keys and not await keys.ids():
            database.dispose()
            raise InputError(
                f"{settings.host} is reachable from other machines, so API keys are required, but there are none; "
                "create one: instructerc keys create NAME"
            )
    except BaseException:
        await engine.close(_FINISH_S)
        raise
    writer = WriteQueue(database)
    keeper, subscribers = SessionKeeper(settings, SessionReader(database), writer), Subscribers()
    scorer = TurnScorer(engine, keeper, subscribers)
    service = SessionService(settings.deadline_s, engine, keeper, scorer, subscribers)
    services = app.state.services = Services(
        settings,
        metrics,
        Bodies(settings.max_held_bytes),
        Gate(settings, keys),
        engine,
        Explainer(engine),
        service,
        Streams(settings.max_streams),
        FileReader(settings.read_timeout_s, MAX_TURNS, MAX_CONVERSATIONS, MAX_CHARACTERS),
        _model_name(settings, engine.recognizer),
    )
    metrics.watch(lambda: engine.loads, lambda: services.streams.n_open, lambda: writer.n_waiting)
    resumed = await scorer.resume()
    if resumed:
        _log.info("scoring %d turn(s) that were accepted before the restart", resumed)
    chores = _start_chores(settings, service, scorer, database, keys)
    try:
        yield
    finally:
        services.is_closing = True
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await scorer.finish(_FINISH_S)
        subscribers.end_all()
        await engine.close(_FINISH_S)
        await asyncio.to_thread(writer.close)
        # A read whose caller was cancelled still runs in its thread, on a connection that nobody would close.
        await asyncio.get_running_loop().shutdown_default_executor()
        database.dispose()


def _model_name(settings: ServeSettings, recognizer: Recognizer) -> str:
    """Returns what requests are told of the model; where it lies is nobody's business who asks over the network."""
    if recognizer.model_names:
        return AUTO
    return EMBEDDED if settings.model is None else recognizer.settings.recipe or "model"


def _start_engine(settings: ServeSettings, metrics: Metrics) -> RecognitionEngine:
    def load() -> Recognizer:
        labels = None if settings.labels is None else load_label_set(settings.labels)
        if labels is not None and not is_untrained(settings.model):
            raise InputError("--labels is for untrained language models; a request can name other labels itself")
        recognizer = load_model(
            settings.model,
            labels,
            threads=1,
            trust=settings.trust,
            wording=settings.wording,
            calibration=settings.calibration,
            chat=settings.chat,
            dtype=settings.dtype,
        )
        # A model that cannot answer turn by turn is refused at once.
        recognizer.session()
        return recognizer

    waits = (settings.live_wait_s, settings.batch_wait_s, settings.live_memory_bytes)
    return RecognitionEngine(load, settings.n_workers, *waits, metrics.events())


def _start_chores(
    settings: ServeSettings,
    service: SessionService,
    scorer: TurnScorer,
    database: sqlalchemy.Engine,
    keys: KeyRing,
) -> list[asyncio.Task[None]]:
    works: list[tuple[float, Callable[[], Awaitable[None]]]] = [
        (_EXPIRY_S, partial(_delete_expired, service)),
        (_OVERWRITE_S, partial(_overwrite_deleted, service.keeper, database)),
    ]
    if service.keeper.reader.is_shared:
        works += [(_TAKE_OVER_S, partial(_take_over, scorer)), (_WATCH_S, service.tell_others_changes)]
    if settings.needs_keys:
        works.append((REFRESH_S, partial(_end_revoked, service, keys)))
    return [asyncio.create_task(_every(seconds, work)) for seconds, work in works]


async def close_streams(app: FastAPI) -> None:
    """Ends the open streams, each with what it has still to say; new ones are refused."""
    services = services_in(app)
    services.is_closing = True
    await services.streams.close(_FINISH_S)


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception as error:
            _log.error("%s: %s", getattr(work, "func", work).__name__, type(error).__name__)
        await asyncio.sleep(seconds)


async def _delete_expired(service: SessionService) -> None:
    count = await service.delete_expired()
    if count:
        _log.info("deleted %d expired session(s)", count)


async def _take_over(scorer: TurnScorer) -> None:
    count = await scorer.take_over()
    if count:
        _log.info("scoring %d turn(s) that another process left behind", count)


async def _overwrite_deleted(keeper: SessionKeeper, database: sqlalchemy.Engine) -> None:
    if keeper.has_deleted:
        keeper.has_deleted = False
        await asyncio.to_thread(overwrite_deleted, database)


async def _end_revoked(service: SessionService, keys: KeyRing) -> None:
    service.subscribers.end_revoked(await keys.ids())
