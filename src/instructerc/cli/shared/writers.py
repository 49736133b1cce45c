"""Answers as data or as an annotated file: written as they come, so that memory does not grow with the input."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from instructerc.conversation import Conversation
from instructerc.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from instructerc.conversation import Utterance
    from instructerc.labels import LabelSet
    from instructerc.recognition import Recognition
    from instructerc.recognition.records import AnswerRecord

# What is written for people and programs; beside them stands each file format that can be written.
_OWN = ("table", "json", "jsonl", "csv", "label-studio", "same")


def output_formats() -> tuple[str, ...]:
    """Returns what `--write` takes: our own layouts, and the formats of the registry that have a writer."""
    from instructerc.formats.registry import written_formats

    return (*_OWN[:4], *written_formats(), *_OWN[4:])


def check_output_format(name: str) -> str:
    """Returns the name of an output format.

    Raises:
        InputError: it is none.
    """
    if name not in output_formats():
        near = did_you_mean(name, output_formats())
        raise InputError(f"unknown output format {name!r}{near}; give one of {', '.join(output_formats())}")
    return name


@dataclass(frozen=True, slots=True)
class Answered:
    """A conversation with one recognition an utterance.

    Attributes:
        file: which file it is from, or None where there is only one.
    """

    conversation: Conversation
    recognitions: Sequence[Recognition]
    file: str | None = None

    def records(self) -> Iterator[tuple[Utterance, AnswerRecord]]:
        """Yields each utterance with what is written of its answer."""
        from instructerc.recognition.records import AnswerRecord

        for utterance, recognition in zip(self.conversation.utterances, self.recognitions, strict=True):
            yield utterance, AnswerRecord.of(recognition)


class AnswerWriter(Protocol):
    """Takes conversations one by one, then `finish`."""

    def write(self, answered: Answered) -> None:
        """Writes one conversation."""
        ...

    def finish(self) -> None:
        """Writes what stands at the end."""
        ...


class JsonlWriter:
    """A row per utterance."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, answered: Answered) -> None:
        """Writes one line per utterance."""
        head = _head(answered, "conversation")
        for turn, fields in enumerate(_turns(answered), start=1):
            self._stream.write(_dump(head | {"turn": turn} | fields) + "\n")

    def finish(self) -> None:
        """Writes nothing: the last line is the end."""


class JsonWriter:
    """One array with an object per conversation."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._before = "[\n"

    def write(self, answered: Answered) -> None:
        """Writes one element."""
        self._stream.write(self._before + _dump(_head(answered, "id") | {"utterances": list(_turns(answered))}))
        self._before = ",\n"

    def finish(self) -> None:
        """Closes the array."""
        self._stream.write("\n]\n" if self._before == ",\n" else "[]\n")


class CsvWriter:
    """A row per utterance and a column per label."""

    def __init__(self, stream: TextIO, label_set: LabelSet, with_file: bool, with_model: bool = False) -> None:
        names = ["conversation", "turn", "speaker", "text", "start", "end", "emotion", "probability"]
        columns = [
            *names,
            *(f"p_{label}" for label in label_set.names),
            "history_turns",
            "text_cut",
            "language",
            *(["model"] if with_model else []),
            "gold",
        ]
        self._rows = csv.DictWriter(stream, ["file", *columns] if with_file else columns, lineterminator="\n")
        self._rows.writeheader()

    def write(self, answered: Answered) -> None:
        """Writes one row per utterance; a text that begins like a formula gets an apostrophe before it."""
        from instructerc.recognition.records import csv_fields

        head = _head(answered, "conversation")
        for turn, fields in enumerate(_turns(answered), start=1):
            self._rows.writerow(csv_fields(head | {"turn": turn} | fields))

    def finish(self) -> None:
        """Writes nothing: the last row is the end."""


class AnnotatedFileWriter:
    """One conversation as a new file of a kind that it was not read from, with the answers as its emotions.

    Nothing is written, and no older file lost, where the conversations turn out not to fit the kind.

    Args:
        output: where it goes; standard output where None.
        kind: one of the registry's `written_formats`.
    """

    def __init__(self, output: Path | None, kind: str) -> None:
        self._output = output
        self._kind = kind
        self._written: str | None = None
        self._text = StringIO()

    def write(self, answered: Answered) -> None:
        """Takes the conversation.

        Raises:
            InputError: a second conversation, or turns without the times that the kind needs.
        """
        from instructerc.formats.registry import written_formats

        conversation = answered.conversation
        if self._written is not None:
            raise InputError(
                f"{self._kind} holds one conversation, and after {self._written!r} comes {conversation.id!r}; "
                "write jsonl, or give files of one conversation one by one"
            )
        self._written = conversation.id
        turns = [replace(utterance, emotion=answer.label) for utterance, answer in answered.records()]
        written_formats()[self._kind].write(Conversation(conversation.id, turns), self._text)

    def finish(self) -> None:
        """Writes the file."""
        with _open_output(self._output, for_people=False) as stream:
            stream.write(self._text.getvalue())


class LabelStudioWriter:
    """Tasks for Label Studio: dialogues to be corrected by a person, the answers as predictions.

    A labelling interface for them has a `Paragraphs` tag named `dialogue`, with `value="$dialogue"`, `nameKey="author"`
    and `textKey="text"`, and a `ParagraphLabels` tag named `emotion` with the label set's labels.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._before = "[\n"

    def write(self, answered: Answered) -> None:
        """Writes one task."""
        conversation = answered.conversation
        dialogue = [{"author": turn.speaker, "text": turn.text} for turn in conversation.utterances]
        results = [
            {
                "id": f"turn-{place + 1}",
                "from_name": "emotion",
                "to_name": "dialogue",
                "type": "paragraphlabels",
                "score": answer.probability,
                "value": {
                    "start": str(place),
                    "end": str(place),
                    "startOffset": 0,
                    "endOffset": len(dialogue[place]["text"]),
                    "paragraphlabels": [answer.label],
                },
            }
            for place, (_, answer) in enumerate(answered.records())
            if answer.label is not None
        ]
        data = _head(answered, "conversation") | {"dialogue": dialogue}
        self._stream.write(self._before + _dump({"data": data, "predictions": [{"result": results}]}))
        self._before = ",\n"

    def finish(self) -> None:
        """Closes the array."""
        self._stream.write("\n]\n" if self._before == ",\n" else "[]\n")


