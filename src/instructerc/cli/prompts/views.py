"""What `instructerc prompt show` prints: one record, as JSON or as text for a person."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.text import Text

from instructerc.cli.prompts.layout import CharacterTokenizer, Part, PlacedSegment, PromptReader, lay_out
from instructerc.errors import InputError
from instructerc.prompts import EMOTION_PREDICTION, EMOTION_RECOGNITION, SPEAKER_IDENTIFICATION, Question
from instructerc.prompts.rows import TokenisedQuestion

_NOT_ASKED = {
    EMOTION_PREDICTION: "it sees no earlier turn to predict it from; choose a later one, or a longer --window",
    SPEAKER_IDENTIFICATION: "the conversation has only one speaker, so there is nothing to choose",
}
_STYLES = {"question": "bold", "option": "dim"}


def flat_record(parts: Sequence[Part], reader: PromptReader, turn: int, task: str) -> dict[str, Any]:
    """Returns the prompts of a turn, with their options and lengths.

    Args:
        parts: the conversation's trees.
        reader: what made them.
        turn: from 1.
        task: which one was asked for, or `all`; for the error.

    Raises:
        InputError: this task has no question about this turn.
    """
    prompts = [
        _prompt(part, reader, question, tokens)
        for part in parts
        for question, tokens in part.questions()
        if question.utterance == turn - 1
    ]
    if not prompts:
        raise InputError(f"{task} asks nothing about turn {turn}: {_NOT_ASKED[task]}")
    return {"turn": turn, "prompts": prompts}


def _prompt(part: Part, reader: PromptReader, question: Question, tokens: TokenisedQuestion) -> dict[str, Any]:
    n_turns = max(0, question.after - part.n_head + 1)
    return {
        "task": question.task,
        "history_turns": n_turns - (question.task == EMOTION_RECOGNITION),
        "prompt": part.tree.flatten(question),
        "length": len(part.tokens.prompt(tokens)),
        "options": [
            {"text": text, "length": _option_length(ids, reader), "gold": number == question.answer}
            for number, (text, ids) in enumerate(zip(question.options, tokens.options, strict=True))
        ],
        "shortened": reader.shortened(part.tree, question),
    }


def _option_length(ids: Sequence[int], reader: PromptReader) -> int:
    # A character has no end token.
    return len(ids) - isinstance(reader.tokenizer, CharacterTokenizer)


def packed_record(parts: Sequence[Part], reader: PromptReader) -> dict[str, Any]:
    """Returns the rows that the questions of a conversation are packed into.

    Raises:
        InputError: nothing is asked.
    """
    layout = lay_out(parts, reader.max_tokens)
    if not layout.rows:
        raise InputError("this task asks nothing about this conversation; --task all has every question")
    rows = [{"length": row[-1].tokens[1], "segments": list(map(_segment, row))} for row in layout.rows]
    return {"rows": rows, "n_packed": layout.n_packed, "n_flat": layout.n_flat}


def _segment(placed: PlacedSegment) -> dict[str, Any]:
    words = placed.words
    about = {"turn": words.turn, "task": words.task, "gold": words.gold} if words.task else {"turn": words.turn}
    return {
        "segment": placed.number,
        "kind": words.kind,
        **{key: value for key, value in about.items() if value is not None},
        "text": words.text,
        "tokens": list(placed.tokens),
        "positions": list(placed.positions),
        "sees": list(placed.sees),
    }


def print_text(record: dict[str, Any]) -> None:
    """Writes a record for a person; colours only on a terminal, and not where NO_COLOR is set."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")
    console = Console(highlight=False, markup=False, emoji=False)
    place = f"{record['corpus']}, {record['split']} split" if record["corpus"] else record["file"]
    turn = f"turn {record['turn']} of {record['n_turns']}" if "turn" in record else f"{record['n_turns']} turn(s)"
    _line(console, _visible(f"{place}, conversation {_quoted(record['conversation'])}, {turn}"), "bold")
    asked = f"wording {record['wording']}, labels {record['label_set']}, history {record['history']} {record['window']}"
    _line(console, _visible(asked), "dim")
    _line(console, _visible(_counted(record)), "dim")
    for prompt in record.get("prompts", ()):
        _print_prompt(console, prompt, record)
    for number, row in enumerate(record.get("rows", ()), start=1):
        _print_row(console, row, f"row {number} of {len(record['rows'])}", record["unit"])
    if "rows" in record:
        _print_sums(console, record)


