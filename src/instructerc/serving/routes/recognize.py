"""Whole conversations: `/v1/recognize`, `/v1/explain`, and `/v1/read` for files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from instructerc.formats import formats
from instructerc.labels import LabelSet
from instructerc.recognition import Recognition, count_answers
from instructerc.recognition.records import DECIMALS
from instructerc.serving.contract.choices import Choice
from instructerc.serving.contract.refusals import Refused, TooMany
from instructerc.serving.contract.schemas.conversations import (
    ConversationOut,
    ReadResponse,
    RecognizeRequest,
    RecognizeResponse,
    TurnOut,
)
from instructerc.serving.contract.schemas.explanations import (
    ExplainRequest,
    ExplainResponse,
    TurnInfluenceOut,
    WordInfluenceOut,
)
from instructerc.serving.contract.schemas.fields import MAX_CONVERSATIONS, MAX_TURNS
from instructerc.serving.guarding.bounded_request import BoundedRoute, unless_gone
from instructerc.serving.routes.dependencies import Served, Writes, address_of
from instructerc.serving.scoring.answers import to_answer

_BREATH = 8  # turns
_BREATH_S = 0.0005

router = APIRouter(prefix="/v1", tags=["conversations"], route_class=BoundedRoute)
Column = Annotated[
    str | None, Query(max_length=200, description="Column of a table, or key of an object; guessed if absent.")
]


@router.post("/recognize", response_model=RecognizeResponse)
async def recognize(body: RecognizeRequest, request: Request, services: Served, caller: Writes) -> Response:
    """Recognises every turn of one or many conversations; a turn's answer depends on no later turn."""
    engine = services.engine
    choice = Choice.from_request(body)
    n_turns = _count_turns(body)
    services.gate.count(caller, address_of(request), n_turns, counted=1)
    talks = [talk.to_conversation() for talk in body.conversations]
    answers = await unless_gone(request, engine.recognize(choice, talks, services.settings.deadline_s))
    labels = choice.label_set() or engine.recognizer.label_set
    text = await asyncio.to_thread(_write_answers, body, answers, services.model_name, labels)
    return Response(text, media_type="application/json")


def _write_answers(
    body: RecognizeRequest, answers: Sequence[Sequence[Recognition]], model: str, labels: LabelSet
) -> bytes:
    """Returns the answer to a request as JSON; live turns go on while thousands of answers are written."""
    conversations: list[ConversationOut] = []
    n_written = 0
    for talk, recognitions in zip(body.conversations, answers, strict=True):
        turns: list[TurnOut] = []
        for number, (turn, recognition) in enumerate(zip(talk.utterances, recognitions, strict=True), 1):
            turns.append(TurnOut(**turn.model_dump(), turn=number, answer=to_answer(recognition)))
            n_written += 1
            if n_written % _BREATH == 0:
                # Otherwise Python gives the interpreter up every 5 ms alone, and a live turn needs it a dozen times.
                time.sleep(_BREATH_S)
        conversations.append(ConversationOut(id=talk.id, utterances=turns))
    answer = RecognizeResponse(
        model=model, label_set=labels.name, labels=list(labels.names), conversations=conversations
    )
    return answer.model_dump_json().encode()


@router.post("/explain")
async def explain(body: ExplainRequest, request: Request, services: Served, caller: Writes) -> ExplainResponse:
    """Says by how much a turn's answer changes when one earlier turn, or one word of its own, is left out."""
    choice = Choice.from_request(body.to_choices())
    talk = body.conversation.to_conversation()
    # A turn cannot be sent in parts, so that a long one costs no more than a minute has.
    services.gate.count(caller, address_of(request), count_answers(talk, body.turn), counted=1, whole=True)
    found = await unless_gone(request, services.explainer.explain(choice, talk, body.turn, body.label))
    return ExplainResponse(
        turn=found.turn,
        label=found.label,
        probability=round(found.probability, DECIMALS),
        turns=[TurnInfluenceOut(turn=one.turn, change=round(one.change, DECIMALS)) for one in found.turns],
        words=[
            WordInfluenceOut(start=one.start, end=one.end, change=round(one.change, DECIMALS)) for one in found.words
        ],
    )


@router.post(
    "/read",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def read(
    request: Request,
    services: Served,
    caller: Writes,
    filename: Annotated[
        str, Query(max_length=255, description="Its extension helps to detect the format.")
    ] = "file.txt",
    input_format: Annotated[
        Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(formats())})] | None,
        Query(description="Detected from the content if absent."),
    ] = None,
    encoding: Annotated[
        str | None, Query(max_length=40, description="Such as cp1252; UTF-8 if absent, or what a byte-order mark says.")
    ] = None,
    conversation_column: Column = None,
    speaker_column: Column = None,
    text_column: Column = None,
    emotion_column: Column = None,
    start_column: Column = None,
    end_column: Column = None,
    tier: Annotated[
        str | None, Query(max_length=1000, description="Tiers that are speech, with commas; found if absent.")
    ] = None,
) -> ReadResponse:
    """Reads a file of any format that the package reads, and gives its conversations; nothing of it is kept."""
    if input_format is not None and input_format not in formats():
        raise Refused(422, "input", f"no input format {input_format!r}; give one of {', '.join(formats())}")
    data = await request.body()
    options = {
        "encoding": encoding,
        "conversation_column": conversation_column,
        "speaker_column": speaker_column,
        "text_column": text_column,
        "emotion_column": emotion_column,
        "start_column": start_column,
        "end_column": end_column,
        "tier": tier,
    }
    name = PurePath(filename.replace("\0", "")).name or "file.txt"
    try:
        found = await unless_gone(request, services.file_reader.read(data, name, input_format, options))
    except TimeoutError:
        raise Refused(429, "busy", "the service is reading other files", retry_after_s=5) from None
    return ReadResponse(**found)


def _count_turns(body: RecognizeRequest) -> int:
    """Returns the number of turns of a request.

    Raises:
        TooMany: more turns or conversations than are taken at once.
    """
    n_turns = sum(len(talk.utterances) for talk in body.conversations)
    for count, most, what in (
        (n_turns, MAX_TURNS, "turns"),
        (len(body.conversations), MAX_CONVERSATIONS, "conversations"),
    ):
        if count > most:
            raise TooMany(f"{count:,} {what}; send at most {most:,} at once")
    return n_turns
