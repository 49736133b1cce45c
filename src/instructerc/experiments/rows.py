"""Results of a table: a line per seed, and a summary per row and corpus."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from instructerc.errors import InputError
from instructerc.evaluation.runs import System, compare_systems, is_run, read_run
from instructerc.evaluation.significance import holm
from instructerc.experiments.jobs import Job
from instructerc.experiments.tables import Table, TableCorpus

Row = dict[str, Any]
_FIGURES = ("weighted_f1", "macro_f1", "accuracy", "expected_calibration_error", "n_utterances")


class RowsFile:
    """Lines of JSON that are only added to; several processes may add rows of their own.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Row]:
        """Returns all rows; half a line, which a killed process leaves, is passed over: its work is done again."""
        rows = []
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                try:
                    rows.append(json.loads(line))
                except ValueError:
                    continue
        return rows

    def add(self, row: Row) -> None:
        """Appends one row."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        broken = self.path.exists() and not self.path.read_bytes().endswith(b"\n") and self.path.stat().st_size
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(("\n" if broken else "") + json.dumps(row, ensure_ascii=False) + "\n")


def seed_row(job: Job, corpus: TableCorpus, seed: int, figures: Mapping[str, Any], places: Mapping[str, str]) -> Row:
    """Returns the row of one seed on one corpus.

    Args:
        job: what was trained.
        corpus: what it was tested on.
        seed: which seed.
        figures: of the test split, fractions, and `dev_weighted_f1`.
        places: model and run folder of its answers, relative to the folder of all results.
    """
    scores = {name: figures[name] for name in (*_FIGURES, "dev_weighted_f1")}
    return {"kind": "seed", **_key(job, corpus), "seed": seed, **scores, **places}


def _key(job: Job, corpus: TableCorpus) -> Row:
    trained_on = [one.name for one in job.corpora]
    return {"row": job.row.name, "corpus": corpus.name, "recipe": job.recipe.name, "trained_on": trained_on}


def rows_of(job: Job, corpus: TableCorpus, rows: Iterable[Row]) -> dict[int, Row]:
    """Returns the rows of a job on a corpus by seed; of the same seed, the last one."""
    key = {"kind": "seed", **_key(job, corpus)}
    found = [row for row in rows if key.items() <= {name: row.get(name) for name in key}.items()]
    return {row["seed"]: row for row in sorted(found, key=lambda row: int(row["seed"]))}


def summarise(table: Table, jobs: Sequence[Job], rows: Sequence[Row], output: Path) -> list[Row]:
    """Returns a summary for each job and corpus that has a result, in the order of the jobs.

    Args:
        table: the table.
        jobs: all its jobs.
        rows: what was measured so far.
        output: folder that runs are named from.
    """
    summaries = []
    for job in jobs:
        for corpus in job.corpora:
            ours = rows_of(job, corpus, rows)
            if ours:
                reference = _reference(table, job, corpus, jobs)
                theirs = rows_of(reference, corpus, rows) if reference else {}
                summaries.append(_summary(job, corpus, ours) | {"against": _against(table, ours, theirs, output)})
    correct_p(summaries)
    return summaries


def correct_p(summaries: Sequence[Row]) -> None:
    """Adds `corrected_p` to each comparison, by Holm's method for all rows of a corpus; None where there is no p."""
    for corpus in {row["corpus"] for row in summaries}:
        compared = [row["against"] for row in summaries if row["corpus"] == corpus and row["against"]]
        known = [against for against in compared if against["p_value"] is not None]
        for against in compared:
            against["corrected_p"] = None
        for against, p_value in zip(known, holm([one["p_value"] for one in known]), strict=True):
            against["corrected_p"] = p_value


def _reference(table: Table, job: Job, corpus: TableCorpus, jobs: Sequence[Job]) -> Job | None:
    others = [one for one in jobs if one.row.name == table.reference and corpus in one.corpora]
    return others[0] if others and job.row.name != table.reference else None


def _summary(job: Job, corpus: TableCorpus, ours: Mapping[int, Row]) -> Row:
    figures = [row["weighted_f1"] for row in ours.values()]
    return {
        "kind": "summary",
        **_key(job, corpus),
        "test": corpus.test,
        "seeds": list(ours),
        "n_seeds": len(ours),
        "n_utterances": next(iter(ours.values()))["n_utterances"],
        "weighted_f1": statistics.fmean(figures),
        "sd": statistics.stdev(figures) if len(figures) > 1 else None,
        "dev_weighted_f1": statistics.fmean(row["dev_weighted_f1"] for row in ours.values()),
        "published": [
            {
                "backbone": one.backbone,
                "source": one.source,
                "weighted_f1": round(one.weighted_f1[corpus.name] / 100, 6),
            }
            for one in job.row.published
            if corpus.name in one.weighted_f1
        ],
    }


def _against(table: Table, ours: Mapping[int, Row], theirs: Mapping[int, Row], output: Path) -> Row | None:
    """Returns the paired bootstrap over dialogues against the reference, on the seeds that both have; None without any.

    A draw of dialogues scores all seeds on them; how much seeds differ is in `sd` alone.
    """
    seeds = [seed for seed in ours if seed in theirs]
    if not seeds:
        return None
    sides = []
    for rows in (ours, theirs):
        folders = [output / rows[seed].get("run", "") for seed in seeds]
        if not all(map(is_run, folders)):
            return None
        sides.append(System(str(folders[0].parent), tuple(map(read_run, folders))))
    try:
        against = compare_systems(sides[::-1])[0]
    except InputError:
        # A run of other utterances, such as one of before a corpus was repaired, costs no table.
        return None
    return {"row": table.reference, "seeds": seeds, **asdict(against.bootstrap)}


def add_new_summaries(file: RowsFile, summaries: Iterable[Row]) -> None:
    """Appends the summaries that say something else than the last one of their row, corpus and recipe."""

    def key(row: Row) -> tuple[Any, ...]:
        return row["row"], row["corpus"], row["recipe"]

    last = {key(row): row for row in file.read() if row.get("kind") == "summary"}
    for summary in summaries:
        # As a file gives it back: tuples are lists there.
        if last.get(key(summary)) != json.loads(json.dumps(summary)):
            file.add(summary)
