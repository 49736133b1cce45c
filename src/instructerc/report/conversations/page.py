"""The page: what stands in front, the filters, and the places that the script fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from instructerc.labels import LabelSet, affect_of
from instructerc.leaderboard.site.markup import Markup, join, tag
from instructerc.recognition.language import language_name
from instructerc.report.conversations.collect import ReportTalk, ReportTurn, count_of
from instructerc.report.conversations.periods import Periods
from instructerc.report.document import read_asset, render_document
from instructerc.report.looks import label_style, looks_of

_SCRIPTS = ("data.js", "parts.js", "talks.js", "main.js")
_CONFIDENCES = {"0-1": "any", "0.8-1": "80 % or more", "0.5-1": "50 % or more", "0-0.5": "50 % or less"}
_BY = {
    "day": "Emotions by day",
    "week": "Emotions by week",
    "month": "Emotions by month",
    "day of the chat": "Emotions by day",
    "conversations": "Emotions from the first conversation to the last",
    "turns": "Emotions from the first turn to the last",
}
_BY_NOTE = {
    "day of the chat": "Days are counted from the first message of each chat.",
    "conversations": "No conversation has a date in its name or its file's name, so the files' order counts.",
}


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a report says of itself.

    Attributes:
        title: its heading.
        model: that answered.
        languages: that the model reads, as ISO 639-1 codes.
        calibrated: whether its confidence was fitted for these labels.
        n_files: that were read.
        made_on: the day.
        tables: names of the files beside it.
        notes: what was left out or repaired.
        unsure_below: probability below which a turn has no label; 0 where each has one.
        domain: kind of talk that the model takes every text for; empty where it is told none.
    """

    title: str
    model: str
    languages: Sequence[str]
    calibrated: bool
    n_files: int
    made_on: date
    tables: Sequence[str]
    notes: Sequence[str] = ()
    unsure_below: float = 0.0
    domain: str = ""


def render_report(talks: Sequence[ReportTalk], periods: Periods, label_set: LabelSet, facts: ReportFacts) -> str:
    """Returns the report about conversations as one HTML document."""
    looks = looks_of(label_set)
    body = join(_header(talks, facts), _filters(periods), _main(periods, facts))
    script = "\n".join(read_asset(f"conversations/assets/{name}") for name in _SCRIPTS)
    return render_document(
        facts.title,
        body,
        style=label_style(looks) + read_asset("conversations/assets/style.css"),
        script=script,
        data={
            "labels": [{"name": look.label, "code": look.code} for look in looks],
            "order": _stack_order(label_set),
            **_turn_data(talks, periods),
        },
    )


def _header(talks: Sequence[ReportTalk], facts: ReportFacts) -> Markup:
    n_turns = sum(len(talk.turns) for talk in talks)
    about = [
        count_of(facts.n_files, "file"),
        count_of(len(talks), "conversation"),
        count_of(n_turns, "turn"),
        f"model {facts.model}",
        f"{facts.made_on:%d %B %Y}".lstrip("0"),
    ]
    *names, last = [*map(language_name, facts.languages)] or [""]
    known = f"{', '.join(names)} and {last}" if names else last
    told = f" and treats it as {facts.domain}" if facts.domain else ""
    limits = (
        f"The model reads {known}{told}. " if known else ""
    ) + "Emotions are guessed from words alone; not a judgement of people."
    if not facts.calibrated:
        limits += " Confidence is less well calibrated for these labels."
    if facts.unsure_below:
        limits += f" A turn whose first label has less than {100 * facts.unsure_below:.0f} % is unsure."
    notes = tag("ul", [tag("li", note) for note in facts.notes], class_="small muted") if facts.notes else None
    return tag(
        "header",
        tag("h1", facts.title, dir="auto"),
        tag("p", " · ".join(about), class_="muted"),
        tag("p", limits, class_="muted"),
        notes,
        tag("noscript", tag("p", f"Without JavaScript, read {' and '.join(facts.tables)} beside this file.")),
    )


