"""MELD (Poria et al. 2019): CSV files of *Friends* dialogues, as of today and as of 2019."""

from __future__ import annotations

from collections.abc import Iterator

from instructerc.conversation import Conversation, Utterance
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.oddities import IdWatch
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.table.layout import header_lines, split_header
from instructerc.formats.table.named_columns import Row, read_named_columns
from instructerc.formats.table.reader import peek_header
from instructerc.formats.table.records import RowCopy
from instructerc.formats.table.writer import annotates

_NEEDED = ("Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID")
_USED = ("Utterance", "Speaker", "Emotion", "Dialogue_ID")
_OPTIONAL = ("StartTime", "EndTime", "Season", "Episode")


def _cp1252_table() -> dict[int, str]:
    # The files of 2019 took cp1252 bytes for Latin-1; five of these bytes mean nothing in cp1252 and stay.
    table = {code: bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)}
    # Where the files of 2019 have a no-break space, today's have a plain one.
    return {code: character for code, character in table.items() if character} | {0xA0: " "}


_REPAIR = _cp1252_table()


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a header that is MELD's, if no columns were asked for."""
    roles = ("conversation", "speaker", "text", "emotion", "note", "speaker_note")
    given = any(options.column(role) is not None for role in roles)
    return float(not given and set(_NEEDED) <= set(split_header(next(iter(header_lines(file)), ""), ",")))


def read(
    file: OpenText,
    reading: Reading,
    prefix: str = "",
    episodes: dict[str, str] | None = None,
    copy: RowCopy | None = None,
) -> Iterator[Conversation]:
    """Returns dialogues in file order, which is the order of speaking; start times are not.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each `Dialogue_ID`, since these restart in each split.
        episodes: gets the episode of each dialogue by its id, such as `s03_e19`, where the file names them.
        copy: gets the text of every row as it is read.

    Raises:
        InputError: a header that lacks one of MELD's columns.
        BadRow: a row that cannot be read.
    """

    ids = IdWatch(reading.odd, "Dialogue_ID", "Utterance_ID")

    def read_row(line: int, row: Row) -> tuple[str, Utterance]:
        dialogue = row["Dialogue_ID"].strip()
        if not dialogue:
            raise reading.bad(line, "Dialogue_ID is empty")
        ids.see(line, dialogue, row["Utterance_ID"].strip())
        season, episode = (row.get(name, "").strip() for name in ("Season", "Episode"))
        if episodes is not None and season.isdecimal() and episode.isdecimal():
            episodes[prefix + dialogue] = f"s{int(season):02}_e{int(episode):02}"
        utterance = build_utterance(
            reading,
            line,
            speaker=_repair(row["Speaker"], line, reading).strip(),
            text=_repair(row["Utterance"], line, reading),
            emotion=row["Emotion"].strip(),
            start=row.get("StartTime"),
            end=row.get("EndTime"),
        )
        return prefix + dialogue, utterance

    return read_named_columns(file, reading, "a MELD file", _NEEDED, _OPTIONAL, read_row, _USED, copy)


def repair_encoding(text: str) -> str:
    """Returns a text with the quotes that it lost when cp1252 was taken for Latin-1; one without such damage as it is.

    Example:
        >>> repair_encoding("Don\\x92t!")
        'Don’t!'
    """
    return text if text.isascii() else text.translate(_REPAIR)


def _repair(text: str, line: int, reading: Reading) -> str:
    repaired = repair_encoding(text)
    if repaired != text:
        reading.repair(line, "{n} cell(s) in the 2019 encoding: control characters turned back into quotes")
    return repaired


FORMATS = (
    Format(
        name="meld",
        title="MELD's CSV",
        about="MELD's CSV, current version and that of 2019",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read, annotates(read), peek_header),
    ),
)
