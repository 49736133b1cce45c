"""Which labels a model has met as options, as its recipe says."""

from __future__ import annotations

from instructerc.labels import load_label_set, load_paraphrases
from instructerc.training.recipe_file import load_recipe
from instructerc.training.seen_labels import seen_labels

RECIPE = """
name: small
prompt: {wording: encoder-2}
backbone: {kind: encoder, base: tiny}
stages:
  - name: one
    corpora:
      - {name: goemotions, path: d, label_sets: [goemotions], held_out: [pride, relief]}
  - name: two
    corpora:
      - {name: meld, path: d, label_sets: [meld]}
"""


def test_all_options_of_all_stages_but_what_is_held_out(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE)
    found = seen_labels(load_recipe(path))
    goemotions, meld = (load_label_set(name).names for name in ("goemotions", "meld"))
    assert set(found) == ({*goemotions, *meld} - {"pride", "relief"})
    assert list(found) == sorted(found)


def test_words_that_stand_in_for_a_label_count_too(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.replace("held_out: [pride, relief]", "held_out: [pride, relief], paraphrase: 0.2"))
    found = seen_labels(load_recipe(path))
    assert set(load_paraphrases()["joy"][1:]) <= set(found)
    assert not {"pride", "relief"} & set(found)
