"""EmoryNLP as CSV: the part that COSMIC and InstructERC use, test of 984 utterances; its scenes lack utterances."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.emorynlp import join_speakers, name_episodes
from instructerc.corpora.shared.owner_files import load_file
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Reading, build_utterance, show
from instructerc.formats.table.named_columns import Row, read_named_columns

_NEEDED = ("Utterance", "Speaker", "Emotion", "Scene_ID", "Season", "Episode")
# The longest list in the files has 67 characters; a much longer one is not a list of names.
_MAX_SPEAKERS = 1000


def read(file: OpenText, reading: Reading, prefix: str = "") -> Iterator[Conversation]:
    """Returns each scene as a conversation; `Scene_ID` restarts in each episode, so an id names all three.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each id, such as `s01_e02_c01`.

    Raises:
        InputError: a header that lacks one of the columns.
        BadRow: a row that cannot be read.
    """

    def read_row(line: int, row: Row) -> tuple[str, Utterance]:
        scene = _scene_id(row, line, reading)
        utterance = build_utterance(
            reading,
            line,
            speaker=join_speakers(_names(row["Speaker"], line, reading), reading, line),
            text=row["Utterance"],
            emotion=row["Emotion"].strip(),
            start=row.get("Start_Time"),
            end=row.get("End_Time"),
        )
        return prefix + scene, utterance

    return read_named_columns(file, reading, "an EmoryNLP file", _NEEDED, ("Start_Time", "End_Time"), read_row)


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/s01_e02_c01` and so on, the same as `emorynlp` gives.

    Raises:
        InputError: no such file there, or not EmoryNLP's.
    """
    path = directory / f"emorynlp_{split}_final.csv"
    advice = f"give the folder of EmoryNLP's {path.name}, or name the corpus emorynlp for the official JSON files"
    return load_file(path, advice, lambda file, reading: read(file, reading, f"{split}/"), report)


def load_episodes(directory: Path, split: str) -> dict[str, str]:
    """Returns the episode of each scene of a split by its id, such as `s03_e11`."""
    return name_episodes(load(directory, split, None))


def _scene_id(row: Row, line: int, reading: Reading) -> str:
    numbers = [row[name].strip() for name in ("Season", "Episode", "Scene_ID")]
    if not all(number.isdecimal() and len(number) < 7 for number in numbers):
        raise reading.bad(line, f"Season, Episode and Scene_ID must be whole numbers, got {show(numbers)}")
    season, episode, scene = map(int, numbers)
    return f"s{season:02}_e{episode:02}_c{scene:02}"


def _names(cell: str, line: int, reading: Reading) -> list[str]:
    """Returns the names of a cell such as `['Monica Geller', 'Ross Geller']`, read as a literal, never run."""
    try:
        names = ast.literal_eval(cell.strip()) if len(cell) <= _MAX_SPEAKERS else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise reading.bad(line, f"Speaker must be a list such as ['Ann', 'Bo'], got {show(cell)}")
    return names


CORPORA = (Corpus("emorynlp-csv", load, __name__, episodes=load_episodes),)
