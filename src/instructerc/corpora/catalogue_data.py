"""The catalogue as data: `catalogue.yaml`, which a reader needs too where its rule goes by published counts."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any


@cache
def read_catalogue() -> dict[str, Any]:
    """Returns what is written of each corpus, by its name; shared by all callers, not to be changed."""
    import yaml

    text = (resources.files("instructerc.corpora") / "catalogue.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data
