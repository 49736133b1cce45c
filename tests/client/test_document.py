"""The client against the service's OpenAPI document: every operation, every parameter by its name, every body."""

from __future__ import annotations

import inspect
import json
import re
from urllib.parse import unquote

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")
pytest.importorskip("jsonschema", reason="the extra test is not installed")

import jsonschema

from instructerc import Conversation, Utterance
from instructerc.client import AsyncClient, AsyncRemoteSession, Client, RemoteSession, operations
from instructerc.serving.app import create_app

DOCUMENT = create_app().openapi()
# FastAPI's ids are the function's name, the path and the method.
OPERATIONS = {
    operation["operationId"].removesuffix(re.sub(r"\W", "_", f"{path}_{method}")): (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
TALK = Conversation("c1", [Utterance("Ann", "We won!", None, 1.0, 2.5), Utterance("Bo", "No way!")])
# Arguments for every parameter, none of them a default.
ARGUMENTS = {
    "recognize": {"conversations": [TALK, TALK], "labels": ["happy", "sad"], "context": 3, "min_probability": 0.5},
    "explain": {"conversation": TALK, "turn": 2, "label": "joy", "labels": "meld", "context": 3},
    "read": {"data": b"Ann: Hi", "filename": "talk.vtt", "input_format": "vtt"}
    | {"encoding": "cp1252", "tier": "Ann,Bo"}
    | {f"{role}_column": role for role in ("conversation", "speaker", "text", "emotion", "start", "end")},
    "open_session": {"title": "call 17", "labels": "meld", "context": 0, "min_probability": 0.25},
    "list_sessions": {"limit": 7, "after": "0f3c"},
    "get_session": {"session": "0f3c", "after": 4},
    "delete_session": {"session": "0f3c"},
    "add_utterance": {"session": "0f3c", "speaker": "Ann", "text": "Hi", "start": 1.0, "end": 2.0, "key": "m1"},
    "change_utterance": {"session": "0f3c", "turn": 2, "speaker": "Bo", "text": "Hi", "restore": True},
    "delete_utterance": {"session": "0f3c", "turn": 2},
    "correct_utterance": {"session": "0f3c", "turn": 2, "label": "joy"},
    "watch_session": {"session": "0f3c", "last_event_id": 3},
    "export": {"session": "0f3c", "format": "vtt"},
    **{name: {} for name in ("models", "labels", "formats", "health", "ready", "metrics")},
}
# What a session's methods are called, whose class says that they are about a session.
OF_SESSION = {
    "add_utterance": "add",
    "change_utterance": "change",
    "delete_utterance": "remove",
    "correct_utterance": "correct",
    "get_session": "get",
    "delete_session": "delete",
    "watch_session": "watch",
    "export": "export",
}


def _resolve(schema):
    return DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def _body(operation):
    """Returns media type and schema of an operation's body; None where it has none."""
    content = operation.get("requestBody", {}).get("content", {})
    return next(((kind, media["schema"]) for kind, media in content.items()), None)


def _validate(instance, schema):
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(instance)


def test_the_client_knows_every_operation():
    assert set(OPERATIONS) == set(ARGUMENTS)
    for client, session in ((Client, RemoteSession), (AsyncClient, AsyncRemoteSession)):
        for name in OPERATIONS:
            owner, method = (session, OF_SESSION[name]) if name in OF_SESSION else (client, name)
            own = list(inspect.signature(getattr(owner, method)).parameters.values())
            of_operation = list(inspect.signature(getattr(operations, name)).parameters.values())
            assert own[0].name == "self"
            assert own[1:] == of_operation[name in OF_SESSION :]
            assert getattr(owner, method).__doc__


@pytest.mark.parametrize("name", ARGUMENTS)
def test_parameters_have_the_names_of_the_document(name):
    _, _, operation = OPERATIONS[name]
    named = {parameter["name"].replace("-", "_") for parameter in operation.get("parameters", [])}
    kind, schema = _body(operation) or (None, {})
    named |= {"data"} if kind == "application/octet-stream" else set(_resolve(schema).get("properties", {}))
    parameters = inspect.signature(getattr(operations, name)).parameters
    assert set(parameters) == named == set(ARGUMENTS[name])
    for parameter in parameters.values():
        assert ARGUMENTS[name][parameter.name] != parameter.default


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize("defaults", [True, False])
def test_requests_are_those_of_the_document(name, defaults):
    method, template, operation = OPERATIONS[name]
    arguments = ARGUMENTS[name]
    if defaults:
        parameters = inspect.signature(getattr(operations, name)).parameters
        arguments = {
            key: value for key, value in arguments.items() if parameters[key].default is inspect.Parameter.empty
        }
    call = getattr(operations, name)(**arguments)
    assert call.method == method.upper()
    path = template.format(**{key: value for key, value in arguments.items() if f"{{{key}}}" in template})
    assert unquote(call.path) == path
    sent = {"query": call.query, "header": {key.lower(): value for key, value in call.headers.items()}}
    for parameter in operation.get("parameters", []):
        value = sent.get(parameter["in"], {}).pop(parameter["name"], None)
        if value is not None:
            # Text, as all of an address and of a header is.
            kinds = json.dumps(parameter["schema"])
            _validate(int(value) if '"integer"' in kinds else value, parameter["schema"])
        elif parameter["in"] != "path":
            assert defaults
            assert not parameter.get("required")
    assert not sent["query"]
    assert set(sent["header"]) <= {"accept"}
    body = _body(operation)
    assert (call.body is None) == (body is None)
    if body is not None:
        assert call.body[0] == body[0]
        if call.body[0] == "application/json":
            content = json.loads(call.body[1])
            _validate(content, body[1])
            if not defaults:
                assert set(content) == set(_resolve(body[1])["properties"])


@pytest.mark.parametrize("name", ARGUMENTS)
def test_answers_are_read_as_the_models_of_the_document(name):
    _, _, operation = OPERATIONS[name]
    answers = [answer for status, answer in operation["responses"].items() if status in {"200", "201", "202"}]
    models = {
        media["schema"]["$ref"].rsplit("/", 1)[1]
        for answer in answers
        for media in answer.get("content", {}).values()
        if "$ref" in media.get("schema", {})
    }
    returned = str(inspect.signature(getattr(operations, name)).return_annotation)
    if models:
        assert returned == f"Call[{models.pop()}]"
        assert not models
    else:
        assert name in {"delete_session", "watch_session", "export", "health", "ready", "metrics"}
