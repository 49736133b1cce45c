"""`predictions.parquet` and `texts.parquet`: the answers of a run, and apart from them what was said.

Predictions hold no text, so that they can be published where a corpus cannot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.evaluation.runs.predictions import UNLABELLED, Predictions
from instructerc.evaluation.scores import ABSTAINED
from instructerc.formats.parquet.file import ParquetFile, import_parquet
from instructerc.prompts import Demonstration

SCHEMA_KEY, SCHEMA_VERSION = "instructerc_predictions", 1
PREDICTIONS, TEXTS = "predictions.parquet", "texts.parquet"
_PREFIX = "p_"
_COLUMNS = ("conversation", "utterance", "speaker", "n_words", "gold", "answer")
_OPTIONS: dict[str, Any] = {"compression": "zstd", "store_schema": False}


@dataclass(frozen=True)
class ShownDemonstration:
    """A labelled utterance that a prompt showed.

    Attributes:
        text: what is said.
        label: its label.
        similarity: to the utterance that was asked about, -1 to 1.
    """

    text: str
    label: str
    similarity: float

    @classmethod
    def of(cls, demonstration: Demonstration) -> ShownDemonstration:
        """Returns what is kept of a demonstration."""
        return cls(demonstration.text, demonstration.label, float(demonstration.similarity))


@dataclass(frozen=True)
class RunTexts:
    """What was said, and what was shown with it.

    Attributes:
        texts: of each utterance. Shape: [U].
        demonstrations: that its prompt showed. Shape: [U].
    """

    texts: tuple[str, ...]
    demonstrations: tuple[tuple[ShownDemonstration, ...], ...]

    @classmethod
    def of(cls, conversations: Sequence[Conversation], shown: Sequence[Sequence[Demonstration]]) -> RunTexts:
        """Returns the texts of conversations, with the demonstrations of each utterance."""
        texts = tuple(utterance.text for talk in conversations for utterance in talk.utterances)
        return cls(texts, tuple(tuple(map(ShownDemonstration.of, one)) for one in shown))


def write_predictions(predictions: Predictions, path: Path) -> None:
    """Writes predictions.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    import_parquet("writing a run folder")
    import pyarrow

    def words(indices: Any) -> Any:
        return pyarrow.array([None if index < 0 else predictions.labels[index] for index in indices.tolist()], "string")

    columns: dict[str, Any] = {
        "conversation": pyarrow.array(predictions.conversations, "string"),
        "utterance": pyarrow.array(predictions.turns, "int32"),
        "speaker": pyarrow.array(predictions.speakers, "string"),
        "n_words": pyarrow.array(predictions.n_words, "int32"),
        "gold": words(predictions.gold),
        "answer": words(predictions.answers),
    }
    for place, label in enumerate(predictions.labels):
        columns[_PREFIX + label] = pyarrow.array(predictions.probabilities[:, place], "float32")
    metadata = {SCHEMA_KEY: str(SCHEMA_VERSION), "labels": json.dumps(predictions.labels)}
    _write(columns, path, ["conversation", "speaker", "gold", "answer"], metadata)


def read_predictions(path: Path) -> Predictions:
    """Returns what `write_predictions` wrote.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: a file that is missing, damaged, without a column, or with an utterance that is missing, comes twice
            or has no probabilities.
        LabelError: labels that contradict each other.
    """
    columns, labels = _read_columns(path)
    number = {label: place for place, label in enumerate(labels)}

    def indices(name: str, missing: int) -> Any:
        for word in columns[name]:
            if word is not None and word not in number:
                raise InputError(f"{path}: {name} {word!r} is not one of the labels {', '.join(labels)}")
        return np.array([missing if word is None else number[word] for word in columns[name]], np.int64)

    try:
        return Predictions(
            labels,
            tuple(columns["conversation"]),
            _whole_numbers(columns["utterance"], "utterance"),
            tuple(columns["speaker"]),
            _whole_numbers(columns["n_words"], "n_words"),
            indices("gold", UNLABELLED),
            indices("answer", ABSTAINED),
            _rows([columns[_PREFIX + label] for label in labels]),
        )
    except InputError as error:
        raise InputError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error


