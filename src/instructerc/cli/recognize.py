"""`instructerc recognize`: the emotion of every turn."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from instructerc.backbones.shipped import MULTILINGUAL, SMALL, is_installed
from instructerc.cli.shared.flags import ModelFlags, ReadingFlags, expand_flags
from instructerc.cli.shared.group import FAILED, examples, print_error, print_line
from instructerc.cli.shared.paths import expand_patterns
from instructerc.cli.shared.progress import Progress
from instructerc.cli.shared.same_file import Inputs, open_inputs, tell_keyboard, write_copy
from instructerc.cli.shared.why import check_why, print_why
from instructerc.cli.shared.writers import Answered, AnswerWriter, check_output, check_output_format, open_writer
from instructerc.errors import BadRow, InputError, InstructERCError

if TYPE_CHECKING:
    from instructerc.conversation import Conversation
    from instructerc.formats import ReadReport
    from instructerc.formats.summary import FileSummary
    from instructerc.recognition import Recognizer

MAX_SKIPPED_SHOWN = 20
_LANGUAGES_SHOWN = 5

EPILOG = examples(
    "instructerc recognize chat.txt",
    "instructerc recognize calls.csv --speaker-column agent --text-column words",
    "instructerc recognize chats.jsonl --format jsonl --output emotions.jsonl",
    "instructerc recognize chat.txt --labels 'happy,sad,calm' --min-probability 0.5",
    "instructerc recognize talk.vtt --write vtt --output talk-emotions.vtt",
    "instructerc recognize calls.csv --write same --output calls-emotions.csv",
    "instructerc recognize chat.txt --explain",
    "cat chat.txt | instructerc recognize - --format csv",
)


@expand_flags
def recognize(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Files, folders, zip files or quoted patterns; - reads standard input."),
    ],
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "--write",
            metavar="FORMAT",
            callback=check_output_format,
            help="table is for reading; json, jsonl and csv are for programs; {written} write a file of that format "
            "with the emotions in it: a copy of the input, if the input has the same format. same writes a copy of the "
            "input with the emotions in it, in every format that can hold them. label-studio writes tasks for a person "
            "to correct.",
        ),
    ] = "table",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of standard output."),
    ] = None,
    lang: Annotated[
        str,
        typer.Option(
            metavar="CODE",
            help="Language of the table's headings and emotions, such as de or zh; json, jsonl and csv are not "
            "translated.",
        ),
    ] = "en",
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Below each conversation, show which words and earlier turns each answer depends on: by how many "
            "percentage points its probability falls without them. Only for the table. Each turn takes about as long "
            "as thirty live turns.",
        ),
    ] = False,
    *,
    model: ModelFlags,
    reading: ReadingFlags,
) -> None:
    """Recognise the emotion of every turn in conversations.

    The table shortens long utterances; json, jsonl and csv contain the full text, the probability of every label and
    the number of earlier turns that the model read.

    The shipped model reads English. Turns in another language are reported and get a lower confidence. If the package
    instructerc-multilingual is installed, its model answers conversations in other languages; the field model names
    the model that answered.

    At the end, the format, conversations, speakers and turns of each file are printed, and what was left out; inspect
    shows this beforehand. If a file cannot be read, its error is printed, the other files are still recognised, and
    the exit status is 2.

    Supported formats, which are detected from the content: {format titles}.
    """
    files = expand_patterns(files)
    check_output(output, files)
    if lang != "en":
        from instructerc.labels.languages import check_language

        check_language(lang)
    if explain and (format != "table" or output is not None):
        raise InputError("--explain is only for the table; leave out --format and --output")
    with ExitStack() as stack:
        inputs = stack.enter_context(open_inputs(format, files, reading))
        run = RecognisedFiles(files, reading, inputs)
        recognizer = model.load()
        if explain:
            check_why(recognizer)
        if model.untrained:
            how = recognizer.about()
            template = "its chat template" if how["chat"] else "no chat template"
            weights = f", weights in {how['dtype']}" if how["dtype"] else ""
            print_line(
                f"note: {model.name} answers without training: wording {how['wording']}, {template}, "
                f"calibration {how['calibration']}{weights}"
            )
        beside_output = output is None and sys.stdout.isatty()
        progress = stack.enter_context(Progress(beside_output=beside_output))
        talks = run.answers(recognizer, progress)
        if inputs.copy is not None:
            try:
                write_copy(inputs.copy, talks, recognizer.label_set, output)
            except InstructERCError as error:
                # What reading the turns ended at has been told, and ends the copy too.
                if not run.n_failed:
                    run.fail(error)
        else:
            writer: AnswerWriter | None = None
            for answered in talks:
                # Opened late: an input that cannot be read leaves an older output alone.
                writer = writer or stack.enter_context(
                    open_writer(
                        format, output, recognizer.label_set, run.several, len(recognizer.model_names) > 1, lang
                    )
                )
                writer.write(answered)
                if explain:
                    print_why(recognizer, answered)
    sys.stdout.flush()
    run.print_summaries()
    run.tally.print_notes(model.min_probability, recognizer)
    if run.n_failed:
        raise typer.Exit(FAILED)


class RecognisedFiles:
    """Files on their way through the recognizer, which reads ahead of the answers that it gives."""

    def __init__(self, files: list[str], reading: ReadingFlags, inputs: Inputs) -> None:
        self.files = files
        self.reading = reading
        self.inputs = inputs
        self.several = len(files) > 1
        self.summaries: list[FileSummary] = []
        self.tally = Tally()
        self.faults: list[str] = []
        self._waiting: deque[tuple[Conversation, str]] = deque()

    @property
    def n_failed(self) -> int:
        """Errors that ended a file."""
        return len(self.faults)

    def conversations(self) -> Iterator[Conversation]:
        """Yields all files' conversations; a file that cannot be read ends there and the next one begins."""
        from instructerc.formats.summary import FileSummary

        for file in self.files:
            source = self.inputs.open(file)
            tell_keyboard(source)
            summary = FileSummary(file)
            self.summaries.append(summary)
            try:
                for conversation in summary.watch(self.reading.read(source, summary.report)):
                    self._waiting.append((conversation, file))
                    yield conversation
            except InstructERCError as error:
                self.fail(error, _before(summary.n_conversations) if self.inputs.copy is None else "")

    def fail(self, error: InstructERCError, before: str = "") -> None:
        """Tells an error that ends a file, with what was done before it."""
        self.faults.append(str(error))
        print_error(f"{error}{_advice(error)}{before}")

    def print_summaries(self) -> None:
        """Writes to standard error what each file held, and what reading it skipped and repaired.

        A copy is written whole or not at all, so that where it failed nothing is told of what was read.
        """
        is_lost = self.inputs.copy is not None and self.n_failed > 0
        for summary in self.summaries:
            if summary.n_conversations and not is_lost:
                print_line(summary.line())
            print_report(summary.report)

    def answers(self, recognizer: Recognizer, progress: Progress) -> Iterator[Answered]:
        """Yields the answers with the conversation they belong to: they come in its order."""
        for recognitions in recognizer.recognize_many(self.conversations()):
            conversation, file = self._waiting.popleft()
            answered = Answered(conversation, recognitions, file if self.several else None)
            self.tally.add(answered)
            yield answered
            progress.advance(len(recognitions))


