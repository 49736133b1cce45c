"""DailyDialog (Li et al. 2017): written dialogues of two people in turns, a line each; emotions are a line of digits.

Scores on it are micro-F1 over all labels but `no emotion`, which 83 % of the utterances have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.owner_files import find_file, load_file, load_lines
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Reading, build_utterance, show

LABELS = ("no emotion", "anger", "disgust", "fear", "happiness", "sadness", "surprise")

_END = "__eou__"
_SPEAKERS = ("A", "B")
_FOLDERS = {"train": "train", "dev": "validation", "test": "test"}


def read(
    file: OpenText, reading: Reading, emotions: Sequence[str], emotions_name: str, prefix: str
) -> Iterator[Conversation]:
    """Yields each line as a conversation, named by its number from 0, which is also in RECCON's ids.

    The files name nobody: speakers are `A` and `B` in turns, as the corpus was written.

    Args:
        file: the opened dialogues.
        reading: the pass that they belong to.
        emotions: lines of digits, one for each dialogue.
        emotions_name: where these lines stand.
        prefix: goes before each number.

    Raises:
        BadRow: a dialogue with more or fewer emotions than turns, or one that is not a digit from 0 to 6.
    """
    lines = file.lines
    for text in reading.rows(lines):
        line = lines.number
        digits = emotions[line - 1].split() if line <= len(emotions) else []
        if not text.strip() and not digits:
            continue
        try:
            check_characters(text, reading.source, line)
            turns = _split_turns(reading, line, text, digits, emotions_name)
            utterances = [
                build_utterance(reading, line, speaker=_SPEAKERS[number % 2], text=turn, emotion=LABELS[int(digit)])
                for number, (turn, digit) in enumerate(zip(turns, digits, strict=True))
            ]
        except BadRow as error:
            reading.skip(error)
        else:
            yield Conversation(f"{prefix}{line - 1}", utterances)
    for line, digits_only in enumerate(emotions[lines.number :], lines.number + 1):
        if digits_only.strip():
            raise BadRow(emotions_name, line, f"emotions without a dialogue in {reading.source}; unpack it again")


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/0` and so on.

    The files stand in folders, such as `validation/dialogues_validation.txt`, or side by side.

    Raises:
        InputError: no such file there.
        BadRow: a dialogue whose emotions do not fit it.
    """
    folder = _FOLDERS[split]
    path, emotions = (
        find_file(directory, f"{folder}/{name}", name)
        for name in (f"dialogues_{folder}.txt", f"dialogues_emotion_{folder}.txt")
    )
    advice = f"give the folder of DailyDialog's {folder}/{path.name} and {folder}/{emotions.name}, unpacked"
    digits = load_lines(emotions, advice)
    return load_file(
        path, advice, lambda file, reading: read(file, reading, digits, str(emotions), f"{split}/"), report
    )


def _split_turns(reading: Reading, line: int, text: str, digits: Sequence[str], emotions_name: str) -> list[str]:
    turns = [turn.strip() for turn in text.split(_END)]
    if not turns[-1]:
        turns.pop()
    if len(turns) != len(digits):
        raise reading.bad(line, f"{len(turns)} turn(s), and {len(digits)} emotion(s) in line {line} of {emotions_name}")
    wrong = [digit for digit in digits if not (digit.isascii() and digit.isdecimal() and int(digit) < len(LABELS))]
    if wrong:
        raise BadRow(emotions_name, line, f"emotions must be digits from 0 to {len(LABELS) - 1}, got {show(wrong[0])}")
    return turns


CORPORA = (Corpus("dailydialog", load, __name__),)
