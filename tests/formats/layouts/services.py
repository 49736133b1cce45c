"""What services and programs write as JSON or text: recognised speech, help desks, assistants and data sets."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from layouts.chats import Turns

BEGIN = datetime(2024, 3, 11, 9, 5, tzinfo=UTC)
STEP = 3


def _when(place: int) -> datetime:
    return BEGIN + timedelta(seconds=STEP * place)


def _iso(place: int) -> str:
    return _when(place).isoformat().replace("+00:00", "Z")


def _clock(place: int) -> str:
    return f"{STEP * place // 3600:02}:{STEP * place // 60 % 60:02}:{STEP * place % 60:02}"


def _aws(turns: Turns) -> str:
    items: list[dict[str, Any]] = []
    for place, (name, text) in enumerate(turns):
        for word in text.split():
            sign = word[-1] if word[-1] in ".?!," and len(word) > 1 else ""
            times = {"start_time": f"{STEP * place}.0", "end_time": f"{STEP * place + 1}.0"}
            alternatives = [{"confidence": "0.9", "content": word.removesuffix(sign) if sign else word}]
            items.append({"type": "pronunciation", "alternatives": alternatives, "speaker_label": name, **times})
            if sign:
                items.append({"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": sign}]})
    return json.dumps({"jobName": "j", "status": "COMPLETED", "results": {"transcripts": [], "items": items}})


def _rev(turns: Turns) -> str:
    monologues = []
    for place, (name, text) in enumerate(turns):
        elements: list[dict[str, Any]] = []
        for word in text.split():
            elements += [{"type": "punct", "value": " "}] if elements else []
            elements += [{"type": "text", "value": word, "ts": STEP * place + 0.0, "end_ts": STEP * place + 1.5}]
        monologues.append({"speaker": name, "elements": elements})
    return json.dumps({"monologues": monologues})


def _azure(turns: Turns) -> str:
    names = list(dict.fromkeys(name for name, _ in turns))
    phrases = [
        {
            "recognitionStatus": "Success",
            "channel": 0,
            "speaker": names.index(name) + 1,
            "offset": "PT1S",
            "duration": "PT1S",
            "offsetInTicks": STEP * place * 1e7,
            "durationInTicks": 1.5e7,
            "nBest": [{"confidence": 0.9, "lexical": text.lower(), "itn": text, "display": text}],
        }
        for place, (name, text) in enumerate(turns)
    ]
    spoken = [{"channel": 0, "display": " ".join(text for _, text in turns)}]
    head = {"source": "https://a.example/a.wav", "timestamp": "2024-03-11T09:05:00Z", "durationInTicks": 99e7}
    return json.dumps({**head, "combinedRecognizedPhrases": spoken, "recognizedPhrases": phrases})


def _azure_fast(turns: Turns) -> str:
    names = list(dict.fromkeys(name for name, _ in turns))
    phrases = [
        {
            "channel": 0,
            "speaker": names.index(name) + 1,
            "offsetMilliseconds": 1000 * STEP * place,
            "durationMilliseconds": 1500,
            "text": text,
            "words": [],
            "locale": "en-US",
            "confidence": 0.9,
        }
        for place, (name, text) in enumerate(turns)
    ]
    spoken = [{"channel": 0, "text": " ".join(text for _, text in turns)}]
    return json.dumps({"durationMilliseconds": 99000, "combinedPhrases": spoken, "phrases": phrases})


def _whisper_cpp(turns: Turns) -> str:
    items = [
        {
            "timestamps": {"from": "00:00:00,000", "to": "00:00:01,000"},
            "offsets": {"from": STEP * place * 1000, "to": STEP * place * 1000 + 1500},
            "text": f" {text}",
            "speaker": name,
        }
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"systeminfo": "x", "result": {"language": "en"}, "transcription": items}, indent=1)


def _teams(turns: Turns) -> str:
    entries = [
        {"id": f"{place}", "text": text, "speakerDisplayName": name, "startOffset": f"{_clock(place)}.0000000"}
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"$schema": "x", "type": "Transcript", "entries": entries, "events": []})


def _otter(turns: Turns) -> str:
    names = sorted({name for name, _ in turns})
    transcripts = [
        {"transcript": text, "speaker_id": names.index(name), "start_offset": STEP * place * 16000, "end_offset": None}
        for place, (name, text) in enumerate(turns)
    ]
    speakers = [{"id": number, "speaker_name": name} for number, name in enumerate(names)]
    return json.dumps({"status": "OK", "speech": {"title": "t", "speakers": speakers, "transcripts": transcripts}})


def _meet(turns: Turns) -> str:
    rows = [f"{_clock(place)}\n\n{name}: {text}\n" for place, (name, text) in enumerate(turns)]
    end = "Transcription ended after 00:30:00\n\nThis editable transcript was computer generated."
    return "\n".join(
        [
            "Sync - Transcript",
            "Attendees",
            ", ".join(dict.fromkeys(name for name, _ in turns)),
            "Transcript",
            *rows,
            end,
        ]
    )


def _claude(turns: Turns) -> str:
    messages = [
        {
            "uuid": f"{at}",
            "sender": "human" if name == turns[0][0] else "assistant",
            "text": text,
            "content": [{"type": "text", "text": text}],
            "created_at": _iso(at),
        }
        for at, (name, text) in enumerate(turns)
    ]
    return json.dumps([{"uuid": "u", "name": "A chat", "chat_messages": messages}])


def _zendesk(turns: Turns) -> str:
    names = sorted({name for name, _ in turns})
    comments = [
        {"id": at, "author_id": names.index(name), "plain_body": escape(text), "public": True, "created_at": _iso(at)}
        for at, (name, text) in enumerate(turns)
    ]
    users = [{"id": number, "name": name} for number, name in enumerate(names)]
    return json.dumps({"comments": comments, "users": users, "next_page": None, "count": len(comments)})


def _intercom(turns: Turns) -> str:
    parts = [
        {
            "type": "conversation_part",
            "part_type": "comment",
            "body": f"<p>{escape(text)}</p>",
            "created_at": int(_when(place).timestamp()),
            "author": {"type": "user", "id": "1", "name": name},
        }
        for place, (name, text) in enumerate(turns)
    ]
    first, *others = parts
    listed = {"type": "conversation_part.list", "conversation_parts": others, "total_count": len(others)}
    talk = {"type": "conversation", "id": "7", "created_at": first["created_at"], "source": first}
    return json.dumps({**talk, "conversation_parts": listed})


def _twilio(turns: Turns) -> str:
    messages = [
        {
            "sid": f"IM{at}",
            "conversation_sid": "CH1",
            "index": at,
            "author": name,
            "body": text,
            "date_created": _iso(at),
        }
        for at, (name, text) in enumerate(turns)
    ]
    return json.dumps({"meta": {"page": 0}, "messages": messages})


def _twilio_numbers(turns: Turns) -> str:
    messages = [
        {"sid": f"SM{at}", "from": name, "to": "+1", "body": text, "date_sent": format_datetime(_when(at))}
        for at, (name, text) in enumerate(turns)
    ]
    if len({name for name, _ in turns}) > 1:
        messages = [
            {**one, "from": one["from"], "to": next(n for n, _ in turns if n != one["from"])} for one in messages
        ]
    return json.dumps({"messages": messages[::-1], "page": 0})


def _messenger(turns: Turns) -> str:
    def damaged(text: str) -> str:
        return text.encode().decode("latin-1")

    messages = [
        {"sender_name": damaged(name), "timestamp_ms": int(_when(at).timestamp() * 1000), "content": damaged(text)}
        for at, (name, text) in enumerate(turns)
    ]
    return json.dumps({"participants": [], "messages": messages[::-1], "title": "Talk", "thread_path": "inbox/x"})


def _instagram(turns: Turns) -> str:
    said = [
        {"sender": name, "created_at": f"{_when(at):%Y-%m-%dT%H:%M:%S}.123456+00:00", "text": text}
        for at, (name, text) in enumerate(turns)
    ]
    chats = [
        {"participants": ["me", "nobody"], "conversation": []},
        {"participants": sorted({name for name, _ in turns}), "conversation": said[::-1]},
    ]
    return json.dumps(chats, ensure_ascii=False)


def _messenger_encrypted(turns: Turns) -> str:
    messages = [
        {
            "isUnsent": False,
            "senderName": name,
            "text": text,
            "timestamp": int(_when(at).timestamp() * 1000),
            "type": "text",
        }
        for at, (name, text) in enumerate(turns)
    ]
    return json.dumps({"participants": ["Mia"], "threadName": "Mia_7", "messages": messages}, ensure_ascii=False)


def _whisper_tsv(turns: Turns) -> str:
    rows = [f"{1000 * STEP * place}\t{1000 * STEP * place + 1500}\t{text}\n" for place, (_, text) in enumerate(turns)]
    return "start\tend\ttext\n" + "".join(rows)


def _dialogues(turns: Turns) -> str:
    rows = [
        {"dialogue": [text for _, text in turns], "speakers": [name for name, _ in turns], "id": at} for at in (1, 2)
    ]
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def _dialogue_objects(turns: Turns) -> str:
    said = [{"speaker": name, "utterance": text, "frames": []} for name, text in turns]
    return json.dumps([{"dialogue_id": "1", "services": [], "turns": said}], indent=1)


def _dialogue_lines(turns: Turns) -> str:
    said = "\r\n".join(f"{name}: {text}" for name, text in turns)
    return json.dumps([{"id": "1", "summary": "They talk.", "dialogue": said}])


SERVICES: dict[str, Callable[[Turns], str]] = {
    "aws-transcribe": _aws,
    "rev-ai": _rev,
    "azure-speech": _azure,
    "azure-speech.fast": _azure_fast,
    "whisper-cpp": _whisper_cpp,
    "whisper-tsv": _whisper_tsv,
    "teams-json": _teams,
    "otter": _otter,
    "google-meet": _meet,
    "claude": _claude,
    "zendesk": _zendesk,
    "intercom": _intercom,
    "twilio": _twilio,
    "twilio.numbers": _twilio_numbers,
    "messenger.damaged": _messenger,
    "instagram": _instagram,
    "messenger.encrypted": _messenger_encrypted,
    "dialogues.texts": _dialogues,
    "dialogues.objects": _dialogue_objects,
    "dialogues.lines": _dialogue_lines,
}
