"""`instructerc report`: conversations, or runs, as one page to look at."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from instructerc.cli.recognize import RecognisedFiles
from instructerc.cli.shared.flags import ModelFlags, ReadingFlags, expand_flags
from instructerc.cli.shared.group import FAILED, examples, print_line
from instructerc.cli.shared.paths import expand_patterns
from instructerc.cli.shared.progress import Progress
from instructerc.cli.shared.same_file import open_inputs
from instructerc.cli.shared.writers import check_output
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.recognition import Recognizer
    from instructerc.report.conversations.collect import Collector

EPILOG = examples(
    "instructerc report chats/*.txt",
    "instructerc report calls.csv --speaker-column agent --text-column words --output calls.html",
    "instructerc report team.jsonl --no-text --no-names --title 'Team talk, November'",
    "instructerc report runs/small runs/base --output models.html",
)


@expand_flags
def report(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Files, folders, zip files or quoted patterns with conversations; or run folders, which evaluate, "
            "train and reproduce write.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The HTML file to write; CSV tables are written beside it."
        ),
    ] = Path("report.html"),
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Heading of the page.")] = None,
    no_text: Annotated[bool, typer.Option("--no-text", help="Leave out what was said.")] = False,
    no_names: Annotated[
        bool, typer.Option("--no-names", help="Number speakers, conversations and files instead of naming them.")
    ] = False,
    *,
    model: ModelFlags,
    reading: ReadingFlags,
) -> None:
    """Write an HTML page about many conversations, or about runs of models.

    The page is one file that works offline and can be printed. For conversations, it shows the emotions by day, where
    moods turned, the turning points as quotes, each speaker's pattern, and the turns that the model is least certain
    of. All of this can be filtered. Two CSV files beside the page have a row for each conversation and for each turn.
    A conversation has a date if its id or its file name has one, such as 2026-11-03. A turn is shown without
    an emotion if the model is so unsure of it that such answers were wrong more often than right on the development
    split; --min-probability sets another threshold.

    For run folders, the page shows the results beside published ones, the confusion matrix, calibration, accuracy by
    position, shift and length, and the worst errors. A CSV file and a folder with the plots, as SVG and PNG, are
    written beside it.
    """
    paths = expand_patterns(paths)
    if any(map(_is_run, paths)):
        _report_runs(paths, output, title)
        return
    check_output(output, paths)
    _report_conversations(paths, output, title, (not no_text, not no_names), model, reading)


def _is_run(path: str) -> bool:
    """Returns whether a path is a run folder, or holds some; other folders may be exports of a chat."""
    place = Path(path)
    return (place / "metrics.json").is_file() or any(place.glob("*/metrics.json"))


def _report_conversations(
    paths: list[str], output: Path, title: str | None, kept: tuple[bool, bool], model: ModelFlags, reading: ReadingFlags
) -> None:
    from instructerc.report.conversations.collect import Collector, Privacy
    from instructerc.report.conversations.left_out import tell_left_out

    with ExitStack() as stack:
        run = RecognisedFiles(paths, reading, stack.enter_context(open_inputs("jsonl", paths, reading)))
        recognizer = _unsure(model.load())
        progress = stack.enter_context(Progress(beside_output=False))
        gathered = Collector(recognizer.label_set, Privacy(*kept))
        for answered in run.answers(recognizer, progress):
            gathered.add(answered.conversation, answered.recognitions, answered.file or paths[0])
    run.print_summaries()
    run.tally.print_notes(recognizer.min_probability, recognizer)
    notes = tell_left_out(run.summaries, run.faults, run.tally.n_text_cut, gathered.privacy)
    if gathered.talks:
        _write(gathered, output, title or _title(paths, gathered.privacy.with_names), model.name, recognizer, notes)
    if run.n_failed:
        raise typer.Exit(FAILED)


def _unsure(recognizer: Recognizer) -> Recognizer:
    """Returns a recognizer that gives no label where the model is unsure of these labels, if nobody said when."""
    from instructerc.evaluation import unsure_below_of

    below = unsure_below_of(recognizer.settings, recognizer.label_set)
    if recognizer.min_probability or not below:
        return recognizer
    return recognizer.with_choices(recognizer.label_set, below)


def _write(
    gathered: Collector, output: Path, title: str, model: str, recognizer: Recognizer, notes: Sequence[str]
) -> None:
    from datetime import date

    from instructerc.report.conversations.page import ReportFacts, render_report
    from instructerc.report.conversations.tables import write_talks, write_turns

    talks, labels = gathered.talks, recognizer.label_set
    periods = gathered.periods()
    tables = (output.with_suffix(".csv"), output.with_name(f"{output.stem}-turns.csv"))
    facts = ReportFacts(
        title,
        model,
        recognizer.settings.languages,
        labels.names == recognizer.settings.label_set.names,
        gathered.n_files,
        date.today(),
        [table.name for table in tables],
        notes,
        recognizer.min_probability,
        recognizer.settings.domain,
    )
    output.write_text(render_report(talks, periods, labels, facts), encoding="utf-8")
    write_talks(tables[0], talks, periods, labels.names)
    write_turns(tables[1], talks, periods, labels.names)
    typer.echo(output)
    for table in tables:
        typer.echo(table)


def _title(paths: Sequence[str], named: bool) -> str:
    first = "standard input" if paths[0] == "-" else Path(paths[0]).name if named else "one file"
    return f"Emotions in {first}" if len(paths) == 1 else f"Emotions in {len(paths)} files"


def _report_runs(paths: Sequence[str], output: Path, title: str | None) -> None:
    from datetime import date

    from instructerc.evaluation.runs import read_systems, run_files
    from instructerc.leaderboard.store import load_board
    from instructerc.report.runs.files import write_plots, write_scores
    from instructerc.report.runs.page import build_runs_report

    _check_runs(paths)
    systems = read_systems(paths)
    check_output(output, [str(file) for system in systems for run in system.runs for file in run_files(Path(run.name))])
    about = systems[0].runs[0].about
    made = build_runs_report(systems, load_board(), title or f"Runs on {about.source}", date.today())
    output.write_text(made.html, encoding="utf-8")
    table, folder = output.with_suffix(".csv"), output.with_name(f"{output.stem}-plots")
    write_scores(made, table)
    written = write_plots(made.plots, folder)
    if not any(path.suffix == ".png" for path in written):
        print_line("plots are only SVG; for PNG too, pip install 'instructerc[report]'")
    for path in (output, table, folder):
        typer.echo(path)


def _check_runs(paths: Sequence[str]) -> None:
    """Raises InputError for a path that is not there, or that is no run folder."""
    run = next(path for path in paths if _is_run(path))
    for path in paths:
        if not Path(path).exists():
            raise InputError(f"{path}: no such file or folder")
        if not _is_run(path):
            raise InputError(
                f"{run} is a run folder and {path} is not; give files with conversations alone, or run folders alone"
            )
