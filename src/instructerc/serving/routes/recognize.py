"""Whole conversations: `/v1/recognize`, and `/v1/read` for files."""

from __future__ import annotations

import asyncio
import io
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from instructerc.conversation import Conversation
from instructerc.corpora import ReadOptions, ReadReport, formats, read_conversations
from instructerc.errors import InputError
from instructerc.serving.bounded_request import BoundedRoute
from instructerc.serving.choices import Choice
from instructerc.serving.engine import Engine
from instructerc.serving.keys import Caller
from instructerc.serving.problems import Refused
from instructerc.serving.schemas import (
    MAX_CHARACTERS,
    MAX_CONVERSATIONS,
    MAX_TURNS,
    ConversationIn,
    ConversationOut,
    ReadResponse,
    RecognizeRequest,
    RecognizeResponse,
    TurnIn,
    TurnOut,
)
from instructerc.serving.security import needs
from instructerc.serving.service import to_answer

router = APIRouter(prefix="/v1", tags=["conversations"], route_class=BoundedRoute)


@router.post("/recognize")
async def recognize(
    body: RecognizeRequest, request: Request, caller: Annotated[Caller, Depends(needs("write"))]
) -> RecognizeResponse:
    """Recognises every turn of one or many conversations; a turn's answer depends on no later turn."""
    state = request.app.state
    engine: Engine = state.engine
    choice = Choice.from_request(body)
    n_turns = sum(len(talk.utterances) for talk in body.conversations)
    if n_turns > MAX_TURNS:
        raise Refused(413, "too_many_turns", f"{n_turns:,} turns; send at most {MAX_TURNS:,} at once")
    talks = [talk.to_conversation() for talk in body.conversations]
    answers = await engine.recognize(choice, talks, state.settings.deadline_s)
    labels = choice.label_set() or engine.recognizer.label_set
    conversations = [
        ConversationOut(
            id=talk.id,
            utterances=[
                TurnOut(**turn.model_dump(), turn=number, answer=to_answer(recognition))
                for number, (turn, recognition) in enumerate(zip(talk.utterances, recognitions, strict=True), 1)
            ],
        )
        for talk, recognitions in zip(body.conversations, answers, strict=True)
    ]
    return RecognizeResponse(
        model=state.model_name, label_set=labels.name, labels=list(labels.names), conversations=conversations
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
    caller: Annotated[Caller, Depends(needs("write"))],
    filename: Annotated[str, Query(max_length=255, description="Its ending helps to find the format.")] = "file.txt",
    input_format: Annotated[str | None, Query(max_length=40, description="Found by content where absent.")] = None,
) -> ReadResponse:
    """Reads a file of any format that the package reads, and gives its conversations; nothing of it is kept."""
    if input_format is not None and input_format not in formats():
        raise Refused(422, "input", f"no input format {input_format!r}; give one of {', '.join(formats())}")
    data = await request.body()
    report = ReadReport()
    talks = await asyncio.to_thread(_read, data, PurePath(filename).name or "file.txt", input_format, report)
    conversations = [
        ConversationIn(
            id=talk.id[:200],
            utterances=[
                TurnIn(
                    speaker=turn.speaker[:200],
                    text=turn.text[:MAX_CHARACTERS],
                    start=_time(turn.start),
                    end=_time(turn.end),
                )
                for turn in talk.utterances
            ],
        )
        for talk in talks
    ]
    gold = [[turn.emotion for turn in talk.utterances] for talk in talks]
    skipped = [f"skipped: {row}" for row in report.skipped[:20]]
    return ReadResponse(
        format=input_format or "found", conversations=conversations, gold=gold, notes=report.notes + skipped
    )


def _time(seconds: float | None) -> float | None:
    return seconds if seconds is not None and 0 <= seconds <= 1e9 else None


def _read(data: bytes, name: str, input_format: str | None, report: ReadReport) -> list[Conversation]:
    stream = io.BytesIO(data)
    stream.name = name
    options = ReadOptions(skip_bad=True)
    talks: list[Conversation] = []
    n_turns = 0
    for talk in read_conversations(stream, input_format=input_format, options=options, report=report):
        n_turns += len(talk)
        if n_turns > MAX_TURNS or len(talks) >= MAX_CONVERSATIONS:
            raise InputError(
                f"the file has more than {MAX_TURNS:,} turns or {MAX_CONVERSATIONS:,} conversations; "
                "use the command line"
            )
        talks.append(talk)
    return talks
