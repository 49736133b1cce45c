"""Speech in the layouts of those who write it down: subtitles, tiers, and what recognisers and meetings give."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta

from instructerc.conversation import Conversation, Utterance
from instructerc.formats.registry import written_formats
from layouts.chats import Turns

Spoken = tuple[str, str, float, float]


def _spoken(turns: Turns) -> list[Spoken]:
    """Returns name, words, start and end of turns that take four seconds each."""
    return [(name, text, 4.0 * place + 1, 4.0 * place + 4.5) for place, (name, text) in enumerate(turns)]


def _clock(seconds: float, mark: str = ",") -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{mark}{round(seconds % 1 * 1000):03}"


def _short(seconds: float) -> str:
    return str(timedelta(seconds=int(seconds))).removeprefix("0:").removeprefix("0")


def _own(kind: str) -> Callable[[Turns], str]:
    """Returns a function that writes with the format's own writer."""

    def write(turns: Turns) -> str:
        stream = io.StringIO()
        turned = [Utterance(name, text, "joy", start, end) for name, text, start, end in _spoken(turns)]
        written_formats()[kind].write(Conversation("talk", turned), stream)
        return stream.getvalue()

    return write


def _srt(turns: Turns) -> str:
    return "".join(
        f"{place}\n{_clock(start)} --> {_clock(end)}\n{name}: {text}\n\n"
        for place, (name, text, start, end) in enumerate(_spoken(turns), 1)
    )


def _srt_whisperx(turns: Turns) -> str:
    return "".join(
        f"{place}\n{_clock(start)} --> {_clock(end)}\n[{name}]: {text}\n\n"
        for place, (name, text, start, end) in enumerate(_spoken(turns), 1)
    )


def _vtt_teams(turns: Turns) -> str:
    cues = [
        f"a-{place}\n{_clock(start, '.')} --> {_clock(end, '.')}\n<v {name}>{text}</v>\n"
        for place, (name, text, start, end) in enumerate(_spoken(turns))
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _vtt_zoom(turns: Turns) -> str:
    cues = [
        f"{place}\n{_clock(start, '.')} --> {_clock(end, '.')}\n{name}: {text}\n"
        for place, (name, text, start, end) in enumerate(_spoken(turns), 1)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _whisper(turns: Turns) -> str:
    segments = [
        {"id": place, "seek": 0, "start": start, "end": end, "text": f" {text}", "speaker": name}
        for place, (name, text, start, end) in enumerate(_spoken(turns))
    ]
    return json.dumps({"text": " ".join(text for _, text in turns), "segments": segments, "language": "en"})


def _whisper_chunks(turns: Turns) -> str:
    chunks = [{"timestamp": [start, end], "text": f" {text}"} for _, text, start, end in _spoken(turns)]
    return json.dumps({"text": " ".join(text for _, text in turns), "chunks": chunks})


def _deepgram(turns: Turns) -> str:
    names = list(dict.fromkeys(name for name, _ in turns))
    utterances = [
        {"start": start, "end": end, "confidence": 0.9, "channel": 0, "transcript": text, "speaker": names.index(name)}
        for name, text, start, end in _spoken(turns)
    ]
    channels = [{"alternatives": [{"transcript": " ".join(text for _, text in turns), "confidence": 0.9, "words": []}]}]
    return json.dumps({"metadata": {"channels": 1}, "results": {"channels": channels, "utterances": utterances}})


def _assemblyai(turns: Turns) -> str:
    utterances = [
        {"speaker": name, "text": text, "start": int(1000 * start), "end": int(1000 * end), "confidence": 0.9}
        for name, text, start, end in _spoken(turns)
    ]
    text = " ".join(text for _, text in turns)
    return json.dumps({"id": "1", "status": "completed", "text": text, "utterances": utterances, "audio_duration": 99})


def _chat_transcript(turns: Turns) -> str:
    names = list(dict.fromkeys(name for name, _ in turns))
    codes = {name: f"AB{chr(65 + place)}" for place, name in enumerate(names)}
    people = ", ".join(f"{codes[name]} {name.replace(' ', '_')} Adult" for name in names)
    lines = [
        f"*{codes[name]}:\t{text.rstrip('.!?')} . \x15{int(1000 * start)}_{int(1000 * end)}\x15"
        for name, text, start, end in _spoken(turns)
    ]
    return "\n".join(["@UTF8", "@Begin", "@Languages:\teng", f"@Participants:\t{people}", *lines, "@End", ""])


def _transcript_otter(turns: Turns) -> str:
    return "\n".join(f"{name}  {_short(start)}\n{text}\n" for name, text, start, _ in _spoken(turns))


def _transcript_brackets(turns: Turns) -> str:
    return "\n".join(f"{name} ({_clock(start)[:8]}):\n{text}\n" for name, text, start, _ in _spoken(turns))


def _transcript_zoom(turns: Turns) -> str:
    return "\n".join(f"[{name}] {_clock(start + 36_000)[:8]}\n{text}\n" for name, text, start, _ in _spoken(turns))


def _stacked(turns: Turns) -> str:
    return "".join(f"{name}\n{_short(start)}\n{text}\n" for name, text, start, _ in _spoken(turns))


def _stacked_words(turns: Turns) -> str:
    return "".join(
        f"{name}\n{int(start) // 60} minutes {int(start) % 60} seconds\n{_short(start)}\n{text}\n"
        for name, text, start, _ in _spoken(turns)
    )


def called_in_research(turns: Turns) -> Turns:
    """Returns turns with names as in research: who begins is the interviewer, the others are numbered."""
    names = list(dict.fromkeys(name for name, _ in turns))
    return [(f"P{names.index(name)}" if names.index(name) else "Interviewer", text) for name, text in turns]


def names_in_headings(turns: Turns) -> str:
    """Returns an interview in Markdown, with a title and a heading for each turn."""
    said = "".join(f"### {name}\n\n{text}\n\n" for name, text in called_in_research(turns))
    return f"# A talk\n\n## Part one\n\n{said}"


def names_bold(turns: Turns) -> str:
    """Returns an interview with bold names above the words."""
    return "".join(f"**{name}**\n\n{text}\n\n" for name, text in called_in_research(turns))


def names_bare(turns: Turns) -> str:
    """Returns an interview with the mere names above the words."""
    return "".join(f"{name}\n{text}\n\n" for name, text in called_in_research(turns))


SPOKEN: dict[str, Callable[[Turns], str]] = {
    "srt": _srt,
    "srt.own": _own("srt"),
    "srt.whisperx": _srt_whisperx,
    "vtt.own": _own("vtt"),
    "vtt.teams": _vtt_teams,
    "vtt.zoom": _vtt_zoom,
    "elan": _own("eaf"),
    "whisper": _whisper,
    "whisper.chunks": _whisper_chunks,
    "deepgram": _deepgram,
    "assemblyai": _assemblyai,
    "chat": _chat_transcript,
    "transcript.otter": _transcript_otter,
    "transcript.brackets": _transcript_brackets,
    "transcript.zoom": _transcript_zoom,
    "names-above": names_in_headings,
    "names-above.bold": names_bold,
    "names-above.bare": names_bare,
    "stacked-transcript": _stacked,
    "stacked-transcript.words": _stacked_words,
}
