"""More chats in the layouts of the programs that export them: files with one list of messages, and lines with dates."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from layouts.chats import Turns, times_of


def _document(document: Any, *, indent: int | None = 1) -> str:
    return json.dumps(document, ensure_ascii=False, indent=indent)


def _whatsapp_android(turns: Turns) -> str:
    return "".join(f"{when:%d/%m/%Y, %H:%M} - {name}: {text}\n" for when, name, text in times_of(turns))


def _whatsapp_german(turns: Turns) -> str:
    notice = "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt."
    rows = [f"{when:%d.%m.%y, %H:%M} - {name}: {text}\n" for when, name, text in times_of(turns)]
    return f"{times_of(turns)[0][0]:%d.%m.%y, %H:%M} - {notice}\n{''.join(rows)}"


def _whatsapp_iphone(turns: Turns) -> str:
    return "".join(f"[{when:%d.%m.%y, %H:%M:%S}] {name}: {text}\r\n" for when, name, text in times_of(turns))


def _whatsapp_american(turns: Turns) -> str:
    return "".join(
        f"[{when.month}/{when.day}/{when:%y}, {when.hour % 12 or 12}:{when:%M:%S}\u202f{when:%p}] {name}: {text}\n"
        for when, name, text in times_of(turns)
    )


def _telegram_messages(turns: Turns) -> list[dict[str, Any]]:
    first = {"id": 1, "type": "service", "date": "2024-03-11T09:00:00", "actor": "Mia", "action": "create_group"}
    return [
        first | {"text": ""},
        *(
            {
                "id": number,
                "type": "message",
                "date": when.strftime("%Y-%m-%dT%H:%M:%S"),
                "date_unixtime": str(int(when.timestamp())),
                "from": name,
                "from_id": f"user{len(name)}",
                "text": text if number % 2 else [text[:1], {"type": "bold", "text": text[1:]}],
                "text_entities": [],
            }
            for number, (when, name, text) in enumerate(times_of(turns), 2)
        ),
    ]


def _telegram(turns: Turns) -> str:
    return _document({"name": "Mia", "type": "personal_chat", "id": 1, "messages": _telegram_messages(turns)})


def _telegram_account(turns: Turns) -> str:
    chat = {"name": "Mia", "type": "private_group", "id": 1, "messages": _telegram_messages(turns)}
    return _document({"about": "Here is the data", "chats": {"about": "", "list": [chat]}})


def _discord(turns: Turns) -> str:
    messages = [
        {
            "id": str(number),
            "type": "Default",
            "timestamp": when.isoformat(),
            "content": text,
            "author": {"id": "1", "name": "account", "nickname": name, "isBot": False},
            "attachments": [],
            "embeds": [],
            "reactions": [],
        }
        for number, (when, name, text) in enumerate(times_of(turns))
    ]
    guild, channel = {"id": "1", "name": "G"}, {"id": "2", "type": "GuildTextChat", "name": "general"}
    return _document({"guild": guild, "channel": channel, "messages": messages, "messageCount": len(messages)})


def _slack(turns: Turns) -> str:
    return _document(
        [
            {
                "type": "message",
                "user": f"U{len(name)}",
                "ts": f"{when.timestamp():.6f}",
                "text": html.escape(text, quote=False),
                "user_profile": {"real_name": name, "display_name": name, "name": "account"},
            }
            for when, name, text in times_of(turns)
        ]
    )


def _google_date(when: datetime) -> str:
    clock = f"{when.hour % 12 or 12}:{when:%M:%S}\u202f{when:%p}"
    return f"{when:%A, %B} {when.day}, {when.year} at {clock} UTC"


def _google_chat(turns: Turns) -> str:
    return _document(
        {
            "messages": [
                {
                    "creator": {"name": name, "email": "someone@example.org", "user_type": "Human"},
                    "created_date": _google_date(when),
                    "text": text,
                    "topic_id": "t",
                    "message_id": f"m/{when:%H%M}",
                }
                for when, name, text in times_of(turns)
            ]
        }
    )


def _messenger(turns: Turns) -> str:
    messages = [
        {
            "sender_name": name.encode().decode("latin-1"),
            "timestamp_ms": int(when.timestamp() * 1000),
            "content": text.encode().decode("latin-1"),
            "is_geoblocked_for_viewer": False,
        }
        for when, name, text in times_of(turns)
    ]
    names = [{"name": name} for name in dict.fromkeys(message["sender_name"] for message in messages)]
    document = {"participants": names, "messages": messages[::-1], "title": "Mia", "thread_path": "inbox/mia_1"}
    return json.dumps(document, indent=2)


def _chatgpt(turns: Turns) -> str:
    mapping: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None, "children": ["1"]}}
    # The roles are all the names that there are.
    roles = {name: ("user", "assistant")[place % 2] for place, name in enumerate(dict.fromkeys(n for n, _ in turns))}
    for number, (when, name, text) in enumerate(times_of(turns), 1):
        message = {
            "id": str(number),
            "author": {"role": roles[name], "name": None, "metadata": {}},
            "create_time": when.timestamp(),
            "content": {"content_type": "text", "parts": [text]},
        }
        children = [str(number + 1)] if number < len(turns) else []
        parent = str(number - 1) if number > 1 else "root"
        mapping[str(number)] = {"id": str(number), "message": message, "parent": parent, "children": children}
    talk = {"title": "Talk", "create_time": 1.0, "mapping": mapping, "current_node": str(len(turns))}
    return _document([talk], indent=None)


def _zoom_new(turns: Turns) -> str:
    return "".join(f"{when:%H:%M:%S} From {name} to Everyone:\n\t{text}\n" for when, name, text in times_of(turns))


def _zoom_old(turns: Turns) -> str:
    return "".join(f"{when:%H:%M:%S}\t From  {name} : {text}\n" for when, name, text in times_of(turns))


def _zoom_tabs(turns: Turns) -> str:
    return "".join(f"{when:%H:%M:%S}\t{name}:\t{text}\n" for when, name, text in times_of(turns))


def _nick(name: str) -> str:
    return name.replace(" ", "_")


def _irc_angles(turns: Turns) -> str:
    return "".join(f"[{when:%H:%M:%S}] <{_nick(name)}> {text}\n" for when, name, text in times_of(turns))


def _irc_irssi(turns: Turns) -> str:
    rows = [f"{when:%H:%M} <@{_nick(name)}> {text}\n" for when, name, text in times_of(turns)]
    begun = "--- Log opened Mon Mar 11 09:00:00 2024\n"
    return (
        f"{begun}09:05 -!- mia [~mia@host] has joined #talk\n{''.join(rows)}--- Log closed Mon Mar 11 22:00:00 2024\n"
    )


def _irc_weechat(turns: Turns) -> str:
    rows = [f"{when:%Y-%m-%d %H:%M:%S}\t{_nick(name)}\t{text}\n" for when, name, text in times_of(turns)]
    return f"2024-03-11 09:00:00\t-->\tmia (~mia@host) has joined #talk\n{''.join(rows)}"


EXPORTS: dict[str, Callable[[Turns], str]] = {
    "whatsapp.android": _whatsapp_android,
    "whatsapp.german": _whatsapp_german,
    "whatsapp.iphone": _whatsapp_iphone,
    "whatsapp.american": _whatsapp_american,
    "telegram": _telegram,
    "telegram.account": _telegram_account,
    "discord": _discord,
    "slack": _slack,
    "google-chat": _google_chat,
    "messenger": _messenger,
    "chatgpt": _chatgpt,
    "zoom-chat.new": _zoom_new,
    "zoom-chat.old": _zoom_old,
    "zoom-chat.tabs": _zoom_tabs,
    "irc.angles": _irc_angles,
    "irc.irssi": _irc_irssi,
    "irc.weechat": _irc_weechat,
}
