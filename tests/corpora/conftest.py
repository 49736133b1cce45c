"""Corpora that are not part of the project, where they are present."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def meld_folder(real_corpus: Callable[[str], Path]) -> Path:
    """Returns MELD's original files."""
    return real_corpus("meld")


@pytest.fixture(scope="session")
def emorynlp_folder(real_corpus: Callable[[str], Path]) -> Path:
    """Returns the folder of EmoryNLP's two releases."""
    return real_corpus("emorynlp")
