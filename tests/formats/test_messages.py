"""Lists of messages with roles: files for tuning, batches, preferences, ShareGPT and others."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from instructerc.conversation import Conversation
from instructerc.errors import BadRow
from instructerc.formats import ReadOptions, ReadReport, read_conversations

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]

USER = {"role": "user", "content": "I am furious."}
ASSISTANT = {"role": "assistant", "content": "I'm so sorry."}
SYSTEM = {"role": "system", "content": "Be kind."}
CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f"}}],
}
TOOL = {"role": "tool", "tool_call_id": "1", "content": "found"}
TWO = [("user", "I am furious."), ("assistant", "I'm so sorry.")]


def _part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": {"value": text, "annotations": []}}


def _sharegpt(*turns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"from": name, "value": text} for name, text in turns]


@pytest.mark.parametrize(
    ("item", "turns"),
    [
        ({"messages": [SYSTEM, USER, CALL, TOOL, ASSISTANT], "tools": []}, TWO),
        ({"messages": [USER, ASSISTANT | {"weight": 0}], "parallel_tool_calls": False}, TWO),
        (
            {"messages": [USER | {"content": [{"type": "text", "text": "I am"}, {"type": "text", "text": "mad"}]}]},
            [("user", "I am\nmad")],
        ),
        (
            {
                "messages": [
                    USER | {"content": [{"type": "image_url", "image_url": {}}, {"type": "text", "text": "so"}]}
                ]
            },
            [("user", "so")],
        ),
        (
            {"messages": [USER, {"role": "assistant", "content": None, "refusal": "No."}]},
            [TWO[0], ("assistant", "No.")],
        ),
        ({"custom_id": "1", "method": "POST", "body": {"model": "m", "messages": [USER]}}, TWO[:1]),
        ({"input": {"messages": [USER]}, "preferred_output": [ASSISTANT], "non_preferred_output": [USER]}, TWO),
        ({"prompt": [USER], "completion": [ASSISTANT]}, TWO),
        ({"prompt": [USER], "chosen": [USER, ASSISTANT], "rejected": [USER]}, TWO),
        ({"chosen": [USER, ASSISTANT], "rejected": [USER]}, TWO),
        ({"prompt": "I am furious.", "chosen": [USER, ASSISTANT], "rejected": [USER]}, TWO),
        ({"model": "m", "input": [USER, {"type": "function_call", "name": "f"}, ASSISTANT]}, TWO),
        (
            {
                "conversations": _sharegpt(
                    ("system", "x"), ("human", "hi"), ("function_call", "{}"), ("observation", "1"), ("gpt", "ho")
                )
            },
            [("human", "hi"), ("gpt", "ho")],
        ),
        ({"id": "a", "items": _sharegpt(("human", "hi"), ("gpt", "ho"))}, [("human", "hi"), ("gpt", "ho")]),
        (
            {
                "contents": [
                    {"role": "user", "parts": [{"text": "hi"}]},
                    {"role": "model", "parts": [{"text": "?", "thought": True}, {"text": "ho"}]},
                ]
            },
            [("user", "hi"), ("model", "ho")],
        ),
        ({"messages": [USER | {"name": "Mia"}]}, [("Mia", "I am furious.")]),
        (
            {"messages": [USER | {"content": [{"type": "text", "text": {"value": "hi", "annotations": []}}]}]},
            [("user", "hi")],
        ),
    ],
)
def test_layouts(read_content: ReadContent, item: dict[str, Any], turns: list[tuple[str, str]]) -> None:
    lines = f"{json.dumps(item)}\n{json.dumps(item)}\n"
    for content, number in (
        (json.dumps(item, indent=1), 1),
        (json.dumps([item, item]), 2),
        (lines, 2),
        ("\ufeff" + lines, 2),
    ):
        talks, report = read_content(content, "tune.jsonl")
        assert report.format == "messages"
        assert len({talk.id for talk in talks}) == number
        for talk in talks:
            assert [(turn.speaker, turn.text) for turn in talk.utterances] == turns


def test_a_thread_that_is_listed_with_the_newest_first(read_content: ReadContent) -> None:
    messages = [
        {"id": f"msg_{at}", "object": "thread.message", "created_at": at, "role": role, "content": [_part(text)]}
        for at, (role, text) in reversed(list(enumerate(TWO)))
    ]
    [talk], _ = read_content(json.dumps({"object": "list", "data": messages, "has_more": False}), "thread.json")
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == TWO


def test_a_bare_list_is_one_conversation_and_a_list_of_lists_are_several(read_content: ReadContent) -> None:
    [talk], _ = read_content(json.dumps([SYSTEM, USER, ASSISTANT]), "chat.json")
    assert (talk.id, [(turn.speaker, turn.text) for turn in talk.utterances]) == ("chat", TWO)
    talks, report = read_content(json.dumps([[USER], [USER, ASSISTANT]]), "chat.json")
    assert [len(talk) for talk in talks] == [1, 2]
    assert report.notes == []


@pytest.mark.parametrize(
    ("names", "more"),
    [
        (("question", "answer"), {"id": 1}),
        (("prompt", "completion"), {}),
        (("prompt", "response"), {"context": "none"}),
    ],
)
@pytest.mark.parametrize("is_list", [False, True])
def test_two_texts_of_an_object_are_a_question_and_its_answer(
    names: tuple[str, str], more: dict[str, Any], is_list: bool
) -> None:
    rows = [
        dict(zip(names, texts, strict=True)) | more for texts in (("How so?", "So."), ("Why?\n\n###\n\n", " That."))
    ]
    lines = [json.dumps(row) for row in rows]
    report = ReadReport()
    content = f"[{','.join(lines)}]" if is_list else "\n".join(lines)
    talks = list(read_conversations(io.StringIO(content), report=report))
    assert [[(turn.speaker, turn.text) for turn in talk.utterances] for talk in talks] == [
        [(names[0], "How so?"), (names[1], "So.")],
        [(names[0], "Why?"), (names[1], "That.")],
    ]
    said = f"2 object(s) with {names[0]!r} and {names[1]!r}: read as two turns of a conversation each"
    assert [note.split(": ", 1)[1] for note in report.notes] == [said]


def test_one_of_two_texts_is_read_where_its_key_is_given() -> None:
    content = "".join(json.dumps({"question": text, "answer": "So."}) + "\n" for text in ("How?", "Why?"))
    options = ReadOptions(text_column="question", speaker_column="")
    [talk] = read_conversations(io.StringIO(content), options=options)
    assert [turn.text for turn in talk.utterances] == ["How?", "Why?"]


@pytest.mark.parametrize("prompt", ["Human: hi\n\nAssistant:", "Ida: hi\nBo: ho\nIda:"])
def test_a_prompt_that_is_a_conversation_is_refused_with_what_to_give(prompt: str) -> None:
    content = f"{json.dumps({'prompt': prompt, 'completion': ' ho'})}\n"
    with pytest.raises(BadRow, match=r"'prompt' holds turns with names by itself; give its turns as \{\"messages\""):
        list(read_conversations(io.StringIO(content)))
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    [talk] = read_conversations(io.StringIO(f"{json.dumps({'messages': messages})}\n"))
    assert len(talk) == 2


def test_messages_of_langchain(read_content: ReadContent) -> None:
    said = [("system", "Be nice"), ("human", "I got the job!"), ("ai", "Great.")]
    for messages in (
        [{"type": kind, "content": text} for kind, text in said],
        [{"type": kind, "data": {"content": text, "type": kind}} for kind, text in said],
    ):
        [talk], report = read_content(json.dumps(messages), "chat.json")
        assert [(turn.speaker, turn.text) for turn in talk.utterances] == [
            ("human", "I got the job!"),
            ("ai", "Great."),
        ]
        assert "1 message(s) of the system" in report.notes[0]
