"""CSV, TSV and other delimited tables with a header and a row per utterance."""

from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.table.reader import explains, peek_header, read
from instructerc.formats.table.writer import annotate

FORMATS = (
    Format(
        name="table",
        title="CSV and TSV",
        about="CSV or TSV with any header; columns are guessed, or named with `--text-column` and so on",
        times="yes",
        file=Text(Sureness.COLUMNS, explains, read, annotate, peek_header),
        extensions=(".csv", ".tsv", ".tab"),
    ),
)
