"""Runs with an engine in this process, and a model whose answers depend on a turn's words and on those before it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.recognition import Recognition
from instructerc.scale import shards
from instructerc.scale.accounting import Account
from instructerc.scale.answers import encode
from instructerc.scale.engines.base import Engine
from instructerc.scale.model import ModelAbout
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.run import annotate
from instructerc.scale.scoring import ScoredShard
from instructerc.scale.shards import Shard

LABELS = ("joy", "anger", "calm")


def answer(conversation: Conversation) -> list[Recognition]:
    """Returns answers that tell every turn's words and history."""
    found, seen = [], ""
    for turn, utterance in enumerate(conversation.utterances):
        seen += f"{utterance.speaker}: {utterance.text}\n"
        weights = np.frombuffer(sha256(seen.encode()).digest()[:3], np.uint8) + 1.0
        p = weights / weights.sum()
        language = "it" if "ciao" in utterance.text else None
        best = int(p.argmax())
        probabilities = dict(zip(LABELS, p.tolist(), strict=True))
        found.append(
            Recognition(LABELS[best], float(p[best]), probabilities, turn, "long" in utterance.text, (), language)
        )
    return found


class HereEngine:
    """Scores in this process, shard by shard; see `Engine`.

    Attributes:
        n_scored: turns scored so far.
        dies_after: turns after which the run is stopped as by a signal; None for never.
    """

    n_cores = 1

    def __init__(self, model: str = "words:1", labels: str = "three:1") -> None:
        self.model = model
        self.labels = labels
        self.n_scored = 0
        self.dies_after: int | None = None

    def __enter__(self) -> HereEngine:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def about(self) -> ModelAbout:
        return ModelAbout(self.model, self.labels, LABELS, ("en",))

    def score(self, shards: Iterable[Shard]) -> Iterator[tuple[Shard, ScoredShard]]:
        for shard in shards:
            if self.dies_after is not None and self.n_scored >= self.dies_after:
                raise KeyboardInterrupt
            self.n_scored += len(shard.places)
            yield shard, ScoredShard(np.concatenate([encode(answer(one), LABELS) for one in shard.conversations]), {})


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few turns fill a shard, so that small inputs have many."""
    monkeypatch.setattr(shards, "SHARD_TURNS", 8)


@pytest.fixture
def engine() -> HereEngine:
    return HereEngine()


@pytest.fixture
def run(engine: HereEngine, tmp_path: Path) -> Callable[..., Account]:
    """Returns a function that annotates into `out` in the test's folder."""

    def call(*sources: str | Path, with_engine: Engine = engine, target: str | None = None, **options: Any) -> Account:
        target = target or str(tmp_path / "out")
        return annotate([str(one) for one in sources], target, with_engine, AnnotateOptions(**options))

    return call


_COMMAND = """
import sys
sys.path[:0] = [{tests!r}]
from conftest import HereEngine
from instructerc.scale import shards
from instructerc.scale.engines import local
shards.SHARD_TURNS = 8
local.LocalEngine = lambda *_: HereEngine()
{before}
from instructerc.cli.main import main
main()
"""


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Returns a function that runs the command from `in` to `out` in a process of its own, with the engine above.

    It takes further arguments, and as `before` what that process does first.
    """

    def call(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
        script = _COMMAND.format(tests=str(Path(__file__).parent), before=before)
        given = (
            "annotate",
            str(tmp_path / "in"),
            "-o",
            str(tmp_path / "out"),
            "--processes",
            "1",
            "--json",
            *arguments,
        )
        return subprocess.run([sys.executable, "-c", script, *given], capture_output=True, text=True, check=False)

    return call


@pytest.fixture
def rows_of() -> Callable[[Path], list[dict[str, Any]]]:
    """Returns a function that reads a JSONL or Parquet file as rows."""

    def read(path: Path) -> list[dict[str, Any]]:
        if path.suffix == ".parquet":
            parquet = pytest.importorskip("pyarrow.parquet")
            return parquet.read_table(path).to_pylist()
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    return read


@pytest.fixture
def dialogues() -> list[Conversation]:
    """Eight conversations of one to nine turns."""
    sizes = (3, 1, 9, 4, 2, 7, 5, 6)
    words = ("good morning", "no", "that is a long story", "ciao bella", "who knows", "well then")
    return [
        Conversation(
            f"talk {number}",
            [Utterance(("Ann", "Bo")[turn % 2], f"{words[(number + turn) % 6]} {turn}") for turn in range(size)],
        )
        for number, size in enumerate(sizes)
    ]


def lines_of(talks: Iterable[Conversation]) -> list[dict[str, Any]]:
    """Returns a JSON object for each turn, with a key that is no field of ours."""
    return [
        {"conversation": talk.id, "turn": turn, "speaker": one.speaker, "text": one.text, "ticket": f"{talk.id}/{turn}"}
        for talk in talks
        for turn, one in enumerate(talk.utterances, 1)
    ]


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Writes JSONL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_table(path: Path, rows: list[dict[str, Any]], **options: Any) -> Path:
    """Writes Parquet."""
    import pyarrow
    from pyarrow import parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pyarrow.Table.from_pylist(rows), path, **options)
    return path


def check_answers(rows: Iterable[dict[str, Any]], talks: Iterable[Conversation]) -> None:
    """Checks that rows have the answers that their conversations get as a whole."""
    expected = {(talk.id, turn): one for talk in talks for turn, one in enumerate(answer(talk), 1)}
    seen = set()
    for row in rows:
        key = (row["conversation"], row["turn"])
        assert key not in seen
        seen.add(key)
        one = expected[key]
        assert row["emotion_predicted"] == one.label
        p = row["probabilities"] if "probabilities" in row else {label: row[f"p_{label}"] for label in LABELS}
        assert p == pytest.approx(one.probabilities, abs=1e-6)
        assert row["probability"] == pytest.approx(one.probability, abs=1e-6)
        assert (row["history_turns"], row["text_cut"], row["language"]) == (
            one.history_turns,
            one.text_cut,
            one.language,
        )
        assert (row["model"], row["label_set"]) == ("words:1", "three:1")
        if "ticket" in row:
            assert row["ticket"] == f"{row['conversation']}/{row['turn']}"
    assert seen == expected.keys()


__all__ = ["LABELS", "HereEngine", "answer", "check_answers", "lines_of", "write_lines", "write_table"]
