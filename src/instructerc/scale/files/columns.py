"""Answers as columns of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from instructerc.formats.parquet.file import import_parquet
from instructerc.scale.answers import Answers
from instructerc.scale.files.base import Signature, blocks_of, measure


def answer_fields(signed: Signature, names: Mapping[str, str]) -> list[Any]:
    """Returns the fields of answers, in the order of `answer_arrays`.

    Args:
        signed: who answered.
        names: what `Signature.names` gave.
    """
    import pyarrow

    text, number = pyarrow.string(), pyarrow.float32()
    types = {"probability": number, "history_turns": pyarrow.int32(), "text_cut": pyarrow.bool_()}
    types |= {f"p_{label}": number for label in signed.labels}
    return [pyarrow.field(name, types.get(field, text)) for field, name in names.items()]


def answer_arrays(answers: Answers, signed: Signature) -> Iterator[Any]:
    """Yields the columns of answers. Shape: [U] each."""
    import pyarrow

    def repeated(word: str) -> Any:
        return pyarrow.repeat(pyarrow.scalar(word), len(answers))

    labels = np.array([*signed.labels, None], object)
    # The last one stands for no label, which is -1.
    yield pyarrow.array(labels[answers["label"]].tolist(), pyarrow.string())
    p = np.ascontiguousarray(answers["p"].T)
    yield pyarrow.array(p.max(0))
    for row in p:
        yield pyarrow.array(row)
    yield pyarrow.array(answers["history"].astype(np.int32))
    yield pyarrow.array(answers["cut"].tolist(), pyarrow.bool_())
    yield pyarrow.array([code.decode() or None for code in answers["language"].tolist()], pyarrow.string())
    yield repeated(signed.model)
    yield repeated(signed.label_set)


def write_rows(
    target: Path, fields: Sequence[tuple[str, str]], rows: Iterable[tuple[Sequence[Any], Any]], signed: Signature
) -> int:
    """Writes rows of our own columns with their answers; returns how many.

    Args:
        target: the file.
        fields: name and type (`string`, `int64` or `float64`) of each column.
        rows: the values of each row, and its answer.
        signed: who answered.
    """
    parquet = import_parquet("writing Parquet")
    import pyarrow

    own = [pyarrow.field(name, pyarrow.type_for_alias(kind)) for name, kind in fields]
    schema = pyarrow.schema([*own, *answer_fields(signed, signed.names(name for name, _ in fields))])
    n_rows = 0
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for block in blocks_of((row, 1, measure(row[0])) for row in rows):
            columns = zip(*(values for values, _ in block), strict=True)
            arrays = [pyarrow.array(column, field.type) for column, field in zip(columns, own, strict=True)]
            answers = np.array([answer for _, answer in block])
            writer.write_batch(pyarrow.record_batch([*arrays, *answer_arrays(answers, signed)], schema=schema))
            n_rows += len(block)
    return n_rows
