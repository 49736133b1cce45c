"""MELD (Poria et al. 2019): CSV files of *Friends* dialogues, as of today and as of 2019."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.decoding import OpenText, open_text
from instructerc.corpora.options import ReadOptions, ReadReport
from instructerc.corpora.reading import Grouper, Reading, build_utterance, run_reader
from instructerc.corpora.records import Records, check_width
from instructerc.corpora.table import first_line, read_header, split_header
from instructerc.errors import BadRow, InputError

EXTENSIONS = (".csv",)

_NEEDED = ("Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID")


def _cp1252_table() -> dict[int, str]:
    # The files of 2019 took cp1252 bytes for Latin-1; five of these bytes mean nothing in cp1252 and stay.
    table = {code: bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)}
    # Where the files of 2019 have a no-break space, today's have a plain one.
    return {code: character for code, character in table.items() if character} | {0xA0: " "}


_REPAIR = _cp1252_table()


def matches(text: OpenText, options: ReadOptions) -> bool:
    """Says whether the header is MELD's and no columns were asked for."""
    roles = ("conversation", "speaker", "text", "emotion", "note", "speaker_note")
    given = any(options.column(role) is not None for role in roles)
    return not given and set(_NEEDED) <= set(split_header(first_line(text), ","))


def read(reading: Reading, prefix: str = "") -> Iterator[Conversation]:
    """Yields dialogues in file order, which is the order of speaking; start times are not.

    Args:
        reading: the opened file.
        prefix: goes before each `Dialogue_ID`, since these restart in each split.

    Raises:
        InputError: a header that lacks one of MELD's columns.
        BadRow: a row that cannot be read.
    """
    records = Records(reading, ",")
    header = [name.strip() for name in read_header(records, reading)]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise InputError(
            f"{reading.text.source}: is not a MELD file: no column {', '.join(missing)}; the header has: "
            + ", ".join(header)[:400]
        )
    columns = {name: header.index(name) for name in (*_NEEDED, "StartTime", "EndTime") if name in header}
    grouper = Grouper(reading)
    for line, cells in reading.rows(records):
        try:
            check_width(cells, header, reading, line)
            row = {name: cells[index] for name, index in columns.items()}
            dialogue = row["Dialogue_ID"].strip()
            if not dialogue:
                raise reading.bad(line, "Dialogue_ID is empty")
            utterance = build_utterance(
                reading,
                line,
                speaker=_repair(row["Speaker"], reading).strip(),
                text=_repair(row["Utterance"], reading),
                emotion=row["Emotion"].strip(),
                start=row.get("StartTime"),
                end=row.get("EndTime"),
            )
            yield from grouper.add(line, prefix + dialogue, utterance)
        except BadRow as error:
            reading.skip(error)
    yield from grouper.flush()


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/0` and so on.

    Raises:
        InputError: no such file there, or not MELD's.
    """
    path = directory / f"{split}_sent_emo.csv"
    if not path.is_file():
        raise InputError(f"{path}: no such file; give the folder of MELD's {split}_sent_emo.csv")
    options = ReadOptions()
    with open_text(path, options) as text:
        reading = Reading(text, options, report)
        return list(run_reader(read(reading, f"{split}/"), reading))


def _repair(text: str, reading: Reading) -> str:
    if text.isascii():
        return text
    repaired = text.translate(_REPAIR)
    if repaired != text:
        reading.repairs["{n} cell(s) in the 2019 encoding: control characters turned back into quotes"] += 1
    return repaired
