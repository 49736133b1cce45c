"""Modules that need packages beyond the base install."""

from __future__ import annotations

import importlib
from types import ModuleType

from instructerc.errors import MissingExtra


def import_with_extra(module: str, feature: str, extra: str) -> ModuleType:
    """Returns one of our modules.

    Args:
        module: its name.
        feature: what it is for, to begin the error message with.
        extra: the optional dependencies that it needs.

    Raises:
        MissingExtra: a package of others is missing.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "instructerc":
            raise
        raise MissingExtra(feature, extra) from error
