"""Talks in the layouts that people and scripts write: lines, tables and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from layouts.chats import Turns, times_of


def _dumps(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False)


def _plain(turns: Turns) -> str:
    return "".join(f"{name}: {text}\n" for name, text in turns)


def _plain_bold(turns: Turns) -> str:
    return "".join(f"**{name}:** {text}\n\n" for name, text in turns)


def _plain_clock(turns: Turns) -> str:
    return "".join(f"({when:%I:%M %p}) {name}: {text}\n" for when, name, text in times_of(turns))


def _plain_brackets(turns: Turns) -> str:
    return "".join(f"[{name}]: {text}\r\n" for name, text in turns)


def _table(header: str, delimiter: str = ",", end: str = "\r\n") -> Callable[[Turns], str]:
    """Returns a function that writes a table with columns of what their names say."""

    def write(turns: Turns) -> str:
        stream = io.StringIO()
        rows = csv.writer(stream, delimiter=delimiter, lineterminator=end)
        rows.writerow(header.split(","))
        for place, (name, text) in enumerate(turns):
            cells = {"speaker": name, "author": name, "text": text, "message": text, "conversation": "c1"}
            rows.writerow([cells.get(column, place) for column in header.split(",")])
        return stream.getvalue()

    return write


def _meld(turns: Turns) -> str:
    stream = io.StringIO()
    rows = csv.writer(stream)
    header = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
    rows.writerow(header.split(","))
    for place, (name, text) in enumerate(turns):
        times = ("00:00:01,000", "00:00:02,500")
        rows.writerow([place + 1, text, name, "neutral", "neutral", 0, place, 1, 2, *times])
    return stream.getvalue()


def _emorynlp(turns: Turns) -> str:
    stream = io.StringIO()
    rows = csv.writer(stream)
    header = "Utterance,Speaker,Emotion,Scene_ID,Utterance_ID,Season,Episode,Sentiment,Start_Time,End_Time"
    rows.writerow(header.split(","))
    for place, (name, text) in enumerate(turns):
        rows.writerow([text, repr([name]), "Neutral", 1, place + 1, 1, 2, "neutral", "00:00:01.000", "00:00:02.500"])
    return stream.getvalue()


def _jsonl_turns(turns: Turns) -> str:
    return "".join(_dumps({"conversation": "c1", "speaker": name, "text": text}) + "\n" for name, text in turns)


def _jsonl_talks(turns: Turns) -> str:
    # A line for every few turns, so that no line is as long as a file.
    parts = [turns[place : place + 50] for place in range(0, len(turns), 50)]
    return "".join(
        _dumps({"id": f"c{number}", "utterances": [{"speaker": name, "text": text} for name, text in part]}) + "\n"
        for number, part in enumerate(parts)
    )


def _json_rows(turns: Turns) -> str:
    return json.dumps([{"speaker": name, "text": text} for name, text in turns], indent=2)


def _messages(turns: Turns) -> str:
    messages = [{"role": "user", "name": name, "content": text} for name, text in turns]
    return _dumps({"model": "some-model", "messages": [{"role": "system", "content": "Be kind."}, *messages]})


def _messages_list(turns: Turns) -> str:
    return json.dumps([{"role": "user", "name": name, "content": text} for name, text in turns], indent=2)


def _messages_lines(turns: Turns) -> str:
    parts = [turns[place : place + 50] for place in range(0, len(turns), 50)]
    return "".join(
        _dumps({"messages": [{"role": "user", "name": name, "content": text} for name, text in part]}) + "\n"
        for part in parts
    )


def _sharegpt(turns: Turns) -> str:
    return _dumps([{"id": "1", "conversations": [{"from": name, "value": text} for name, text in turns]}])


def _label_studio(turns: Turns) -> str:
    dialogue = [{"author": name, "text": text} for name, text in turns]
    value = {"start": "0", "end": "0", "paragraphlabels": ["joy"]}
    done = {"id": 1, "result": [{"id": "a", "type": "paragraphlabels", "value": value}], "was_cancelled": False}
    return _dumps([{"id": 1, "annotations": [done], "predictions": [], "data": {"dialogue": dialogue}}])


def _dialogue_table(write_cell: Callable[[Turns], str]) -> Callable[[Turns], str]:
    """Returns a function that writes a table with a dialogue of some turns in a cell of each row."""

    def write(turns: Turns) -> str:
        stream = io.StringIO()
        rows = csv.writer(stream)
        rows.writerow(["id", "dialogue", "summary"])
        for place in range(0, len(turns), 50):
            rows.writerow([f"train_{place}", write_cell(turns[place : place + 50]), "They talk, and say: fine."])
        return stream.getvalue()

    return write


def _cell_of_lines(turns: Turns) -> str:
    return "\n".join(f"{name}: {text}" for name, text in turns)


def _cell_of_messages(turns: Turns) -> str:
    return _dumps([{"role": name, "content": text} for name, text in turns])


def _cell_of_numpy(turns: Turns) -> str:
    return "[" + "\n ".join(repr(text) for _, text in turns) + "]"


ROWS: dict[str, Callable[[Turns], str]] = {
    "plain": _plain,
    "plain.bold": _plain_bold,
    "plain.clock": _plain_clock,
    "plain.brackets": _plain_brackets,
    "table": _table("conversation,speaker,text"),
    "table.tabs": _table("speaker,text,start", "\t", "\n"),
    "table.semicolons": _table("conversation,speaker,text,label", ";"),
    "table.others": _table("id,author,message"),
    "meld": _meld,
    "emorynlp": _emorynlp,
    "jsonl.turns": _jsonl_turns,
    "jsonl.talks": _jsonl_talks,
    "jsonl.list": _json_rows,
    "messages": _messages,
    "messages.list": _messages_list,
    "messages.lines": _messages_lines,
    "messages.sharegpt": _sharegpt,
    "label-studio": _label_studio,
    "dialogue-table": _dialogue_table(_cell_of_lines),
    "dialogue-table.messages": _dialogue_table(_cell_of_messages),
    "dialogue-table.numpy": _dialogue_table(_cell_of_numpy),
}
