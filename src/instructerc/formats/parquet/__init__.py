"""Parquet, a row per utterance."""

from instructerc.formats.format import Binary, Format, Lossless
from instructerc.formats.parquet.footer import MAGIC
from instructerc.formats.parquet.reader import column_names, read
from instructerc.formats.parquet.writer import write_parquet

FORMATS = (
    Format(
        name="parquet",
        title="Parquet",
        about="Parquet with one row per utterance; columns as in a table (extra `parquet`)",
        times="yes",
        file=Binary(MAGIC, read, column_names),
        extensions=(".parquet",),
        lossless=Lossless((".parquet",), write_parquet),
    ),
)
