"""What files of conversations look like: each format read and written; none of it needs torch.

A module here that has `FORMATS` is a format: `shared/` is what several have in common, `registry.py` finds them all.
"""

from instructerc.formats.jsonl.writer import write_jsonl
from instructerc.formats.parquet.writer import write_parquet
from instructerc.formats.read import read_conversations
from instructerc.formats.registry import formats
from instructerc.formats.shared.options import ReadOptions, ReadReport

__all__ = ["ReadOptions", "ReadReport", "formats", "read_conversations", "write_jsonl", "write_parquet"]
