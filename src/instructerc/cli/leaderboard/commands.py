"""`instructerc leaderboard`: published results and our own: tables, a site, and the formats of others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from instructerc.cli.leaderboard.filters import FilterFlags
from instructerc.cli.shared.flags import ReportFormat, expand_flags
from instructerc.cli.shared.group import Commands, examples, print_line
from instructerc.errors import InputError

Target = Literal["csv", "json", "latex", "sota", "model-index", "eval-results"]

EPILOG = examples(
    "instructerc leaderboard --dataset meld",
    "instructerc leaderboard --dataset emorynlp-984 --context past --max-size 400 --since 2022",
    "instructerc leaderboard --dataset meld --runs runs/mine --format json",
)
BUILD_EPILOG = examples(
    "instructerc leaderboard build -o site/", "instructerc leaderboard build --board my.csv -o site/"
)
ADD_EPILOG = examples(
    "instructerc leaderboard add entry.yaml --board results.csv",
    "instructerc leaderboard add runs/mine/seed-1 runs/mine/seed-2 --board results.csv --set model='My model'",
)
EXPORT_EPILOG = examples(
    "instructerc leaderboard export --to latex --dataset meld -o table.tex",
    "instructerc leaderboard export --board table.tex --to csv",
    "instructerc leaderboard export --to eval-results --model 'My model' -o my-model/",
)

app = Commands(
    invoke_without_command=True,
    epilog=EPILOG,
)
BoardFlag = Annotated[
    Path | None,
    typer.Option(
        "--board",
        metavar="FILE",
        help="Read results from this file (CSV, JSON, LaTeX or sota-extractor, as export writes them); default: the "
        "shipped ones.",
    ),
]


@app.callback()
@expand_flags
def leaderboard(
    context_: typer.Context,
    board: BoardFlag = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option(
            "--runs", metavar="DIR", help="Show these runs of yours among the results; may be given several times."
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show ablations and baselines too.")] = False,
    top: Annotated[int | None, typer.Option(min=1, metavar="N", help="Show only the first N of each table.")] = None,
    format: Annotated[ReportFormat, typer.Option(help="Tables for reading, or JSON.")] = "table",
    *,
    wanted: FilterFlags,
) -> None:
    """Show, extend and export the leaderboard: published results and ours, ranked by benchmark.

    Results on different test splits of a dataset are different benchmarks and are never ranked together. Each result
    says which turns the model may read (context), and who reports it: its authors, someone who ran it again, or this
    project. Tables show the metric by which a dataset is ranked; --metric and JSON have the others.
    """
    if context_.invoked_subcommand is not None:
        return
    from instructerc.cli.leaderboard.table import print_board, to_data
    from instructerc.leaderboard import Board, load_board

    loaded = load_board(board)
    shown = loaded.only(wanted.read(loaded, () if every else ("main",)))
    if runs:
        from instructerc.leaderboard.runs import entries_of_runs

        own = [entry for folder in runs for entry in entries_of_runs([folder], {})]
        tables = {(entry.benchmark, entry.metric) for entry in shown.entries}
        beside = [entry for entry in own if (entry.benchmark, entry.metric) in tables]
        shown = Board((*shown.history, *beside), loaded.catalogue)
    if format == "json":
        import json

        typer.echo(json.dumps(to_data(shown, top), indent=2, ensure_ascii=False))
    else:
        print_board(shown, top, main_metric=wanted.metric is None)


@app.command(epilog=BUILD_EPILOG)
def build(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the site.")],
    board: BoardFlag = None,
) -> None:
    """Make a static web site of the board.

    It has a page for every benchmark, paper, dataset, method and task. Open index.html, or serve the folder with any
    web server. The pages load only the site's own files.
    """
    from instructerc.leaderboard import load_board
    from instructerc.leaderboard.site.build import build_site

    files = build_site(load_board(board), output)
    size = sum(file.stat().st_size for file in files)
    print_line(f"{len(files)} files, {size / 1000:,.0f} kB: open {output / 'index.html'}")


@app.command(epilog=ADD_EPILOG)
def add(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="SOURCE", help="A YAML or JSON file with an entry, or run folders of one model."),
    ],
    board: Annotated[
        Path, typer.Option("--board", metavar="FILE", help="CSV file to add to; created if it is missing.")
    ],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set a field; may be given several times."),
    ] = None,
) -> None:
    """Add a result to a board of your own: an entry that you wrote, or runs that you made.

    Several run folders must be seeds of one model, and become one row per metric with their mean. An entry needs model,
    dataset, variant (the test split), metric, value, context, source and, unless its paper is known, year;
    docs/leaderboard.md has an example. Rows are never changed: to correct one, add another with `replaces: ID`. For
    runs, the id of one metric's row is enough to replace the rows of all metrics.
    """
    from instructerc.leaderboard import append_entries
    from instructerc.leaderboard.adding import entries_of_file

    given = dict(_pair(text) for text in changes or ())
    folders = [source for source in sources if source.is_dir()]
    new = [entry for source in sources if source not in folders for entry in entries_of_file(source, given)]
    if folders:
        from instructerc.leaderboard.runs import entries_of_runs

        new += entries_of_runs(folders, given)
    append_entries(board, new)
    for entry in new:
        print_line(f"added {entry.id}: {entry.model}, {entry.value:g} on {entry.benchmark} ({entry.metric})")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise InputError(f"--set {text!r}: expected KEY=VALUE, such as model='My model'")
    return name, value


@app.command(epilog=EXPORT_EPILOG)
@expand_flags
def export(
    target: Annotated[Target, typer.Option("--to", help="Format. The first four can be read back with --board.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="File to write, or a folder for eval-results; default: standard output.",
        ),
    ] = None,
    board: BoardFlag = None,
    *,
    wanted: FilterFlags,
) -> None:
    """Write the board as CSV, JSON, LaTeX, for sota-extractor, or for Hugging Face (model-index, eval-results)."""
    from instructerc.formats.shared.new_file import new_file
    from instructerc.leaderboard import load_board
    from instructerc.leaderboard.exchange.registry import BOARD_FORMATS

    loaded = load_board(board)
    written = BOARD_FORMATS[target].write(loaded.only(wanted.read(loaded)))
    if isinstance(written, str):
        if output is None:
            typer.echo(written, nl=False)
            return
        files = {output: written}
    elif output is None:
        raise InputError(f"--to {target} writes several files; give a folder with --output")
    else:
        files = {output / name: text for name, text in written.items()}
    for path, text in files.items():
        if path.parent != path:
            path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path, force=True) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
