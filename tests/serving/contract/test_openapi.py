"""The OpenAPI document: what it says is so, and its own examples are right."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "serving_fuzz.py"


@pytest.fixture
def document(client):
    return client.get("/v1/openapi.json").json()


def _schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Yields every schema in a document that has examples."""
    if isinstance(node, dict):
        if isinstance(node.get("examples"), list):
            yield node
        for value in node.values():
            yield from _schemas(value)
    elif isinstance(node, list):
        for value in node:
            yield from _schemas(value)


def test_it_is_of_version_3_1_and_describes_every_route(client, document):
    assert document["openapi"].startswith("3.1")
    paths = {route.path for route in client.app.routes if getattr(route, "include_in_schema", False)}
    assert {"/v1/recognize", "/v1/sessions/{session}/utterances", "/healthz", "/metrics"} <= set(document["paths"])
    assert paths - {"/v1/openapi.json"} <= set(document["paths"])
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation.get("description") or operation.get("summary")


def test_every_refusal_is_of_one_form(document):
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status.startswith("4"):
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}, (path, status)


def test_its_examples_are_right(document):
    found = list(_schemas(document))
    assert len(found) >= 5
    for schema in found:
        validator = Draft202012Validator({**schema, "components": document["components"]})
        for example in schema["examples"]:
            validator.validate(example)


def test_requests_have_examples_that_are_served(client, document):
    session = client.post("/v1/sessions", json={"labels": "meld"}).json()["id"]
    client.post(f"/v1/sessions/{session}/utterances", json={"speaker": "Ann", "text": "Hi"})
    n_sent = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if schema is None:
                continue
            examples = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["examples"]
            for example in examples:
                place = path.format(session=session, turn=1)
                assert client.request(method, place, json=example).status_code in {200, 201}, path
                n_sent += 1
    assert n_sent >= 4


def test_it_says_which_key_an_operation_needs(client, serve, document):
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    scopes = {
        (path, method): operation.get("security")
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert scopes["/v1/recognize", "post"] == [{"key": ["write"]}, {}]
    assert scopes["/v1/sessions", "get"] == [{"key": ["read"]}, {}]
    assert scopes["/metrics", "get"] == [{"key": ["admin"]}, {}]
    assert scopes["/healthz", "get"] is None


def test_bounds_are_said_in_words_of_json_schema(document):
    def keys(node):
        if isinstance(node, dict):
            yield from node
            for value in node.values():
                yield from keys(value)
        elif isinstance(node, list):
            for value in node:
                yield from keys(value)

    assert not {"ge", "le", "gt", "lt", "min_length", "max_length"} & set(keys(document))


def test_a_method_that_is_not_there_is_told_those_that_are(client):
    for path, methods in (
        ("/docs", "GET"),
        ("/v1/sessions", "GET, POST"),
        ("/v1/sessions/00", "DELETE, GET"),
        ("/v1/recognize", "POST"),
        ("/", "GET"),
        ("/v1/openapi.json", "GET"),
    ):
        answer = client.patch(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods), path


def test_requests_made_from_it_get_the_answers_that_it_names():
    pytest.importorskip("schemathesis", reason="the extra fuzz is not installed")
    command = [sys.executable, str(SCRIPT), "--examples", "8"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    found = json.loads(done.stdout)
    assert found["failures"] == {}
    assert found["cases"] >= 100
    assert not any(status.startswith("5") for status in found["statuses"])
