"""Parquet with a whole dialogue in each row, as Hugging Face's data sets have it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from instructerc.conversation import Conversation
from instructerc.formats.dialogues.rows import is_dialogue_name, is_dialogue_text, read_dialogues
from instructerc.formats.parquet.file import ParquetFile
from instructerc.formats.shared.columns import count_roles
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_HUGGING_FACE = b"huggingface"


def has_dialogues(file: ParquetFile, options: ReadOptions) -> bool:
    """Returns whether a column has dialogues: lists or objects, or texts under the name of one where no other fits."""
    if any(is_dialogue_name(name, options) and file.is_nested(name) for name in file.names):
        return True
    as_text = any(is_dialogue_text(name) for name in file.names)
    return as_text and options.text_column is None and count_roles(file.names, options) < 2


def read_rows(file: ParquetFile, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per row; numbers that the file has names for are emotions by these.

    Raises:
        InputError: as of any Parquet file.
        BadRow: a row without a dialogue; rows are counted from 1.
    """
    columns = {name: name for name in file.names if file.names.count(name) == 1}
    yield from read_dialogues(file.rows(columns), reading, _labels(file))


def _labels(file: ParquetFile) -> dict[str, list[str]]:
    """Returns the names of a column's numbers, where the footer says them."""
    try:
        features = json.loads(file.metadata.get(_HUGGING_FACE, b""))["info"]["features"]
        pairs = {name: feature.get("feature", feature) for name, feature in features.items()}
        return {
            name: [str(one) for one in feature["names"]]
            for name, feature in pairs.items()
            if isinstance(feature, dict) and isinstance(feature.get("names"), list)
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
