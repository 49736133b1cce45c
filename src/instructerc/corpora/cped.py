"""CPED (Chen et al. 2022): dialogues of Chinese television series in CSV files, thirteen emotions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.owner_files import load_file
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.table.named_columns import Row, read_named_columns

_NEEDED = ("Dialogue_ID", "Speaker", "Emotion", "Utterance")
_FILES = {"train": "train", "dev": "valid", "test": "test"}


def read(file: OpenText, reading: Reading, prefix: str) -> Iterator[Conversation]:
    """Returns dialogues in file order; `其他` ("others") is whoever has no name of their own.

    Sex, age, character, scene, sentiment and acts are not read.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each id, such as `27_000`.

    Raises:
        InputError: a header that lacks one of the columns.
        BadRow: a row that cannot be read.
    """

    def read_row(line: int, row: Row) -> tuple[str, Utterance]:
        dialogue = row["Dialogue_ID"].strip()
        if not dialogue:
            raise reading.bad(line, "Dialogue_ID is empty")
        utterance = build_utterance(
            reading,
            line,
            speaker=row["Speaker"].strip(),
            text=row["Utterance"].strip(),
            emotion=row["Emotion"].strip(),
        )
        return prefix + dialogue, utterance

    return read_named_columns(file, reading, "a file of CPED", _NEEDED, (), read_row)


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/01_000` and so on.

    Raises:
        InputError: no such file there, or not CPED's.
        BadRow: a row that cannot be read.
    """
    path = directory / f"{_FILES[split]}_split.csv"
    advice = f"give the folder of CPED's {path.name}"
    return load_file(path, advice, lambda file, reading: read(file, reading, f"{split}/"), report)


CORPORA = (Corpus("cped", load, __name__),)
