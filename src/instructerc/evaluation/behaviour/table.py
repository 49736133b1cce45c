"""A behaviour report as tables for a person; imports rich, so it is imported where it is needed."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from instructerc.evaluation.behaviour.run import KINDS, BehaviourReport, Outcome, Rate
from instructerc.evaluation.percent import percent


def render_behaviour(report: BehaviourReport, *, title: str = "", failures: bool = False) -> Group:
    """Returns the pass rates by capability and by change in percent, and the failures where they are asked for."""
    parts: list[Table | Text] = [_capabilities(report, title), Text()]
    if report.invariances():
        parts += [_invariances(report), Text()]
    if failures:
        parts += [_failure(outcome) for outcome in report.failures]
    parts.append(Text(f"checks: {len(report.outcomes)}, not passed: {len(report.failures)}"))
    return Group(*parts)


def _capabilities(report: BehaviourReport, title: str) -> Table:
    table = Table(title=Text(title) if title else None, title_justify="left")
    table.add_column("capability", no_wrap=True)
    for name in ("checks", *KINDS, *report.splits, "pass rate"):
        table.add_column(name, justify="right")
    for name in report.capabilities:
        rates = report.rates(name)
        shown = [str(sum(rate.total for rate in rates.values()))]
        shown += [_percent(rates[kind].share if kind in rates else None) for kind in KINDS]
        by_split = [_percent(report.rate(name, split)) for split in report.splits]
        table.add_row(Text(name), *shown, *by_split, _percent(report.rate(name)))
    table.add_section()
    means = [_percent(report.pass_rate(split)) for split in report.splits]
    table.add_row(
        "mean over capabilities", *("" for _ in ("checks", *KINDS)), *means, Text(_percent(report.pass_rate()), "bold")
    )
    return table


def _invariances(report: BehaviourReport) -> Table:
    table = Table(title="labels that a change of no meaning changes", title_justify="left")
    table.add_column("change")
    for name in ("turns", "changed", *report.splits, "percent"):
        table.add_column(name, justify="right")
    by_split = {split: report.invariances(split) for split in report.splits}
    for change, rate in report.invariances().items():
        shown = [_changed(by_split[split].get(change)) for split in report.splits]
        table.add_row(Text(change), str(rate.total), str(rate.total - rate.passed), *shown, _changed(rate))
    return table


def _failure(outcome: Outcome) -> Text:
    check = outcome.check
    said = " / ".join(f"{turn.speaker}: {turn.text}" for turn in check.conversation.utterances[: check.target + 1])
    if check.kind == "MFT":
        wanted = " or ".join(check.expect) or f"not {' nor '.join(check.reject)}"
        found = f"{outcome.answer} {_percent(outcome.probability)}, wanted {wanted}"
    elif check.kind == "INV":
        found = f"{outcome.answer} became {outcome.answer_changed}"
    else:
        way = "rise" if check.rises else "fall"
        found = (
            f"{check.label} {_percent(outcome.probability)} to {_percent(outcome.probability_changed)}, wanted to {way}"
        )
    if check.changed is not None:
        said += f" → {check.changed.utterances[check.target].text}"
    return Text(f"{check.id} ({check.split}): {found}: {said}")


def _changed(rate: Rate | None) -> str:
    return "" if rate is None else f"{100 * (1 - rate.share):.1f}"


def _percent(share: float | None) -> str:
    return percent(share, 1)
