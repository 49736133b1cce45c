"""The service on a language model without training: its labels are given at the start, or a request names others."""

from __future__ import annotations

import pytest

from instructerc.errors import InputError

SAID = {"conversations": [{"utterances": [{"speaker": "Ann", "text": "We won!"}]}]}


def test_it_answers_with_the_labels_it_was_started_with(serve, tiny_llm):
    client = serve(model=str(tiny_llm), labels="happy,sad,calm")
    answer = client.post("/v1/recognize", json=SAID).json()["conversations"][0]["utterances"][0]["answer"]
    assert answer["probabilities"].keys() == {"happy", "sad", "calm"}
    [model] = client.get("/v1/models").json()["models"]
    assert (model["labels"], model["calibration"]) == (["happy", "sad", "calm"], "contextual")
    other = client.post("/v1/recognize", json=SAID | {"labels": ["glad", "angry"]}).json()
    assert other["labels"] == ["glad", "angry"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "no/model.gguf"}, "give --labels SET for it to choose from"),
        ({"labels": "meld"}, "--labels is for untrained language models"),
    ],
)
def test_what_does_not_belong_together_is_refused(serve, settings, words):
    with pytest.raises(InputError, match=words):
        serve(**settings)
