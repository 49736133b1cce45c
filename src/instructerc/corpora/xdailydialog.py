"""XDailyDialog (Liu et al. 2023): DailyDialog in German, Italian and Chinese, line by line beside the English one.

A line has a dialogue, its topic, the acts of its turns and their emotions, with tabs between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus, Load
from instructerc.corpora.dailydialog import LABELS
from instructerc.corpora.shared.owner_files import load_file
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Reading, build_utterance, show

_END = "__eou__"
_SPEAKERS = ("A", "B")
_N_CELLS = 4
_LANGUAGES = ("de", "en", "it", "zh")
_UNEVEN = "{n} dialogue(s) with more or fewer emotions than turns: left out"


def read(file: OpenText, reading: Reading, prefix: str) -> Iterator[Conversation]:
    """Yields each line as a conversation, named by its number from 0, the same in all languages.

    The files name nobody: speakers are `A` and `B` in turns, as the corpus was written.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each number.

    Raises:
        BadRow: a line without four cells, or with an emotion that is not a digit from 0 to 6.
    """
    lines = file.lines
    for text in reading.rows(lines):
        if not text.strip():
            continue
        line = lines.number
        try:
            check_characters(text, reading.source, line)
            turns, digits = _split(text.rstrip("\r\n"), line, reading)
            if len(turns) != len(digits):
                reading.repair(line, _UNEVEN)
                continue
            utterances = [
                build_utterance(reading, line, speaker=_SPEAKERS[number % 2], text=turn, emotion=LABELS[digit])
                for number, (turn, digit) in enumerate(zip(turns, digits, strict=True))
            ]
        except BadRow as error:
            reading.skip(error)
        else:
            yield Conversation(f"{prefix}{line - 1}", utterances)


def _split(text: str, line: int, reading: Reading) -> tuple[list[str], list[int]]:
    """Returns the turns and the numbers of their emotions."""
    cells = text.split("\t")
    if len(cells) != _N_CELLS:
        raise reading.bad(line, f"{len(cells)} cells between tabs, expected dialogue, topic, acts and emotions")
    digits = cells[-1].split()
    wrong = [digit for digit in digits if not (digit.isascii() and digit.isdecimal() and int(digit) < len(LABELS))]
    if wrong:
        raise reading.bad(line, f"emotions must be digits from 0 to {len(LABELS) - 1}, got {show(wrong[0])}")
    turns = [turn.strip() for turn in cells[0].split(_END)]
    if turns and not turns[-1]:
        turns.pop()
    if len(turns) != len(digits):
        # A mark that stands twice ends no turn.
        turns = [turn for turn in turns if turn]
    return turns, [int(digit) for digit in digits]


def _loader(language: str) -> Load:
    def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
        """Returns a split in one language; ids are `train/0` and so on."""
        path = directory / f"{language}_{split}_human.txt"
        advice = f"give the folder of XDailyDialog's {path.name}"
        return load_file(path, advice, lambda file, reading: read(file, reading, f"{split}/"), report)

    return load


CORPORA = tuple(Corpus(f"xdailydialog-{language}", _loader(language), __name__) for language in _LANGUAGES)
