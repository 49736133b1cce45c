"""An evaluation as tables for a person; imports rich, so it is imported where it is needed."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from instructerc.evaluation.evaluation import Evaluation
from instructerc.evaluation.percent import percent


def render_report(evaluation: Evaluation, *, title: str = "") -> Group:
    """Returns the summary, the scores of each label and the confusion matrix, percentages to two decimals.

    Example:
        >>> from rich.console import Console
        >>> Console().print(render_report(evaluation))  # doctest: +SKIP
    """
    parts = [_summary(evaluation, title), _per_class(evaluation), _confusion_matrix(evaluation)]
    return Group(*(piece for part in parts for piece in (part, Text())), *_notes(evaluation))


def _summary(evaluation: Evaluation, title: str) -> Table:
    table = Table(title=Text(title) if title else None, show_header=False, title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("note", style="dim")
    interval = evaluation.weighted_f1_interval
    table.add_row(
        "weighted F1",
        percent(evaluation.weighted_f1),
        "" if interval is None else f"95 % interval {percent(interval[0])} to {percent(interval[1])}",
    )
    table.add_row("macro F1", percent(evaluation.macro_f1), "")
    if evaluation.micro_f1_without_neutral is not None:
        table.add_row("micro F1", percent(evaluation.micro_f1_without_neutral), Text(f"without {evaluation.neutral}"))
    table.add_row("accuracy", percent(evaluation.accuracy), "" if evaluation.abstained else "also micro F1")
    if evaluation.abstained:
        table.add_row("micro F1", percent(evaluation.micro_f1), "a turn without an answer is a miss only")
    if evaluation.expected_calibration_error is not None:
        chance = percent(evaluation.calibration_error_by_chance or 0.0)
        table.add_row(
            "calibration error",
            percent(evaluation.expected_calibration_error),
            f"15 bins; {chance} if every confidence were true",
        )
    if evaluation.brier is not None:
        table.add_row("Brier score", f"{evaluation.brier:.4f}", "0 to 2, lower is better")
    if evaluation.negative_log_likelihood is not None:
        table.add_row("log loss", f"{evaluation.negative_log_likelihood:.4f}", "nats, lower is better")
    return table


def _per_class(evaluation: Evaluation) -> Table:
    table = Table(title="per label", title_justify="left")
    table.add_column("label")
    for name in ("precision", "recall", "F1", "support", "predicted"):
        table.add_column(name, justify="right")
    for row in evaluation.per_class:
        shares = map(percent, (row.precision, row.recall, row.f1))
        table.add_row(Text(row.label), *shares, str(row.support), str(row.predicted))
    return table


def _confusion_matrix(evaluation: Evaluation) -> Table:
    table = Table(title="gold label by row, answer by column", title_justify="left")
    table.add_column("")
    for label in evaluation.labels:
        table.add_column(Text(label), justify="right")
    if evaluation.abstained:
        table.add_column("no answer", justify="right")
    for i, (row, cells) in enumerate(zip(evaluation.per_class, evaluation.confusion_matrix, strict=True)):
        texts = [Text(str(cell), style="bold" if i == j else "") for j, cell in enumerate(cells)]
        if evaluation.abstained:
            texts.append(Text(str(row.abstained)))
        table.add_row(Text(row.label), *texts)
    return table


def _notes(evaluation: Evaluation) -> list[Text]:
    notes = [f"utterances scored: {evaluation.n_utterances}, in conversations: {evaluation.n_conversations}"]
    if evaluation.n_unlabelled:
        notes.append(f"left out without a gold label: {evaluation.n_unlabelled}")
    if evaluation.n_ignored:
        notes.append(f"left out with a gold label that is not scored: {evaluation.n_ignored}")
    if evaluation.abstained:
        notes.append(
            f"without an answer, counted as misses: {evaluation.abstained} ({percent(evaluation.coverage)} % answered)"
        )
    return [Text(note) for note in notes]
