"""The command line with a small recognizer in place of a model: exact, and wrong in known ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner, Result

from instructerc.backbones.settings import ModelSettings
from instructerc.cli.main import app
from instructerc.conversation import Conversation
from instructerc.labels import LabelSet, load_label_set
from instructerc.recognition import Recognition, Recognizer

READ_AHEAD = 3
WINDOW_TURNS = 4
WINDOW_CHARACTERS = 300
FOREIGN_WORDS = {"buongiorno": "it", "bonjour": "fr"}

Run = Callable[..., Result]
Write = Callable[..., str]


@dataclass
class KeywordRecognizer:
    """Answers by the words of an utterance; sees 4 turns of history and 300 characters; reads 3 conversations ahead."""

    label_set: LabelSet = field(default_factory=lambda: load_label_set("meld"))
    min_probability: float = 0.0
    # Of the model, where a test says so.
    unsure_below: ClassVar[float | None] = None

    @property
    def settings(self) -> ModelSettings:
        return ModelSettings("embedded", self.label_set, "encoder-1", unsure_below=self.unsure_below)

    def with_choices(self, label_set: LabelSet, min_probability: float) -> KeywordRecognizer:
        return replace(self, label_set=label_set, min_probability=min_probability)

    @property
    def model_names(self) -> tuple[str, ...]:
        return ()

    def languages_read(self, model: str | None = None) -> tuple[str, ...]:
        return self.settings.languages

    def for_corpus(self, name: str) -> KeywordRecognizer:
        return self

    def recognize(self, conversation: Conversation) -> list[Recognition]:
        return [
            self._answer(utterance.text, min(turn, WINDOW_TURNS))
            for turn, utterance in enumerate(conversation.utterances)
        ]

    def recognize_many(self, conversations: Iterable[Conversation]) -> Iterator[list[Recognition]]:
        waiting: list[Conversation] = []
        for conversation in conversations:
            waiting.append(conversation)
            if len(waiting) == READ_AHEAD:
                yield from map(self.recognize, waiting)
                waiting = []
        yield from map(self.recognize, waiting)

    def _answer(self, text: str, history_turns: int) -> Recognition:
        names = self.label_set.names
        best = next((name for name in names if name in text.casefold()), names[0])
        probability = 0.6 if "perhaps" in text else 0.8
        rest = (1 - probability) / (len(names) - 1)
        return Recognition(
            best if probability >= self.min_probability else None,
            probability,
            {name: probability if name == best else rest for name in names},
            history_turns,
            len(text) > WINDOW_CHARACTERS,
            language=next((code for word, code in FOREIGN_WORDS.items() if word in text), None),
        )


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Puts the small recognizer in place; returns the arguments of every `from_pretrained`."""
    calls: list[dict[str, Any]] = []

    def from_pretrained(model: Any = None, **options: Any) -> KeywordRecognizer:
        calls.append({"model": model, **options})
        label_set = options["label_set"] or load_label_set("meld")
        return KeywordRecognizer(label_set, options["min_probability"])

    monkeypatch.setattr(Recognizer, "from_pretrained", from_pretrained)
    return calls


@pytest.fixture
def keyword_kind() -> type[KeywordRecognizer]:
    """Returns the class of the small recognizer."""
    return KeywordRecognizer


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Returns a function that runs the command line in a temporary folder, 80 columns wide; a traceback fails."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str | Path, stdin: str | bytes | None = None, columns: int = 80) -> Result:
        environment = {"COLUMNS": str(columns), "NO_COLOR": "1", "FORCE_COLOR": None}
        result = CliRunner(env=environment).invoke(app, list(map(str, arguments)), input=stdin, prog_name="instructerc")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Returns a function that writes a file into the folder that commands run in, and gives its name."""

    def write_content(content: str | bytes, name: str = "talk.jsonl") -> str:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return write_content