def _counted(record: dict[str, Any]) -> str:
    if record["tokenizer"]:
        return f"tokens of {record['tokenizer']}, at most {record['max_tokens']:,}"
    return "lengths are characters, and nothing is cut; --tokenizer NAME counts tokens"


def _print_prompt(console: Console, prompt: dict[str, Any], record: dict[str, Any]) -> None:
    console.print()
    _line(console, f"--- {prompt['task']}: prompt, {prompt['length']:,} {record['unit']} ---", "dim")
    console.file.write(_on_screen(prompt["prompt"]) + "\n")
    options = prompt["options"]
    _line(
        console, f"--- options, {record['unit']}{', the end token included' if record['tokenizer'] else ''} ---", "dim"
    )
    texts = [_quoted(option["text"]) for option in options]
    widest = max(map(len, texts))
    for option, text in zip(options, texts, strict=True):
        gold = "  gold" if option["gold"] else ""
        _line(console, f"{text:<{widest}}  {option['length']:>3,}{gold}", "bold" if gold else "")
    longest = max(option["length"] for option in options)
    limit = f" of {record['max_tokens']:,}" if record["max_tokens"] else ""
    total = f"--- with the longest option {prompt['length'] + longest:,}{limit} {record['unit']} ---"
    _line(console, total, "dim")
    for text in prompt["shortened"]:
        _line(console, f"too long for one piece, so the model reads it cut: {_quoted(text[:60])}", "bold")


def _print_row(console: Console, row: dict[str, Any], title: str, unit: str) -> None:
    console.print()
    _line(console, f"{title}: {row['length']:,} {unit}", "bold")
    segments = row["segments"]
    cells = [("#", unit, "positions", "sees", "what", "text"), *map(_cells, segments)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for segment, line in zip([None, *segments], cells, strict=True):
        right = [cell.rjust(width) for cell, width in zip(line[:3], widths, strict=False)]
        left = [cell.ljust(width) for cell, width in zip(line[3:5], widths[3:], strict=False)]
        text = "  ".join([*right, *left, line[5]])
        style = "dim" if segment is None else "" if segment.get("gold") else _STYLES.get(segment["kind"], "")
        # A line of a terminal is a segment; in a file nothing is lost.
        _line(console, text, style, shorten=console.is_terminal)


def _cells(segment: dict[str, Any]) -> tuple[str, ...]:
    kind, turn = segment["kind"], segment.get("turn")
    what = {"turn": f"turn {turn}", "question": f"  turn {turn}: {segment.get('task')}", "option": "    option"}
    gold = ", gold" if segment.get("gold") else ""
    spans = [f"{begin}-{end - 1}" if end > begin + 1 else str(begin) for begin, end in _spans(segment)]
    return (
        str(segment["segment"]),
        *spans,
        _ranges(segment["sees"]),
        what.get(kind, kind) + gold,
        _quoted(segment["text"]),
    )


def _spans(segment: dict[str, Any]) -> Iterable[tuple[int, int]]:
    return (tuple(segment[name]) for name in ("tokens", "positions"))


def _ranges(numbers: Sequence[int]) -> str:
    """Returns numbers as in `0-3, 7`; a dash where there are none."""
    if not numbers:
        return "-"
    breaks = [index for index, (one, other) in enumerate(pairwise(numbers), start=1) if other > one + 1]
    runs = [numbers[begin:end] for begin, end in pairwise([0, *breaks, len(numbers)])]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _print_sums(console: Console, record: dict[str, Any]) -> None:
    packed, flat = record["n_packed"], record["n_flat"]
    console.print()
    _line(console, "A token sees the segments under 'sees', and the tokens before it in its own segment.", "dim")
    _line(
        console,
        f"{packed:,} {record['unit']} packed; as one prompt per question, options beside it, {flat:,}: "
        f"{flat / packed:.1f} times as many",
        "bold",
    )


def _line(console: Console, text: str, style: str = "", *, shorten: bool = False) -> None:
    shown = Text(text, style=style)
    if shorten:
        shown.truncate(console.width, overflow="ellipsis")
    console.print(shown, soft_wrap=True)


def _quoted(text: str) -> str:
    """Returns a text as JSON, in quotes and with everything spelt out that does not show."""
    return _visible(json.dumps(text, ensure_ascii=False))


def _visible(text: str) -> str:
    return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in text)


def _on_screen(text: str) -> str:
    """Returns a prompt as it is; on a terminal, what would steer it is spelt out."""
    if not sys.stdout.isatty():
        return text
    return "".join(json.dumps(character)[1:-1] if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    # Joiners are Cf too, but emoji and several scripts are spelt with them.
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in "\n\t\u200c\u200d"
