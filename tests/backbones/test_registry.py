"""The registry: a new kind of backbone is one file, looking at the entries is cheap, and nothing compares kinds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import instructerc
from instructerc import Conversation, LabelSet, Recognizer, Utterance
from instructerc.backbones import kinds
from instructerc.backbones.registry import (
    Export,
    backbone_kind,
    backbone_kinds,
    exported_kinds,
    load_backbone,
    load_trained,
    trained_kinds,
)
from instructerc.backbones.settings import ModelSettings, write_settings
from instructerc.errors import MissingExtra, ModelError

TOY = '''
"""A backbone that finds the longest option the likeliest."""

import numpy as np

from instructerc.backbones.base import RecomputedTrunk, log_softmax
from instructerc.backbones.registry import BackboneKind, Training
from instructerc.prompts import History


class ToyBackbone:
    kind, spells_options, budget, history, pads, model = "toy", False, 100, History(), False, None

    def segment_lengths(self, texts):
        return [(len(text.split()), False) for text in texts]

    def head_length(self, head):
        return 0

    def reserve(self, questions):
        return 0

    def check_options(self, options):
        pass

    def score(self, trees):
        return [
            [log_softmax(np.array([len(option) for option in one.options], np.float32)) for one in tree.questions]
            for tree in trees
        ]

    def live(self):
        return RecomputedTrunk(self)


KIND = BackboneKind(
    "toy",
    lambda folder, settings, threads: ToyBackbone(),
    training=Training(lambda options, history, trains: ToyBackbone(), lambda folder: ToyBackbone(), "compact-1"),
)
'''
LABELS = LabelSet("few", ("joy", "contempt", "anger"))


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A kind of backbone that one file adds."""
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "toy.py").write_text(TOY, encoding="utf-8")
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path / "kinds")])
    backbone_kinds.cache_clear()
    yield
    backbone_kinds.cache_clear()
    sys.modules.pop("instructerc.backbones.kinds.toy", None)


def test_one_file_adds_a_kind_whose_models_are_loaded_and_answer(toy, tmp_path):
    write_settings(tmp_path, ModelSettings("toy", LABELS, "encoder-1", calibration="none"))
    recognizer = Recognizer.from_pretrained(tmp_path)
    answers = recognizer.recognize(Conversation("c", [Utterance("Ann", "We won!"), Utterance("Bo", "Wow!")]))
    assert [answer.label for answer in answers] == ["contempt", "contempt"]
    assert recognizer.session().add("Ann", "We won!") == answers[0]
    assert not recognizer.keeps_states
    assert not recognizer.worth_copying


def test_one_file_adds_a_kind_that_recipes_train(toy, tmp_path):
    from instructerc.prompts import History
    from instructerc.training.new_backbone import new_backbone
    from instructerc.training.recipe import Recipe

    stage = {"name": "only", "corpora": [{"name": "meld", "path": "data", "label_sets": ["meld"]}]}
    recipe = Recipe.model_validate({"name": "r", "backbone": {"kind": "toy", "base": "none"}, "stages": [stage]})
    assert recipe.prompt.wording == "compact-1"
    assert new_backbone(recipe.backbone, History(), None).kind == "toy"
    assert load_trained("toy", tmp_path).kind == "toy"
    with pytest.raises(ModelError, match=r"kind 'embedded'; causal, encoder, seq2seq, toy are trained"):
        load_trained("embedded", tmp_path)


def test_a_kind_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(ModelError, match="no kind of backbone is 'quantum'; there are adapted, causal, embedded, enc"):
        backbone_kind("quantum")
    with pytest.raises(ModelError, match="folder holds a model of kind 'quantum'"):
        backbone_kind("quantum", Path("folder"))


def test_each_file_is_named_for_its_kind_and_entries_agree():
    every = backbone_kinds()
    assert sorted(every) == sorted(
        path.stem for path in Path(kinds.__file__).parent.glob("*.py") if path.stem[0] != "_"
    )
    for kind in every.values():
        # What is exported was trained, and what is adapted becomes another kind.
        assert kind.export is None or kind.training is not None
        assert not kind.adapts_to or every[kind.adapts_to].has_head
    assert set(trained_kinds()) == set(exported_kinds(Export.GRAPH)) | set(exported_kinds(Export.MERGED))


def test_a_package_that_is_missing_is_named_by_the_extra_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "instructerc.backbones.encoders.encoder", None)
    with pytest.raises(MissingExtra, match=r"instructerc\[train\]"):
        load_backbone(tmp_path, ModelSettings("encoder", LABELS, "encoder-1"))


def test_looking_at_the_entries_loads_no_model_library():
    code = (
        "import sys\nfrom instructerc.backbones.registry import backbone_kinds\nassert len(backbone_kinds()) > 4\n"
        "print(*{'torch', 'transformers', 'onnxruntime', 'tokenizers', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == ""


def test_nothing_but_an_entry_compares_kinds():
    names = "|".join(backbone_kinds())
    compared = re.compile(rf"\bkind\b[^\n]*(?:[!=]=|\bin\b)[^\n]*[\"'](?:{names})[\"']")
    package = Path(instructerc.__file__).parent
    faults = [
        f"{path.relative_to(package)}: {line.strip()}"
        for path in package.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if compared.search(line)
    ]
    assert not faults, "\n".join(faults)
