"""EmpatheticDialogues (Rashkin et al. 2019): one tells of a situation in which they felt something, the other listens.

An emotion belongs to a conversation. Its opener tells the situation, so the first turn carries it, with the situation
that was written down beforehand as its note, and the turns after it carry none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.owner_files import load_file
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Grouper, Reading, build_utterance, show
from instructerc.formats.table.named_columns import read_unquoted_rows

_NEEDED = ("conv_id", "utterance_idx", "context", "prompt", "speaker_idx", "utterance")
_FILES = {"train": "train.csv", "dev": "valid.csv", "test": "test.csv"}


def read(file: OpenText, reading: Reading, prefix: str) -> Iterator[Conversation]:
    """Yields conversations in file order; speakers are `Speaker` and a number, which is one person's in all of them.

    The files are not quoted: a comma of the text is `_comma_`, and a quote is a character as any other. Cells beyond
    the header's, such as the other answers that `valid.csv` and `test.csv` offer, are left out.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each id, such as `hit:0_conv:1`.

    Raises:
        InputError: a header that lacks one of the columns.
        BadRow: a row that cannot be read.
    """
    grouper = Grouper(reading)
    last = None
    for line, row in read_unquoted_rows(file, reading, "a file of EmpatheticDialogues", ",", _NEEDED):
        name, speaker = row["conv_id"].strip(), row["speaker_idx"].strip()
        try:
            if not name or not speaker.isdecimal():
                raise reading.bad(line, f"expected conv_id and a number as speaker_idx, got {show([name, speaker])}")
            opens = name != last
            utterance = build_utterance(
                reading,
                line,
                speaker=f"Speaker {speaker}",
                text=_with_commas(row["utterance"]),
                emotion=row["context"].strip() if opens else None,
                note=_with_commas(row["prompt"]) if opens else None,
            )
            yield from grouper.add(line, prefix + name, utterance)
        except BadRow as error:
            reading.skip(error)
        else:
            last = name
    yield from grouper.flush()


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/hit:0_conv:1` and so on.

    Raises:
        InputError: no such file there, or not EmpatheticDialogues'.
        BadRow: a row that cannot be read.
    """
    path = directory / _FILES[split]
    advice = f"give the folder of EmpatheticDialogues' {path.name}"
    return load_file(path, advice, lambda file, reading: read(file, reading, f"{split}/"), report)


def _with_commas(text: str) -> str:
    return text.replace("_comma_", ",").strip()


CORPORA = (Corpus("empatheticdialogues", load, __name__),)
