"""Files of others, each read in a process of its own: one that takes too long or too much is ended."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InstructERCError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.contest import detect_text
from instructerc.formats.own_process import collect_less_often
from instructerc.formats.registry import detect_binary
from instructerc.formats.shared.lines import open_text
from instructerc.serving.contract.refusals import FileTooHard, FileUnread, TooMany

_MEMORY_BYTES = 1024**3
_AT_ONCE = 2
# What an archive may unpack to; in a container the folder for it may be memory.
_UNPACKED_BYTES = 64 << 20
_SHOWN = 20
_MOST_COLUMNS = 100
_LONGEST_COLUMN = 200
# What a process needs of ours to run at all; nothing of what it must not know.
_ENVIRONMENT = ("PATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "SYSTEMROOT")


class FileReader:
    """Reads files, a few at once.

    Args:
        timeout_s: time for a file, from when it begins to be read.
        max_turns: of a file.
        max_conversations: of a file.
        max_characters: of a turn; what is longer is cut.
    """

    def __init__(self, timeout_s: float, max_turns: int, max_conversations: int, max_characters: int) -> None:
        self._timeout_s = timeout_s
        self._bounds = {
            "cpu_s": round(timeout_s) + 1,
            "max_turns": max_turns,
            "max_conversations": max_conversations,
            "max_characters": max_characters,
        }
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def read(
        self, data: bytes, name: str, input_format: str | None, options: Mapping[str, str | None] | None = None
    ) -> dict[str, Any]:
        """Returns a file's `conversations`, as requests have them, their `gold` labels, `notes`, and what was skipped.

        Args:
            data: what the file holds.
            name: of the file.
            input_format: found by content where None.
            options: fields of `ReadOptions`.

        Raises:
            FileUnread: a file that cannot be read.
            TooMany: it has more than is taken at once.
            FileTooHard: one that takes too long or too much.
            TimeoutError: others are being read.
        """
        async with asyncio.timeout(self._timeout_s):
            await self._free.acquire()
        try:
            asked = {"name": name, "format": input_format, "options": dict(options or {}), **self._bounds}
            # Of an archive that is given up half-way nothing must be left.
            with _make_folder() as scratch:
                found = await self._run(data, json.dumps(asked), scratch)
        finally:
            self._free.release()
        if "error" in found:
            too_many = found.get("too_many", False)
            raise TooMany(found["error"]) if too_many else FileUnread(found["error"], found.get("columns", ()))
        return found

    async def _run(self, data: bytes, arguments: str, scratch: str) -> dict[str, Any]:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        # Each thread of a library that has many takes of the memory that is bounded.
        environment["OMP_NUM_THREADS"] = "1"
        environment.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-B", "-m", __name__, arguments),
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Ctrl-C is for the service, which finishes what it accepted.
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                said, _ = await process.communicate(data)
        except TimeoutError:
            raise FileTooHard(
                f"the file could not be read within {self._timeout_s:g} s; use the command line"
            ) from None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode:
            raise FileTooHard("reading the file takes too much memory or time; split it, or use the command line")
        found: dict[str, Any] = json.loads(said)
        return found


def _make_folder() -> TemporaryDirectory[str] | nullcontext[str]:
    """Returns a folder that is removed; without room for one, none: archives alone cannot be read then, and say so."""
    try:
        return TemporaryDirectory(prefix="instructerc-", ignore_cleanup_errors=True)
    except OSError:
        return nullcontext(os.devnull)


class _Few(list[BadRow]):
    """The first rows that were skipped, and how many there are; a file may have millions."""

    n_all = 0

    def append(self, row: BadRow) -> None:
        self.n_all += 1
        if len(self) < _SHOWN:
            super().append(row)


def main(arguments: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Returns what is in a file, or an `error`; runs in a process of its own."""
    _limit(arguments["cpu_s"])
    skipped = _Few()
    report = ReadReport(skipped=skipped)
    options = ReadOptions(skip_bad=True, **arguments.get("options", {}))
    columns = _column_names(data, arguments["name"], options)
    try:
        talks = _read(data, arguments, options, report)
    except InstructERCError as error:
        return {"error": str(error), "too_many": isinstance(error, TooMany), "columns": columns}
    except MemoryError:
        raise
    except Exception as error:
        return {"error": f"the file cannot be read ({type(error).__name__})", "columns": columns}
    length = arguments["max_characters"]
    conversations = [
        {"id": talk.id[:200].replace("\0", ""), "utterances": [_turn(turn, length) for turn in talk.utterances]}
        for talk in talks
    ]
    n_backwards = sum(_ends_early(turn) for talk in talks for turn in talk.utterances)
    if n_backwards:
        report.notes.append(f"{arguments['name']}: {n_backwards} end time(s) before their start: left out")
    return {
        "format": arguments["format"] or _detect(data, arguments["name"], options),
        "conversations": conversations,
        "gold": [[turn.emotion for turn in talk.utterances] for talk in talks],
        "notes": report.notes,
        "n_skipped": skipped.n_all,
        "skipped": [str(row) for row in skipped],
        "columns": columns,
    }


