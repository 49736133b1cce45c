"""Flags that several commands take, each group of them a frozen dataclass that also does what they ask for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

from instructerc.cli.shared.group import print_line
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.conversation import Conversation
    from instructerc.formats import ReadOptions, ReadReport
    from instructerc.formats.shared.lines import Source
    from instructerc.recognition import Recognizer

Split = Literal["train", "dev", "test"]
ReportFormat = Literal["table", "json"]

CorpusFlag = Annotated[str | None, typer.Option("--corpus", metavar="NAME", help="A corpus by name, such as meld.")]
PathFlag = Annotated[Path | None, typer.Option("--path", metavar="DIR", help="Folder with the corpus files.")]
# How an untrained language model is asked, by a command or by the service.
WordingFlag = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Prompt wording of an untrained language model: compact-1, paper-1, or a file."),
]
ChatFlag = Annotated[
    bool | None,
    typer.Option(
        "--chat/--no-chat",
        help="Ask an untrained language model through its chat template; default: if it has one.",
    ),
]
DtypeFlag = Annotated[
    Literal["float32", "bfloat16", "float16"] | None,
    typer.Option(
        help="Number type of an untrained language model's weights: float32 (default), or bfloat16 or float16, "
        "which need half the memory.",
    ),
]


def _column(role: str) -> Any:
    return typer.Option(metavar="NAME", help=f"Column or JSON key of the {role}; '' if there is none.")


def _note(what: str) -> Any:
    return typer.Option(metavar="NAME", help=f"Column or JSON key of a note on {what}; never guessed in a table.")


@dataclass(frozen=True)
class LayoutFlags:
    """What files look like; what is not given is detected from the content."""

    input_format: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Input format: {formats}; default: detected from the content.",
        ),
    ] = None
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Text encoding, such as cp1252; default: UTF-8.")
    ] = None
    speaker_column: Annotated[str | None, _column("speaker")] = None
    text_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column or JSON key of the text.")] = None
    conversation_column: Annotated[str | None, _column("conversation")] = None
    emotion_column: Annotated[str | None, _column("gold emotion")] = None
    start_column: Annotated[str | None, _column("start time")] = None
    end_column: Annotated[str | None, _column("end time")] = None
    note_column: Annotated[str | None, _note("each utterance, such as how it sounds")] = None
    speaker_note_column: Annotated[str | None, _note("each utterance's speaker, such as a biography")] = None
    tier: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...", help="Tiers with speech, for ELAN and TextGrid files; default: found by their content."
        ),
    ] = None

    def options(self) -> ReadOptions:
        """Returns them as a reader takes them, which has the format apart."""
        from instructerc.formats import ReadOptions

        known = [one.name for one in fields(ReadOptions) if hasattr(self, one.name)]
        return ReadOptions(**{name: getattr(self, name) for name in known})


@dataclass(frozen=True)
class ReadingFlags(LayoutFlags):
    """How files are read by a command that stops at a wrong row, or skips it."""

    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Skip invalid rows; a list of them is printed at the end.")
    ] = False

    def read(self, source: Source, report: ReadReport) -> Iterator[Conversation]:
        """Yields the conversations of a file, or of standard input where it is `-`.

        Raises:
            InputError: it cannot be read as asked.
        """
        from instructerc.formats import read_conversations
        from instructerc.formats.own_process import collect_less_often

        collect_less_often()
        return read_conversations(source, input_format=self.input_format, options=self.options(), report=report)


@dataclass(frozen=True)
class ModelFlags:
    """Which model answers, and how."""

    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Model folder, or a name: small (the shipped model), multilingual, or auto, which answers English "
            "conversations with small and others with multilingual. Default: auto if the package "
            "instructerc-multilingual is installed, otherwise small. With --labels, also an untrained language model: "
            "the hub name or folder of any causal model from Hugging Face, a GGUF file, or openai://HOST:PORT/NAME "
            "for a model on a vLLM or SGLang server.",
        ),
    ] = None
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="SET",
            help="Use other labels: a shipped set (meld, emorynlp, ekman, unified-wheel and others; see labels show), "
            "a YAML file, or words separated by commas. An adapted model "
            "uses what it learnt if it was adapted to all of these labels; otherwise it uses only their names.",
        ),
    ] = None
    min_probability: Annotated[
        float, typer.Option(min=0, max=1, metavar="P", help="Give no label to turns below this probability.")
    ] = 0.0
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of CPU threads; default: one per core.")
    ] = None
    wording: WordingFlag = None
    calibration: Annotated[
        Literal["contextual", "prior", "none"] | None,
        typer.Option(
            help="Calibration of an untrained language model, fitted without labels: contextual (default) removes what "
            "the model answers to prompts without content, prior removes its mean answer over the whole input.",
        ),
    ] = None
    chat: ChatFlag = None
    dtype: DtypeFlag = None
    trust: Annotated[
        bool, typer.Option("--trust", help="Let a model run its own code and load pickles if it needs to.")
    ] = False

    @property
    def name(self) -> str:
        """The model for a person: as it was given, or `embedded` for the one that is shipped and `auto` for two."""
        from instructerc.backbones.shipped import AUTO, EMBEDDED, default_model

        if self.model is not None:
            return self.model
        return AUTO if default_model() == AUTO else EMBEDDED

    def load(self) -> Recognizer:
        """Returns the recognizer.

        Raises:
            LabelError: no such label set.
            ModelError: a model folder that is missing, damaged or of another version.
            MissingExtra: a model that needs torch, without torch.
        """
        from instructerc.backbones.registry import backbone_kind
        from instructerc.labels import load_label_set
        from instructerc.recognition.models import load_model

        recognizer = load_model(
            self.model,
            None if self.labels is None else load_label_set(self.labels),
            min_probability=self.min_probability,
            threads=self.threads,
            trust=self.trust,
            wording=self.wording,
            calibration=self.calibration,
            chat=self.chat,
            dtype=self.dtype,
        )
        if backbone_kind(recognizer.settings.kind).has_head:
            self._note_unlearnt(recognizer)
        return recognizer

    def _note_unlearnt(self, recognizer: Recognizer) -> None:
        """Prints a note if --labels has a label that an adapted model did not learn, so that its head answers none."""
        from instructerc.backbones.encoders.adapted import option_texts

        learnt, known = option_texts(recognizer.settings), ", ".join(recognizer.settings.label_set.names)
        asked = zip(recognizer.label_set.names, recognizer.builder.label_options(), strict=True)
        others = [name for name, text in asked if text not in learnt]
        if others:
            print_line(
                f"note: {self.model} was not adapted to {', '.join(map(repr, others))}, so all of these --labels are "
                f"answered by their names alone; it was adapted to {known}"
            )

    @property
    def untrained(self) -> bool:
        """Whether the model is a language model that was not trained by instructerc."""
        from instructerc.recognition.models import is_untrained

        return is_untrained(self.model)


def named_folder(text: str) -> tuple[str, Path]:
    """Returns corpus and folder of an argument such as `meld=data/meld`.

    Raises:
        InputError: it names no folder.
    """
    name, _, folder = text.partition("=")
    if not folder:
        raise InputError(f"{text!r} has no folder; give a corpus and its folder, such as meld=data/meld")
    return name, Path(folder)


def expand_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Returns a command that typer sees with the fields of its dataclass parameters in place of these."""
    groups: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        kind = parameter.annotation
        if not is_dataclass(kind):
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        groups[parameter.name] = kind
        hints = get_type_hints(kind, include_extras=True)
        parameters += [
            inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
            )
            for field in fields(kind)
        ]

    @wraps(command)
    def expanded(**values: Any) -> None:
        for name, kind in groups.items():
            values[name] = kind(**{field.name: values.pop(field.name) for field in fields(kind)})
        command(**values)

    expanded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return expanded
