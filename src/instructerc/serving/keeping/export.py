"""A session as a file: JSONL, CSV, and subtitles with the emotions in them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.formats.subtitles.writer import write_srt, write_vtt
from instructerc.recognition.records import csv_fields, turn_fields
from instructerc.serving.contract.schemas.sessions import SessionDetail, SessionUtterance
from instructerc.serving.scoring.answers import to_record

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
    answer = None if turn.answer is None else to_record(turn.answer)
    fields = turn_fields(turn.to_utterance(), answer)
    # Nobody gave a session's turns labels before.
    del fields["gold"]
    corrected = {
        "emotion": turn.correction or fields["emotion"],
        "corrected": turn.correction is not None,
        "model_emotion": fields["emotion"],
    }
    row = {"conversation": detail.id, "turn": turn.turn}
    for name, value in fields.items():
        row |= corrected if name == "emotion" else {name: value}
    return row | {"received_at": turn.received_at.isoformat()}


def _to_jsonl(detail: SessionDetail) -> str:
    return "".join(json.dumps(_row(detail, turn), ensure_ascii=False) + "\n" for turn in detail.utterances)


def _to_csv(detail: SessionDetail) -> str:
    stream = io.StringIO(newline="")
    # Excel reads it as UTF-8 only with the mark.
    stream.write("\ufeff")
    columns = list(dict.fromkeys(name for turn in detail.utterances for name in _row(detail, turn)))
    place = columns.index("probabilities")
    columns[place : place + 1] = [f"p_{label}" for label in detail.labels]
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(csv_fields(_row(detail, turn)) for turn in detail.utterances)
    return stream.getvalue()


def _to_subtitles(detail: SessionDetail, kind: str) -> str:
    # A turn that was said again, with the time at which it was said, came later than that.
    began = min(turn.received_at - timedelta(seconds=turn.start or 0.0) for turn in detail.utterances)
    turns: list[Utterance] = []
    for turn in detail.utterances:
        came = (turn.received_at - began).total_seconds()
        start = turn.start if turn.start is not None else came
        end = turn.end if turn.end is not None and turn.end >= start else start + _TURN_S
        turns.append(
            Utterance(
                turn.speaker, turn.text, turn.correction or (turn.answer.label if turn.answer else None), start, end
            )
        )
    stream = io.StringIO()
    (write_vtt if kind == "vtt" else write_srt)(Conversation(detail.id, turns), stream)
    return stream.getvalue()
