"""Every operation of a service as a call; nothing here sends anything.

The names of the functions and of their parameters are those of the service's OpenAPI document; `session` is the id of a
session. Their docstrings are those of the clients' methods, which send what these return.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any, Literal
from urllib.parse import quote

from pydantic import TypeAdapter

from instructerc.client.call import Call, answer, as_json, build_body, no_answer
from instructerc.conversation import Conversation
from instructerc.serving.contract.schemas.about import FormatList, LabelList, ModelList
from instructerc.serving.contract.schemas.conversations import (
    ConversationIn,
    ReadResponse,
    RecognizeRequest,
    RecognizeResponse,
    TurnIn,
)
from instructerc.serving.contract.schemas.explanations import ExplainRequest, ExplainResponse
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
from instructerc.serving.contract.schemas.streams import StreamIn

Talk = Conversation | ConversationIn
Labels = str | Sequence[str] | None


def recognize(
    conversations: Talk | Iterable[Talk],
    *,
    labels: Labels = None,
    context: int | None = None,
    min_probability: float = 0.0,
) -> Call[RecognizeResponse]:
    """Returns every turn of one or many conversations with its answer; nothing of them is kept.

    Args:
        conversations: one, or several.
        labels: a label set by name, or labels of your own; the model's own set where None.
        context: earlier turns that a turn is read with; as many as fit the model where None.
        min_probability: below it a turn gets no label.

    Raises:
        InputError: no conversation, or what no service would take.
        ServiceError: the service refuses, or cannot be reached.
    """
    talks = [conversations] if isinstance(conversations, Talk) else list(conversations)
    choices = {"labels": _labels(labels), "context": context, "min_probability": min_probability}
    body = build_body(RecognizeRequest, conversations=[_conversation(talk) for talk in talks], **choices)
    return Call("POST", "/v1/recognize", answer(RecognizeResponse), as_json(body))


def explain(
    conversation: Talk, turn: int, *, label: str | None = None, labels: Labels = None, context: int | None = None
) -> Call[ExplainResponse]:
    """Returns by how much a turn's answer changes when one earlier turn, or one word of its own, is left out.

    Args:
        conversation: with the turn; later ones are not read.
        turn: its number, from 1.
        label: the label to explain; the most probable one where None.
        labels: a label set by name, or labels of your own; the model's own set where None.
        context: earlier turns that a turn is read with; as many as fit the model where None.

    Raises:
        InputError: what no service would take.
        ServiceError: the service refuses, or cannot be reached.
    """
    choices = {"label": label, "labels": _labels(labels), "context": context}
    body = build_body(ExplainRequest, conversation=_conversation(conversation), turn=turn, **choices)
    return Call("POST", "/v1/explain", answer(ExplainResponse), as_json(body))


def read(
    data: bytes,
    *,
    filename: str = "file.txt",
    input_format: str | None = None,
    encoding: str | None = None,
    conversation_column: str | None = None,
    speaker_column: str | None = None,
    text_column: str | None = None,
    emotion_column: str | None = None,
    start_column: str | None = None,
    end_column: str | None = None,
    tier: str | None = None,
) -> Call[ReadResponse]:
    """Returns the conversations of a file of any format that the package reads; nothing of it is kept.

    Args:
        data: what the file holds.
        filename: its ending helps to find the format.
        input_format: found by content where None.
        encoding: such as `cp1252`; UTF-8 where None, or what a byte-order mark says.
        conversation_column: column of a table, or key of an object, by which its rows are conversations.
        speaker_column: guessed where None, as the others.
        text_column: what is said.
        emotion_column: labels that the file has itself.
        start_column: when a turn begins.
        end_column: when it ends.
        tier: tiers that are speech, with commas between them, in a file that has tiers.

    Raises:
        ServiceError: the file cannot be read, or the service not be reached.
    """
    asked = {
        "input_format": input_format,
        "encoding": encoding,
        "conversation_column": conversation_column,
        "speaker_column": speaker_column,
        "text_column": text_column,
        "emotion_column": emotion_column,
        "start_column": start_column,
        "end_column": end_column,
        "tier": tier,
    }
    query = {"filename": filename} | {name: value for name, value in asked.items() if value is not None}
    return Call("POST", "/v1/read", answer(ReadResponse), ("application/octet-stream", data), query)


def open_session(
    *, title: str = "", labels: Labels = None, context: int | None = None, min_probability: float = 0.0
) -> Call[Session]:
    """Opens a live conversation.

    Args:
        title: for a person who looks through sessions.
        labels: a label set by name, or labels of your own; the model's own set where None.
        context: earlier turns that a turn is read with; as many as fit the model where None.
        min_probability: below it a turn gets no label.

    Raises:
        InputError: what no service would take.
        ServiceError: the service refuses, or cannot be reached.
    """
    choices = {"labels": _labels(labels), "context": context, "min_probability": min_probability}
    body = build_body(SessionRequest, title=title, **choices)
    return Call("POST", "/v1/sessions", answer(Session), as_json(body), repeatable=False)


def list_sessions(*, limit: int = 50, after: str | None = None) -> Call[SessionList]:
    """Returns a page of sessions, the newest first.

    Args:
        limit: how many at most, up to 200.
        after: `next` of the previous page.

    Raises:
        ServiceError: the service refuses, or cannot be reached.
    """
    query = {"limit": str(limit)} | ({} if after is None else {"after": after})
    return Call("GET", "/v1/sessions", answer(SessionList), query=query)


def get_session(session: str, *, after: int = 0) -> Call[SessionDetail]:
    """Returns the session with its turns.

    Args:
        after: only turns after this number.

    Raises:
        ServiceError: no such session, or the service cannot be reached.
    """
    return Call("GET", _place(session), answer(SessionDetail), query={"after": str(after)})


def delete_session(session: str) -> Call[None]:
    """Deletes the session, and everything that is kept of it.

    Raises:
        ServiceError: no such session, or the service cannot be reached.
    """
    return Call("DELETE", _place(session), no_answer)


def add_utterance(
    session: str,
    speaker: str,
    text: str,
    *,
    start: float | None = None,
    end: float | None = None,
    key: str | None = None,
) -> Call[SessionUtterance]:
    """Adds the next turn and returns it with its answer; still `pending` where that takes longer than the deadline.

    Args:
        speaker: who says it.
        text: what is said.
        start: in seconds since the recording began.
        end: in seconds since the recording began.
        key: your own name for the turn: sent again with the same key, it is the same turn. A new one where None, so
            that a turn is not there twice when an answer was lost on its way.

    Raises:
        InputError: what no service would take.
        ServiceError: the service refuses, or cannot be reached.
    """
    body = build_body(UtteranceRequest, **_turn(speaker, text, start, end, key))
    return Call("POST", f"{_place(session)}/utterances", answer(SessionUtterance), as_json(body))


def change_utterance(session: str, turn: int, speaker: str, text: str, *, restore: bool = False) -> Call[SessionDetail]:
    """Gives a turn other words, and returns the session with it and all later turns, with their new answers.

    Some are still `pending` where that takes longer than the deadline. A correction stays.

    Args:
        turn: its number, from 1.
        speaker: who says it.
        text: what is said.
        restore: whether a turn that was deleted comes back, at its place.

    Raises:
        InputError: what no service would take.
        ServiceError: no such turn, the service refuses, or cannot be reached.
    """
    body = build_body(UtteranceChange, speaker=speaker, text=text, restore=restore)
    return Call("PUT", f"{_place(session)}/utterances/{turn:d}", answer(SessionDetail), as_json(body))


def delete_utterance(session: str, turn: int) -> Call[SessionDetail]:
    """Deletes a turn, and returns the session with all later turns, with their new answers.

    Some are still `pending` where that takes longer than the deadline. Later turns keep their numbers.

    Args:
        turn: its number, from 1.

    Raises:
        ServiceError: no such turn, the service refuses, or cannot be reached.
    """
    return Call("DELETE", f"{_place(session)}/utterances/{turn:d}", answer(SessionDetail))


def correct_utterance(session: str, turn: int, label: str | None) -> Call[SessionUtterance]:
    """Returns the turn with the label that a person gives it.

    Args:
        turn: its number, from 1.
        label: of the session's set; None takes the correction back.

    Raises:
        ServiceError: no such turn or label, or the service cannot be reached.
    """
    path = f"{_place(session)}/utterances/{turn:d}/correction"
    return Call("PUT", path, answer(SessionUtterance), as_json(build_body(Correction, label=label)))


def watch_session(session: str, *, last_event_id: int = 0) -> Call[SessionUtterance]:
    """Yields the session's turns, then each as it is accepted, scored, changed or corrected, until the session ends.

    A `StreamDeletion` says that a turn was deleted. It reconnects after a lost connection. A turn may then come again;
    its last state is the one that counts.

    Args:
        last_event_id: the id of an event: only turns after it, and what changed since. 0 for all.

    Raises:
        ServiceError: no such session, or the service cannot be reached.
    """
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(last_event_id)}
    return Call("GET", f"{_place(session)}/events", answer(SessionUtterance), headers=headers)


def export(session: str, *, format: Literal["jsonl", "csv", "vtt", "srt"] = "jsonl") -> Call[str]:
    """Returns the session as a file's text, corrections included; CSV without the service's byte order mark.

    Args:
        format: of the file.

    Raises:
        ServiceError: no such session, no turn in it, or the service cannot be reached.
    """
    return Call("GET", f"{_place(session)}/export", _text, query={"format": format})


def models() -> Call[ModelList]:
    """Returns which model answers, with which labels, and how good it was on its test data."""
    return Call("GET", "/v1/models", answer(ModelList))


def labels() -> Call[LabelList]:
    """Returns which label sets can be asked for, with valence, arousal and place on the feeling wheel."""
    return Call("GET", "/v1/labels", answer(LabelList))


def formats() -> Call[FormatList]:
    """Returns which file formats `read` reads."""
    return Call("GET", "/v1/formats", answer(FormatList))


def health() -> Call[dict[str, str]]:
    """Returns `{"status": "ok"}` where the process runs."""
    return Call("GET", "/healthz", TypeAdapter(dict[str, str]).validate_json)


def ready() -> Call[dict[str, bool]]:
    """Returns what has to be true for requests to be served, and whether it is."""
    return Call("GET", "/readyz", TypeAdapter(dict[str, bool]).validate_json, answers=(503,))


def metrics() -> Call[str]:
    """Returns counters and histograms as Prometheus reads them."""
    return Call("GET", "/metrics", bytes.decode)


def stream_turn(
    speaker: str, text: str, *, start: float | None = None, end: float | None = None, key: str | None = None
) -> StreamIn:
    """Sends the next turn, and returns its key, which the events about it have.

    Args:
        speaker: who says it.
        text: what is said.
        start: in seconds since the recording began.
        end: in seconds since the recording began.
        key: your own name for the turn; a new one where None.

    Raises:
        InputError: what no service would take.
        ServiceError: the stream is closed.
    """
    return build_body(StreamIn, **_turn(speaker, text, start, end, key))


def _turn(speaker: str, text: str, start: float | None, end: float | None, key: str | None) -> dict[str, Any]:
    named = secrets.token_hex(16) if key is None else key
    return {"speaker": speaker, "text": text, "start": start, "end": end, "key": named}


def _conversation(talk: Talk) -> ConversationIn:
    if isinstance(talk, ConversationIn):
        return talk
    turns = [
        build_body(TurnIn, speaker=turn.speaker, text=turn.text, start=turn.start, end=turn.end)
        for turn in talk.utterances
    ]
    return build_body(ConversationIn, id=talk.id, utterances=turns)


def _labels(labels: Labels) -> str | list[str] | None:
    return labels if labels is None or isinstance(labels, str) else list(labels)


def _place(session: str) -> str:
    return f"/v1/sessions/{quote(session, safe='')}"


def _text(content: bytes) -> str:
    # Of CSV the service marks the encoding, for spreadsheets.
    return content.decode("utf-8-sig")
