"""The page about runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from instructerc.evaluation.runs import Against, System, SystemScores, compare_systems, score_system
from instructerc.leaderboard.board import Board, Ranked
from instructerc.leaderboard.entry import CONTEXTS, STATUSES
from instructerc.leaderboard.site.markup import Markup, join, tag
from instructerc.report.document import read_asset, render_document
from instructerc.report.plots import Plot
from instructerc.report.runs.errors import SaidTurn, WorstError, worst_errors
from instructerc.report.runs.figures import draw_system, draw_together
from instructerc.report.runs.published import published_beside

N_ERRORS = 20


@dataclass(frozen=True)
class RunsReport:
    """A report about runs.

    Attributes:
        html: the page.
        plots: those in it.
        scores: what each system reaches.
        against: each system but the first against the first.
    """

    html: str
    plots: tuple[Plot, ...]
    scores: tuple[SystemScores, ...]
    against: tuple[Against, ...]


def build_runs_report(systems: Sequence[System], board: Board, title: str, made_on: date) -> RunsReport:
    """Returns a report about systems that answered the same utterances; each one's plots are of its first seed.

    Raises:
        InputError: systems that did not answer the same utterances, or none with a gold label.
        LabelError: systems with other labels.
    """
    scores = tuple(map(score_system, systems))
    against = tuple(compare_systems(systems)) if len(systems) > 1 else ()
    own = [list(draw_system(system, number)) for number, system in enumerate(systems, 1)]
    together = list(draw_together(systems))
    about = systems[0].runs[0].about
    beside = published_beside(systems[0].runs[0], board)
    first = scores[0]
    facts = [about.source, f"{first.n_utterances:,} utterances with a gold label", f"label set {about.label_set}"]
    header = tag(
        "header",
        tag("h1", title, dir="auto"),
        tag("p", " · ".join([*facts, f"{made_on:%d %B %Y}".lstrip("0")]), class_="muted"),
    )
    sections = [
        _section("results", "Results", _results(scores), _comparison(against)),
        None
        if beside is None
        else _section("published", "Beside published results", *_published(*beside, systems, scores)),
        _section("labels", "Labels", *map(_figure, together[:1])),
        _section("confusion", "Confusion", *(_figure(plot) for plots in own for plot in plots)),
        _section("confidence", "Confidence", *map(_figure, together[1:3])),
        _section("where", "Where models are right", *map(_figure, together[3:6])),
        _section("learning", "Learning", *map(_figure, together[6:])) if together[6:] else None,
        _section("errors", "Worst errors", *(_errors(system, len(systems) > 1) for system in systems)),
        _section("made", "How the runs were made", *map(_made, systems)),
    ]
    body = join(header, tag("main", [one for one in sections if one is not None], id="main", tabindex="-1"))
    html = render_document(title, body, style=read_asset("runs/assets/style.css"))
    return RunsReport(html, tuple(plot for plots in (*own, together) for plot in plots), scores, against)


def _section(name: str, title: str, *content: Markup | None) -> Markup:
    parts = [part for part in content if part is not None]
    return tag(
        "section",
        tag("h2", title, id=f"{name}-title"),
        tag("div", parts, class_="flow"),
        aria_labelledby=f"{name}-title",
    )


def _figure(plot: Plot) -> Markup:
    return tag("figure", plot.svg, tag("figcaption", plot.title))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str | Markup]], caption: str, numbers: range) -> Markup:
    head = [
        tag("th", name, scope="col", class_="number" if place in numbers else None) for place, name in enumerate(heads)
    ]
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            [tag("td", cell, class_="number" if place in numbers else None) for place, cell in enumerate(row[1:], 1)],
        )
        for row in rows
    ]
    named = tag("thead", tag("tr", head)) if any(heads) else None
    table = tag("table", tag("caption", caption), named, tag("tbody", body))
    return tag("div", table, class_="wide", tabindex="0", role="group", aria_label=caption)


def _results(scores: Sequence[SystemScores]) -> Markup:
    heads = ("run", "weighted F1", "95 % interval", "seeds", "sd", "macro F1", "accuracy", "calibration error")
    rows = [
        (
            one.name,
            *(_percent(one.weighted_f1.mean), _interval(one.interval), str(len(one.seeds))),
            *("–" if one.weighted_f1.sd is None else _percent(one.weighted_f1.sd), _percent(one.macro_f1)),
            *(_percent(one.accuracy), _percent(one.calibration_error)),
        )
        for one in scores
    ]
    return _table(heads, rows, "Figures in percent; intervals by bootstrap over conversations", range(1, 8))


def _comparison(against: Sequence[Against]) -> Markup | None:
    if not against:
        return None
    heads = ("run", "difference", "95 % interval", "p", "McNemar's p", "verdict")
    rows = [
        (
            one.name,
            f"{100 * one.bootstrap.difference:+.2f}",
            _interval(one.bootstrap.interval),
            "–" if one.corrected_p is None else f"{one.corrected_p:.3f}",
            f"{one.mcnemar.p_value:.3f}",
            "significant" if one.significant else "not significant",
        )
        for one in against
    ]
    caption = f"Weighted F1 against {against[0].reference}; p by bootstrap over conversations, after Holm's correction"
    return _table(heads, rows, caption, range(1, 5))


def _published(
    title: str, ranking: Sequence[Ranked], systems: Sequence[System], scores: Sequence[SystemScores]
) -> list[Markup]:
    rows: list[tuple[float, tuple[str | Markup, ...]]] = [
        (
            one.entry.value,
            (
                one.entry.model,
                f"{one.entry.value:.2f}",
                CONTEXTS[one.entry.context],
                STATUSES[one.entry.status],
                str(one.entry.year),
            ),
        )
        for one in ranking
    ]
    for system, score in zip(systems, scores, strict=True):
        context = "past only" if system.runs[0].about.context == "past" else "later turns too"
        value = 100 * score.weighted_f1.mean
        rows.append((value, (tag("strong", system.name), tag("strong", f"{value:.2f}"), context, "this report", "")))
    rows.sort(key=lambda row: -row[0])
    note = "Compare like with like: models that read later turns are told more."
    heads = ("model", "weighted F1", "turns it reads", "figure", "year")
    return [
        tag("p", note, class_="muted small"),
        _table(heads, [row for _, row in rows], f"{title}: weighted F1, percent", range(1, 2)),
    ]


def _errors(system: System, several: bool) -> Markup:
    run = system.runs[0]
    items = [_error(one) for one in worst_errors(run, N_ERRORS)]
    note = (
        None
        if run.texts
        else tag(
            "p",
            "The run holds no text; `instructerc evaluate --output DIR` keeps it unless --no-texts is given.",
            class_="muted small",
        )
    )
    head = tag("h3", system.name) if several else None
    return tag("div", head, note, tag("ol", items, class_="errors") if items else tag("p", "None.", class_="muted"))


def _error(one: WorstError) -> Markup:
    *before, target = one.turns
    shown = [
        tag("li", tag("q", shown.text, dir="auto"), f" {shown.label}, similarity {shown.similarity:.2f}")
        for shown in one.demonstrations
    ]
    return tag(
        "li",
        tag("p", f"{one.conversation}, turn {target.number}", class_="muted small"),
        [tag("p", _said(turn), class_="before") for turn in before],
        tag("p", _said(target)),
        tag(
            "p",
            tag("strong", one.answer),
            f" {_percent(one.confidence, 0)} %, gold ",
            tag("strong", one.gold),
            f" {_percent(one.gold_probability, 0)} %",
        ),
        tag("details", tag("summary", "Demonstrations"), tag("ul", shown), class_="small") if shown else None,
    )


def _said(turn: SaidTurn) -> list[str | Markup]:
    gold = "" if turn.gold is None else f" ({turn.gold})"
    return [
        tag("b", turn.speaker, dir="auto"),
        ": ",
        tag("span", turn.text or "", dir="auto"),
        tag("span", gold, class_="muted"),
    ]


def _made(system: System) -> Markup:
    run = system.runs[0]
    facts = {
        "model": run.about.model,
        "kind": run.about.kind,
        "trained from": run.about.base,
        "recipe": run.about.recipe,
        "wording": run.about.wording,
        "history": run.about.history,
        "made by": f"instructerc {run.about.made_by}, {run.about.date}",
        "seeds": ", ".join(str(one.about.seed) for one in system.runs if one.about.seed is not None) or None,
        "commit": str(run.environment.get("commit") or "") or None,
        "device": str(run.environment.get("device") or "") or None,
    }
    rows = [(name, value) for name, value in facts.items() if value]
    return _table(("", ""), rows, system.name, range(0))


def _interval(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else f"{_percent(interval[0])} to {_percent(interval[1])}"


def _percent(fraction: float, decimals: int = 2) -> str:
    return f"{100 * fraction:.{decimals}f}"
