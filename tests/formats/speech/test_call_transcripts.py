"""Transcripts of calls by Gong and Genesys Cloud: names, times, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from layouts import LAYOUTS
from layouts.talks import TALKS

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]


def _said(talk: Conversation) -> list[tuple[str, str, float | None, float | None]]:
    return [(turn.speaker, turn.text, turn.start, turn.end) for turn in talk.utterances]


def test_gong_calls_have_names_where_the_parties_stand_beside_them(read_content: ReadContent) -> None:
    transcript = [
        {"speakerId": "71", "topic": "Intro", "sentences": [_sentence(0, "Hi."), _sentence(2000, "How are you?")]},
        {"speakerId": "72", "topic": None, "sentences": [_sentence(4000, "Angry.")]},
        {"speakerId": "72", "sentences": []},
    ]
    document: dict[str, Any] = {"requestId": "r", "callTranscripts": [{"callId": "9", "transcript": transcript}] * 2}
    [talk, other], report = read_content(json.dumps(document), "calls.json")
    assert (report.format, talk.id, other.id) == ("gong", "9", "9/2")
    assert _said(talk) == [("71", "Hi. How are you?", 0.0, 3.5), ("72", "Angry.", 4.0, 5.5)]
    assert len(report.notes) == 2
    document["calls"] = [{"parties": [{"speakerId": "71", "name": "Kim"}, {"speakerId": None, "name": "x"}]}]
    [talk, _], _ = read_content(json.dumps(document), "calls.json")
    assert [turn.speaker for turn in talk.utterances] == ["Kim", "72"]
    [alone], _ = read_content(json.dumps(document["callTranscripts"][0]), "call.json")
    assert alone.id == "9"


def _sentence(start: int, text: str) -> dict[str, Any]:
    return {"start": start, "end": start + 1500, "text": text}


def test_genesys_puts_both_sides_in_order_of_time(read_content: ReadContent) -> None:
    def phrase(second: float, who: str, text: str, **more: Any) -> dict[str, Any]:
        start = 1710147900000 + int(1000 * second)
        return {
            "text": text,
            "startTimeMs": start,
            "duration": {"milliseconds": 900},
            "participantPurpose": who,
            **more,
        }

    phrases = [
        phrase(1, "external", "call me at five"),
        phrase(9, "external", "bye"),
        phrase(4, "internal", "five p m", decoratedText="5 pm"),
    ]
    document = {"conversationId": "c", "startTime": 1710147900000, "transcripts": [{"phrases": phrases}]}
    [talk], report = read_content(json.dumps(document), "call.json")
    assert report.format == "genesys"
    assert _said(talk) == [
        ("external", "call me at five", 1.0, 1.9),
        ("internal", "5 pm", 4.0, 4.9),
        ("external", "bye", 9.0, 9.9),
    ]


@pytest.mark.parametrize("name", ["gong", "genesys"])
def test_what_is_broken_stops(name: str, read_content: ReadContent) -> None:
    content = LAYOUTS[name](TALKS["english"])
    for whole in ("[]", "{}", "null", '{"callTranscripts": 3, "transcripts": [3]}', content[:-20]):
        with pytest.raises(InputError):
            read_content(whole, "talk.json", name)
    wrong = content.replace('"start": 0', '"start": "soon"').replace('"text": "I got the job!"', '"text": 3')
    with pytest.raises(InputError, match=r"soon|got \{"):
        read_content(wrong, "talk.json")
