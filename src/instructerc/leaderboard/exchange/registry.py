"""Which formats there are, and which of them a file is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from instructerc.errors import InputError
from instructerc.leaderboard.board import Board
from instructerc.leaderboard.entry import Entry
from instructerc.leaderboard.exchange.csv_table import is_csv, read_csv, write_csv
from instructerc.leaderboard.exchange.eval_results import write_eval_results
from instructerc.leaderboard.exchange.json_document import read_json, write_json
from instructerc.leaderboard.exchange.latex import read_latex, write_latex
from instructerc.leaderboard.exchange.model_index import write_model_index
from instructerc.leaderboard.exchange.sota_extractor import read_sota, write_sota

_MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class BoardFormat:
    """A format.

    Attributes:
        write: gives one text, or several by their paths.
        read: gives the entries of a text and the name of its file; None where the format holds too little to go back.
        begins: how a text of this format begins, after blanks; for formats that can be read.
    """

    write: Callable[[Board], str | Mapping[str, str]]
    read: Callable[[str, str], list[Entry]] | None = None
    begins: Callable[[str], bool] = lambda text: False


BOARD_FORMATS: dict[str, BoardFormat] = {
    "csv": BoardFormat(write_csv, read_csv, is_csv),
    "json": BoardFormat(write_json, read_json, lambda text: text.startswith("{") and '"results"' in text),
    "latex": BoardFormat(write_latex, read_latex, lambda text: text.startswith(("%", "\\"))),
    "sota": BoardFormat(write_sota, read_sota, lambda text: text.startswith(("[", "{"))),
    "model-index": BoardFormat(write_model_index),
    "eval-results": BoardFormat(write_eval_results),
}


def read_entries(path: Path) -> list[Entry]:
    """Returns the entries of a file, whose format is told by its content.

    Raises:
        InputError: it cannot be read, or is in none of the formats.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: larger than {_MOST_BYTES // 1_000_000} MB")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from error
    for exchange in BOARD_FORMATS.values():
        if exchange.read is not None and exchange.begins(text.lstrip()):
            return exchange.read(text, str(path))
    readable = ", ".join(name for name, one in BOARD_FORMATS.items() if one.read is not None)
    raise InputError(f"{path}: is in none of the formats that can be read: {readable}")
