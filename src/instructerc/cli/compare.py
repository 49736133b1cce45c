"""`instructerc compare`: run folders against each other, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

import typer

from instructerc.cli.shared.flags import ReportFormat
from instructerc.cli.shared.group import examples
from instructerc.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from instructerc.evaluation import Comparison
    from instructerc.evaluation.runs import Against, CoverageScores, PartScores, System, SystemScores

By = Literal["speaker", "position", "shift", "length", "coverage"]

EPILOG = examples(
    "instructerc compare results/mine results/theirs",
    "instructerc compare results/mine results/theirs --by shift --by coverage",
    "instructerc compare results/window/12 results/window/5 results/window/1 --format json",
)
_HEADS = {
    "speaker": "speaker",
    "position": "turn",
    "shift": "speaker's last emotion",
    "length": "words",
    "coverage": "answered",
}


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN", help="Run folders; a folder that contains a run for each seed counts as one model."
        ),
    ],
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART",
            help=f"Compare on parts of the utterances too: {', '.join(get_args(By))} (accuracy when only the surest "
            "answers are given); may be given several times.",
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=100, metavar="N", help="Resamples of the bootstrap.")] = 2000,
    format: Annotated[ReportFormat, typer.Option(help="Tables in percent, or JSON with fractions.")] = "table",
) -> None:
    """Compare runs on the same split with the first one.

    Run folders are written by train, evaluate --output and reproduce. Intervals come from a bootstrap over
    conversations, because the turns of one conversation depend on each other. If a folder has several seeds, the mean
    over the seeds is compared, and its 95 % interval over the seeds is shown. A difference is called significant if
    its p-value is below 0.05 after Holm's correction for all comparisons. The test does not tell how much the
    figures would change if a model were trained again with another seed. Requires: pip install 'instructerc[parquet]'.
    """
    from instructerc.evaluation.runs import compare_coverage, compare_parts, compare_systems, read_systems, score_system

    wanted = _parts(by or ())
    systems = read_systems(runs)
    # Whether they can be compared comes first.
    against = compare_systems(systems, draws)
    scores = [score_system(system, draws) for system in systems]
    parts = {name: compare_parts(systems, name, draws) for name in wanted if name != "coverage"}
    coverage = compare_coverage(systems) if "coverage" in wanted else []
    if format == "json":
        import json

        data = {"runs": [asdict(one) for one in scores], "against": [one.to_data() for one in against]}
        more = {f"by_{name}": [one.to_data() for one in rows] for name, rows in parts.items()}
        if coverage:
            more["by_coverage"] = [asdict(one) for one in coverage]
        typer.echo(json.dumps({"draws": draws, **data, **more}, indent=2, ensure_ascii=False))
        return
    _print(systems, scores, against)
    for name in wanted:
        _print_part(systems, name, coverage if name == "coverage" else parts[name])


def _parts(given: Sequence[str]) -> list[By]:
    for name in given:
        if name not in get_args(By):
            raise InputError(
                f"--by {name!r}: no such part{did_you_mean(name, get_args(By))}; give one of {', '.join(get_args(By))}"
            )
    return list(dict.fromkeys(cast("Sequence[By]", given)))


def _print(systems: Sequence[System], scores: Sequence[SystemScores], against: Sequence[Against]) -> None:
    from rich.console import Console

    from instructerc.evaluation.runs import SEEDS_NOTE

    console = Console(highlight=False)
    console.print(_scores_table(systems[0].runs[0].about.source, scores))
    if against:
        console.print()
        console.print(_against_table(against))
        console.print()
        console.print(
            "p: bootstrap over conversations, after Holm's correction. McNemar's p assumes that turns are independent, "
            f"which they are not, and uses the first seed of each run. {SEEDS_NOTE}"
        )


def _print_part(systems: Sequence[System], by: By, rows: Sequence[PartScores] | Sequence[CoverageScores]) -> None:
    from rich.console import Console
    from rich.text import Text

    from instructerc.evaluation.runs import PartScores

    table = _table(Text("accuracy when only the surest are answered" if by == "coverage" else f"weighted F1 by {by}"))
    table.add_column(_HEADS[by], overflow="fold")
    if by != "coverage":
        table.add_column("utterances", justify="right")
    for system in systems:
        table.add_column(Text(system.name), justify="right", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, _part_cells(row) if isinstance(row, PartScores) else _coverage_cells(row)))
    console = Console(highlight=False)
    console.print()
    console.print(table)
    if by != "coverage" and len(systems) > 1:
        console.print(
            f"In brackets: difference from {systems[0].name}; * where its p is below 0.05 after Holm's correction for "
            "this table.",
            markup=False,
        )


def _part_cells(row: PartScores) -> list[str]:
    from instructerc.evaluation.percent import percent, signed_percent

    first, *others = row.weighted_f1
    compared = [
        f"{percent(score)} ({signed_percent(one.bootstrap.difference)}{'*' if one.significant else ''})"
        for score, one in zip(others, row.against, strict=True)
    ]
    return [row.group, str(row.n_utterances), percent(first), *compared]


def _coverage_cells(row: CoverageScores) -> list[str]:
    from instructerc.evaluation.percent import percent

    return [f"{percent(row.coverage, 0)} %", *map(percent, row.accuracy)]


def _scores_table(source: str, scores: Sequence[SystemScores]) -> Table:
    from rich.text import Text

    from instructerc.evaluation.percent import percent

    table = _table(Text(f"{source}, {scores[0].n_utterances} utterances scored"))
    table.add_column("run", overflow="fold")
    # One seed tells nothing of others.
    several = any(one.weighted_f1.interval for one in scores)
    over_seeds = ("over seeds",) if several else ()
    for name in ("weighted F1", "95 % interval", "seeds", "sd", *over_seeds, "macro", "accuracy", "calibration"):
        table.add_column(name, justify="right")
    for one in scores:
        spread = one.weighted_f1
        table.add_row(
            *(Text(one.name), percent(spread.mean), _interval(one.interval), str(len(one.seeds))),
            "–" if spread.sd is None else percent(spread.sd),
            *((_interval(spread.interval),) if several else ()),
            *(percent(one.macro_f1), percent(one.accuracy), percent(one.calibration_error)),
        )
    return table


def _against_table(against: Sequence[Against]) -> Table:
    from rich.text import Text

    from instructerc.evaluation.percent import signed_percent
    from instructerc.evaluation.significance import format_p

    table = _table(Text(f"weighted F1 against {against[0].reference}"))
    table.add_column("run", overflow="fold")
    for name in ("difference", "95 % interval", "p", "McNemar's p"):
        table.add_column(name, justify="right")
    table.add_column("")
    for one in against:
        found: Comparison = one.bootstrap
        interval = (
            "–"
            if found.interval is None
            else f"{signed_percent(found.interval[0])} to {signed_percent(found.interval[1])}"
        )
        p_values = format_p(one.corrected_p), format_p(one.mcnemar.p_value)
        verdict = "significant" if one.significant else "not significant"
        table.add_row(*(Text(one.name), signed_percent(found.difference), interval, *p_values, verdict))
    return table


def _table(title: Text) -> Table:
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")


def _interval(interval: tuple[float, float] | None) -> str:
    from instructerc.evaluation.percent import percent

    return "–" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"
