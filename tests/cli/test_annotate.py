"""`instructerc annotate` from its arguments to its last line; what a run does is tested in tests/scale."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from instructerc.cli import annotate as annotate_command
from instructerc.errors import InputError
from instructerc.scale.engines import local
from instructerc.scale.model import ModelAbout, ModelChoice
from instructerc.scale.scoring import ScoredShard, ShardScorer
from instructerc.scale.shards import Shard

TALKS = (
    '{"id": "a", "utterances": [{"speaker": "Ann", "text": "joy"}, {"speaker": "Bo", "text": "perhaps anger"}]}\n'
    '{"id": "b", "utterances": [{"speaker": "Cy", "text": "sadness"}]}\n'
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def engines(loaded, monkeypatch: pytest.MonkeyPatch) -> list[tuple[ModelChoice, int, int | None]]:
    """Puts an engine in place that scores in this process; returns what each one was made with."""
    made: list[tuple[ModelChoice, int, int | None]] = []

    class Here:
        def __init__(self, choice: ModelChoice, n_workers: int, threads: int | None) -> None:
            made.append((choice, n_workers, threads))
            self.n_cores = n_workers
            self.scorer = ShardScorer(choice, threads)

        def __enter__(self) -> Here:
            return self

        def __exit__(self, *error: object) -> None:
            return None

        def about(self) -> ModelAbout:
            return self.scorer.about

        def score(self, shards: Iterable[Shard]) -> Iterator[tuple[Shard, ScoredShard]]:
            for shard in shards:
                yield shard, self.scorer.score(shard.conversations)

    monkeypatch.setattr(local, "LocalEngine", Here)
    return made


def _rows(path: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_files_are_answered_and_counted(run, write, engines, tmp_path):
    write(TALKS)
    done = run("annotate", "talk.jsonl", "-o", "out", "--format", "jsonl", "--processes", "2")
    assert done.exit_code == 0
    counts = {line[:26].strip(): line[26:].strip() for line in done.stdout.splitlines()}
    assert (counts["files written"], counts["conversations"], counts["turns in"], counts["turns out"]) == (
        "1",
        "2",
        "3",
        "3",
    )
    assert counts["refused"] == "0"
    first, second = _rows(tmp_path / "out" / "talk.jsonl")
    assert [turn["emotion_predicted"] for turn in first["utterances"]] == ["joy", "anger"]
    assert second["utterances"][0]["label_set"].startswith("meld:")
    assert engines[0][1] == 2


def test_counts_as_json_and_refused_rows(run, write, engines, tmp_path):
    write(TALKS + '{"speaker": "Ann"}\n')
    done = run("annotate", "talk.jsonl", "-o", "out", "--format", "jsonl", "--json", "--min-probability", "0.7")
    data = json.loads(done.stdout)
    assert (data["rows_in"], data["rows_out"], data["refused"], data["adds_up"]) == (4, 3, 1, True)
    assert "1 row(s) were refused; _refused in the output folder lists their positions and reasons" in done.stderr
    assert _rows(tmp_path / "out" / "_refused" / "talk.jsonl.jsonl")[0]["row"] == 3
    labels = [turn["emotion_predicted"] for turn in _rows(tmp_path / "out" / "talk.jsonl")[0]["utterances"]]
    assert labels == ["joy", None]


@pytest.mark.parametrize(
    ("content", "name", "line"),
    [
        (TALKS, "talk.jsonl", r" utterances [━╸╺ ]+ of 3 (-:--:--|\d:\d\d:\d\d) +\d+/s \d:\d\d:\d\d"),
        # Only reading tells how many turns there are.
        ("Ann: joy\nBo: anger\nAnn: so\n", "talk.txt", r" utterances \d+/s \d:\d\d:\d\d"),
    ],
)
def test_a_terminal_shows_rate_and_the_remaining_time_where_it_is_known(
    run, write, engines, monkeypatch, content, name, line
):
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()

    class Shown(annotate_command.Progress):
        """Goes on once it is on the screen."""

        def __init__(self, total: int | None, **options: Any) -> None:
            super().__init__(total, after_s=0, stream=stream, **options)

        def advance(self, count: int, *, known: bool = False) -> None:
            super().advance(count, known=known)
            until = time.monotonic() + 20
            while " utterances" not in stream.getvalue() and time.monotonic() < until:
                time.sleep(0.01)

    monkeypatch.setattr(annotate_command, "Progress", Shown)
    assert run("annotate", write(content, name), "-o", "out", columns=120).exit_code == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert re.search(line, shown), shown
    assert (" of " in shown) == (name == "talk.jsonl")


def test_the_model_and_its_version_belong_to_the_run(run, write, engines):
    write(TALKS)
    assert run("annotate", "talk.jsonl", "-o", "out", "--format", "jsonl").exit_code == 0
    other = run("annotate", "talk.jsonl", "-o", "out", "--format", "jsonl", "--labels", "joy,anger")
    assert other.exit_code == 2
    assert other.stderr.startswith('error: out: belongs to a run with model "embedded:')


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--calibration", "prior"], "calibration prior reads the whole input before its first answer"),
        (["--address", "auto"], "--address and --gpus work only with --engine ray"),
    ],
)
def test_what_does_not_go_together_is_told(run, write, engines, arguments, message):
    write(TALKS)
    done = run("annotate", "talk.jsonl", "-o", "out", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr


def test_help_says_which_ray_cluster_is_taken(run):
    text = " ".join(run("annotate", "--help", columns=200).stdout.split())
    assert (
        "Default: the cluster in RAY_ADDRESS, otherwise the one started last on this machine, otherwise a new one"
        in text
    )


def test_what_the_model_cannot_take_is_refused_alone(run, write, engines, monkeypatch, tmp_path):
    from .conftest import KeywordRecognizer

    whole = KeywordRecognizer.recognize

    def recognize(self, conversation):
        if conversation.id == "b":
            raise InputError("an utterance takes 9 tokens, and the model's window leaves 8")
        return whole(self, conversation)

    monkeypatch.setattr(KeywordRecognizer, "recognize", recognize)
    write(TALKS)
    data = json.loads(run("annotate", "talk.jsonl", "-o", "out", "--format", "jsonl", "--json").stdout)
    assert (data["rows_in"], data["rows_out"], data["refused"]) == (3, 2, 1)
    [one] = _rows(tmp_path / "out" / "_refused" / "talk.jsonl.jsonl")
    assert (one["row"], one["utterance"]) == (2, 1)
    assert "window leaves 8" in one["reason"]


def _stop(*_):
    raise KeyboardInterrupt


def test_a_stop_says_that_the_same_command_continues(run, write, engines, monkeypatch, tmp_path):
    write(TALKS)
    with monkeypatch.context() as patched:
        patched.setattr(ShardScorer, "score", _stop)
        stopped = run("annotate", "talk.jsonl", "-o", "out", "--format", "jsonl")
    assert (stopped.exit_code, stopped.stderr) == (130, "stopped; the same command continues\n")
    assert run("annotate", "talk.jsonl", "-o", "out", "--format", "jsonl").exit_code == 0
    assert len(_rows(tmp_path / "out" / "talk.jsonl")) == 2
