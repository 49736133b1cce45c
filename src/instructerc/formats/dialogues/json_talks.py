"""Where turns stand in a JSON document: lists of objects with a speaker or a time and words, under any names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from instructerc.errors import InputError
from instructerc.formats.shared.columns import KNOWN_NAMES, UNIT_NAMES, fold_name
from instructerc.formats.shared.json_document import as_seconds
from instructerc.formats.shared.reading import parse_time
from instructerc.formats.shared.times.moments import parse_moment

# Of a list so many items are looked at to see what it holds.
LOOKED_AT = 50

_DEEPEST = 2
_TEXTS = KNOWN_NAMES["text"] | {"line", "caption", "words", "value", "phrase"}
_WHO = KNOWN_NAMES["speaker"] | {
    *("displayname", "nickname", "speakerid", "sendername", "authorname", "agent", "actor", "u", "createdby", "sentby"),
    *("postedby", "fromuser", "member", "senders", "speakerlabel"),
}
# Of several names for who says it, those of a person are surer than what may be the name of anything, and an id or a
# role is what is left.
_SURER = ("speakername", "displayname", "sendername", "authorname", "nickname")
_LESS_SURE = {"name": 2, "actor": 2, "role": 3, "speakerid": 4, "u": 4, "member": 4}
_LEAST = 5
# Whom an event is of, as Rasa has it.
_BOTS = ("user", "bot")
# What is only called a label may be that of a speaker.
_EMOTIONS = KNOWN_NAMES["emotion"] - {"label"}
_STARTS = KNOWN_NAMES["start"] | {
    "startts",
    "starttimestamp",
    "timestamp",
    "createdat",
    "sentat",
    "date",
    "datetime",
    "ts",
}
# Times where they hold one.
_MAYBE_STARTS = frozenset({"time", "sent", "created", "timesent", "createdtime", "originalarrivaltime"})
_ENDS = KNOWN_NAMES["end"] | {"endts", "endtimestamp"}
_UNITS = UNIT_NAMES | {
    **{f"{begin}{unit}": ("start", 1e3) for begin in ("beginoffset", "offset", "start") for unit in ("millis", "inms")},
    **{f"{end}{unit}": ("end", 1e3) for end in ("endoffset", "end") for unit in ("millis", "inms")},
}
_NAMES = ("displayname", "nickname", "globalname", "realname", "name", "username", "login", "id")
_LEVEL_NAMES = ("level", "severity", "levelname", "loglevel", "log_level")
_LEVELS = frozenset({"trace", "debug", "info", "notice", "warn", "warning", "error", "fatal", "critical"})
_PARTS = (("first", "firstname", "givenname"), ("last", "lastname", "familyname", "surname"))
_IDS = (
    *("id", "conversationid", "dialogueid", "dialogid", "convid", "chatid", "sessionid", "callid", "threadid"),
    *("ticketid", "uid", "name", "title"),
)
# Who has them says something; others, such as a user, may be those that a conversation is with.
_SENDERS = frozenset({"author", "authorname", "from", "sender", "sendername", "speaker", "speakername", "username"})
# Two lists are one talk twice where so much of the shorter one is in the other.
_SAME = 0.5


@dataclass(frozen=True, slots=True)
class JsonTalk:
    """A list of turns.

    Attributes:
        name: what the document calls it; None where it has no name for it.
        items: its objects.
    """

    name: str | None
    items: list[Any]


def find_rows(document: Any, depth: int = 0) -> list[Any] | None:
    """Returns the one list of turns in a document; None where there is none, or more than one."""
    if isinstance(document, list):
        return document if _are_rows(document) else None
    if not isinstance(document, dict) or depth > _DEEPEST:
        return None
    found = [one for value in document.values() if (one := find_rows(value, depth + 1)) is not None]
    return found[0] if len(found) == 1 and not _loses_words(document, found[0]) else None


def _loses_words(item: Mapping[str, Any], rows: Sequence[Any]) -> bool:
    """Returns whether an object is a message itself, such as a post with comments, whose words its rows do not have."""
    own = row_of(item)
    if own is None or own["speaker"] is None:
        return False
    said = " ".join(row["text"] for one in rows if (row := row_of(one)) is not None)
    return not _is_in(own["text"].casefold().split(), said.casefold().split())


def find_talks(document: Any, depth: int = 0) -> list[JsonTalk]:
    """Returns the conversations of a document with a list of turns for each: in objects of a list, or under names.

    Nothing where it is not clear: objects with several lists, lists that could be one conversation.
    """
    if isinstance(document, list):
        return _talks_of_list(document)
    if not isinstance(document, dict) or depth > _DEEPEST:
        return []
    named = _lists_under_names(document)
    if len(named) > 1:
        return [] if _could_be_one([talk.items for talk in named]) else named
    found = [talks for value in document.values() if (talks := find_talks(value, depth + 1))]
    return found[0] if len(found) == 1 and not named else []


def names_of_lists(document: Any, depth: int = 0) -> list[str]:
    """Returns the names of the lists of turns that stand beside each other in an object of a document."""
    if isinstance(document, list):
        document = next((item for item in document if isinstance(item, Mapping)), None)
    if not isinstance(document, Mapping) or depth > _DEEPEST:
        return []
    names = [str(key) for key, value in document.items() if _are_rows(value)]
    return names or next((found for value in document.values() if (found := names_of_lists(value, depth + 1))), [])


def row_of(item: Any) -> dict[str, Any] | None:
    """Returns speaker, text, emotion, start and end of an object; None where it has no text."""
    if not isinstance(item, Mapping):
        return None
    row: dict[str, Any] = {"speaker": None, "text": None, "emotion": None, "start": None, "end": None}
    rank = _LEAST + 1
    for key, value in item.items():
        name = fold_name(str(key))
        if name in _TEXTS and row["text"] is None and isinstance(value, str):
            row["text"] = value
        elif name in _WHO:
            sure = 0 if name in _SURER else _LESS_SURE.get(name, 1)
            if sure < rank and (who := name_of(value)) is not None:
                row["speaker"], rank = who, sure
        elif name in _EMOTIONS and isinstance(value, str):
            row["emotion"] = value
        elif name in _UNITS and isinstance(value, int | float):
            role, scale = _UNITS[name]
            row[role] = as_seconds(value, scale)
        elif name == "event" and value in _BOTS and rank > _LEAST:
            row["speaker"], rank = value, _LEAST
        elif (name in _STARTS or (name in _MAYBE_STARTS and _is_time(value))) and row["start"] is None:
            row["start"] = value
        elif name in _ENDS and row["end"] is None:
            row["end"] = value
    return row if row["text"] is not None else None


def _is_time(value: Any) -> bool:
    try:
        return value is not None and (parse_moment(str(value)) or parse_time("time", value)) is not None
    except InputError:
        return False


def _is_log(item: Any) -> bool:
    """Returns whether an object is a line that a program has logged."""
    level = next((item[key] for key in _LEVEL_NAMES if key in item), None) if isinstance(item, Mapping) else None
    return isinstance(level, str) and level.casefold() in _LEVELS


def _are_rows(items: Any) -> bool:
    if not isinstance(items, list) or all(map(_is_log, items[:LOOKED_AT])):
        return False
    rows = [row_of(item) for item in items[:LOOKED_AT]]
    known = [row for row in rows if row is not None and (row["speaker"] is not None or row["start"] is not None)]
    return bool(rows) and 2 * len(known) > len(rows)


def _talks_of_list(items: Sequence[Any]) -> list[JsonTalk]:
    """Returns a talk of each object of a list; nothing unless each of them has one list, of turns or empty."""
    talks = [_talk_of(item) for item in items]
    found = [talk for talk in talks if talk is not None]
    return [talk for talk in found if talk.items] if talks and len(found) == len(talks) else []


def _talk_of(item: Any) -> JsonTalk | None:
    if not isinstance(item, Mapping) or _says_something(item):
        return None
    lists = [value for value in item.values() if _are_rows(value)]
    if not lists and any(value == [] for value in item.values()):
        lists = [[]]
    if len(lists) != 1:
        return None
    folded = {fold_name(str(key)): value for key, value in item.items()}
    names = (folded[key] for key in _IDS if isinstance(folded.get(key), str | int))
    name = next((str(name) for name in names if str(name).strip()), None)
    return JsonTalk(name, lists[0])


def _says_something(item: Mapping[str, Any]) -> bool:
    """Returns whether an object is a message by itself, with answers below it; they are not all that is said."""
    return row_of(item) is not None or any(fold_name(str(key)) in _SENDERS for key in item)


def _lists_under_names(document: Mapping[str, Any]) -> list[JsonTalk]:
    """Returns what an object of lists of turns holds, or one of objects with a list each; nothing where it has others.

    What has no objects in it does no harm beside them.
    """
    talks: list[JsonTalk] = []
    for key, value in document.items():
        talk = JsonTalk(str(key), value) if _are_rows(value) else _talk_of(value)
        if talk is not None and talk.items:
            talks.append(JsonTalk(str(key), talk.items))
        elif _holds_objects(value):
            return []
    return talks


def _holds_objects(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(one, list | Mapping) for one in value[:LOOKED_AT])
    return isinstance(value, Mapping) and any(isinstance(one, Mapping) or _holds_objects(one) for one in value.values())


def _could_be_one(lists: Sequence[Sequence[Any]]) -> bool:
    """Returns whether some lists could be one talk: what each of two people says, its words beside its sentences, or
    raw and corrected.

    Then nobody answers in them, or they have times in common, or most of their words.
    """
    seen: list[tuple[set[Any], list[str]]] = []
    looked = [[row for item in items[:LOOKED_AT] if (row := row_of(item)) is not None] for items in lists]
    if all(len({row["speaker"] for row in rows}) < 2 for rows in looked):
        return True
    for rows in looked:
        times = {row["start"] for row in rows if isinstance(row["start"], str | int | float) and row["start"]}
        words = " ".join(row["text"] for row in rows).casefold().split()
        for other_times, other_words in seen:
            shared = len(times & other_times)
            if shared and shared >= _SAME * min(len(times), len(other_times)):
                return True
            if _is_in(words, other_words) or _is_in(other_words, words):
                return True
        seen.append((times, words))
    return False


def _is_in(words: Sequence[str], others: Sequence[str]) -> bool:
    """Returns whether the pairs of neighbours among words are, for a good part, pairs of the others."""
    pairs = set(pairwise(words))
    return bool(pairs) and len(pairs.intersection(pairwise(others))) >= _SAME * len(pairs)


def name_of(value: Any) -> str | None:
    """Returns the name of who says something, from a text, a number, an object or a list of one; None of another."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if isinstance(value, Mapping):
        folded = {fold_name(str(key)): one for key, one in value.items()}
        parts = [folded[key] for keys in _PARTS for key in keys if isinstance(folded.get(key), str) and folded[key]]
        value = next(
            (folded[name] for name in _NAMES if isinstance(folded.get(name), str | int) and folded[name]), None
        )
        # An id says less than a name in two parts.
        value = " ".join(parts) if parts and (value is None or value == folded.get("id")) else value
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)
