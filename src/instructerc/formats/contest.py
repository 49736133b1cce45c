"""Which format a text is of: a contest in which each reader says how much of the file it explains.

Nobody takes what is left over. Where no reader explains enough, the file is refused with the two likeliest formats, and
a person says which one it is. A file, a stream and standard input are judged by their content alike; an extension
settles only between formats that explain the content equally well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from instructerc.errors import InputError
from instructerc.formats.dialogues.json_talks import names_of_lists
from instructerc.formats.format import Format, Text
from instructerc.formats.registry import find_format, known_formats
from instructerc.formats.shared.foreign_forms import describe_foreign, describe_marked
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.shares import ENOUGH

# Of formats that explain a file about as well as the best one, the one with the most special evidence reads it.
ABOUT = 0.2
# Lists under these have what is said.
_OF_TURNS = ("messages", "conversations", "conversation", "utterances", "segments", "transcript", "turns")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a format says of a file.

    Attributes:
        format: whose claim it is.
        text: how it reads the file.
        share: how much of the file it explains, from 0 to 1.
    """

    format: Format
    text: Text
    share: float


def judge(file: OpenText, options: ReadOptions) -> list[Claim]:
    """Returns the claims of all formats that are text, the winner's first; nothing of the file is used up."""
    return _ranked([claim for claims in _ask(file, options) for claim in claims], file)


def detect_text(file: OpenText, options: ReadOptions) -> tuple[Format, Text]:
    """Returns the format of an opened text.

    Raises:
        InputError: no format explains enough of it; the error names the two that explain most.
    """
    marked = describe_marked(file.peek)
    if marked is not None:
        raise InputError(f"{file.source}: {marked}")
    claims: list[Claim] = []
    for more in _ask(file, options):
        claims += more
        # No format with less special evidence can win now, however much it explains, and asking takes time.
        if any(claim.share >= 1.0 - ABOUT for claim in more):
            break
    winner, *_ = claims = _ranked(claims, file)
    if winner.share >= ENOUGH:
        return winner.format, winner.text
    raise _undecided(file, claims)


def _ask(file: OpenText, options: ReadOptions) -> Iterator[list[Claim]]:
    """Yields the claims of the formats with equally special evidence, the most special first."""
    texts = [(one, one.file) for one in known_formats().values() if isinstance(one.file, Text)]
    for sure in sorted({text.sure for _, text in texts}, reverse=True):
        yield [Claim(one, text, text.explains(file, options)) for one, text in texts if text.sure == sure]


def _ranked(claims: list[Claim], file: OpenText) -> list[Claim]:
    near = max((claim.share for claim in claims), default=0.0) - ABOUT

    def rank(claim: Claim) -> tuple[bool, int, float, bool]:
        special = claim.text.sure if claim.share >= near else 0
        return claim.share >= ENOUGH, special, claim.share, file.extension in claim.format.extensions

    # The sort is stable, so that what is equal in all this stands by name.
    by_name = sorted(claims, key=lambda claim: claim.format.name)
    return sorted(by_name, key=rank, reverse=True)


def choose_text(file: OpenText, options: ReadOptions, input_format: str | None) -> tuple[Format, Text]:
    """Returns the format that was asked for, or the one that wins the contest.

    Raises:
        InputError: no format of that name, or one that is no text; or as `detect_text`.
    """
    if input_format is None:
        return detect_text(file, options)
    found = find_format(input_format)
    if not isinstance(found.file, Text):
        raise InputError(f"{file.source}: is a text, and {input_format} files are not; leave out --input-format")
    return found, found.file


def _undecided(file: OpenText, claims: list[Claim]) -> InputError:
    """Returns, without raising it, the error of a file that no format explains."""
    if not file.head.strip():
        return InputError(f"{file.source}: contains no utterance; give a file with at least one")
    if file.peek.begins_like_json:
        return _unknown_json(file)
    foreign = describe_foreign(file.peek)
    if foreign is not None:
        return InputError(f"{file.source}: {foreign}")
    by_share = sorted(claims, key=lambda claim: -claim.share)
    plain = next(claim for claim in claims if claim.format.name == "plain")
    likeliest = [claim for claim in by_share if claim.share > 0][:2]
    own = [claim for claim in claims if file.extension in claim.format.extensions]
    if own and own[0] not in likeliest[:1] and own[0] is not plain:
        # What the file is called says more than a few lines that look like another form.
        likeliest = [own[0], plain]
    elif plain not in likeliest:
        # Any text can be read as turns, if a person says so.
        likeliest = [*likeliest[:1], plain]
    ways = " or ".join(f"--input-format {one.format.name} ({one.format.title})" for one in likeliest)
    nearest = ""
    if likeliest[0].share:
        nearest = f"; the most likely is {likeliest[0].format.title}, in {likeliest[0].share:.0%} of it"
    return InputError(
        f"{file.source}: its format cannot be detected with certainty{nearest}. If you know better, give {ways}; "
        "instructerc inspect then shows how it is read. Otherwise, write a line 'Speaker: text' for each turn"
    )


def _unknown_json(file: OpenText) -> InputError:
    try:
        document = read_json_document(file)
    except InputError as error:
        return error
    first = document[0] if isinstance(document, list) and document else document
    if not document or not isinstance(first, dict):
        what = "an empty list or object" if not document else "a list without objects"
        return InputError(f"{file.source}: is JSON, but {what}; give objects with 'speaker' and 'text'")
    empty = [key for key in _OF_TURNS if isinstance(document, dict) and document.get(key) == []]
    if empty:
        return InputError(f"{file.source}: is JSON, but its list {empty[0]!r} is empty; it has no turns")
    lists = names_of_lists(document)
    if len(lists) > 1:
        shown = ", ".join(repr(name[:40]) for name in lists[:8])
        return InputError(
            f"{file.source}: is JSON with the lists {shown}, which could be one conversation or several; "
            "give a file with one of them"
        )
    keys = ", ".join(repr(key[:40]) for key in list(first)[:8])
    return InputError(
        f"{file.source}: is JSON with the keys {keys}, and no format is known by them; give objects with 'speaker' and "
        "'text', or name the keys with --text-column and --speaker-column"
    )
