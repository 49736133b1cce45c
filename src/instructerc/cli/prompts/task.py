"""A corpus's questions as a task of lm-evaluation-harness: a YAML file and a JSON file beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from instructerc.cli.prompts.layout import PromptReader
from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.shared.new_file import new_file
from instructerc.prompts import TreeBuilder

# The harness parts names at commas and takes *, ? and [ for patterns.
_FORBIDDEN = set("/\\\"' {},:*?[]")


def task_rows(
    conversations: Iterable[Conversation], builder: TreeBuilder, reader: PromptReader, end: str
) -> Iterator[dict[str, Any]]:
    """Yields a row for each labelled utterance: its prompt, its options and the index of the gold one.

    Args:
        conversations: of the split.
        builder: makes the prompts.
        reader: cuts conversations as a model would.
        end: stands after each option, as the end token of the model does where we score it.
    """
    for talk in conversations:
        for part in reader.parts(talk, builder):
            for question in part.tree.questions:
                if question.answer is not None:
                    yield {
                        "conversation": talk.id,
                        "utterance": question.utterance + 1,
                        "prompt": part.tree.flatten(question),
                        "options": [option + end for option in question.options],
                        "gold": question.answer,
                    }


def write_task(name: str, rows: Iterable[dict[str, Any]], folder: Path) -> int:
    """Writes `NAME.yaml` and `NAME.jsonl`, whole or not at all, and returns the number of rows.

    Raises:
        InputError: a name that no file or task can have, a folder that cannot be written, or no row.
    """
    if not name or set(name) & _FORBIDDEN:
        raise InputError(f"{name!r} cannot be the name of a task; use letters, digits, - and _")
    n_rows = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with new_file(folder / f"{name}.jsonl", force=True) as part:
            with part.open("w", encoding="utf-8", newline="\n") as stream:
                for row in rows:
                    stream.write(json.dumps(row, ensure_ascii=False) + "\n")
                    n_rows += 1
            if not n_rows:
                raise InputError("no utterance has a label that could be asked for")
        text = yaml.safe_dump(_task(name), sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return n_rows


def _task(name: str) -> dict[str, Any]:
    """Returns what the harness reads; a path of data is relative to where it runs."""
    return {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": f"{name}.jsonl"}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "prompt",
        "doc_to_choice": "options",
        "doc_to_target": "gold",
        # Options bring the blank before them.
        "target_delimiter": "",
        "num_fewshot": 0,
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        "metadata": {"version": 1},
    }
