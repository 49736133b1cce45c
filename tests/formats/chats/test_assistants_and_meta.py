"""Claude's export, and both layouts of Meta's: quirks, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

LATE = (("second", 5000), ("first", 0))
ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]


def test_claude_reads_blocks_and_older_texts(read_content: ReadContent) -> None:
    blocks = [
        {"type": "thinking", "thinking": "He is angry."},
        {"type": "text", "text": "I'm so sorry."},
        {"type": "tool_use", "name": "search", "input": {}},
        {"type": "tool_result", "content": [{"type": "text", "text": "found"}]},
        {"type": "text", "text": "Tell me more."},
    ]
    messages = [
        {
            "uuid": "1",
            "sender": "human",
            "text": "I am furious.",
            "content": [],
            "created_at": "2024-03-11T09:05:00.5Z",
        },
        {"uuid": "2", "sender": "assistant", "text": "x", "content": blocks, "created_at": "2024-03-11T09:05:09Z"},
        {"uuid": "3", "sender": "human", "text": "", "content": [{"type": "text", "text": ""}], "attachments": [{}]},
    ]
    talks = [
        {"uuid": "u", "name": "Flat", "chat_messages": messages},
        {"uuid": "v", "name": "", "chat_messages": []},
        {"uuid": "w", "name": "Flat", "chat_messages": messages[:1]},
    ]
    for content in (json.dumps(talks, ensure_ascii=False), "\n".join(map(json.dumps, talks))):
        found, report = read_content(content, "conversations.json")
        assert report.format == "claude"
        assert [talk.id for talk in found] == ["Flat", "Flat/2"]
        assert [(turn.speaker, turn.text, turn.start) for turn in found[0].utterances] == [
            ("human", "I am furious.", 0.0),
            ("assistant", "I'm so sorry.\nTell me more.", 8.5),
        ]
        assert "1 message(s) without text" in report.notes[0]


def _meta(*messages: dict[str, Any], **more: Any) -> str:
    numbered = [{"timestamp_ms": 1710147900000 - 1000 * at, **message} for at, message in enumerate(messages)]
    return json.dumps({"participants": [{"name": "Zo\u00c3\u00ab"}, {"name": "Theo"}], "messages": numbered, **more})


def test_notices_of_instagram_and_messenger_are_no_turns(read_content: ReadContent) -> None:
    content = _meta(
        {"sender_name": "Theo", "content": "Was ist los?"},
        {"sender_name": "Zo\u00c3\u00ab", "content": "Zo\u00c3\u00ab sent an attachment.", "share": {"link": "x"}},
        {"sender_name": "Theo", "content": "Reacted \u00e2\u009d\u00a4 to your message "},
        {"sender_name": "Theo", "content": "Liked a message"},
        {"sender_name": "Theo", "content": "Theo named the group Fun."},
        {"sender_name": "Theo", "content": "You missed a call from Theo.", "call_duration": 0},
        {"sender_name": "Theo", "photos": [{"uri": "a.jpg"}]},
        {"sender_name": "Zo\u00c3\u00ab", "content": "Theo left the group, I'm so m\u00c3\u00bcde"},
    )
    [talk], report = read_content(content, "message_1.json")
    assert talk.id == "Zoë, Theo"
    assert [(turn.speaker, turn.text, turn.start) for turn in talk.utterances] == [
        ("Zoë", "Theo left the group, I'm so müde", 0.0),
        ("Theo", "Was ist los?", 7.0),
    ]
    assert any(
        note.startswith("message_1.json: 5 message(s) without a speaker") or "5 message(s)" in note
        for note in report.notes
    )


def test_messengers_encrypted_chats(read_content: ReadContent) -> None:
    message = {"isUnsent": False, "media": [], "reactions": [], "senderName": "Zoë", "type": "text"}
    messages = [
        message | {"text": "müde 😠", "timestamp": 1710147900000},
        message | {"text": "", "timestamp": 1710147901000, "type": "media", "media": [{"uri": "./media/a.jpeg"}]},
        message | {"text": "weg", "timestamp": 1710147902000, "isUnsent": True},
        message | {"text": "Was?", "timestamp": 1710147903000, "senderName": "Theo"},
    ]
    document = {"participants": ["Zoë", "Theo"], "threadName": "Zoë_40", "messages": messages}
    [talk], report = read_content(json.dumps(document, ensure_ascii=False), "Zoe_40.json")
    assert report.format == "messenger"
    assert (talk.id, [(turn.speaker, turn.text, turn.start) for turn in talk.utterances]) == (
        "Zoë",
        [("Zoë", "müde 😠", 0.0), ("Theo", "Was?", 3.0)],
    )
    assert len(report.notes) == 2


def test_the_parts_of_a_chat_are_one_conversation_in_the_folder_of_an_export(tmp_path: Path) -> None:
    inbox = tmp_path / "your_activity" / "messages" / "inbox"
    late, early = ({"sender_name": "Theo", "content": text, "timestamp_ms": 1710147900000 + at} for text, at in LATE)
    for chat, number, message in (("zoe_1", 1, late), ("zoe_1", 2, early), ("ida_2", 1, late)):
        (inbox / chat).mkdir(parents=True, exist_ok=True)
        (inbox / chat / f"message_{number}.json").write_text(_meta(message, title=chat.title()))
    (inbox / "zoe_1" / "photos").mkdir()
    for folder, names in ((tmp_path, ["Ida_2", "Zoe_1"]), (inbox, ["Ida_2", "Zoe_1"]), (inbox / "zoe_1", ["Zoe_1"])):
        talks = list(read_conversations(folder, report=ReadReport()))
        assert [talk.id for talk in talks] == names
        assert [turn.text for turn in talks[-1].utterances] == ["first", "second"]


@pytest.mark.parametrize(
    ("form", "advice"), [("claude", "conversations.json of Claude"), ("messenger", "message_1.json")]
)
def test_other_files_are_refused(read_content: ReadContent, form: str, advice: str) -> None:
    with pytest.raises(InputError, match=advice):
        read_content('{"a": 1}', "a.json", input_format=form)