def _filters(periods: Periods) -> Markup:
    every = tag("option", "all", value="")
    period = {"conversations": "Conversations", "turns": "Turns"}.get(periods.kind, periods.kind.capitalize())
    confidences = [tag("option", name, value=value) for value, name in _CONFIDENCES.items()]
    return tag(
        "form",
        tag("label", "Words", tag("input", type="search", name="words", autocomplete="off"), class_="words"),
        tag("label", "Speaker", tag("select", every, name="speaker")),
        tag("label", "Emotion", tag("select", every, name="label")),
        tag("label", period, tag("select", every, name="period")),
        tag("label", "Confidence", tag("select", confidences, name="confidence")),
        tag("label", tag("input", type="checkbox", name="turning"), "Shifts only", class_="check"),
        tag("button", "Clear", type="reset"),
        tag("p", id="said", class_="said", role="status"),
        id="filters",
        class_="filters controls",
        role="search",
        aria_label="Filter the report",
        hidden=True,
    )


def _main(periods: Periods, facts: ReportFacts) -> Markup:
    sections = [
        ("shares", "Emotions", ""),
        ("periods", _BY[periods.kind], _BY_NOTE.get(periods.kind, "")),
        (
            "talks",
            "Conversations, by where moods turned",
            "A shift is a turn whose emotion differs from the speaker's last one. “Turned by” says how far the "
            "speaker's mood moves there and stays: the model's probabilities in up to three turns before are compared "
            "with those in up to three turns from there on.",
        ),
        ("points", "Turning points", "The strongest ones first, each with what the speaker had said before."),
        ("speakers", "Speakers", "The pattern over time shows the shares of emotions; gaps are without turns."),
        ("least", "Least certain turns", "Where a person's look is worth most."),
    ]
    parts = [
        tag(
            "section",
            tag("h2", title, id=f"{name}-title"),
            tag("p", note, class_="muted small") if note else None,
            tag("div", id=name),
            aria_labelledby=f"{name}-title",
        )
        for name, title, note in sections
    ]
    beside = tag(
        "p", f"Every turn, and every conversation, as a table: {', '.join(facts.tables)}.", class_="muted small"
    )
    return tag("main", parts, tag("footer", beside), id="main", tabindex="-1")


def _turn_data(talks: Sequence[ReportTalk], periods: Periods) -> dict[str, Any]:
    """Returns the turns as columns: they are smaller than objects."""
    speakers: dict[str, int] = {}
    columns: dict[str, list[Any]] = {name: [] for name in ("talk", "number", "speaker", "period")}
    turns: list[ReportTurn] = []
    for place, (talk, of_turns) in enumerate(zip(talks, periods.of_turns, strict=True)):
        for number, (turn, period) in enumerate(zip(talk.turns, of_turns, strict=True), 1):
            turns.append(turn)
            columns["talk"].append(place)
            columns["number"].append(number)
            columns["speaker"].append(speakers.setdefault(turn.speaker, len(speakers)))
            columns["period"].append(period)
    for name in ("best", "second", "shift_from", "language", "text"):
        columns[name] = [getattr(turn, name) for turn in turns]
    for name in ("confidence", "second_confidence", "strength"):
        columns[name] = [round(1000 * getattr(turn, name)) for turn in turns]
    columns["unsure"] = [int(turn.unsure) for turn in turns]
    return {
        "talks": [{"name": talk.name, "file": talk.file} for talk in talks],
        "speakers": list(speakers),
        "periods": {"kind": periods.kind, "names": periods.names},
        "turns": columns,
    }


def _stack_order(label_set: LabelSet) -> list[int]:
    """Returns the labels from unpleasant to pleasant, as far as that is known; what is unsure stands last."""
    affects = [affect_of(label, label_set) for label in label_set.names]
    valences = [0.0 if affect is None else affect.valence for affect in affects]
    return [*sorted(range(len(valences)), key=valences.__getitem__), len(valences)]
