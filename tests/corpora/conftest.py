"""Corpora that are not part of the project, where they are present."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def meld_folder() -> Path:
    """Returns MELD's original files, which are not part of the project."""
    folder = Path(__file__).parents[2] / "../shared/corpora/meld"
    if not folder.is_dir():
        pytest.skip("MELD is not in ../shared/corpora/meld")
    return folder


@pytest.fixture(scope="session")
def emorynlp_folder() -> Path:
    """Returns the folder of EmoryNLP's two releases, which are not part of the project."""
    folder = Path(__file__).parents[2] / "../shared/corpora/emorynlp"
    if not folder.is_dir():
        pytest.skip("EmoryNLP is not in ../shared/corpora/emorynlp")
    return folder
