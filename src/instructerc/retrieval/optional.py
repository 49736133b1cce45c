"""Packages that only some installs have."""

from __future__ import annotations

import importlib
from types import ModuleType

from instructerc.errors import MissingExtra


def import_optional(module: str, feature: str) -> ModuleType:
    """Returns a module of the extra `retrieval`.

    Args:
        module: its dotted name.
        feature: what it is for, to begin the error message with.

    Raises:
        MissingExtra: it, or a package that it needs, is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtra(feature, "retrieval") from error