def _limit(cpu_s: int) -> None:
    try:
        import resource
    except ModuleNotFoundError:
        # Not on Windows, where the time alone is bounded.
        return
    for kind, limit in (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, _UNPACKED_BYTES),
    ):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _turn(turn: Utterance, length: int) -> dict[str, Any]:
    """Returns a turn as requests have it."""
    return {
        "speaker": turn.speaker[:200].strip() or "Speaker",
        "text": turn.text[:length],
        "start": _time(turn.start),
        "end": None if _ends_early(turn) else _time(turn.end),
    }


def _ends_early(turn: Utterance) -> bool:
    return turn.start is not None and turn.end is not None and turn.end < turn.start


def _detect(data: bytes, name: str, options: ReadOptions) -> str:
    """Returns the format that a file was read as, which reading found by itself."""
    stream = _stream(data, name)
    binary = detect_binary(stream)
    if binary is not None:
        return binary[0].name
    with open_text(stream, options) as file:
        return detect_text(file, options)[0].name


def _time(seconds: float | None) -> float | None:
    return seconds if seconds is not None and 0 <= seconds <= 1e9 else None


def _stream(data: bytes, name: str) -> io.BytesIO:
    stream = io.BytesIO(data)
    stream.name = name
    return stream


def _column_names(data: bytes, name: str, options: ReadOptions) -> list[str]:
    """Returns the names of a table's columns; none of what is no table, or cannot be opened."""
    try:
        stream = _stream(data, name)
        binary = detect_binary(stream)
        if binary is not None:
            names = binary[1].columns and binary[1].columns(stream, name)
        else:
            with open_text(stream, options) as text:
                columns = detect_text(text, options)[1].columns
                names = columns and columns(text, options)
    except InstructERCError:
        return []
    return [column.strip()[:_LONGEST_COLUMN] for column in names or ()][:_MOST_COLUMNS]


def _read(data: bytes, arguments: dict[str, Any], options: ReadOptions, report: ReadReport) -> list[Conversation]:
    stream = _stream(data, arguments["name"])
    max_turns, max_conversations = arguments["max_turns"], arguments["max_conversations"]
    talks: list[Conversation] = []
    n_turns = 0
    for talk in read_conversations(stream, input_format=arguments["format"], options=options, report=report):
        n_turns += len(talk)
        if n_turns > max_turns or len(talks) >= max_conversations:
            raise TooMany(
                f"the file has more than {max_turns:,} turns or {max_conversations:,} conversations; "
                "use the command line"
            )
        talks.append(talk)
    return talks


if __name__ == "__main__":
    collect_less_often()
    answer = json.dumps(main(json.loads(sys.argv[1]), sys.stdin.buffer.read()), ensure_ascii=False)
    sys.stdout.buffer.write(answer.encode("utf-8", "replace"))
