"""Tables in which one cell holds a whole dialogue: which column it is, and the turns of a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.dialogues.literals import parse_literal
from instructerc.formats.dialogues.rows import build_dialogue, is_dialogue_text, turns_of_value
from instructerc.formats.dialogues.texts import Turn, has_marks, turns_of_text
from instructerc.formats.shared.columns import KNOWN_NAMES, fold_name
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, show

NO_WORDS = "{n} row(s) without words: left out"
_SHARE = 0.8
_SHORTEST = 8
_LONGEST_LOOKED_AT = 1 << 20


@dataclass(frozen=True, slots=True)
class DialogueColumn:
    """The column of a table whose cells are dialogues.

    Attributes:
        place: of the column.
        name: of it.
        known: names in small letters that speak more than once in the first cells.
    """

    place: int
    name: str
    known: frozenset[str]


def find_column(
    header: Sequence[str], rows: Sequence[Sequence[str]], options: ReadOptions, *, asked: bool = False
) -> DialogueColumn | None:
    """Returns the column whose cells are dialogues; None where none is for sure.

    Under names such as `dialogue` or `transcript` lines that begin with two names are enough; elsewhere names must come
    again within a cell, since a text may have heads of its own.

    Args:
        header: names of the columns.
        rows: cells of the first rows.
        options: a text column that they name is the only one looked at; where they name a speaker's, none is.
        asked: whether a person says that there is one: then the likeliest column is taken.
    """
    if options.speaker_column and not asked:
        return None
    folded = [fold_name(name) for name in header]
    has_speaker = not KNOWN_NAMES["speaker"].isdisjoint(folded)
    found: list[tuple[bool, int, DialogueColumn]] = []
    for place, name in enumerate(header):
        is_given = options.text_column is not None and fold_name(options.text_column) == folded[place]
        if options.text_column and not is_given:
            continue
        cells = [row[place] for row in rows if len(row) > place and row[place].strip()]
        is_named = is_dialogue_text(name) or is_given
        known = _known_speakers(cells, is_named, is_named and (not has_speaker or asked))
        if known is not None:
            found.append((is_named, sum(map(len, cells)), DialogueColumn(place, name.strip(), known)))
    return max(found, key=lambda one: one[:2])[2] if found else None


def _known_speakers(cells: Sequence[str], is_named: bool, is_enough: bool) -> frozenset[str] | None:
    """Returns who speaks more than once in a column's cells; None where these are no dialogues.

    Args:
        cells: those that are not empty.
        is_named: whether the column has the name of one with dialogues, so that mere texts may be said in turn.
        is_enough: whether it is enough that cells have lines that begin with names.
    """
    if not cells or sum(map(len, cells)) < _SHORTEST * len(cells):
        return None
    found = [turns_of_cell(cell[:_LONGEST_LOOKED_AT]) for cell in cells]
    counts = Counter(name for turns in found for name in _speakers(turns or ()))
    known = frozenset(name for name, count in counts.items() if count > 1)
    n_sure = 0
    n_again = 0
    for cell, turns in zip(cells, found, strict=True):
        # What one person says in a single line is a dialogue only beside others.
        turns = turns or turns_of_cell(cell[:_LONGEST_LOOKED_AT], known)
        speakers = _speakers(turns or ())
        if turns is None or (not speakers and not has_marks(cell) and not (is_named and len(turns) > 1)):
            continue
        n_sure += 1
        n_again += len(speakers) > len(set(speakers)) > 1 or not _is_lines(cell)
    are_more = any(turns and (len(turns) > 1 or not _is_lines(cell)) for cell, turns in zip(cells, found, strict=True))
    if n_sure < _SHARE * len(cells) or not are_more:
        return None
    return known if is_enough or 2 * n_again >= len(cells) else None


def _is_lines(cell: str) -> bool:
    """Returns whether a cell names who speaks in its lines, and has no marks of lists or turns."""
    return not has_marks(cell) and parse_literal(cell) is None


def _speakers(turns: Sequence[Turn]) -> list[str]:
    return [str(turn["speaker"]).casefold() for turn in turns if turn.get("speaker") is not None]


def turns_of_cell(cell: str, known: frozenset[str] = frozenset()) -> list[Turn] | None:
    """Returns the turns of a cell: a list as JSON or Python has it, or a text; None where it is no dialogue."""
    turns = turns_of_value(parse_literal(cell))
    return turns if turns is not None else turns_of_text(cell, known)


def read_row(
    row: Mapping[str, str], column: DialogueColumn, line: int, otherwise: str, names: set[str], reading: Reading
) -> Conversation | None:
    """Returns the conversation of a row; None where nothing is said in it, which is counted.

    Args:
        row: its cells by the names of their columns.
        column: that has the dialogue.
        line: of the row, for notes and errors.
        otherwise: what the conversation is called that has no id.
        names: ids that are taken; the conversation's is added.
        reading: the pass that it belongs to.

    Raises:
        BadRow: a cell that is no dialogue, or a turn that cannot be one.
    """
    cell = row[column.name]
    if not cell.strip():
        reading.repair(line, NO_WORDS)
        return None
    turns = turns_of_cell(cell, column.known)
    if turns is None:
        raise reading.bad(
            line, f"no dialogue in the cell under {show(column.name)}: no line begins with who speaks: {show(cell)}"
        )
    others = {name: _beside(value) for name, value in row.items() if name != column.name}
    return build_dialogue(turns, others, line, otherwise, names, reading)


def _beside(cell: str) -> Any:
    """Returns a cell beside a dialogue: a list as such, since it may have the emotions or the speakers of the turns."""
    found = parse_literal(cell) if cell.lstrip()[:1] in ("[", "a") else None
    return cell if found is None else found
