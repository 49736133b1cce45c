"""`/docs`: the API for people, without a script and without a network."""

from __future__ import annotations

import re

from instructerc.serving.contract.api_page import render_api_page


def test_it_describes_every_operation_and_every_schema(client):
    document, answer = client.get("/v1/openapi.json").json(), client.get("/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    operations = [one for found in document["paths"].values() for one in found.values()]
    assert len(operations) >= 14
    for operation in operations:
        assert f"id='{operation['operationId']}'" in answer.text
    for name in document["components"]["schemas"]:
        assert f"id='schema-{name}'" in answer.text
    assert "curl -X POST http://127.0.0.1:8000/v1/recognize --json" in answer.text


def test_its_links_lead_somewhere_and_nothing_is_fetched_from_elsewhere(client):
    text = client.get("/docs").text
    for target in re.findall(r"(?:href|src)='([^']+)'", text):
        if target.startswith("#"):
            assert f"id='{target[1:]}'" in text
        else:
            assert client.get(target).status_code == 200
    assert "<script" not in text
    assert "style-src 'self'" in client.get("/docs").headers["content-security-policy"]
    assert not re.search(r"url\(|@import", client.get("/docs/style.css").text)


def test_words_of_the_document_are_words_and_no_markup():
    hostile = "<b onclick=x>'\"`<i>`"
    document = {
        "info": {"title": hostile, "version": "1", "summary": hostile},
        "paths": {
            f"/{hostile}": {"get": {"tags": [hostile], "operationId": hostile, "description": hostile, "responses": {}}}
        },
        "components": {"schemas": {hostile: {"description": hostile, "properties": {hostile: {"enum": [hostile]}}}}},
    }
    assert not re.search(r"<b |<i>", render_api_page(document))
