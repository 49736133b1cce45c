"""The service on a language model without training: its labels are given at the start, or a request names others."""

from __future__ import annotations

import pytest

from instructerc.errors import InputError
from instructerc.serving.services import services_in

SAID = {"conversations": [{"utterances": [{"speaker": "Ann", "text": "We won!"}]}]}


def test_it_answers_with_the_labels_it_was_started_with(serve, tiny_llm):
    client = serve(model=str(tiny_llm), labels="happy,sad,calm")
    answer = client.post("/v1/recognize", json=SAID).json()["conversations"][0]["utterances"][0]["answer"]
    assert answer["probabilities"].keys() == {"happy", "sad", "calm"}
    [model] = client.get("/v1/models").json()["models"]
    assert (model["labels"], model["calibration"]) == (["happy", "sad", "calm"], "contextual")
    other = client.post("/v1/recognize", json=SAID | {"labels": ["glad", "angry"]}).json()
    assert other["labels"] == ["glad", "angry"]


def test_it_is_asked_as_it_was_started(serve, tiny_llm):
    how = {"wording": "paper-1", "calibration": "none", "chat": False, "dtype": "bfloat16"}
    client = serve(model=str(tiny_llm), labels="happy,sad,calm", **how)
    assert services_in(client.app).engine.recognizer.about() == how
    assert client.post("/v1/recognize", json=SAID).status_code == 200


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "no/model.gguf"}, "give --labels SET for it to choose from"),
        ({"labels": "meld"}, "--labels is for untrained language models"),
        ({"dtype": "bfloat16"}, "dtype is for untrained language models"),
    ],
)
def test_what_does_not_belong_together_is_refused(serve, settings, words):
    with pytest.raises(InputError, match=words):
        serve(**settings)
