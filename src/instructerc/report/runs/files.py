"""What stands beside a report about runs: its plots as SVG and PNG, and its figures as a table."""

from __future__ import annotations

import csv
from pathlib import Path

from instructerc.errors import MissingExtra
from instructerc.report.plots import Plot
from instructerc.report.runs.page import RunsReport

_ZOOM = 2


def write_plots(plots: tuple[Plot, ...], folder: Path) -> list[Path]:
    """Writes each plot as SVG, and as PNG where that can be made; returns the files.

    Without the extra `report`, there are no PNG files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for plot in plots:
        text = plot.standalone()
        written.append(folder / f"{plot.name}.svg")
        written[-1].write_text(text, encoding="utf-8")
        try:
            picture = draw_picture(text)
        except MissingExtra:
            continue
        written.append(folder / f"{plot.name}.png")
        written[-1].write_bytes(picture)
    return written


def draw_picture(svg: str) -> bytes:
    """Returns a drawing as PNG, at twice its size.

    Raises:
        MissingExtra: without what draws it.
    """
    try:
        from resvg_py import svg_to_bytes
    except ModuleNotFoundError as error:
        raise MissingExtra("a plot as PNG", "report") from error
    return bytes(svg_to_bytes(svg_string=svg, zoom=_ZOOM))


def write_scores(report: RunsReport, path: Path) -> None:
    """Writes a row a system, with its figures as fractions."""
    against = {one.name: one for one in report.against}
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        columns = (
            "run",
            "seeds",
            "utterances",
            "weighted_f1",
            "low",
            "high",
            "sd",
            "macro_f1",
            "accuracy",
            "calibration_error",
        )
        writer.writerow((*columns, "difference", "p", "significant"))
        for one in report.scores:
            low, high = one.interval or ("", "")
            versus = against.get(one.name)
            compared = (
                ("", "", "")
                if versus is None
                else (versus.bootstrap.difference, versus.corrected_p, versus.significant)
            )
            spread = one.weighted_f1
            own = (one.name, len(one.seeds), one.n_utterances, spread.mean, low, high, spread.sd)
            writer.writerow((*own, one.macro_f1, one.accuracy, one.calibration_error, *compared))
