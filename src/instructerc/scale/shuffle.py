"""Rows of one conversation brought together: to buckets by the conversation's id, and their answers back by file.

A bucket holds whole conversations and is read alone, so memory holds a bucket, never the input.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import blake2b
from pathlib import Path

import numpy as np

from instructerc.scale.answers import Answers, AnswerStore, FileAnswers, stored_type
from instructerc.scale.rows import InputTurn, Refuse, pack_row, unpack_row
from instructerc.scale.spool import Spool, whole_folder
from instructerc.scale.talks import Talk

_ROWS_PER_BUCKET = 20_000
_BYTES_PER_BUCKET = 8 * 1024 * 1024
_MOST_BUCKETS = 16_384
_BLOCK_ROWS = 65_536


def hash_id(conversation: str) -> bytes:
    """Returns eight bytes of an id, the same on every machine."""
    return blake2b(conversation.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def count_buckets(n_rows: int, n_bytes: int) -> int:
    """Returns how many buckets so many rows of so many bytes are divided into."""
    return max(1, min(_MOST_BUCKETS, max(-(-n_rows // _ROWS_PER_BUCKET), -(-n_bytes // _BYTES_PER_BUCKET))))


def spill(rows: Iterable[InputTurn], folder: Path, n_buckets: int) -> None:
    """Writes rows to the bucket of their conversation."""
    with Spool(folder) as spool:
        for row in rows:
            bucket = int.from_bytes(hash_id(row.conversation), "big") % n_buckets
            spool.add(f"{bucket:06d}", json.dumps(pack_row(row)).encode() + b"\n")


def read_bucket(folder: Path, bucket: int, max_turns: int, refuse: Refuse) -> Iterator[list[InputTurn]]:
    """Yields the rows of each conversation of a bucket, in order; those of one that is too long are refused.

    Args:
        folder: that `spill` wrote.
        bucket: its number.
        max_turns: that a conversation may have.
        refuse: takes the rows of longer ones.
    """
    path = folder / f"{bucket:06d}"
    if not path.exists():
        return
    talks: dict[tuple[int, str], Talk] = {}
    with path.open("rb") as stream:
        for line in stream:
            row = unpack_row(json.loads(line))
            if row.key not in talks:
                talks[row.key] = Talk(max_turns, refuse)
            talks[row.key].add(row)
    for talk in talks.values():
        if whole := talk.rows():
            yield whole


def send_back(store: AnswerStore, groups: Iterable[int], folder: Path) -> None:
    """Writes answers to files by the input file and block of rows that they belong to, whole or not at all."""
    if folder.is_dir():
        return
    with whole_folder(folder) as part, Spool(part) as spool:
        for path in store.paths(groups):
            answers = np.load(path)
            file, block = (answers[name].astype(np.int64) for name in ("file", "row"))
            block //= _BLOCK_ROWS
            # Sorted by file and row already: a new piece begins where the file or the block changes.
            starts = np.flatnonzero((np.diff(file) != 0) | (np.diff(block) != 0)) + 1
            for piece in np.split(answers, starts):
                name = f"{int(piece['file'][0]):06d}-{int(piece['row'][0]) // _BLOCK_ROWS:06d}"
                spool.add(name, piece.tobytes())


def answers_sent_back(folder: Path, file: int, n_labels: int) -> FileAnswers:
    """Returns the answers of a file that `send_back` wrote."""

    def load(path: Path) -> Answers:
        return np.fromfile(path, stored_type(n_labels))

    blocks = [(int(path.name[7:]) * _BLOCK_ROWS, path) for path in sorted(folder.glob(f"{file:06d}-*"))]
    return FileAnswers(((begin, begin + _BLOCK_ROWS - 1, partial(load, path)) for begin, path in blocks), n_labels)
