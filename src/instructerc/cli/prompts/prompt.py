"""`instructerc prompt`: the exact text that a language model reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from instructerc.cli.evaluate import check_source
from instructerc.cli.recognize import print_report
from instructerc.cli.shared.extras import import_with_extra
from instructerc.cli.shared.flags import CorpusFlag, PathFlag, ReadingFlags, Split, expand_flags
from instructerc.cli.shared.gold import check_labels
from instructerc.cli.shared.group import Commands, examples, print_line
from instructerc.errors import InputError, LabelError, did_you_mean

if TYPE_CHECKING:
    from instructerc.cli.prompts.layout import PromptReader
    from instructerc.cli.prompts.source import PromptSource
    from instructerc.conversation import Conversation
    from instructerc.prompts import History, TreeBuilder

EPILOG = examples(
    "instructerc prompt show chats.jsonl",
    "instructerc prompt show chats.jsonl --conversation c2 --turn 3 --wording paper-1 --task all",
    "instructerc prompt show --corpus meld --path data/meld --split dev --history window --window 5",
    "instructerc prompt show chats.jsonl --packed --tokenizer my-model/tokenizer",
    "instructerc prompt show chats.jsonl --wording my-wording.yaml --format json",
    "instructerc prompt show --corpus meld --path data/meld --split test --recipe recipes/instructerc.yaml",
)
TASK_EPILOG = examples(
    "instructerc prompt task --corpus meld --path data/meld --split test --name meld --output tasks",
    "instructerc prompt task chats.jsonl --wording paper-1 --history window --name chats --output tasks",
)
LIST_EPILOG = examples("instructerc prompt list")

Task = Literal["emotion_recognition", "emotion_prediction", "speaker_identification", "all"]
MAX_NAMED = 6
MAX_COMPARED = 10_000

app = Commands(help="Show prompts and their wordings.")


@dataclass(frozen=True)
class PromptFlags:
    """What is asked, and in which words."""

    task: Annotated[Task, typer.Option(help="What is asked.")] = "emotion_recognition"
    wording: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A version from `instructerc prompt list`, or a .yaml file; default: compact-1."
        ),
    ] = None
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="SET",
            help="A label set by name, a YAML file, or words separated by commas; default: the corpus's set, or meld.",
        ),
    ] = None
    history: Annotated[
        Literal["trunk", "window"] | None,
        typer.Option(
            help="Earlier turns to show: trunk (default) shows all that fit, window exactly --window of them.",
        ),
    ] = None
    window: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Number of earlier turns that a target sees if they fit; with trunk, the minimum; default: 12.",
        ),
    ] = None
    model: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Show the prompts of a trained model, with its demonstrations."),
    ] = None
    recipe: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Show the prompts of a recipe's last stage, with demonstrations from its corpora."
        ),
    ] = None

    def source(self, corpus: str | None, split: str) -> PromptSource:
        """Returns what prompts are made with.

        Raises:
            InputError: a model or a recipe together with what it says itself.
            InstructERCError: what is named cannot be used.
        """
        from instructerc.cli.prompts.source import source_of_flags, source_of_model, source_of_recipe
        from instructerc.prompts import History

        given = {"--wording": self.wording, "--labels": self.labels, "--history": self.history, "--window": self.window}
        named = [name for name, value in {"--model": self.model, "--recipe": self.recipe}.items() if value is not None]
        if named:
            clash = [*named[1:], *(name for name, value in given.items() if value is not None)]
            if clash:
                raise InputError(f"{named[0]} already determines the prompt; leave out {', '.join(clash)}")
        if self.model is not None:
            return source_of_model(self.model, corpus)
        if self.recipe is not None:
            return source_of_recipe(self.recipe, corpus, split)
        turns = History().turns if self.window is None else self.window
        history = History(self.history or "trunk", turns)
        return source_of_flags(self.wording or "compact-1", self.labels, history, corpus)

    def builder(self, source: PromptSource, conversation: Conversation) -> TreeBuilder:
        """Returns what makes this conversation's tree; unknown gold labels are left out, with a note."""
        from instructerc.prompts import TASKS, TreeBuilder

        tasks = dict.fromkeys(TASKS if self.task == "all" else (self.task,), 1.0)
        known = True
        try:
            for utterance in conversation.utterances:
                if utterance.emotion is not None:
                    source.label_set.resolve(utterance.emotion)
        except LabelError as error:
            known = False
            print_line(f"note: {error}; gold options are not marked; give another set with --labels")
        return TreeBuilder(
            *(source.wording, source.label_set, tasks),
            with_answers=known,
            demonstrator=source.demonstrator,
            same_label=source.same_label and known,
            domain=source.domain,
        )


