"""Which column of a table, or key of an object, is the speaker, the text and so on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from instructerc.errors import InputError, did_you_mean
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import show


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names by which files in the wild call each role, folded as `fold_name` folds.
KNOWN_NAMES = {
    "conversation": _names(
        "conversation conversationid convid conv dialogue dialogueid dialog dialogid sessionid session threadid thread "
        "chatid chat sceneid scene callid ticketid"
    ),
    "speaker": _names(
        "speaker speakername speakerid name author from sender user username role participant character who"
    ),
    "text": _names("text utterance message content body msg sentence transcript utterancetext messagetext"),
    "emotion": _names("emotion emotionlabel emotions label goldlabel"),
    "start": _names("start starttime starts startseconds begin"),
    "end": _names("end endtime ends endseconds stop"),
    # Never guessed: a column called "note" may hold anything.
    "note": frozenset(),
    "speaker_note": frozenset(),
}
ROLES = tuple(KNOWN_NAMES)
NEEDED = ("speaker", "text")


def fold_name(name: str) -> str:
    """Returns the form under which `Dialogue_ID`, `dialogue id` and `DialogueId` are the same."""
    return "".join(character for character in name.casefold() if character.isalnum())


def flag(role: str) -> str:
    """Returns the command-line flag that names a role's column."""
    return f"--{role.replace('_', '-')}-column"


def near_name(role: str, names: Iterable[str]) -> str | None:
    """Returns the name that was probably meant for a role that is missing, or None."""
    names = [name for name in names if len(name) <= 60]
    for name in names:
        if fold_name(name) in KNOWN_NAMES[role]:
            return name
    return next(iter(get_close_matches(role, names, n=1, cutoff=0.6)), None)


def count_roles(header: Sequence[str], options: ReadOptions) -> int:
    """Returns how many roles some column of `header` could play."""
    folded = {fold_name(name) for name in header}
    return sum(1 for role in ROLES if folded & ({fold_name(options.column(role) or "")} | KNOWN_NAMES[role]) - {""})


def map_columns(header: Sequence[str], options: ReadOptions, source: str) -> dict[str, int]:
    """Returns the column index of each role that the table has.

    Raises:
        InputError: a column that is named but absent, or that cannot be guessed; all faults in one message.
    """
    columns: dict[str, int] = {}
    faults: list[str] = []
    for role in ROLES:
        wanted = options.column(role)
        if wanted == "" and role != "text":
            continue
        found = _candidates(role, wanted, header)
        if len(found) == 1:
            columns[role] = found[0]
        elif found:
            names = ", ".join(header[index] for index in found)
            none = "" if role == "text" else ", or '' for none"
            faults.append(f"the {role.replace('_', ' ')} could be any of {names}: give {flag(role)} NAME{none}")
        elif wanted:
            faults.append(f"there is no column {wanted!r}{did_you_mean(wanted, header)} for {flag(role)}")
        elif role in NEEDED:
            none = "" if role == "text" else ", or '' if nobody is named"
            faults.append(f"no column was recognised as the {role}: give {flag(role)} NAME{none}")
    if faults:
        raise InputError(f"{source}: {'; '.join(faults)}; or rename the column. The header has: {show_names(header)}")
    return columns


def show_names(header: Sequence[str]) -> str:
    """Returns the header's names for an error message."""
    shown = ", ".join(show(name.strip()) for name in header[:40])
    return f"{shown}, ..." if len(header) > 40 else shown


def _candidates(role: str, wanted: str | None, header: Sequence[str]) -> list[int]:
    if not wanted:
        return [index for index, name in enumerate(header) if fold_name(name) in KNOWN_NAMES[role]]
    exact = [index for index, name in enumerate(header) if name.strip() == wanted.strip()]
    return exact or [index for index, name in enumerate(header) if fold_name(name) == fold_name(wanted) != ""]
