"""A table as Markdown, our figures beside the published ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from instructerc.evaluation.significance import format_p
from instructerc.experiments.jobs import Job, Wanted
from instructerc.experiments.rows import Row
from instructerc.experiments.tables import Table, TableCorpus


def render_markdown(
    table: Table, wanted: Wanted, jobs: Sequence[Job], summaries: Sequence[Row], left_out: Mapping[str, str]
) -> str:
    """Returns the table with ours beside what was published, figures in percent."""
    against = f" against {table.reference} |" if table.reference else ""
    lines = [
        f"# {table.title}",
        "",
        f"Table `{table.name}`, backbone `{wanted.backbone}`. Weighted F1 in percent, test split; the epoch is chosen "
        "on development, and test is read once for each trained model. Mean and standard deviation over seeds.",
        *(["", "Changed: " + ", ".join(f"`{change}`" for change in wanted.changes)] if wanted.changes else []),
        "",
        f"| row | corpus | ours | seeds | development |{against} published |",
        "|---" * (7 if against else 6) + "|",
    ]
    found = {(row["row"], row["corpus"], row["recipe"]): row for row in summaries}
    rows, columns = [row.name for row in table.rows], [corpus.name for corpus in table.corpora]
    cells = [(job, corpus) for job in jobs for corpus in job.corpora]
    for job, corpus in sorted(cells, key=lambda one: (rows.index(one[0].row.name), columns.index(one[1].name))):
        summary = found.get((job.row.name, corpus.name, job.recipe.name))
        lines.append(_markdown_row(job, corpus, summary, bool(against)))
    lines += ["", *(f"- Left out: {name}: {reason}" for name, reason in left_out.items())]
    lines += [f"- {note}" for note in table.notes]
    if table.reference:
        lines.append(
            f"- Against {table.reference}: difference of weighted F1 with its 95 % interval and p, paired bootstrap "
            "over dialogues, the seeds of both rows together; p after Holm's correction for all rows on one corpus."
        )
    return "\n".join(lines) + "\n"


def _markdown_row(job: Job, corpus: TableCorpus, summary: Row | None, compared: bool) -> str:
    name = f"{job.row.name} ({' + '.join(one.name for one in job.corpora)})" if job.row.joint else job.row.name
    name += f": {job.row.about}" if job.row.about else ""
    printed = [
        f"{one.weighted_f1[corpus.name]:.2f} ({one.backbone}; {one.source})"
        for one in job.row.published
        if corpus.name in one.weighted_f1
    ]
    notes = [corpus.test] if corpus.test else []
    cells = ["–", "–", "–"]
    if summary:
        notes.append(f"{summary['n_utterances']} scored")
        spread = f" ± {100 * summary['sd']:.2f}" if summary["sd"] is not None else ""
        cells[0] = f"{100 * summary['weighted_f1']:.2f}{spread}"
        cells[1] = ", ".join(map(str, summary["seeds"]))
        cells[2] = f"{100 * summary['dev_weighted_f1']:.2f}"
    if compared:
        cells.append(_difference(summary["against"] if summary else None))
    corpus_cell = f"{corpus.name} ({'; '.join(notes)})" if notes else corpus.name
    cells = [name, corpus_cell, *cells, "; ".join(printed) or "–"]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _difference(against: Row | None) -> str:
    if against is None:
        return "–"
    text = f"{100 * against['difference']:+.2f}"
    if against["interval"] is not None:
        low, high = against["interval"]
        text += f" ({100 * low:+.2f} to {100 * high:+.2f}, p {format_p(against['corrected_p'])})"
    return text
