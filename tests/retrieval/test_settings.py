"""Settings are refused as a whole, with the nearest accepted value."""

from __future__ import annotations

import pytest

from instructerc.errors import RecipeError
from instructerc.retrieval import BankSettings


def test_the_defaults_read_no_gold_label():
    assert BankSettings().pairing == "all-labels"
    assert not BankSettings().same_text


def test_all_faults_are_listed_at_once():
    with pytest.raises(RecipeError) as caught:
        BankSettings(top_k=0, pairing="same_label", balanced="yes", history=-1, seed=1.5, index="faiss")
    message = str(caught.value)
    for name in (
        "top_k is 0",
        "did you mean 'same-label'",
        "balanced is 'yes'",
        "history is -1",
        "seed is 1.5",
        "faiss",
    ):
        assert name in message


@pytest.mark.parametrize("values", [{"index": "qdrant"}, {"url": "http://localhost:6333"}])
def test_a_url_is_for_qdrant_and_qdrant_needs_one(values):
    with pytest.raises(RecipeError, match="'qdrant' needs a url, the others take none"):
        BankSettings(**values)


def test_whole_numbers_are_not_truth_values():
    with pytest.raises(RecipeError, match="top_k is True"):
        BankSettings(top_k=True)
