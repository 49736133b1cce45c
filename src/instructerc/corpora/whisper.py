"""Speech recognised by Whisper, with speakers by a diarisation such as WhisperX's: `{"segments": [{"start": …}]}`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from instructerc.conversation import Conversation
from instructerc.corpora.decoding import OpenText
from instructerc.corpora.json_document import read_json_document
from instructerc.corpora.options import ReadOptions
from instructerc.corpora.reading import Reading, build_utterance, show
from instructerc.errors import BadRow, InputError

EXTENSIONS = (".json",)

_HEAD = re.compile(r'\s*\{.*?"segments"\s*:\s*\[\s*(?:\]|\{)', re.DOTALL)


def matches(text: OpenText, options: ReadOptions) -> bool:
    """Says whether the document has a list of segments with times near its beginning."""
    found = _HEAD.match(text.head)
    return found is not None and '"start"' in text.head[found.end() :]


def read(reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, a turn per segment; times in seconds.

    Without a diarisation, segments have no speaker. Segments without words are left out and counted.

    Raises:
        InputError: no JSON, or no list of segments.
        BadRow: a segment without text or with times that are none; its place in the list is given as the line.
    """
    document = read_json_document(reading)
    items = document.get("segments") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise InputError(f"{reading.text.source}: has no list 'segments'; give Whisper's JSON output")
    utterances = []
    for number, item in enumerate(items, 1):
        try:
            text, speaker = (item.get(name) if isinstance(item, dict) else None for name in ("text", "speaker"))
            if not isinstance(text, str) or not isinstance(speaker, str | None):
                raise reading.bad(number, f"segment {number}: 'text' is needed, got {show(item)}")
            if not text.strip():
                reading.repairs["{n} segment(s) without words: left out"] += 1
                continue
            start, end = item.get("start"), item.get("end")
            utterances.append(
                build_utterance(reading, number, speaker=speaker, text=text.strip(), start=start, end=end)
            )
        except BadRow as error:
            reading.skip(error)
    if utterances:
        yield Conversation(reading.text.stem, utterances)
