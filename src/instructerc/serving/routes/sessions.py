"""Live conversations: `/v1/sessions`."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from instructerc.serving.contract.refusals import Refused
from instructerc.serving.contract.schemas.fields import SESSION_ID
from instructerc.serving.contract.schemas.sessions import (
    Correction,
    Session,
    SessionDetail,
    SessionList,
    SessionRequest,
    SessionUtterance,
    UtteranceChange,
    UtteranceRequest,
)
from instructerc.serving.guarding.bounded_request import BoundedRoute
from instructerc.serving.keeping.export import MEDIA_TYPES, export_session
from instructerc.serving.routes.dependencies import Reads, Served, Writes
from instructerc.serving.watching.streams import MOST_TURNS, EventResponse, event_stream, read_event_id

router = APIRouter(prefix="/v1/sessions", tags=["sessions"], route_class=BoundedRoute)

SessionId = Annotated[str, Path(pattern=SESSION_ID, examples=["0f3c55d2a1b94e7785d6c1a2b3e4f506"])]
Turn = Annotated[int, Path(ge=1, le=MOST_TURNS, examples=[1])]
Export = Literal["jsonl", "csv", "vtt", "srt"]


@router.post("", status_code=201)
async def open_session(body: SessionRequest, services: Served, caller: Writes) -> Session:
    """Opens a live conversation."""
    return await services.sessions.open(caller.id, body)


@router.get("")
async def list_sessions(
    services: Served,
    caller: Reads,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(pattern=SESSION_ID, description="`next` of the previous page.")] = None,
) -> SessionList:
    """Lists live conversations, the newest first."""
    return await services.sessions.list(caller.sees, limit, after)


@router.get("/{session}")
async def get_session(
    services: Served, caller: Reads, session: SessionId, after: Annotated[int, Query(ge=0, le=MOST_TURNS)] = 0
) -> SessionDetail:
    """Gives a live conversation with its turns, or those after number `after`."""
    return await services.sessions.get(caller.sees, session, after)


@router.delete("/{session}", status_code=204)
async def delete_session(services: Served, caller: Writes, session: SessionId) -> Response:
    """Deletes a live conversation, and everything that is kept of it."""
    await services.sessions.delete(caller.sees, session)
    return Response(status_code=204)


@router.post("/{session}/utterances", status_code=201, responses={202: {"model": SessionUtterance}})
async def add_utterance(
    body: UtteranceRequest, services: Served, response: Response, caller: Writes, session: SessionId
) -> SessionUtterance:
    """Adds the next turn and gives its emotion.

    It is written before it is acknowledged, and survives the end of the process. The status is 202 where it was
    accepted and scoring takes longer than the deadline; `GET` or the stream gives its answer later.
    """
    utterance = await services.sessions.add(caller.sees, session, body)
    if utterance.status == "pending":
        response.status_code = 202
    return utterance


@router.put("/{session}/utterances/{turn}", responses={202: {"model": SessionDetail}})
async def change_utterance(
    body: UtteranceChange, services: Served, response: Response, caller: Writes, session: SessionId, turn: Turn
) -> SessionDetail:
    """Gives a turn another speaker or text, and gives it and all later turns with their new emotions.

    It is written before it is acknowledged. Sent again, it changes nothing. The status is 202 where scoring takes
    longer than the deadline; `GET` or the stream gives the other answers later.
    """
    return _of_status(response, await services.sessions.change(caller.sees, session, turn, body))


@router.delete("/{session}/utterances/{turn}", responses={202: {"model": SessionDetail}})
async def delete_utterance(
    services: Served, response: Response, caller: Writes, session: SessionId, turn: Turn
) -> SessionDetail:
    """Deletes a turn, and gives all later turns with their new emotions.

    Later turns keep their numbers, and no turn gets this one again. Sent again, it deletes nothing more. The status is
    202 where scoring takes longer than the deadline; `GET` or the stream gives the other answers later.
    """
    return _of_status(response, await services.sessions.remove(caller.sees, session, turn))


def _of_status(response: Response, detail: SessionDetail) -> SessionDetail:
    if any(utterance.status == "pending" for utterance in detail.utterances):
        response.status_code = 202
    return detail


@router.put("/{session}/utterances/{turn}/correction")
async def correct_utterance(
    body: Correction, services: Served, caller: Writes, session: SessionId, turn: Turn
) -> SessionUtterance:
    """Sets the label that a person gives a turn, or takes it back."""
    return await services.sessions.correct(caller.sees, session, turn, body.label)


@router.get("/{session}/events", response_class=StreamingResponse)
async def watch_session(
    services: Served,
    caller: Reads,
    session: SessionId,
    last_event_id: Annotated[
        str | None,
        Header(max_length=20, description="The id of the last event received; the stream continues after it."),
    ] = None,
) -> EventResponse:
    """Streams a live conversation as server-sent events: its turns after `Last-Event-ID`, then each as it changes.

    Turns that were changed since are told again, and so are those after them, which have new answers.
    """
    service = services.sessions
    after, revision = read_event_id(last_event_id)
    with ExitStack() as stack:
        subscription = stack.enter_context(service.subscribers.subscribe(session))
        subscription.owner = caller.id
        stack.enter_context(services.streams.opened(lambda: subscription.finish("closing")))
        known = await service.watch(caller.sees, session, after, revision)
        return EventResponse(event_stream(subscription, known, after, revision), stack.pop_all())


@router.get("/{session}/export", response_class=PlainTextResponse)
async def export(services: Served, caller: Reads, session: SessionId, format: Export = "jsonl") -> PlainTextResponse:
    """Gives a live conversation as a file, corrections included."""
    detail = await services.sessions.get(caller.sees, session)
    if not detail.utterances:
        raise Refused(409, "empty", "the session has no turn yet")
    headers = {"Content-Disposition": f'attachment; filename="{session}.{format}"'}
    text = await asyncio.to_thread(export_session, detail, format)
    return PlainTextResponse(text, media_type=MEDIA_TYPES[format], headers=headers)
