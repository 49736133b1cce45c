"""A plan reads what a recipe names once, whatever asks for it and however often."""

from __future__ import annotations

from collections import Counter

import pytest

from instructerc.labels import LabelSet
from instructerc.training import plan as module
from instructerc.training.data import draw_stage
from instructerc.training.plan import resolve
from instructerc.training.recipe import Recipe


@pytest.fixture
def read(monkeypatch):
    """How often each split of a corpus was read."""
    counts: Counter[tuple[str, str]] = Counter()
    load = module.load_corpus

    def counted(name, path, split):
        counts[name, split] += 1
        return load(name, path, split)

    monkeypatch.setattr(module, "load_corpus", counted)
    return counts


def _recipe(path, **changes):
    corpus = {"name": "meld", "path": str(path), "label_sets": ["meld"]}
    stage = {"corpora": [corpus], "share": 0.5}
    data = {
        "name": "tiny",
        "prompt": {"window": 3},
        "backbone": {"base": "none"},
        "stages": [{**stage, "name": "one"}, {**stage, "name": "two"}],
        "seeds": [1, 2],
    }
    return Recipe.model_validate(data | changes)


def test_splits_are_read_when_they_are_needed_and_once_for_all_seeds_and_stages(tiny_meld, read):
    plan = resolve(_recipe(tiny_meld))
    assert read == {}
    drawn = []
    for seed in plan.recipe.seeds:
        for stage in plan.stages:
            drawn.append([talk.id for talk in draw_stage(stage, seed, load_embedder=None).parts[0]])
            assert len(stage.main.dev) == 8
    assert read == {("meld", "train"): 1, ("meld", "dev"): 1}
    assert drawn[0] == drawn[1] != drawn[2] == drawn[3]  # a seed draws its share, in each stage the same


def test_what_prompts_need_is_resolved(tiny_meld, tmp_path):
    other = tmp_path / "two.yaml"
    other.write_text("labels: [good, bad]\n", encoding="utf-8")
    corpora = [
        {"name": "meld", "path": str(tiny_meld), "label_sets": ["meld", str(other)]},
        {"name": "everyday", "path": "elsewhere", "label_sets": ["a,b"], "selects": True},
        {"name": "files", "path": "x", "label_sets": ["c,d"]},
    ]
    plan = resolve(_recipe(tiny_meld, stages=[{"name": "one", "corpora": corpora}]))
    [stage] = plan.stages
    assert (plan.wording.version, plan.history.turns) == ("encoder-1", 3)
    assert plan.label_set.names == stage.label_sets["meld"].names
    assert stage.label_sets[str(other)] == LabelSet("two", ("good", "bad"), {"good": (), "bad": ()})
    # Both are called `custom`; the recipe's own words keep them apart.
    assert [stage.label_sets[source].names for source in ("a,b", "c,d")] == [("a", "b"), ("c", "d")]
    assert list(stage.selecting) == ["meld", "everyday"]
    assert [corpus.has_shares for corpus in stage.corpora] == [False, True, False]


def test_folders_of_files_are_told_apart(tiny_meld):
    corpora = [{"name": "files", "path": path, "label_sets": ["meld"], "selects": True} for path in ("a", "b")]
    [stage] = resolve(_recipe(tiny_meld, stages=[{"name": "one", "corpora": corpora}])).stages
    assert list(stage.selecting) == ["files a", "files b"]
