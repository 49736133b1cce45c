"""`instructerc evaluate`: a model's answers against gold labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from instructerc.cli.behaviour import BehaviourOutput, evaluate_behaviour
from instructerc.cli.recognize import print_report
from instructerc.cli.shared.flags import (
    CorpusFlag,
    ModelFlags,
    PathFlag,
    ReadingFlags,
    ReportFormat,
    Split,
    expand_flags,
)
from instructerc.cli.shared.gold import check_labels
from instructerc.cli.shared.group import examples
from instructerc.cli.shared.progress import Progress
from instructerc.cli.shared.writers import Answered, check_output, open_writer
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.conversation import Conversation
    from instructerc.evaluation import Evaluation

_OTHER_LABELS = "give --labels with a set that has it, or --model with a model that was trained on such labels"

EPILOG = examples(
    "instructerc evaluate --corpus meld --path data/meld --split test",
    "instructerc evaluate --corpus meld --path data/meld --split dev --model runs/my-model --format json",
    "instructerc evaluate --corpus meld --path data/meld --split test --output results/mine",
    "instructerc evaluate labelled.jsonl --output predictions.jsonl",
    "instructerc evaluate --behaviour tests/behaviour --split dev --failures",
)


@expand_flags
def evaluate(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A file with gold emotions; - reads standard input.")
    ] = None,
    corpus: CorpusFlag = None,
    path: PathFlag = None,
    split: Annotated[
        Split | None,
        typer.Option(
            help="Split of the corpus (default: test), or of the behaviour suite: dev or test (default: both)."
        ),
    ] = None,
    behaviour: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Run a behaviour suite instead of a corpus: a folder of YAML files with checks of a model.",
        ),
    ] = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="List the failed checks of the behaviour suite.")
    ] = False,
    format: Annotated[ReportFormat, typer.Option(help="Tables in percent, or JSON with fractions.")] = "table",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Write a run folder: answers, all figures, how the model was asked, and versions. If the name ends in "
            ".jsonl, write a file with only the answers.",
        ),
    ] = None,
    texts: Annotated[
        bool, typer.Option("--texts/--no-texts", help="Whether the run folder contains the texts, for reports.")
    ] = True,
    *,
    model: ModelFlags,
    reading: ReadingFlags,
) -> None:
    """Score a model on a corpus, or on a file with gold emotions.

    Prints weighted F1 with its interval, macro F1, accuracy, calibration, the scores of each label and the confusion
    matrix. The answer for a turn uses only that turn and the turns before it. Turns without a gold emotion are read as
    history and counted, but not scored.

    With --behaviour, prints the pass rates of a suite by capability, and how many labels change
    when the input is changed but its meaning is not, for example when the speaker gets another name.
    """
    if behaviour is not None:
        if (file, corpus, path) != (None, None, None):
            raise InputError("--behaviour DIR has its own conversations; leave out FILE, --corpus and --path")
        evaluate_behaviour(behaviour, split, model, BehaviourOutput(format, output, failures))
        return
    if failures:
        raise InputError("--failures lists failed checks of a behaviour suite; give --behaviour DIR")
    from instructerc.evaluation import evaluate_recognitions

    split = split or "test"
    check_output(output, [] if file is None else [file])
    _check_folder(output)
    conversations = read_source(file, corpus, path, split, reading)
    recognizer = model.load()
    if corpus:
        recognizer = recognizer.for_corpus(corpus)
    check_labels(conversations, recognizer.label_set, _OTHER_LABELS, corpus or str(file))
    recognitions = []
    with Progress(total=sum(map(len, conversations))) as progress:
        for answers in recognizer.recognize_many(conversations):
            recognitions.append(answers)
            progress.advance(len(answers))
    evaluation = evaluate_recognitions(conversations, recognitions, recognizer.label_set)
    source = {"corpus": corpus, "split": split if corpus else None, "file": file}
    if output and _is_file(output):
        with open_writer("jsonl", output, recognizer.label_set, with_file=False) as writer:
            for conversation, answers in zip(conversations, recognitions, strict=True):
                writer.write(Answered(conversation, answers))
    elif output:
        from instructerc.evaluation.runs import write_run
        from instructerc.recognition.runs import run_of

        run = run_of(
            *(recognizer, conversations, recognitions),
            model=model.model,
            texts=texts,
            evaluation=evaluation,
            made_by="evaluate",
            corpus=corpus,
            split=source["split"],
            file=None if file is None else Path(file).name,
        )
        write_run(run, output)
    about: dict[str, str | bool | None] = {**source, "model": model.name, "label_set": recognizer.label_set.name}
    if model.untrained:
        about |= recognizer.about()
    _print(evaluation, about, format)


def _is_file(output: Path) -> bool:
    return output.suffix.casefold() == ".jsonl"


def _check_folder(output: Path | None) -> None:
    """Raises before anything is computed where a run folder cannot be written.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: a file of that name.
    """
    if output is None or _is_file(output):
        return
    from instructerc.formats.parquet.file import import_parquet

    import_parquet("writing a run folder")
    if output.is_file():
        raise InputError(f"--output {output} is a file; give a folder for the run, or a name that ends in .jsonl")


def read_source(
    file: str | None, corpus: str | None, path: Path | None, split: str, reading: ReadingFlags
) -> list[Conversation]:
    """Returns the conversations of a file or of a corpus split, and tells what was skipped or repaired.

    Raises:
        InputError: neither or both are given, or they cannot be read.
    """
    from instructerc.corpora import load_corpus
    from instructerc.formats import ReadReport

    check_source(file, corpus, path)
    report = ReadReport()
    if corpus and path:
        conversations = load_corpus(corpus, path, split, report)
    else:
        conversations = list(reading.read(str(file), report))
    print_report(report)
    return conversations


def check_source(file: str | None, corpus: str | None, path: Path | None) -> None:
    """Raises InputError unless either a file or a corpus with its folder is given."""
    if (file is None) == (corpus is None):
        raise InputError("give either FILE, or --corpus NAME with --path DIR")
    if (corpus is None) != (path is None):
        raise InputError("--corpus NAME and --path DIR belong together; a single file is given without them")


def _print(evaluation: Evaluation, about: dict[str, Any], format: ReportFormat) -> None:
    if format == "json":
        import json

        typer.echo(json.dumps(about | evaluation.to_dict(), indent=2, ensure_ascii=False))
        return
    from rich.console import Console

    from instructerc.evaluation.report import render_report

    place = f"{about['corpus']}, {about['split']} split" if about["corpus"] else about["file"]
    title = f"{place}, model: {about['model']}"
    if "wording" in about:
        template = "with" if about["chat"] else "without"
        title += f", untrained, wording {about['wording']} {template} chat template, calibration {about['calibration']}"
        title += f", weights in {about['dtype']}" if about["dtype"] else ""
    Console(highlight=False).print(render_report(evaluation, title=title))
