"""Rows that hold a whole dialogue each, in a column such as `dialog`: texts, objects, or lines with names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow
from instructerc.formats.dialogues.json_talks import name_of
from instructerc.formats.dialogues.texts import Turn, has_marks, turns_of_text
from instructerc.formats.messages import SILENT_ROLES, SYSTEM, text_of
from instructerc.formats.shared.chat_turns import unique_name
from instructerc.formats.shared.columns import KNOWN_NAMES, fold_name
from instructerc.formats.shared.names import NameJudge
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show

_LISTS = frozenset(
    {
        *("dialog", "dialogue", "dialogs", "dialogues", "dialogturns", "dialogueturns", "turns", "utterances"),
        *("conversation", "conversations", "messages"),
    }
)
# Objects under these are messages with roles, or turns of the project's own files.
_NO_OBJECTS = frozenset({"conversation", "conversations", "messages", "utterances"})
# A text that is a whole dialogue stands under one of these only; the rest have other things too.
_SURE_TEXTS = frozenset({"dialog", "dialogue"})
_TEXTS = frozenset(
    {
        *("dialog", "dialogue", "dialogtext", "dialoguetext", "dialogs", "dialogues", "conversation", "conversations"),
        *("conversationtext", "conversationhistory", "transcript", "transcripts", "transcription", "calltranscript"),
        *("chat", "chatlog", "chattranscript", "chathistory", "chats", "call", "messages", "thread", "turns"),
        *("utterances", "interaction", "gespräch", "gesprächsverlauf", "chatverlauf", "transkript", "conversación"),
        # The better one of two answers, with the talk before it.
        "chosen",
        *("conversazione", "conversa", "discussion", "диалог", "对话", "對話", "会话", "会話", "対話", "대화"),
    }
)
_SPEAKERS = frozenset({"speakers", "speaker", "roles", "role", "speakerids", "speakernames", "names"})
_EMOTIONS = frozenset({"emotion", "emotions", "emotionlabels", "utteranceemotions", "labels"})
_IDS = (
    *("dialogueid", "dialogid", "conversationid", "convid", "sessionid", "id", "uid", "fname", "idx"),
    *("callid", "ticketid", "chatid", "threadid", "caseid", "ticketnumber", "recordid"),
)
# A list under these has one text for each turn.
_PLAIN_WORDS = frozenset({"text", "texts", "message", "utterance", "sentence"})
_WORDS = KNOWN_NAMES["text"] | {"value", "txt", "turn"}
_WHO = KNOWN_NAMES["speaker"] | {"speakername", "agent", "persona", "speakerrole", "actor"}
_ROLES = {name: role for role, names in (("text", _WORDS), ("speaker", _WHO), ("emotion", _EMOTIONS)) for name in names}
_TIMES = ("start", "end")

_IN_TURN = "{n} dialogue(s) without speakers: two people are taken to speak in turn"
_NO_WORDS = "{n} turn(s) without words: left out"
_NUMBERED = "{n} dialogue(s) whose emotions are numbers without names: emotions left out"


def find_dialogue(row: Mapping[str, Any], options: ReadOptions, *, objects: bool = False) -> str | None:
    """Returns the name of the column that holds a row's dialogue; None where no column does.

    With `objects`, lists of objects count under every name; in JSON, other formats read those under `messages`.
    """
    given = options.text_column
    for name, value in row.items():
        is_named = name == given if given else fold_name(str(name)) in _LISTS
        if is_named and _turns_of(value, str(name), objects) is not None and (given or not _are_ids(value, row)):
            return str(name)
    if given or not KNOWN_NAMES["speaker"].isdisjoint(fold_name(str(name)) for name in row):
        return None
    return next((str(name) for name, value in row.items() if _is_talk(value, str(name))), None)


def _is_talk(value: Any, name: str) -> bool:
    """Returns whether a text under a name such as `transcript` has lines of at least two people, one of them twice."""
    if not isinstance(value, str) or not is_dialogue_text(name) or fold_name(name) in _SURE_TEXTS:
        return False
    speakers = [str(turn["speaker"]) for turn in turns_of_text(value) or () if "speaker" in turn]
    return len(speakers) > len(set(speakers)) > 1


def _are_ids(values: Any, row: Mapping[str, Any]) -> bool:
    """Returns whether a list names conversations: the words stand beside it, under a name of their own."""
    beside = (value for name, value in row.items() if value is not values and fold_name(str(name)) in _PLAIN_WORDS)
    return isinstance(values, list) and any(isinstance(value, list) and len(value) == len(values) for value in beside)


def is_dialogue_name(name: str, options: ReadOptions) -> bool:
    """Returns whether a column of that name may hold dialogues as lists or objects."""
    return name == options.text_column if options.text_column else fold_name(name) in _LISTS


def is_dialogue_text(name: str) -> bool:
    """Returns whether a column of that name may hold dialogues, as texts or otherwise."""
    return fold_name(name) in _TEXTS or fold_name(name) in _LISTS


def read_dialogue(
    row: Mapping[str, Any],
    number: int,
    names: set[str],
    reading: Reading,
    labels: Mapping[str, Sequence[str]] | None = None,
    *,
    objects: bool = False,
) -> Conversation | None:
    """Returns the conversation of a row; None where nothing is said in it.

    Texts without speakers are said in turn by two people who are called `Speaker 1` and `Speaker 2`.

    Args:
        row: its columns.
        number: of the row.
        names: ids that are taken; the conversation's is added.
        reading: the pass that it belongs to.
        labels: names of numbers by column, where the file says them.
        objects: as of `find_dialogue`.

    Raises:
        BadRow: no dialogue, or a turn that cannot be one.
    """
    column = find_dialogue(row, reading.options, objects=objects)
    turns = None if column is None else _turns_of(row[column], column, objects)
    if turns is None:
        raise reading.bad(number, f"no column with a dialogue, such as 'dialog', in {show(list(row))}")
    others = {name: value for name, value in row.items() if name != column}
    return build_dialogue(turns, others, number, f"{reading.stem}/{number}", names, reading, labels)


def build_dialogue(
    turns: list[Turn],
    others: Mapping[str, Any],
    number: int,
    otherwise: str,
    names: set[str],
    reading: Reading,
    labels: Mapping[str, Sequence[str]] | None = None,
) -> Conversation | None:
    """Returns the conversation of a row's turns; None where nothing is said in it.

    Args:
        turns: with `text` and what else is known; speakers and emotions that stand beside are added.
        others: the other columns of the row.
        number: of the row or its line, for notes and errors.
        otherwise: what the conversation is called that has no id.
        names: ids that are taken; the conversation's is added.
        reading: the pass that it belongs to.
        labels: as of `read_dialogue`.

    Raises:
        BadRow: a turn that cannot be one.
    """
    _add_beside(turns, others, number, reading, labels or {})
    utterances = [turn for place, one in enumerate(turns, 1) if (turn := _utterance(one, number, place, reading))]
    given = {fold_name(str(name)): value for name, value in others.items()}
    wanted = reading.options.conversation_column
    name = others.get(wanted) if wanted else next((given[key] for key in _IDS if given.get(key) is not None), None)
    return Conversation(unique_name(name, otherwise, names), utterances) if utterances else None


def _turns_of(value: Any, name: str, objects: bool) -> list[Turn] | None:
    """Returns the turns that a value holds, with `text` and what else is known; None where it is no dialogue."""
    if isinstance(value, str):
        return turns_of_text(value) if _is_talk(value, name) else _turns_of_text(value, name)
    is_list = isinstance(value, list) and value and not all(isinstance(one, str) for one in value)
    return None if is_list and not objects and fold_name(name) in _NO_OBJECTS else turns_of_value(value)


def _turns_of_text(text: str, name: str) -> list[Turn] | None:
    turns = (
        turns_of_text(text) if fold_name(name) in _SURE_TEXTS or (has_marks(text) and is_dialogue_text(name)) else None
    )
    return turns if turns is not None and (has_marks(text) or len(turns) > 1) else None


def turns_of_value(value: Any) -> list[Turn] | None:
    """Returns the turns of a list of texts or of objects, or of an object of lists; None of everything else."""
    if isinstance(value, Mapping):
        inner = next((one for key, one in value.items() if fold_name(str(key)) in _LISTS and _is_list(one)), None)
        return _from_columns(value) or (None if inner is None else turns_of_value(inner))
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(one, str) for one in value):
        return _named_texts(value) or [{"text": one} for one in value]
    if not all(isinstance(one, Mapping) for one in value):
        return None
    turns = [_from_object(one) for one in value]
    return [turn for turn in turns if turn is not None] if all(turns) else None


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _from_object(item: Mapping[str, Any]) -> Turn | None:
    """Returns the turn of an object; None where it has no words. Nobody says what has the role of a system or tool."""
    found: Turn = {"text": None, "speaker": None, "emotion": None}
    for key, value in item.items():
        role = _ROLES.get(fold_name(str(key)))
        if role is not None and value is not None and found[role] is None:
            found[role] = value
    if isinstance(found["speaker"], Mapping):
        found["speaker"] = name_of(found["speaker"]) or found["speaker"]
    who = item.get("role", item.get("from"))
    if isinstance(who, str):
        if who.casefold() in SILENT_ROLES:
            return {"text": None, "left_out": SYSTEM}
        found["text"] = text_of(found["text"])
    return found if isinstance(found["text"], str) else None


def _from_columns(value: Mapping[str, Any]) -> list[Turn] | None:
    """Returns the turns of an object of lists that are equally long, as columns of a table are kept."""
    lists = {str(key): one for key, one in value.items() if isinstance(one, list)}
    words = next((one for key, one in lists.items() if fold_name(key) in _WORDS), None)
    if not words or not all(isinstance(one, str) for one in words):
        return None
    same = {key: one for key, one in lists.items() if len(one) == len(words)}
    return [_from_object({key: one[place] for key, one in same.items()}) or {} for place in range(len(words))]


def _named_texts(texts: Sequence[str]) -> list[Turn] | None:
    """Returns turns of texts that all begin with a speaker's name."""
    pairs = [(name.strip(" #"), text) for name, colon, text in (one.partition(":") for one in texts) if colon]
    judge = NameJudge((name for name, _ in pairs), len(texts))
    if len(pairs) < len(texts) or len(texts) < 2 or not all(judge.is_speaker(name) for name, _ in pairs):
        return None
    return [{"text": text, "speaker": name} for name, text in pairs]


