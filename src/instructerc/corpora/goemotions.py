"""GoEmotions (Demszky et al. 2020): single Reddit comments, 27 emotions and neutral."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.corpus_files import load_file
from instructerc.corpora.decoding import open_text
from instructerc.corpora.options import ReadOptions, ReadReport
from instructerc.corpora.reading import DEFAULT_SPEAKER, Reading, build_utterance
from instructerc.corpora.records import Records
from instructerc.errors import BadRow, InputError


def read(reading: Reading, names: list[str], prefix: str) -> Iterator[Conversation]:
    """Yields each comment as a conversation of one utterance.

    A comment with several labels gets none: which of them is meant cannot be told.

    Args:
        reading: the opened file.
        names: label names by number.
        prefix: goes before each comment's id.

    Raises:
        BadRow: a row that is not text, label numbers and id.
    """
    several = "{n} comment(s) with several labels: left without one"
    for line, cells in reading.rows(Records(reading, "\t")):
        try:
            if len(cells) != 3:
                raise reading.bad(line, f"text, label numbers and id are needed, got {len(cells)} cell(s)")
            numbers = cells[1].split(",")
            if not all(number.isdecimal() and int(number) < len(names) for number in numbers):
                raise reading.bad(line, f"label numbers below {len(names)} are needed, got {cells[1]!r}")
            emotion = names[int(numbers[0])] if len(numbers) == 1 else ""
            reading.repairs[several] += len(numbers) > 1
            utterance = build_utterance(
                reading, line, speaker=DEFAULT_SPEAKER, text=cells[0], emotion=emotion, start=None, end=None
            )
        except BadRow as error:
            reading.skip(error)
        else:
            yield Conversation(prefix + cells[2], [utterance])


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/` and the comment's own.

    Raises:
        InputError: no such file there, or not GoEmotions'.
    """
    path, labels = directory / f"{split}.tsv", directory / "emotions.txt"
    advice = f"give the folder of GoEmotions' {path.name} and {labels.name}"
    if not labels.is_file():
        raise InputError(f"{labels}: no such file; {advice}")
    with open_text(labels, ReadOptions()) as text:
        names = [line.strip() for line in text.lines if line.strip()]
    return load_file(path, advice, lambda reading: read(reading, names, f"{split}/"), report)
