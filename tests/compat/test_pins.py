"""A library whose internals are used has an upper pin: another major version comes in when its canaries were read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize(
    "name", ["torch", "transformers", "accelerate", "peft", "bitsandbytes", "gguf", "fastapi", "uvicorn"]
)
def test_a_library_with_a_canary_is_pinned_from_above(name):
    lines = [line for extra in PROJECT["optional-dependencies"].values() for line in extra]
    found = [item for item in map(Requirement, lines) if item.name == name]
    assert found, f"{name} is no requirement any more"
    for item in found:
        assert any(part.operator in ("<", "<=", "==", "~=") for part in item.specifier), f"{item} has no upper pin"