def _add_beside(
    turns: list[Turn],
    others: Mapping[str, Any],
    number: int,
    reading: Reading,
    labels: Mapping[str, Sequence[str]],
) -> None:
    """Adds speakers and emotions that stand in lists beside the dialogue, as long as it is."""
    options = reading.options
    for role, names, wanted in (
        ("speaker", _SPEAKERS, options.speaker_column),
        ("emotion", _EMOTIONS, options.emotion_column),
    ):
        for column, values in others.items():
            fits = column == wanted if wanted else wanted is None and fold_name(str(column)) in names
            is_free = all(turn.get(role) is None for turn in turns)
            if fits and is_free and isinstance(values, list) and len(values) == len(turns):
                named = labels.get(str(column), ())
                for turn, value in zip(turns, values, strict=True):
                    turn[role] = named[value] if type(value) is int and 0 <= value < len(named) else value
    # Objects without a speaker could be anybody's.
    if not any("speaker" in turn for turn in turns) and len(turns) > 1:
        reading.repair(number, _IN_TURN)
        for place, turn in enumerate(turns):
            turn["speaker"] = f"Speaker {place % 2 + 1}"
    if any(isinstance(turn.get("emotion"), int) for turn in turns):
        reading.repair(number, _NUMBERED)


def _utterance(turn: Turn, number: int, place: int, reading: Reading) -> Utterance | None:
    if sentence := turn.get("left_out"):
        reading.repair(number, sentence)
        return None
    text, speaker, emotion = (turn.get(role) for role in ("text", "speaker", "emotion"))
    if not isinstance(text, str) or not text.strip():
        reading.repair(number, _NO_WORDS)
        return None
    if isinstance(speaker, int):
        speaker = str(speaker)
    if not isinstance(speaker, str | None):
        reading.skip(reading.bad(number, f"turn {place}: the speaker must be text, got {show(speaker)}"))
        return None
    try:
        return build_utterance(
            reading,
            number,
            speaker=speaker,
            text=text.strip(),
            emotion=emotion if isinstance(emotion, str) else None,
            **{role: turn.get(role) for role in _TIMES},
        )
    except BadRow as error:
        reading.skip(error)
        return None


def read_dialogues(
    rows: Iterator[tuple[int, Any]],
    reading: Reading,
    labels: Mapping[str, Sequence[str]] | None = None,
    *,
    objects: bool = False,
) -> Iterator[Conversation]:
    """Yields the conversation of each row; `labels` and `objects` are those of `read_dialogue`.

    Raises:
        BadRow: a row without a dialogue; its number is given as the line.
    """
    names: set[str] = set()
    for number, row in rows:
        try:
            if not isinstance(row, Mapping):
                raise reading.bad(number, f"must be an object with a dialogue, got {show(row)}")
            talk = read_dialogue(row, number, names, reading, labels, objects=objects)
        except BadRow as error:
            reading.skip(error)
        else:
            if talk is not None:
                yield talk
