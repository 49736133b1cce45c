"""What a reader is given, and what it reports back."""

from __future__ import annotations

from dataclasses import dataclass, field

from instructerc.errors import BadRow
from instructerc.formats.own_cells import OwnCells


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file; every field has a command-line flag of the same name with dashes.

    A `*_column` names a column of a table or a key of a JSON object. None lets the reader guess, and `""` says that
    there is none. Notes are never guessed: a table has them only where their column is named, a JSON object has them
    under `note` and `speaker_note` where no other key is.

    Attributes:
        skip_bad: skip a wrong row and list it in the report, instead of stopping there.
        encoding: text encoding by Python name; None reads UTF-8, or UTF-16/32 where a byte-order mark says so.
        conversation_column: which conversation a row belongs to; without one the file is one conversation.
        speaker_column: who says it.
        text_column: what is said.
        emotion_column: gold label.
        start_column: start time, seconds or `H:MM:SS,mmm`.
        end_column: end time, seconds or `H:MM:SS,mmm`.
        note_column: something known about the utterance.
        speaker_note_column: something known about its speaker.
        tier: names of the tiers that are speech, with commas between them, in files that have tiers.
    """

    skip_bad: bool = False
    encoding: str | None = None
    conversation_column: str | None = None
    speaker_column: str | None = None
    text_column: str | None = None
    emotion_column: str | None = None
    start_column: str | None = None
    end_column: str | None = None
    note_column: str | None = None
    speaker_note_column: str | None = None
    tier: str | None = None

    def column(self, role: str) -> str | None:
        """Returns the column or key given for a role, such as `speaker` or `speaker_note`; None where none was."""
        name: str | None = getattr(self, f"{role}_column")
        return name


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something odd in a file that is read all the same.

    Attributes:
        source: name of the file.
        place: the line where its row starts, counted from 1, or a name such as `scene s01_e02_c01, utterance 3`.
        what: what is odd, as the notes say it.
    """

    source: str
    place: int | str
    what: str

    def __str__(self) -> str:
        return f"{self.source}:{self.place}: {self.what}"


@dataclass(slots=True)
class ReadReport:
    """What reading passed over or repaired, in order; complete once the last conversation was taken.

    Attributes:
        skipped: the rows that `skip_bad` passed over.
        notes: defined repairs, one sentence each, with how many rows they touched.
        anomalies: the place of each repair and of what else is odd; not kept where None.
        format: name of the format that the last file was read as.
        forms: how many files of a folder or an archive were read as which format.
        own: takes the cells of tables that no role is read from; not kept where None.
    """

    skipped: list[BadRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    anomalies: list[Anomaly] | None = None
    format: str | None = None
    forms: dict[str, int] = field(default_factory=dict)
    own: OwnCells | None = None
