"""The page about runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from instructerc.evaluation.percent import percent
from instructerc.evaluation.runs import SEEDS_NOTE, Against, Run, System, SystemScores, compare_systems, score_system
from instructerc.evaluation.significance import format_p
from instructerc.leaderboard.board import Board
from instructerc.leaderboard.entry import CONTEXTS, METRICS, Entry, format_size
from instructerc.leaderboard.site.markup import Markup, join, tag
from instructerc.report.document import read_asset, render_document
from instructerc.report.plots import Plot
from instructerc.report.runs.errors import SaidTurn, WorstError, worst_errors
from instructerc.report.runs.figures import draw_system, draw_together
from instructerc.report.runs.published import PublishedResults, published_beside
from instructerc.report.runs.tables import draw_parts, draw_table

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
    beside = published_beside(systems[0], board)
    first = scores[0]
    facts = [about.source, f"{first.n_utterances:,} utterances with a gold label", f"label set {about.label_set}"]
    header = tag(
        "header",
        tag("h1", title, dir="auto"),
        tag("p", " · ".join([*facts, f"{made_on:%d %B %Y}".lstrip("0")]), class_="muted"),
    )
    sections = [
        _section("results", "Results", _results(scores), *_comparison(against), _first_seed(systems)),
        None
        if beside is None
        else _section("published", "Beside published results", *_published(beside, systems, scores)),
        _section("labels", "Labels", *map(_figure, together[:1])),
        _section("confusion", "Confusion", *(_figure(plot) for plots in own for plot in plots)),
        _section("confidence", "Confidence", *map(_figure, together[1:3])),
        _section("where", "Where models are right", *map(_figure, together[3:6]), *draw_parts(systems)),
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


def _results(scores: Sequence[SystemScores]) -> Markup:
    # One seed tells nothing of others.
    several = any(one.weighted_f1.interval for one in scores)
    over_seeds = ("95 % over seeds",) if several else ()
    heads = (
        "run",
        "weighted F1",
        "95 % interval",
        "seeds",
        "sd",
        *over_seeds,
        "macro F1",
        "accuracy",
        "calibration error",
    )
    rows = [
        (
            one.name,
            *(percent(one.weighted_f1.mean), _interval(one.interval), str(len(one.seeds))),
            "–" if one.weighted_f1.sd is None else percent(one.weighted_f1.sd),
            *((_interval(one.weighted_f1.interval),) if several else ()),
            *(percent(one.macro_f1), percent(one.accuracy), percent(one.calibration_error)),
        )
        for one in scores
    ]
    return draw_table(
        heads, rows, "Figures in percent; intervals by bootstrap over conversations", range(1, len(heads))
    )


def _first_seed(systems: Sequence[System]) -> Markup | None:
    """Returns what a reader of tables and plots has to know where a system has several seeds."""
    if all(len(system.runs) == 1 for system in systems):
        return None
    text = (
        "Tables have the mean over a run's seeds. Its plots, its confusion matrix and its worst errors are of its "
        "first seed alone; learning curves are of every seed."
    )
    return tag("p", text, class_="muted small")


def _comparison(against: Sequence[Against]) -> list[Markup]:
    if not against:
        return []
    heads = ("run", "difference", "95 % interval", "p", "McNemar's p", "verdict")
    rows = [
        (
            one.name,
            f"{100 * one.bootstrap.difference:+.2f}",
            _interval(one.bootstrap.interval),
            format_p(one.corrected_p),
            format_p(one.mcnemar.p_value),
            "significant" if one.significant else "not significant",
        )
        for one in against
    ]
    caption = f"Weighted F1 against {against[0].reference}; p by bootstrap over conversations, after Holm's correction"
    return [draw_table(heads, rows, caption, range(1, 5)), tag("p", SEEDS_NOTE, class_="muted small")]


def _published(beside: PublishedResults, systems: Sequence[System], scores: Sequence[SystemScores]) -> list[Markup]:
    rows = [(entry.value, _published_row(entry)) for entry in beside.entries]
    for system, score in zip(systems, scores, strict=True):
        spread = score.spread_of(beside.metric)
        if spread is not None:
            rows.append((100 * spread.mean, _own_row(system, 100 * spread.mean)))
    rows.sort(key=lambda row: -row[0])
    metric = METRICS[beside.metric]
    note = "Compare like with like: models that read later turns are told more."
    heads = ("model", "backbone", "size", metric, "turns it reads", "figure", "year")
    return [
        tag("p", note, class_="muted small"),
        draw_table(heads, [row for _, row in rows], f"{beside.title}: {metric}, percent", range(2, 4)),
    ]


def _published_row(entry: Entry) -> tuple[str | Markup, ...]:
    size = format_size(entry.params_millions) or "–"
    about = (CONTEXTS[entry.context], entry.standing, str(entry.year))
    return entry.model, entry.backbone or "–", size, f"{entry.value:.2f}", *about


def _own_row(system: System, value: float) -> tuple[str | Markup, ...]:
    about = system.runs[0].about
    context = "past only" if about.context == "past" else "later turns too"
    size = "–" if about.parameters is None else format_size(round(about.parameters / 1_000_000, 1))
    return (
        *(tag("strong", system.name), about.base or about.kind, size),
        *(tag("strong", f"{value:.2f}"), context, "this report", ""),
    )


def _errors(system: System, several: bool) -> Markup:
    run = system.runs[0]
    head = tag("h3", system.name) if several else None
    if run.texts is None:
        text = "The run holds no text; `instructerc evaluate --output DIR` keeps it unless --no-texts is given."
        return tag("div", head, tag("p", text, class_="muted small"))
    items = [_error(one) for one in worst_errors(run, N_ERRORS)]
    return tag("div", head, tag("ol", items, class_="errors") if items else tag("p", "None.", class_="muted"))


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
            f" {percent(one.confidence, 0)} %, gold ",
            tag("strong", one.gold),
            f" {percent(one.gold_probability, 0)} %",
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
        "commit": _commit(run),
        "device": str(run.environment.get("device") or "") or None,
        "processor": str(run.environment.get("processor") or "") or None,
    }
    rows = [(name, value) for name, value in facts.items() if value]
    return draw_table(("", ""), rows, system.name, range(0))


def _commit(run: Run) -> str | None:
    commit = str(run.environment.get("commit") or "")
    return (
        f"{commit}, with changes that are in no commit" if commit and run.environment.get("changed") else commit or None
    )


def _interval(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"
