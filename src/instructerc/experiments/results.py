"""Results as they are kept in the repository: run folders by backbone, table, row, corpus and seed, and their tables.

results/BACKBONE/TABLE/
  table.json                    title, reference row, rows in order, the commands
  ROW/CORPUS/seed-K/            a run folder, without texts
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from instructerc.errors import InputError
from instructerc.evaluation.percent import percent, signed_percent
from instructerc.evaluation.runs import (
    Against,
    System,
    SystemScores,
    compare_systems,
    read_system,
    score_system,
)
from instructerc.evaluation.significance import format_p

FILE = "table.json"


@dataclass(frozen=True)
class ResultsTable:
    """What stands beside the runs of a table.

    Attributes:
        table: its name.
        title: for a reader.
        backbone: as it was asked for.
        reference: row that the others are compared with, or None.
        rows: names of rows and their folders, in the table's order.
        corpora: names of corpora, in the table's order.
        commands: what makes these runs; each is of other corpora, since their settings may differ.
    """

    table: str
    title: str
    backbone: str
    reference: str | None
    rows: tuple[tuple[str, str], ...]
    corpora: tuple[str, ...]
    commands: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Writes `table.json` into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> ResultsTable:
        """Returns what `write` wrote.

        Raises:
            InputError: a file that is missing or of another form.
        """
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            rows = tuple((str(name), str(folder)) for name, folder in data.pop("rows"))
            corpora = tuple(map(str, data.pop("corpora")))
            commands = tuple(map(str, data.pop("commands")))
            return cls(rows=rows, corpora=corpora, commands=commands, **data)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path}: is not a table of results: {type(error).__name__} {error}") from error


@dataclass(frozen=True)
class ResultsRow:
    """A row on a corpus.

    Attributes:
        row: its name.
        corpus: the corpus.
        scores: what it reaches.
        against: compared with the reference row on the same corpus; None for that row itself, or without it.
    """

    row: str
    corpus: str
    scores: SystemScores
    against: Against | None


def read_rows(folder: Path, table: ResultsTable) -> list[ResultsRow]:
    """Returns the rows of a table that have runs; each corpus's rows are corrected together.

    Raises:
        InputError: a run that cannot be read, or that does not belong to its row.
        LabelError: runs of other labels than the reference's.
    """
    found = []
    for corpus in table.corpora:
        systems = {
            row: read_system(folder / place / corpus) for row, place in table.rows if (folder / place / corpus).is_dir()
        }
        for row, system in systems.items():
            _check_place(system, table.table, row, corpus)
        against: dict[str, Against] = {}
        reference = systems.get(table.reference or "")
        if reference is not None:
            others = [row for row in systems if row != table.reference]
            compared = compare_systems([reference, *(systems[row] for row in others)])
            against = dict(zip(others, compared, strict=True))
        found += [ResultsRow(row, corpus, score_system(system), against.get(row)) for row, system in systems.items()]
    order = [row for row, _ in table.rows]
    return sorted(found, key=lambda one: (order.index(one.row), table.corpora.index(one.corpus)))


def _check_place(system: System, table: str, row: str, corpus: str) -> None:
    for run in system.runs:
        told = (run.about.table, run.about.row, run.about.corpus)
        if told != (table, row, corpus):
            raise InputError(f"{run.name}: is a run of {told} and lies where one of {(table, row, corpus)} belongs")


def render_results(folder: Path) -> str:
    """Returns every table under a folder as Markdown, figures in percent, computed from the stored answers.

    Raises:
        InputError: a table or run that cannot be read.
    """
    return "\n".join(line for place in sorted(folder.glob(f"*/*/{FILE}")) for line in _table_lines(place))


def _table_lines(place: Path) -> Iterator[str]:
    table = ResultsTable.read(place)
    rows = read_rows(place.parent, table)
    yield f"### {table.title} (`{table.table}`, `{table.backbone}`)"
    yield ""
    for command in table.commands:
        yield f"Command: `{command}`"
        yield ""
    against = f" against {table.reference} (95 %) | p |" if table.reference else ""
    yield f"| row | corpus | utterances | seeds | weighted F1 (95 %) | sd | macro F1 |{against}"
    yield "|---" * (9 if against else 7) + "|"
    for row in rows:
        yield _row_line(row, bool(against))
    yield ""


def _row_line(row: ResultsRow, compared: bool) -> str:
    scores = row.scores
    spread = scores.weighted_f1
    seeds = ", ".join("–" if seed is None else str(seed) for seed in scores.seeds)
    interval = "" if scores.interval is None else f" ({percent(scores.interval[0])} to {percent(scores.interval[1])})"
    cells = [
        *(row.row, row.corpus, str(scores.n_utterances), seeds, f"{percent(spread.mean)}{interval}"),
        *("–" if spread.sd is None else percent(spread.sd), percent(scores.macro_f1)),
    ]
    if compared:
        cells += _against_cells(row.against)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _against_cells(against: Against | None) -> Sequence[str]:
    if against is None:
        return "–", "–"
    found = against.bootstrap
    interval = (
        ""
        if found.interval is None
        else f" ({signed_percent(found.interval[0])} to {signed_percent(found.interval[1])})"
    )
    mark = "**" if against.significant else ""
    return f"{mark}{signed_percent(found.difference)}{mark}{interval}", format_p(against.corrected_p)
