"""A file from its content, read at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from instructerc.conversation import Conversation
from instructerc.corpora import ReadOptions, ReadReport, read_conversations

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]


@pytest.fixture
def read_content(tmp_path: Path) -> ReadContent:
    """Returns a function from content, file name and options to conversations and report."""

    def read(
        content: str | bytes, name: str = "talk.jsonl", input_format: str | None = None, **options: Any
    ) -> tuple[list[Conversation], ReadReport]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        report = ReadReport()
        conversations = read_conversations(
            path, input_format=input_format, options=ReadOptions(**options), report=report
        )
        return list(conversations), report

    return read


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