@dataclass(frozen=True)
class TokenFlags:
    """How tokens are counted."""

    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Tokenizer of a language model, by hub name or folder; without it, lengths are in characters.",
        ),
    ] = None
    max_tokens: Annotated[
        int, typer.Option(min=16, metavar="N", help="Maximum length of a prompt and of a packed row, in tokens.")
    ] = 1024

    @property
    def limit(self) -> int | None:
        """The window in tokens; None where there are no tokens."""
        return self.max_tokens if self.tokenizer else None

    @property
    def unit(self) -> str:
        """What is counted."""
        return "tokens" if self.tokenizer else "characters"

    def reader(self, history: History) -> PromptReader:
        """Returns what stands where the model would.

        Raises:
            MissingExtra: a tokenizer is asked for, without transformers.
            ModelError: a tokenizer that cannot be found or used.
        """
        from instructerc.cli.prompts.layout import UNLIMITED, CharacterTokenizer, PromptReader

        if self.tokenizer is None:
            return PromptReader(CharacterTokenizer(), history, UNLIMITED)
        hub = import_with_extra("instructerc.backbones.base_models.hub", "--tokenizer", "train")
        from instructerc.backbones.language_models.tokenizer import PromptTokenizer
        from instructerc.backbones.options import BackboneOptions

        loaded = hub.load_tokenizer(BackboneOptions(base=self.tokenizer))
        return PromptReader(PromptTokenizer(loaded, self.max_tokens), history, self.max_tokens)


@app.command(epilog=EPILOG)
@expand_flags
def show(
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="A file; - reads standard input.")] = None,
    corpus: CorpusFlag = None,
    path: PathFlag = None,
    split: Annotated[Split, typer.Option(help="Split of the corpus.")] = "train",
    conversation: Annotated[
        str | None, typer.Option(metavar="ID", help="Id of the conversation; default: the first one.")
    ] = None,
    turn: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of the turn, from 1; default: the last one.")
    ] = None,
    packed: Annotated[
        bool, typer.Option("--packed", help="Show the rows into which all questions of the conversation are packed.")
    ] = False,
    format: Annotated[Literal["text", "json"], typer.Option(help="Text for reading, or JSON.")] = "text",
    *,
    prompt: PromptFlags,
    tokens: TokenFlags,
    reading: ReadingFlags,
) -> None:
    """Show the exact prompt of a turn, its options and their lengths.

    With --packed, shows how the whole conversation is laid out for a model that computes the part shared by all
    questions only once: each segment with its tokens, its positions and the segments that it sees. With --tokenizer,
    lengths are in tokens, which requires pip install 'instructerc[train]'. Without it, lengths are in characters and
    nothing is cut.
    """
    from instructerc.cli.prompts.views import flat_record, packed_record, print_text

    if packed and turn is not None:
        raise InputError("--packed shows the whole conversation; leave out --turn")
    talk = _conversation(file, corpus, path, split, reading, conversation)
    number = _turn_of(talk, turn)
    source = prompt.source(corpus, split)
    builder = prompt.builder(source, talk)
    reader = tokens.reader(source.history)
    parts = reader.parts(talk, builder)
    record: dict[str, Any] = {
        **{"corpus": corpus, "split": split if corpus else None, "file": file},
        **{"conversation": talk.id, "n_turns": len(talk)},
        **{"wording": builder.wording.version, "label_set": builder.label_set.name},
        **{"history": source.history.mode, "window": source.history.turns},
        **{"tokenizer": tokens.tokenizer, "max_tokens": tokens.limit, "unit": tokens.unit},
    }
    record |= packed_record(parts, reader) if packed else flat_record(parts, reader, number, prompt.task)
    if builder.wording.joint:
        print_line(
            f"note: wording {builder.wording.version} shows {builder.wording.joint!r} between its pieces; it is not "
            "counted, since a language model does not read it"
        )
    if format == "json":
        import json

        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        print_text(record)


