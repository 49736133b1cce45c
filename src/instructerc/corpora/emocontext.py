"""EmoContext (SemEval-2019 task 3): three turns of a person and a chat bot each, of which the last has a label.

Scores on it are micro-F1 over happy, sad and angry, without `others`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.owner_files import find_file, load_file
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Grouper, Reading, build_utterance, show
from instructerc.formats.table.named_columns import read_unquoted_rows

LABELS = ("others", "happy", "sad", "angry")

_TURNS = {"turn1": "User 1", "turn2": "User 2", "turn3": "User 1"}


def read(file: OpenText, reading: Reading, prefix: str) -> Iterator[Conversation]:
    """Yields each row as a conversation of `User 1`, `User 2` and `User 1`; the turns before the last are context.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each id.

    Raises:
        InputError: a header that lacks one of the columns, as the files without labels do.
        BadRow: a row that cannot be read.
    """
    grouper = Grouper(reading)
    for line, row in read_unquoted_rows(file, reading, "a labelled file of EmoContext", "\t", ("id", *_TURNS, "label")):
        label = row["label"].strip()
        try:
            if label not in LABELS:
                raise reading.bad(line, f"label must be one of {', '.join(LABELS)}, got {show(label)}")
            turns = [
                build_utterance(
                    reading, line, speaker=speaker, text=row[turn].strip(), emotion=label if turn == "turn3" else None
                )
                for turn, speaker in _TURNS.items()
            ]
            yield from grouper.add_whole(line, Conversation(prefix + row["id"].strip(), turns))
        except BadRow as error:
            reading.skip(error)


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/0` and so on. The development split may be called `valid.txt`.

    Raises:
        InputError: no such file there, or not EmoContext's.
        BadRow: a row that cannot be read.
    """
    path = find_file(directory, f"{split}.txt", *(["valid.txt"] if split == "dev" else []))
    advice = f"give the folder of EmoContext's {path.name}, the one with labels"
    return load_file(path, advice, lambda file, reading: read(file, reading, f"{split}/"), report)


CORPORA = (Corpus("emocontext", load, __name__),)
