"""A table of the paper from its first training to its last figure, resumable."""

from __future__ import annotations

import gc
import json
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from instructerc.conversation import Conversation
from instructerc.corpora import load_corpus
from instructerc.errors import InputError, RecipeError
from instructerc.evaluation.runs import Run, is_run, read_run, write_run
from instructerc.experiments.jobs import (
    Job,
    Wanted,
    check_wanted,
    is_asked_for,
    missing_corpora,
    plan_jobs,
    row_recipe,
    safe_name,
    wanted_corpora,
)
from instructerc.experiments.markdown import render_markdown
from instructerc.experiments.results import FILE, ResultsTable
from instructerc.experiments.rows import (
    Row,
    RowsFile,
    add_new_summaries,
    rows_of,
    seed_row,
    summarise,
)
from instructerc.experiments.tables import Table, TableCorpus
from instructerc.formats import ReadReport
from instructerc.training.processes import processes
from instructerc.training.run import train_recipe

TRAINED = "trained"
Say = Callable[[str], None]


class ScoreModel(Protocol):
    """Scores a model folder on labelled conversations."""

    def __call__(self, model: Path, corpus: str, conversations: Sequence[Conversation], oracle: bool = False) -> Run:
        """Returns the answers with their figures; with `oracle`, demonstrations have the gold label."""
        ...


@dataclass(frozen=True)
class Reproduction:
    """What came of a table.

    Attributes:
        summaries: one per row and corpus that has a result, fractions.
        left_out: why something was not run, by its name.
        markdown: the table for a person.
        folder: where `rows.jsonl` and `table.md` are.
    """

    summaries: list[Row]
    left_out: Mapping[str, str]
    markdown: str
    folder: Path


def reproduce(table: Table, wanted: Wanted, score_model: ScoreModel, say: Say = print) -> Reproduction:
    """Trains and tests what is asked of a table and is not finished yet; returns all results of the table.

    Each row on each corpus trains all its seeds, or continues them, then reads the test split once for each. Rows
    whose recipes are the same, in this table or another one, share their trainings and answers under
    `OUTPUT/trained/BACKBONE`. Under `accelerate launch` every process calls this; one of them tests and writes.

    Raises:
        InputError: an unknown row or corpus, or none that can be run.
        RecipeError: a row that makes no recipe with these changes.
        ModelError: a backbone that cannot be used.
    """
    check_wanted(table, wanted)
    group = processes()
    say = say if group.is_main_process else _silent
    present, left_out = _at_hand(table, wanted, say)
    jobs = plan_jobs(table, wanted, present)
    left_out |= _rows_that_do_not_fit(table, wanted, jobs, present)
    asked = [job for job in jobs if is_asked_for(job, wanted)]
    left_out |= _rows_without_jobs(table, wanted, jobs)
    if not asked:
        raise InputError("nothing can be run: " + "; ".join(f"{name}: {why}" for name, why in left_out.items()))
    folder = wanted.output / table.name / wanted.backbone_folder
    file = RowsFile(folder / "rows.jsonl")
    for number, job in enumerate(asked, 1):
        if not _is_finished(job, file.read()):
            if wanted.out_of_time:
                left_out[f"row {job.row.name}, {', '.join(one.name for one in job.corpora)}"] = "not begun: out of time"
                continue
            say(f"[{number}/{len(asked)}] {job.row.name}, {', '.join(corpus.name for corpus in job.corpora)}")
            _run(job, wanted, file, score_model, say)
            if group.is_main_process:
                _write_table(table, wanted, jobs, left_out, file)
        group.wait_for_everyone()
    if group.is_main_process:
        _write_table(table, wanted, jobs, left_out, file)
    group.wait_for_everyone()
    summaries = summarise(table, _with_earlier(table, wanted, jobs, file.read()), file.read(), wanted.output)
    return Reproduction(summaries, left_out, (folder / "table.md").read_text(encoding="utf-8"), folder)


def _silent(line: str) -> None:
    """Says nothing: of several processes, one speaks."""


def _at_hand(table: Table, wanted: Wanted, say: Say) -> tuple[list[TableCorpus], dict[str, str]]:
    """Returns the corpora that can be used, and why the others cannot."""
    corpora = wanted_corpora(table, wanted)
    missing, notes = missing_corpora(corpora, wanted)
    for note in notes:
        say(f"note: {note}")
    left_out = {name: f"{reason}; give its folder with --data {name}=DIR" for name, reason in missing.items()}
    for name, reason in left_out.items():
        say(f"left out: {name}: {reason}")
    return [corpus for corpus in corpora if corpus.name not in missing], left_out


