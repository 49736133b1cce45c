"""A session as a file: JSONL, CSV, and subtitles with the emotions in them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.formats.subtitles.writer import write_srt, write_vtt
from instructerc.serving.schemas import SessionDetail, SessionUtterance

MEDIA_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv", "vtt": "text/vtt", "srt": "application/x-subrip"}
# A turn without a time of its own lasts this long in subtitles, unless it came later.
_TURN_S = 3.0


def export_session(detail: SessionDetail, kind: str) -> str:
    """Returns a session as text; a person's correction goes before the model's answer.

    Args:
        detail: the session with all its turns.
        kind: `jsonl`, `csv`, `vtt` or `srt`; in the last two, turns without times have those at which they came.
    """
    writers: dict[str, Callable[[SessionDetail], str]] = {"jsonl": _to_jsonl, "csv": _to_csv}
    return writers[kind](detail) if kind in writers else _to_subtitles(detail, kind)


def _row(detail: SessionDetail, turn: SessionUtterance) -> dict[str, Any]:
    answer = turn.answer
    return {
        "conversation": detail.id,
        "turn": turn.turn,
        "speaker": turn.speaker,
        "text": turn.text,
        "start": turn.start,
        "end": turn.end,
        "emotion": turn.correction or (answer.label if answer else None),
        "corrected": turn.correction is not None,
        "model_emotion": answer.label if answer else None,
        "probability": answer.probability if answer else None,
        "probabilities": answer.probabilities if answer else {},
        "received_at": turn.received_at.isoformat(),
    }


def _to_jsonl(detail: SessionDetail) -> str:
    return "".join(json.dumps(_row(detail, turn), ensure_ascii=False) + "\n" for turn in detail.utterances)


def _to_csv(detail: SessionDetail) -> str:
    stream = io.StringIO(newline="")
    rows = [_row(detail, turn) for turn in detail.utterances]
    columns = [name for name in rows[0] if name != "probabilities"]
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*columns, *(f"p_{label}" for label in detail.labels)])
    for row in rows:
        probabilities = row.pop("probabilities")
        writer.writerow([*map(_cell, row.values()), *(probabilities.get(label) for label in detail.labels)])
    return stream.getvalue()


def _cell(value: Any) -> Any:
    # A spreadsheet would run a text that begins like a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _to_subtitles(detail: SessionDetail, kind: str) -> str:
    first = detail.utterances[0].received_at
    turns: list[Utterance] = []
    for turn in detail.utterances:
        came = (turn.received_at - first).total_seconds()
        start = turn.start if turn.start is not None else came
        end = turn.end if turn.end is not None and turn.end >= start else start + _TURN_S
        turns.append(Utterance(turn.speaker, turn.text, _row(detail, turn)["emotion"], start, end))
    stream = io.StringIO()
    (write_vtt if kind == "vtt" else write_srt)(Conversation(detail.id, turns), stream)
    return stream.getvalue()
