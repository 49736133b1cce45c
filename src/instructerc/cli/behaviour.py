"""`instructerc evaluate --behaviour`: a model against a suite of what it must get right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from instructerc.cli.shared.flags import ModelFlags, ReportFormat
from instructerc.cli.shared.progress import Progress
from instructerc.cli.shared.writers import check_output
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.conversation import Conversation
    from instructerc.evaluation.behaviour import BehaviourReport
    from instructerc.labels import LabelSet
    from instructerc.recognition import Recognition, Recognizer


@dataclass(frozen=True)
class BehaviourOutput:
    """What is printed and written.

    Attributes:
        format: tables or JSON.
        file: where every check goes, as JSONL; None for nowhere.
        failures: whether the checks that are not passed are listed.
    """

    format: ReportFormat
    file: Path | None
    failures: bool


@dataclass(frozen=True)
class _Watched:
    """A recognizer whose work is shown."""

    recognizer: Recognizer

    @property
    def label_set(self) -> LabelSet:
        return self.recognizer.label_set

    def recognize_many(self, conversations: Iterable[Conversation]) -> Iterator[Sequence[Recognition]]:
        asked = list(conversations)
        with Progress(total=sum(map(len, asked))) as progress:
            for answers in self.recognizer.recognize_many(asked):
                progress.advance(len(answers))
                yield answers


def evaluate_behaviour(folder: Path, split: str | None, model: ModelFlags, output: BehaviourOutput) -> None:
    """Runs a suite and prints its pass rates.

    Raises:
        InputError: a suite that cannot be read, or a split that it does not have.
        LabelError: a model without the suite's labels.
    """
    from instructerc.evaluation.behaviour import read_suite, run_suite

    if split == "train":
        raise InputError("a behaviour suite has only the splits dev and test; give one of them")
    check_output(output.file, [])
    checks = read_suite(folder, split)
    recognizer = model.load()
    report = run_suite(checks, _Watched(recognizer))
    if output.file is not None:
        lines = (json.dumps(outcome.to_dict(), ensure_ascii=False) + "\n" for outcome in report.outcomes)
        output.file.write_text("".join(lines), encoding="utf-8")
    about = {"behaviour": str(folder), "split": split, "model": model.name, "label_set": recognizer.label_set.name}
    _print(report, about, output)


def _print(report: BehaviourReport, about: dict[str, Any], output: BehaviourOutput) -> None:
    if output.format == "json":
        failures = {"failures": [outcome.to_dict() for outcome in report.failures]} if output.failures else {}
        typer.echo(json.dumps(about | report.to_dict() | failures, indent=2, ensure_ascii=False))
        return
    from rich.console import Console

    from instructerc.evaluation.behaviour.table import render_behaviour

    title = ", ".join([about["behaviour"], *([f"{about['split']} split"] if about["split"] else [])])
    shown = render_behaviour(report, title=f"{title}, model: {about['model']}", failures=output.failures)
    Console(highlight=False).print(shown)