def _rows_without_jobs(table: Table, wanted: Wanted, jobs: Sequence[Job]) -> dict[str, str]:
    """Returns why joint rows cannot be run."""
    planned = {job.row.name for job in jobs}
    # With one corpus asked for, and no row by name, joint rows are not meant.
    meant = wanted.rows or [row.name for row in table.rows if len(wanted_corpora(table, wanted)) > 1]
    return {
        f"row {row.name}": "needs two corpora or more"
        for row in table.rows
        if row.joint and row.name not in planned and row.name in meant
    }


def _rows_that_do_not_fit(
    table: Table, wanted: Wanted, jobs: Sequence[Job], present: Sequence[TableCorpus]
) -> dict[str, str]:
    """Returns the rows that were left out because their changes fit no such recipe, and what does not fit."""
    planned = {job.row.name for job in jobs}
    found = {}
    for row in table.rows:
        if wanted.lenient and present and not row.joint and row.name not in planned:
            try:
                row_recipe(table, row, present[:1], wanted)
            except RecipeError as error:
                found[f"row {row.name}"] = f"its changes do not fit this recipe ({error})"
    return found


def _with_earlier(table: Table, wanted: Wanted, jobs: Sequence[Job], rows: Sequence[Row]) -> list[Job]:
    """Returns the jobs, and those of other corpora that have results from before."""
    planned = {(job.row.name, job.recipe.name) for job in jobs}
    return [
        *jobs,
        *(
            job
            for job in plan_jobs(table, wanted, table.corpora)
            if (job.row.name, job.recipe.name) not in planned
            and any(rows_of(job, corpus, rows) for corpus in job.corpora)
        ),
    ]


def _is_finished(job: Job, rows: Sequence[Row]) -> bool:
    return all(set(job.recipe.seeds) <= rows_of(job, corpus, rows).keys() for corpus in job.corpora)


def _run(job: Job, wanted: Wanted, file: RowsFile, score_model: ScoreModel, say: Say) -> None:
    """Trains all seeds of a job, then tests each of them on each corpus."""
    models: dict[int, Path] = {}
    for seed in job.recipe.seeds:
        # The first one is always trained: a row that is begun has a figure.
        if models and wanted.out_of_time and not _is_trained(job, seed, wanted):
            say(f"{job.row.name}: seed {seed} is not trained: out of time")
            continue
        models[seed] = _trained(job, seed, wanted, say)
    gc.collect()
    if not processes().is_main_process:
        return
    for corpus in job.corpora:
        known = rows_of(job, corpus, file.read())
        for seed, model in models.items():
            if seed in known:
                continue
            figures = _tested(job, corpus, seed, wanted, model, score_model)
            development = json.loads((model.parent / "result.json").read_text("utf-8"))
            figures["dev_weighted_f1"] = development["dev_weighted_f1"]
            places = {"model": model, "run": test_run(job, corpus, seed, wanted)}
            relative = {name: path.relative_to(wanted.output).as_posix() for name, path in places.items()}
            file.add(seed_row(job, corpus, seed, figures, relative))
            say(f"seed {seed}, {corpus.name}: test weighted F1 {100 * figures['weighted_f1']:.2f}")


def _run_folder(job: Job, seed: int, wanted: Wanted) -> Path:
    return wanted.output / TRAINED / wanted.backbone_folder / job.of_seed(seed).name


def _is_trained(job: Job, seed: int, wanted: Wanted) -> bool:
    return (_run_folder(job, seed, wanted) / "result.json").exists()


def _trained(job: Job, seed: int, wanted: Wanted, say: Say) -> Path:
    """Returns the model folder of a seed, trained now where it is not finished."""
    run = _run_folder(job, seed, wanted)
    result = run / "result.json"
    if result.exists():
        # Where its corpora lay then does not matter any more.
        return run / str(json.loads(result.read_text(encoding="utf-8"))["chosen"]["model"])
    return train_recipe(job.of_seed(seed), run.parent, resume=True, say=say)