def _conversation(
    file: str | None, corpus: str | None, path: Path | None, split: str, reading: ReadingFlags, wanted: str | None
) -> Conversation:
    """Returns the conversation with this id, or the first one; a file is read no further than that.

    Raises:
        InputError: there is none, or the source cannot be read.
    """
    from instructerc.corpora import load_corpus
    from instructerc.formats import ReadReport

    check_source(file, corpus, path)
    report = ReadReport()
    talks = iter(load_corpus(corpus, path, split, report)) if corpus and path else reading.read(str(file), report)
    others: list[str] = []
    for talk in talks:
        if wanted is None or talk.id == wanted:
            print_report(report)
            return talk
        others.append(talk.id)
    print_report(report)
    some = ", ".join(map(repr, others[:MAX_NAMED])) + (", ..." if len(others) > MAX_NAMED else "")
    near = did_you_mean(str(wanted), others[:MAX_COMPARED])
    raise InputError(f"{corpus or file}: no conversation {wanted!r}{near}; there are {len(others)}: {some}")


def _turn_of(talk: Conversation, turn: int | None) -> int:
    if turn is not None and turn > len(talk):
        raise InputError(f"conversation {talk.id!r} has no turn {turn}; give one from 1 to {len(talk)}")
    return turn or len(talk)


@app.command("task", epilog=TASK_EPILOG)
@expand_flags
def write(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for both files.")],
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="A file; - reads standard input.")] = None,
    corpus: CorpusFlag = None,
    path: PathFlag = None,
    split: Annotated[Split, typer.Option(help="Split of the corpus.")] = "test",
    name: Annotated[str, typer.Option(metavar="NAME", help="Name of the task and of its files.")] = "instructerc",
    end: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="End token of the model, such as '<|im_end|>', which is added to each option."
        ),
    ] = "",
    *,
    prompt: PromptFlags,
    tokens: TokenFlags,
    reading: ReadingFlags,
) -> None:
    """Write the prompts of a corpus as a task for lm-evaluation-harness.

    NAME.yaml describes a multiple-choice task on the rows of NAME.jsonl: the exact prompt of each labelled turn, its
    options and the gold option. Run the harness in that folder with --include_path . and --tasks NAME. We score an
    option with the model's end token, and the harness without it; give the token with --end to get the same answers.
    """
    from instructerc.cli.evaluate import read_source
    from instructerc.cli.prompts.task import task_rows, write_task

    if prompt.task == "all":
        raise InputError(
            "--task all asks several questions per turn, but a task of the harness has only one; choose one --task"
        )
    talks = read_source(file, corpus, path, split, reading)
    source = prompt.source(corpus, split)
    if not talks:
        raise InputError("there is no conversation to ask about")
    check_labels(talks, source.label_set, "--labels gives another set")
    builder = prompt.builder(source, talks[0])
    n_rows = write_task(name, task_rows(talks, builder, tokens.reader(source.history), end), output)
    typer.echo(f"{output / f'{name}.yaml'}: {n_rows} questions")


@app.command("list", epilog=LIST_EPILOG)
def list_wordings() -> None:
    """List the shipped wordings, one per line."""
    from importlib import resources

    from instructerc.prompts import wording_versions

    width = max(map(len, wording_versions()))
    for version in wording_versions():
        text = (resources.files("instructerc.prompts") / "wordings" / f"{version}.yaml").read_text(encoding="utf-8")
        about = text.partition("\n")[0].removeprefix("#").strip()
        typer.echo(f"{version:<{width}}  {about}")
