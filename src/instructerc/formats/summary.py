"""How a file was understood: its format, who speaks in it and how often, and what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from instructerc.conversation import Conversation, Utterance
from instructerc.formats.registry import known_formats
from instructerc.formats.shared.options import ReadReport

_TURNS_SHOWN = 3
_SPEAKERS_KEPT = 10_000


@dataclass(slots=True)
class FileSummary:
    """What is told of a file, counted while it is read.

    Attributes:
        source: its name.
        report: filled by reading it, this file alone.
        n_conversations: read so far.
        n_turns: of them.
        speakers: turns of each.
        first: the first turns.
    """

    source: str
    report: ReadReport = field(default_factory=ReadReport)
    n_conversations: int = 0
    n_turns: int = 0
    speakers: Counter[str] = field(default_factory=Counter)
    first: list[Utterance] = field(default_factory=list)

    def watch(self, conversations: Iterator[Conversation]) -> Iterator[Conversation]:
        """Yields conversations and counts them."""
        for talk in conversations:
            self.n_conversations += 1
            self.n_turns += len(talk)
            for turn in talk.utterances:
                if len(self.speakers) < _SPEAKERS_KEPT or turn.speaker in self.speakers:
                    self.speakers[turn.speaker] += 1
            self.first += talk.utterances[: _TURNS_SHOWN - len(self.first)]
            yield talk

    @property
    def format(self) -> str:
        """The format for a person, with its name: `WhatsApp's chats (whatsapp)`; of many files, those of each."""
        name, forms = self.report.format or "", self.report.forms
        each = ", ".join(f"{form} {count:,}" for form, count in sorted(forms.items(), key=lambda item: -item[1]))
        if name in known_formats():
            return f"{known_formats()[name].title} ({name}{f': {each}' if each else ''})"
        return f"a folder of files ({each})" if each else "an unknown format"

    def line(self) -> str:
        """Returns all of it but the turns in one line."""
        counts = (
            _counted(self.n_conversations, "conversation"),
            _counted(len(self.speakers), "speaker"),
            _counted(self.n_turns, "turn"),
        )
        return f"{self.source}: read as {self.format}: {', '.join(counts)}"

    def left_out(self) -> list[str]:
        """Returns what was left out, repaired or is doubtful, without the name of the file."""
        notes = [note.removeprefix(f"{self.source}: ") for note in self.report.notes]
        return notes + [f"skipped: {row}" for row in self.report.skipped]


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
