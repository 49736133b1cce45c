"""Instagram's export of 2019 and 2020: order, what is left out, and what is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport, read_conversations

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]

BEGIN = datetime(2020, 3, 16, 9, 5, tzinfo=UTC)


def chat(*messages: dict[str, Any], people: tuple[str, ...] = ("zoë.k", "theo_77")) -> dict[str, Any]:
    """Returns a chat whose messages are a minute apart, given from the first on and kept with the newest first."""
    dated = [
        {"created_at": (BEGIN + timedelta(minutes=at)).isoformat(timespec="microseconds"), **message}
        for at, message in enumerate(messages)
    ]
    return {"participants": list(people), "conversation": dated[::-1]}


def test_chats_are_read_from_the_oldest_message_on(read_content: ReadContent) -> None:
    chats = [
        {"participants": ["a", "b"], "conversation": []},
        chat(
            {"sender": "zoë.k", "text": "I got it! 🎉", "likes": [{"username": "theo_77", "date": "x"}]},
            {"sender": "theo_77", "media": "https://example.org/1.jpg"},
            {"sender": "theo_77", "story_share": "Shared a story", "story_share_type": "default"},
            {"sender": "theo_77", "story_share": "Shared a story", "text": "look, that's you"},
            {"sender": "theo_77", "heart": "❤️"},
            {"sender": "zoë.k", "video_call_action": "video_call_started", "text": "zoë.k started a video chat"},
            {"sender": "zoë.k", "text": None, "link": "https://example.org"},
            {"sender": "zoë.k", "text": "done", "likes": None},
        ),
        chat({"sender": "theo_77", "text": "Hi"}),
    ]
    talks, report = read_content(json.dumps(chats), "messages.json")
    assert report.format == "instagram"
    assert [talk.id for talk in talks] == ["zoë.k, theo_77", "zoë.k, theo_77/2"]
    assert [(turn.speaker, turn.text, turn.start) for turn in talks[0].utterances] == [
        ("zoë.k", "I got it! 🎉", 0.0),
        ("theo_77", "look, that's you", 180.0),
        ("theo_77", "❤️", 240.0),
        ("zoë.k", "done", 420.0),
    ]
    notes = "\n".join(report.notes)
    assert "1 like(s) of messages: left out" in notes
    assert "1 share(s) of stories, posts or profiles without words: left out" in notes
    assert "2 message(s) without text" in notes
    assert "1 message(s) without a speaker, such as who joined: left out" in notes


def test_a_single_chat_and_damaged_letters(read_content: ReadContent) -> None:
    content = json.dumps(chat({"sender": "zo\u00c3\u00ab", "text": "d\u00c3\u00a9j\u00c3\u00a0"}, people=()))
    [talk], report = read_content(content, "messages.json")
    assert (report.format, talk.id, talk.cast) == ("instagram", "messages/1", ("zoë",))
    assert talk.utterances[0].text == "déjà"


def test_wrong_chats_and_messages_are_errors(read_content: ReadContent) -> None:
    good = chat({"sender": "a", "text": "Hi"})
    with pytest.raises(BadRow, match="chat 2: must have a list 'conversation'"):
        read_content(json.dumps([good, {"participants": []}]))
    with pytest.raises(BadRow, match="chat 1, message 1: 'created_at' is 'noon', which is not a time"):
        read_content(json.dumps([chat({"sender": "a", "text": "Hi", "created_at": "noon"}), good]))
    with pytest.raises(BadRow, match="message 1: 'text' must be text"):
        read_content(json.dumps([chat({"sender": "a", "text": 3})]))
    with pytest.raises(InputError, match="not JSON"):
        read_content('[{"participants": [], "conversation": [{"sender": 1', "a.json", "instagram")
    talks, report = read_content(json.dumps([good, 3, None]), skip_bad=True)
    assert (len(talks), len(report.skipped)) == (1, 2)


WORDS = st.text("abc xyzäüé,?!'-🎉", min_size=1).map(str.strip).filter(bool)


@settings(max_examples=40)
@given(st.lists(st.lists(st.tuples(st.sampled_from(["mia", "theo", "zoë"]), WORDS), min_size=1), min_size=1))
def test_chats_come_back(chats: list[list[tuple[str, str]]]) -> None:
    content = json.dumps([chat(*({"sender": name, "text": text} for name, text in said)) for said in chats])
    report = ReadReport()
    talks = list(read_conversations(io.StringIO(content), report=report))
    assert report.format == "instagram"
    assert [[(turn.speaker, turn.text) for turn in talk.utterances] for talk in talks] == chats
