"""EmoryNLP as CSV (`emorynlp_train_final.csv` and so on): scenes of *Friends*, numbered anew in each episode."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from instructerc.conversation import Conversation, Utterance
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import DEFAULT_SPEAKER, SPEAKER_MISSING, Reading, build_utterance, show
from instructerc.formats.table.named_columns import Row, read_named_columns
from instructerc.formats.table.reader import peek_header
from instructerc.formats.table.records import RowCopy
from instructerc.formats.table.writer import annotates

_NEEDED = ("Utterance", "Speaker", "Emotion", "Scene_ID", "Season", "Episode")
_USED = ("Utterance", "Speaker", "Emotion")
_OPTIONAL = ("Start_Time", "End_Time")
_ROLES = ("conversation", "speaker", "text", "emotion", "note", "speaker_note")
# The longest list in the files has 67 characters; a much longer one is not a list of names.
_MAX_SPEAKERS = 1000


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a header that is EmoryNLP's, if no columns were asked for."""
    given = any(options.column(role) is not None for role in _ROLES)
    return float(not given and set(_NEEDED) <= set(peek_header(file, options)))


def read(file: OpenText, reading: Reading, prefix: str = "", copy: RowCopy | None = None) -> Iterator[Conversation]:
    """Returns each scene as a conversation; `Scene_ID` restarts in each episode, so an id names all three.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each id, such as `s01_e02_c01`.
        copy: gets the text of every row as it is read.

    Raises:
        InputError: a header that lacks one of the columns.
        BadRow: a row that cannot be read.
    """
    began: dict[str, int] = {}

    def read_row(line: int, row: Row) -> tuple[str, Utterance]:
        scene = _scene_id(row, line, reading)
        if scene in began and scene != next(reversed(began)):
            # The number of a scene alone says nothing, so sorting by it would mix the episodes.
            raise reading.bad(
                line,
                f"scene {scene} occurs again; it began in line {began[scene]}; put the rows in the order of Season, "
                "Episode, Scene_ID and Utterance_ID, as the owner's file has them",
            )
        began.setdefault(scene, line)
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

    return read_named_columns(file, reading, "an EmoryNLP file", _NEEDED, _OPTIONAL, read_row, _USED, copy)


def join_speakers(names: Sequence[str], reading: Reading, place: int | str) -> str:
    """Returns the names of those who speak at once, joined by `and`; nobody is "Speaker", and counted."""
    joined = " and ".join(name.strip() for name in names if name.strip())
    if not joined:
        reading.repair(place, SPEAKER_MISSING)
    return joined or DEFAULT_SPEAKER


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


FORMATS = (
    Format(
        name="emorynlp",
        title="EmoryNLP's CSV",
        about="EmoryNLP's `emorynlp_train_final.csv` and so on: one conversation per scene of an episode",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read, annotates(read), peek_header),
    ),
)
