"""A file from its content, read at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from instructerc.conversation import Conversation
from instructerc.formats import ReadOptions, ReadReport, read_conversations

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