@dataclass(slots=True)
class Tally:
    """What a reader of the answers must know about them.

    Attributes:
        n_turns: turns answered.
        n_history_cut: turns that did not see all turns before them.
        n_text_cut: turns whose own text was cut.
        n_unanswered: turns without an answer that is probable enough.
        n_turns_of: turns of each file; of the only one under the empty name.
        languages_of: turns of each file in each language that is told, by the model that answered them.
        models: conversations that each of several models answered.
    """

    n_turns: int = 0
    n_history_cut: int = 0
    n_text_cut: int = 0
    n_unanswered: int = 0
    n_turns_of: dict[str, int] = field(default_factory=dict)
    languages_of: dict[str, Counter[tuple[str | None, str]]] = field(default_factory=dict)
    models: Counter[str] = field(default_factory=Counter)

    def add(self, answered: Answered) -> None:
        """Counts one conversation."""
        self.n_turns += len(answered.recognitions)
        file = answered.file or ""
        self.n_turns_of[file] = self.n_turns_of.get(file, 0) + len(answered.recognitions)
        languages = Counter((one.model, one.language) for one in answered.recognitions if one.language is not None)
        if languages:
            self.languages_of.setdefault(file, Counter()).update(languages)
        self.models.update({one.model for one in answered.recognitions if one.model is not None})
        for turn, recognition in enumerate(answered.recognitions):
            self.n_history_cut += recognition.history_turns < turn
            self.n_text_cut += recognition.text_cut
            self.n_unanswered += recognition.label is None

    def print_notes(self, min_probability: float, recognizer: Recognizer) -> None:
        """Writes to standard error what is not zero, and what the model reads where turns are in something else."""
        for file in self.languages_of:
            self._print_languages(file, recognizer)
        self._print_other_model(recognizer.languages_read())
        self._print_models()
        of = f"of {self.n_turns} turn(s)"
        if self.n_history_cut:
            print_line(
                f"note: {self.n_history_cut} {of} could not see all turns before them, since their conversation is "
                "longer than the model reads at once; history_turns is the number that each turn saw"
            )
        if self.n_text_cut:
            print_line(f"note: {self.n_text_cut} {of} are longer than the model reads at once; their ends were cut")
        if self.n_unanswered:
            print_line(
                f"note: {self.n_unanswered} {of} have no answer with a probability of {min_probability:g} or more"
            )

    def _print_languages(self, file: str, recognizer: Recognizer) -> None:
        """Writes which turns of a file are in languages that the model that answered them does not read."""
        where = f"{file}: " if file else ""
        languages = self.languages_of[file]
        for model in dict.fromkeys(model for model, _ in languages):
            reads = recognizer.languages_read(model)
            unread = {code: count for (other, code), count in languages.items() if other == model and code not in reads}
            if unread:
                note = _language_note(Counter(unread), self.n_turns_of[file], reads, model or "this model")
                print_line(f"note: {where}{note}")

    def _print_other_model(self, reads: Sequence[str]) -> None:
        """Writes how to get the model that reads what was found, where it isn't installed."""
        from instructerc.labels.languages import label_languages

        found = {code for languages in self.languages_of.values() for _, code in languages} & set(label_languages())
        if found - set(reads) and not is_installed(MULTILINGUAL):
            print_line("note: a second model reads sixteen more languages: pip install models/multilingual")

    def _print_models(self) -> None:
        """Writes which models answered, where English is not all that was read."""
        if set(self.models) - {SMALL}:
            shares = ", ".join(f"{name} {count}" for name, count in self.models.most_common())
            print_line(f"note: conversations by the model that answered them: {shares}; --model chooses one for all")