def test_run(job: Job, corpus: TableCorpus, seed: int, wanted: Wanted) -> Path:
    """Returns the run folder of a trained model's answers to a test split."""
    return _run_folder(job, seed, wanted) / f"test-{corpus.name}{'-oracle' if job.row.oracle else ''}"


def _tested(
    job: Job, corpus: TableCorpus, seed: int, wanted: Wanted, model: Path, score_model: ScoreModel
) -> dict[str, Any]:
    """Returns the figures of a model on a test split; it is read when they are not known yet."""
    folder = test_run(job, corpus, seed, wanted)
    if not is_run(folder):
        conversations = load_corpus(corpus.name, wanted.path(corpus.name), "test", ReadReport())
        run = score_model(model, corpus.name, conversations, job.row.oracle)
        about = replace(run.about, made_by="reproduce", model=job.of_seed(seed).name, seed=seed)
        write_run(replace(run, about=about), folder)
        _copy_history(model, folder)
    figures: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["figures"]
    return figures


def _copy_history(model: Path, run: Path) -> None:
    """Puts what its stage wrote of each epoch beside a model's answers, so that reports can draw it."""
    history = model.parent / "history.json"
    if history.is_file():
        shutil.copyfile(history, run / history.name)


def _write_table(
    table: Table, wanted: Wanted, jobs: Sequence[Job], left_out: Mapping[str, str], file: RowsFile
) -> None:
    """Appends the summaries that are new and rewrites `table.md`."""
    jobs = _with_earlier(table, wanted, jobs, file.read())
    summaries = summarise(table, jobs, file.read(), wanted.output)
    add_new_summaries(file, summaries)
    file.path.parent.mkdir(parents=True, exist_ok=True)
    text = render_markdown(table, wanted, jobs, summaries, left_out)
    (file.path.parent / "table.md").write_text(text, encoding="utf-8")


def publish(table: Table, wanted: Wanted, folder: Path) -> None:
    """Copies the run folders of all finished rows to `folder/BACKBONE/TABLE/ROW/CORPUS/seed-K`, without models.

    Args:
        table: the table.
        wanted: what was asked of it.
        folder: of published results.

    Raises:
        InputError: a run that cannot be read, or a place where none can be written.
    """
    place = folder / wanted.backbone_folder / table.name
    rows = RowsFile(wanted.output / table.name / wanted.backbone_folder / "rows.jsonl").read()
    present, _ = _at_hand(table, wanted, _silent)
    for job in _with_earlier(table, wanted, plan_jobs(table, wanted, present), rows):
        for corpus in job.corpora:
            for seed, row in rows_of(job, corpus, rows).items():
                source = wanted.output / row["run"]
                if not is_run(source):
                    continue
                run = read_run(source)
                about = replace(run.about, table=table.name, row=job.row.name)
                target = place / safe_name(job.row.name) / corpus.name / f"seed-{seed}"
                write_run(replace(run, about=about, texts=None), target)
                _copy_history(wanted.output / row["model"], target)
    ResultsTable(
        table=table.name,
        title=table.title,
        backbone=wanted.backbone,
        reference=table.reference,
        rows=tuple((row.name, safe_name(row.name)) for row in table.rows),
        corpora=tuple(corpus.name for corpus in table.corpora),
        commands=_commands(place, table, wanted),
    ).write(place)


def _commands(place: Path, table: Table, wanted: Wanted) -> tuple[str, ...]:
    """Returns what made the published runs of a table, with the command that was run now in place of its like."""
    known = ResultsTable.read(place / FILE).commands if (place / FILE).exists() and wanted.corpora else ()
    others = [one for one in known if not _corpora_of(one) or _corpora_of(one) - set(wanted.corpora)]
    return (*others, _command(table, wanted))


def _corpora_of(command: str) -> set[str]:
    words = shlex.split(command)
    return {name for option, name in pairwise(words) if option == "--corpus"}


def _command(table: Table, wanted: Wanted) -> str:
    words = ["instructerc", "reproduce", table.name, "--backbone", wanted.backbone]
    words += ["--recipe", wanted.recipe] if wanted.recipe else []
    words += [word for corpus in wanted.corpora for word in ("--corpus", corpus)]
    words += ["--seeds", ",".join(map(str, wanted.seeds))] if wanted.seeds else []
    return shlex.join([*words, *(word for change in wanted.changes for word in ("--set", change))])
