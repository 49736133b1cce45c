"""`doctor`: what is installed, judged by what the package says that it needs."""

from __future__ import annotations

import importlib
import json
import sys
from email.message import Message
from importlib import metadata

import pytest

from instructerc.cli.shared import installation
from instructerc.errors import ModelError
from instructerc.recognition import Recognition, Recognizer

REQUIRES = [
    "numpy>=2.0",
    "rich>=14.0",
    "torch>=2.11; extra == 'train'",
    'transformers<6,>=5.17; extra == "train"',
    "instructerc[train]; extra == 'dev'",
    "mypy>=2.0; extra == 'dev'",
    "gone>=1; python_version < '3' and extra == 'dev'",
    "gone>=1; sys_platform == 'elsewhere'",
]
VERSIONS = {"numpy": "2.4.1", "rich": "14.2.0", "torch": "2.13.0+cpu", "transformers": "5.17", "mypy": "2.3"}


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Puts packages in place by name and version; returns them, to be changed."""
    installed = dict(VERSIONS)

    def version(name: str) -> str:
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    about = Message()
    about["Provides-Extra"], about["Provides-Extra"] = "train", "dev"
    monkeypatch.setattr(metadata, "requires", lambda name: REQUIRES)
    monkeypatch.setattr(metadata, "metadata", lambda name: about)
    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(installation, "_check_model", lambda found: None)
    return installed


def _doctor(run) -> dict:
    result = run("doctor", "--format", "json")
    data = json.loads(result.stdout)
    assert result.exit_code == (0 if data["ok"] else 1)
    return data


def test_all_is_well(run, packages):
    data = _doctor(run)
    assert data["ok"]
    assert data["packages"] == {"numpy": "2.4.1", "rich": "14.2.0"}
    assert [(extra["name"], extra["missing"]) for extra in data["extras"]] == [("dev", []), ("train", [])]


def test_a_missing_extra_is_no_fault_and_comes_with_its_line(run, packages):
    del packages["torch"]
    data = _doctor(run)
    assert data["ok"]
    assert data["facts"]["torch"] == "not installed; recognition does without it"
    assert data["extras"] == [
        {"name": "dev", "missing": ["torch>=2.11"], "install": "pip install 'instructerc[dev]'"},
        {"name": "train", "missing": ["torch>=2.11"], "install": "pip install 'instructerc[train]'"},
    ]
    shown = " ".join(run("doctor").stdout.split())
    assert "[train] missing torch>=2.11; pip install 'instructerc[train]'" in shown
    assert shown.endswith("Recognition works.")


@pytest.mark.parametrize(
    ("version", "met"),
    [("5.16.9", False), ("5.17", True), ("5.17.0", True), ("5.20.1", True), ("6.0", False), ("5.18.0.dev0", True)],
)
def test_versions_are_compared(run, packages, version, met):
    packages["transformers"] = version
    assert _doctor(run)["extras"][1]["missing"] == ([] if met else ["transformers<6,>=5.17"])


def test_a_base_package_that_is_too_old(run, packages):
    packages["numpy"] = "1.26.4"
    result = run("doctor")
    assert result.exit_code == 1
    assert "broken: numpy>=2.0 is required, found 1.26.4: pip install --force-reinstall instructerc" in " ".join(
        result.stdout.split()
    )


def test_a_base_package_that_cannot_be_loaded(run, packages, monkeypatch):
    load = importlib.import_module

    def broken(name: str, *arguments: object) -> object:
        if name == "onnxruntime":
            raise ImportError("libonnxruntime.so: cannot open shared object file")
        return load(name)

    monkeypatch.setattr(importlib, "import_module", broken)
    assert _doctor(run)["problems"] == [
        "onnxruntime cannot be loaded (libonnxruntime.so: cannot open shared object file): "
        "pip install --force-reinstall instructerc"
    ]


def test_without_what_reads_requirements_the_rest_is_told(run, packages, monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    monkeypatch.setitem(sys.modules, "packaging", None)
    [problem] = _doctor(run)["problems"]
    assert problem.startswith("packaging cannot be loaded (")


def test_used_from_its_source(run, packages, monkeypatch):
    def requires(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    data = _doctor(run)
    assert data["facts"]["instructerc"].endswith("used from its source and not installed: pip install -e .")
    assert data["packages"]["numpy"] == "2.4.1"


def _model_folder(tmp_path, digest: str):
    description = {
        **{"format": 1, "kind": "embedded", "prompt": "encoder-1", "temperature": 1.0, "recipe": "tiny"},
        **{"label_set": {"name": "pair", "labels": {"joy": [], "anger": []}}, "figures": {"dev_weighted_f1": 0.5}},
        **{"sha256": {"model.onnx": digest}},
    }
    (tmp_path / "model.json").write_text(json.dumps(description))
    (tmp_path / "model.onnx").write_bytes(b"graph")
    return tmp_path


# The sha256 of b"graph".
GRAPH_DIGEST = "eef93e1d14482804277fca0172464032d1a4fdbcc338524059fa1e861454ad4d"


@pytest.fixture
def model(packages, monkeypatch, tmp_path):
    """Puts a model folder in place; returns a function that sets the digest that it states."""
    monkeypatch.undo()

    def place(digest: str) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("instructerc.recognition.embedded_model", lambda: _model_folder(tmp_path, digest))

    return place


def test_the_model_is_checked_and_asked(run, model, monkeypatch):
    asked = []

    class Answering:
        def recognize(self, conversation):
            asked.append(conversation)
            return [Recognition("joy", 1.0, {"joy": 1.0}, 0)]

    monkeypatch.setattr(Recognizer, "from_pretrained", Answering)
    model(GRAPH_DIGEST)
    data = _doctor(run)
    assert data["facts"]["model"] == "embedded, recipe tiny; sha256 correct; joy, anger"
    assert data["facts"]["quality"] == "weighted F1 on development data: 50.0 %"
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({}, "not measured"),
        ({"dev_weighted_f1": 0.4971}, "weighted F1 on development data: 49.7 %"),
        (
            {
                **{"dev_weighted_f1": 0.55, "dev_weighted_f1_meld": 0.58, "dev_weighted_f1_everyday": 0.52},
                **{"dev_weighted_f1_float32": 0.56, "dev_weighted_f1_float32_meld": 0.59},
            },
            "weighted F1 on development data: meld 58.0 %, everyday 52.0 %; their mean 55.0 %",
        ),
    ],
)
def test_quality_is_said_in_words(figures, said):
    assert installation._quality(figures) == said


def test_a_damaged_model(run, model):
    model("0" * 64)
    assert (
        "the embedded model is damaged (model.onnx): pip install --force-reinstall instructerc"
        in _doctor(run)["problems"]
    )


def test_a_model_that_does_not_answer(run, model, monkeypatch):
    def refuse() -> None:
        raise ModelError("it is of another version")

    monkeypatch.setattr(Recognizer, "from_pretrained", refuse)
    model(GRAPH_DIGEST)
    assert (
        "the embedded model cannot be used (it is of another version): pip install --force-reinstall instructerc"
        in (_doctor(run)["problems"])
    )
