"""JSONL: an utterance or a whole conversation per line."""

from instructerc.formats.format import Format, Lossless, Sureness, Text
from instructerc.formats.jsonl.annotator import annotate
from instructerc.formats.jsonl.reader import explains, read
from instructerc.formats.jsonl.writer import write_jsonl

FORMATS = (
    Format(
        name="jsonl",
        title="JSONL",
        about="JSON lines, one conversation or one utterance per line",
        times="yes",
        file=Text(Sureness.SYNTAX, explains, read, annotate),
        extensions=(".jsonl", ".ndjson", ".json"),
        lossless=Lossless((".jsonl", ".ndjson"), write_jsonl),
    ),
)