def _language_note(languages: Counter[str], n_turns: int, reads: Sequence[str], model: str) -> str:
    """Returns, say, `38 of 40 turn(s) look Italian (it); this model reads English. Their confidence is lowered.`"""
    from instructerc.recognition.language import language_name

    [(most, count), *others] = languages.most_common()
    known = " and ".join(language_name(code) for code in reads)
    told = f"reads {known}" if len(reads) <= _LANGUAGES_SHOWN else f"does not read {'them' if others else 'it'}"
    end = f"; {model} {told}. Their confidence is lowered"
    if not others:
        return f"{count} of {n_turns} turn(s) look {language_name(most)} ({most}){end}"
    each = ", ".join(
        f"{language_name(code)} ({code}) {count}" for code, count in languages.most_common(_LANGUAGES_SHOWN)
    )
    more = ", ..." if len(languages) > _LANGUAGES_SHOWN else ""
    return f"{languages.total()} of {n_turns} turn(s) look like other languages: {each}{more}{end}"


def print_report(report: ReadReport) -> None:
    """Writes to standard error what reading skipped and repaired."""
    for note in report.notes:
        print_line(f"note: {note}")
    if not report.skipped:
        return
    print_line(f"skipped {len(report.skipped)} invalid row(s):")
    for row in report.skipped[:MAX_SKIPPED_SHOWN]:
        print_line(str(row))
    if len(report.skipped) > MAX_SKIPPED_SHOWN:
        print_line(f"and {len(report.skipped) - MAX_SKIPPED_SHOWN} more")


def _advice(error: InstructERCError) -> str:
    return "; --skip-bad skips such rows" if isinstance(error, BadRow) else ""


def _before(count: int) -> str:
    return f"; {count} conversation(s) before it were recognised" if count else ""
