"""Layouts of files as programs write them, for tests and benchmarks that need a file of every form.

`LAYOUTS` has a function from turns to a file's text for each layout, by `FORM` or `FORM.LAYOUT`; a module of this
folder holds those of one kind.
"""

from __future__ import annotations

from collections.abc import Callable

from layouts.chats import WRITERS, Turns
from layouts.copied import COPIED
from layouts.desks import DESKS
from layouts.documents import DOCUMENTS
from layouts.exports import EXPORTS
from layouts.rows import ROWS
from layouts.scripts import SCRIPTS
from layouts.services import SERVICES
from layouts.spoken import SPOKEN

LAYOUTS: dict[str, Callable[[Turns], str]] = {
    **WRITERS,
    **EXPORTS,
    **SPOKEN,
    **ROWS,
    **SERVICES,
    **DESKS,
    **DOCUMENTS,
    **COPIED,
    **SCRIPTS,
}

# Endings of the files; those of all others are .txt.
_ENDINGS = {
    **dict.fromkeys(("telegram", "discord", "slack", "google-chat", "messenger", "chatgpt", "whisper"), ".json"),
    **dict.fromkeys(("deepgram", "assemblyai", "azure-speech", "messages", "label-studio", "jsonl.list"), ".json"),
    **dict.fromkeys(("aws-transcribe", "rev-ai", "whisper-cpp", "teams-json", "otter", "claude", "zendesk"), ".json"),
    **dict.fromkeys(("intercom", "twilio", "instagram", "dialogues", "json-rows", "speaker-words"), ".json"),
    **dict.fromkeys(("matrix", "mattermost.posts", "rocket-chat", "teams-chat", "skype", "livechat"), ".json"),
    **dict.fromkeys(("chatwoot", "freshdesk", "front", "dialogflow", "gong", "genesys"), ".json"),
    **dict.fromkeys(("hubspot", "crisp", "gorgias", "speechmatics", "soniox", "recall-ai", "json-table"), ".json"),
    **dict.fromkeys(("jsonl", "signal-backup", "messages.lines", "mattermost"), ".jsonl"),
    **dict.fromkeys(("table", "meld", "emorynlp", "dialogue-table"), ".csv"),
    **dict.fromkeys(("telegram-html", "discord-html"), ".html"),
    **{"table.tabs": ".tsv", "whisper-tsv": ".tsv", "plain.bold": ".md", "sms-backup": ".xml", "chat": ".cha"},
    **{"ass": ".ass", "ass.ssa": ".ssa", "sbv": ".sbv", "textgrid": ".TextGrid", "mail": ".eml", "mail.box": ".mbox"},
    **{"names-above": ".md", "srt": ".srt", "vtt": ".vtt", "elan": ".eaf"},
}


def form_of(layout: str) -> str:
    """Returns the name of the format of a layout: `whatsapp` of `whatsapp.iphone`."""
    return layout.partition(".")[0]


def file_name(layout: str) -> str:
    """Returns what a file in a layout is called, such as `talk.json`."""
    return f"talk{_ENDINGS.get(layout, _ENDINGS.get(form_of(layout), '.txt'))}"