@contextmanager
def open_writer(
    kind: str,
    output: Path | None,
    label_set: LabelSet,
    with_file: bool,
    with_model: bool = False,
    language: str = "en",
) -> Iterator[AnswerWriter]:
    """Opens a writer on a file, or on standard output where `output` is None, and finishes it unless an error came.

    `same` has none: what is written then is the input's own file. The language is that of a table's words; where
    several models answer, CSV has a column that tells which.
    """
    assert kind != "same"
    from instructerc.formats.registry import written_formats

    if kind in written_formats():
        whole = AnnotatedFileWriter(output, kind)
        yield whole
        whole.finish()
        return
    with _open_output(output, for_people=kind == "table") as stream:
        writer: AnswerWriter
        if kind == "table":
            from instructerc.cli.shared.table import TableWriter

            writer = TableWriter(stream, label_set, language)
        elif kind == "json":
            writer = JsonWriter(stream)
        elif kind == "jsonl":
            writer = JsonlWriter(stream)
        elif kind == "label-studio":
            writer = LabelStudioWriter(stream)
        else:
            writer = CsvWriter(stream, label_set, with_file, with_model)
        yield writer
        writer.finish()


def check_output(output: Path | None, files: Sequence[str]) -> None:
    """Refuses to write over a file that is still to be read.

    Raises:
        InputError: the output is one of the inputs.
    """
    for file in files:
        if output and file != "-" and output.exists() and Path(file).exists() and output.samefile(file):
            raise InputError(f"--output {output} is also an input; choose another file")


@contextmanager
def _open_output(path: Path | None, for_people: bool) -> Iterator[TextIO]:
    if path is not None:
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        return
    # Data is UTF-8 wherever it goes; a terminal gets what it can show.
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(**({"errors": "replace"} if for_people else {"encoding": "utf-8", "newline": "\n"}))
    yield sys.stdout


def _head(answered: Answered, key: str) -> dict[str, Any]:
    file = {} if answered.file is None else {"file": answered.file}
    return file | {key: answered.conversation.id}


def _turns(answered: Answered) -> Iterator[dict[str, Any]]:
    from instructerc.recognition.records import turn_fields

    for utterance, answer in answered.records():
        fields = turn_fields(utterance, answer)
        yield {name: value for name, value in fields.items() if value is not None or name == "emotion"}


def _dump(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)
