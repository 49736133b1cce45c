"""What a run is and how far it came: kept beside its output, so that the same command goes on and no other one does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from instructerc.errors import InputError
from instructerc.scale.inputs import Input
from instructerc.scale.storage import Output

MANIFEST = "_manifest.json"
# A folder with a side file for each input that has wrong rows.
REFUSED = "_refused"
# Changes when shards are cut otherwise, so that answers of another version are not taken for ours.
LAYOUT = 3


@dataclass(frozen=True, slots=True)
class FileDone:
    """A file that is written.

    Attributes:
        digest: of the input that it was made from.
        n_in: rows of the input.
        n_out: rows with answers.
        n_refused: rows in the side file.
        n_conversations: answered conversations that begin in it.
    """

    digest: str
    n_in: int
    n_out: int
    n_refused: int
    n_conversations: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A run.

    Attributes:
        run: all settings that change what is written: model, label set, format, how files are read and merged.
        inputs: digest of each input by its name, in their order.
        shuffled: whether rows of one conversation had to be brought together.
        done: the files that are written, by name.
    """

    run: Mapping[str, Any]
    inputs: Mapping[str, str]
    shuffled: bool
    done: Mapping[str, FileDone]

    def to_text(self) -> str:
        """Returns it as JSON."""
        return json.dumps({"layout": LAYOUT} | asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, output: Output) -> Manifest | None:
        """Returns the manifest of an output; None where nothing is there.

        Raises:
            InputError: the output is not empty and has none, or a damaged one or one of another version.
        """
        text = output.read(MANIFEST)
        if text is None:
            others = [name for name in output.names() if not name.startswith((".", "_"))]
            if others:
                raise InputError(f"{output.target}: holds {others[0]} and no {MANIFEST}; give a new or empty folder")
            return None
        try:
            data = json.loads(text)
            if data["layout"] != LAYOUT:
                raise InputError(f"{output.target}: was started by another version of instructerc; give a new folder")
            done = {name: FileDone(**one) for name, one in data["done"].items()}
            return cls(data["run"], data["inputs"], data["shuffled"], done)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{output.target}/{MANIFEST}: is damaged ({error}); give a new folder") from error

    def check_run(self, run: Mapping[str, Any], target: str) -> None:
        """Raises `InputError` if the output belongs to a run with other settings."""
        for name, value in run.items():
            if self.run.get(name) != value:
                raise InputError(
                    f"{target}: belongs to a run with {name} {_show(self.run.get(name))}, not {_show(value)}; "
                    "give another output, or the same settings to continue"
                )

    def check_inputs(self, inputs: Sequence[Input], target: str) -> None:
        """Raises `InputError` if conversations were brought together from other inputs than these."""
        now = {one.name: one.digest for one in inputs}
        changed = sorted({*now.items()} ^ {*self.inputs.items()})
        if self.shuffled and (changed or list(now) != list(self.inputs)):
            what = changed[0][0] if changed else "their order"
            raise InputError(
                f"{target}: belongs to a run over other inputs ({what} differs), and its conversations are spread over "
                "files; give another output"
            )


def _show(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)[:200]


class DoneLog:
    """The files that are written so far, a line each: what a stopped run leaves behind is read again.

    Args:
        path: of the log.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, FileDone]:
        """Returns what is in it, by the name of the input; a last line that was cut off does not count."""
        if not self._path.exists():
            return {}
        found = {}
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                name, done = json.loads(line)
            except ValueError:
                continue
            found[name] = FileDone(**done)
        return found

    def add(self, name: str, done: FileDone) -> None:
        """Adds a file that is written."""
        with self._path.open("a", encoding="utf-8") as stream:
            # On a line of its own, whatever a stopped run has left.
            stream.write(f"\n{json.dumps([name, asdict(done)], ensure_ascii=False)}\n")