def write_texts(texts: RunTexts, path: Path) -> None:
    """Writes texts and demonstrations, an utterance a row in the order of the predictions.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    import_parquet("writing a run folder")
    import pyarrow

    shown = [json.dumps([asdict(one) for one in some], ensure_ascii=False) for some in texts.demonstrations]
    columns = {"text": pyarrow.array(texts.texts, "string"), "demonstrations": pyarrow.array(shown, "string")}
    _write(columns, path, ["demonstrations"], {SCHEMA_KEY: str(SCHEMA_VERSION)})


def read_texts(path: Path) -> RunTexts:
    """Returns what `write_texts` wrote.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: a file that is damaged or of another form.
    """
    with path.open("rb") as stream:
        file = ParquetFile(stream, str(path))
        _check_columns(file, ("text", "demonstrations"), str(path))
        rows = [row for _, row in file.rows({"text": "text", "demonstrations": "demonstrations"})]
    try:
        shown = tuple(
            tuple(ShownDemonstration(str(one["text"]), str(one["label"]), float(one["similarity"])) for one in some)
            for some in (json.loads(row["demonstrations"]) for row in rows)
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: demonstrations of another form: {type(error).__name__} {error}") from error
    if not all(isinstance(row["text"], str) for row in rows):
        raise InputError(f"{path}: the text of an utterance is missing")
    return RunTexts(tuple(row["text"] for row in rows), shown)


def _write(columns: Mapping[str, Any], path: Path, repeated: list[str], metadata: Mapping[str, str]) -> None:
    parquet = import_parquet("writing a run folder")
    import pyarrow

    table = pyarrow.table(dict(columns))
    scratch = path.with_name(path.name + ".part")
    with parquet.ParquetWriter(scratch, table.schema, use_dictionary=repeated, **_OPTIONS) as writer:
        writer.add_key_value_metadata(dict(metadata))
        writer.write_table(table)
    scratch.replace(path)


def _read_columns(path: Path) -> tuple[dict[str, list[Any]], tuple[str, ...]]:
    """Returns all columns by name, and the labels."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror or error}; every run folder has this file"
        ) from error
    with stream:
        file = ParquetFile(stream, str(path))
        labels = _labels(file, str(path))
        names = (*_COLUMNS, *(_PREFIX + label for label in labels))
        _check_columns(file, names, str(path))
        rows = [row for _, row in file.rows({name: name for name in names})]
    columns = {name: [row[name] for row in rows] for name in names}
    for name in ("conversation", "speaker"):
        if not all(isinstance(value, str) for value in columns[name]):
            raise InputError(f"{path}: column {name!r} must hold text in every row")
    return columns, labels


def _labels(file: ParquetFile, source: str) -> tuple[str, ...]:
    version = file.metadata.get(SCHEMA_KEY.encode(), b"").decode("utf-8", "replace")
    if version != str(SCHEMA_VERSION):
        raise InputError(
            f"{source}: has {SCHEMA_KEY} {version or 'none'}, and {SCHEMA_VERSION} is read; "
            "it must be the predictions.parquet of a run folder of this version"
        )
    try:
        labels = json.loads(file.metadata[b"labels"])
        if not all(isinstance(label, str) for label in labels):
            raise TypeError("a label is not text")
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"{source}: does not say its labels in order ({type(error).__name__} {error})") from error
    return tuple(labels)


def _check_columns(file: ParquetFile, names: Sequence[str], source: str) -> None:
    for name in names:
        if name not in file.names:
            raise InputError(f"{source}: has no column {name!r}; it has {', '.join(file.names)}")


def _whole_numbers(values: Sequence[Any], name: str) -> Any:
    if not all(isinstance(value, int) for value in values):
        raise InputError(f"column {name!r} must hold a whole number in every row")
    return np.array(values, np.int64)


def _rows(columns: Sequence[Sequence[Any]]) -> Any:
    """Returns probabilities by utterance; a missing one is NaN, which `Predictions` refuses. Shape: [U, O]"""
    try:
        return np.array(columns, dtype=np.float32).T.copy()
    except (TypeError, ValueError) as error:
        raise InputError("a probability is not a number") from error
