"""The Ray engine against a stand-in that answers in another order; where Ray is installed, on a real cluster too."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from instructerc.cli.main import app
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, InstructERCError, MissingExtra, ModelError
from instructerc.formats import write_jsonl
from instructerc.scale.accounting import Account
from instructerc.scale.engines import ray as ray_engine
from instructerc.scale.engines.base import Engine
from instructerc.scale.engines.local import LocalEngine
from instructerc.scale.engines.ray import RayEngine
from instructerc.scale.model import ModelAbout, ModelChoice
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.rows import as_places
from instructerc.scale.run import annotate
from instructerc.scale.scoring import ScoredShard
from instructerc.scale.shards import Shard

ABOUT = ModelAbout("m:1", "l:1", ("joy", "anger"), ("en",))
N_TALKS, TALK_TURNS = 30, 5


class Scorer:
    """Says how many turns it got."""

    def __init__(self, choice: ModelChoice, threads: int) -> None:
        if choice.model == "missing":
            raise ModelError("no such model")

    def describe(self) -> ModelAbout:
        return ABOUT

    def score(self, conversations: tuple[Conversation, ...]) -> ScoredShard:
        if conversations[0].id == "5" and getattr(Scorer, "fails", False):
            raise ModelError("it broke")
        return ScoredShard(np.arange(sum(map(len, conversations))), {})


class TaskError(Exception):
    """As Ray wraps an error of a task."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"trace\n{cause}")
        self.cause = cause


def _fake_ray(cpus: float) -> ModuleType:
    """Returns a module that does at once what Ray does elsewhere, and is done in any order.

    It keeps what it was told: `addresses`, and the options of each of `actors`.
    """
    ray: Any = ModuleType("ray")
    ray.resources, ray.addresses, ray.actors = {"CPU": cpus}, [], []
    ray.exceptions = SimpleNamespace(RayTaskError=TaskError, RayError=type("RayError", (Exception,), {}))
    ray.most = ray.n_open = 0
    draw = random.Random(0)

    class Reference:
        def __init__(self, run: Any) -> None:
            ray.n_open += 1
            ray.most = max(ray.most, ray.n_open)
            try:
                self.value, self.error = run(), None
            except Exception as error:
                self.value, self.error = None, TaskError(error)

    class Handle:
        def __init__(self, kind: type, options: dict[str, Any], arguments: tuple[Any, ...]) -> None:
            self.kind, self.arguments = kind, arguments
            ray.actors.append(options)

        @cached_property
        def made(self) -> Any:
            return self.kind(*self.arguments)

        def __getattr__(self, name: str) -> Any:
            return SimpleNamespace(remote=lambda *given: Reference(lambda: getattr(self.made, name)(*given)))

    def remote(kind: type) -> Any:
        return SimpleNamespace(
            options=lambda **options: SimpleNamespace(remote=lambda *given: Handle(kind, options, given))
        )

    def init(address: str | None, **_: object) -> None:
        ray.addresses.append(address)

    def get(reference: Reference) -> Any:
        ray.n_open -= 1
        if reference.error:
            raise reference.error
        return reference.value

    def wait(references: list[Reference], num_returns: int) -> Any:
        chosen = draw.choice(references)
        return [chosen], [one for one in references if one is not chosen]

    ray.shutdown = ray.kill = lambda *_, **__: None
    ray.init, ray.cluster_resources = init, lambda: ray.resources
    ray.remote, ray.get, ray.wait = remote, get, wait
    return ray


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts the stand-in in place; its actors have the model that they are given."""
    module = _fake_ray(3.0)
    monkeypatch.setitem(sys.modules, "ray", module)
    return module


@pytest.fixture
def fake(stand_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts the stand-in in place; its actors have no model."""
    monkeypatch.setattr(ray_engine, "ShardScorer", Scorer)
    return stand_in


@pytest.fixture
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same conversations as JSONL, or as a CSV with a column of the user's own."""
    turns = range(TALK_TURNS)
    if getattr(request, "param", "jsonl") == "csv":
        path = tmp_path / "a.csv"
        rows = [f"{n},Ann,it is {n} {turn},T{n}.{turn}" for n in range(N_TALKS) for turn in turns]
        path.write_text("\n".join(["conversation,speaker,text,ticket", *rows]) + "\n", encoding="utf-8")
        return path
    path = tmp_path / "a.jsonl"
    talks = [Conversation(str(n), [Utterance("Ann", f"it is {n} {turn}") for turn in turns]) for n in range(N_TALKS)]
    write_jsonl(talks, path)
    return path


def _shards(n: int) -> list[Shard]:
    return [
        Shard(
            0, number, (Conversation(str(number), [Utterance("Ann", "hi")] * (number % 3 + 1)),), as_places([(0, 1, 0)])
        )
        for number in range(n)
    ]


def test_every_shard_comes_back_once_with_its_own_answers(fake):
    with RayEngine(ModelChoice(), None, None, None, 0) as engine:
        assert engine.n_cores == 3
        assert engine.about() == ABOUT
        found = list(engine.score(iter(_shards(20))))
    assert sorted(shard.number for shard, _ in found) == list(range(20))
    assert [shard.number for shard, _ in found] != list(range(20))
    assert all(len(scored.answers) == len(shard.conversations[0]) for shard, scored in found)
    assert fake.most <= 6


def test_what_an_actor_says_is_the_error(fake, monkeypatch):
    monkeypatch.setattr(Scorer, "fails", True, raising=False)
    with RayEngine(ModelChoice(), 2, None, None, 0) as engine, pytest.raises(ModelError, match="it broke"):
        list(engine.score(iter(_shards(20))))
    with (
        RayEngine(ModelChoice("missing"), 2, None, None, 0) as engine,
        pytest.raises(InstructERCError, match="no such"),
    ):
        engine.about()


def test_a_cluster_without_room_is_told(fake):
    with (
        pytest.raises(InputError, match="has 0 GPU and an actor requires 1"),
        RayEngine(ModelChoice(), None, None, None, 1),
    ):
        pass


def test_a_cluster_that_is_not_there_is_told(fake, monkeypatch):
    def init(address: str, **options: object) -> None:
        raise ConnectionError("trace\nCould not find any running Ray instance.")

    monkeypatch.setattr(fake, "init", init)
    with (
        pytest.raises(
            InputError, match="cannot connect to the Ray cluster auto: Could not find any running Ray instance"
        ),
        RayEngine(ModelChoice(), None, None, "auto", 0),
    ):
        pass


def test_without_ray_its_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"pip install 'instructerc\[scale\]'"):
        RayEngine(ModelChoice(), None, None, None, 0)


def test_the_command_gives_ray_what_it_was_asked_for(stand_in, embedded_folder, source, tmp_path):
    stand_in.resources["GPU"] = 2.0
    options = ["--format", "jsonl", "--json", "--model", embedded_folder, "--threads", "2"]
    ray = ["--engine", "ray", "--address", "head:6379", "--gpus", "1"]
    arguments = ["annotate", source, "-o", tmp_path / "out", *options, *ray]
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    assert stand_in.addresses == ["head:6379"]
    # One for each GPU.
    assert stand_in.actors == [{"num_cpus": 2, "num_gpus": 1.0, "max_restarts": 5, "max_task_retries": 5}] * 2
    data = json.loads(done.stdout)
    assert (data["rows_in"], data["rows_out"], data["adds_up"]) == (N_TALKS * TALK_TURNS, N_TALKS * TALK_TURNS, True)
    lines = [json.loads(line) for line in (tmp_path / "out" / "a.jsonl").read_text().splitlines()]
    assert [len(line["utterances"]) for line in lines] == [TALK_TURNS] * N_TALKS
    assert all(turn["emotion_predicted"] for line in lines for turn in line["utterances"])


@pytest.fixture
def go(embedded_folder: Path, source: Path, tmp_path: Path) -> Callable[..., Account]:
    """Returns a function that annotates on an engine of a name, and stops, as by Ctrl-C, after some turns."""
    choice = ModelChoice(str(embedded_folder))

    def call(name: str, target: str, stops_after: int | None = None) -> Account:
        n_done = 0

        def advance(count: int, *, known: bool = False) -> None:
            nonlocal n_done
            n_done += count
            if stops_after is not None and n_done >= stops_after:
                raise KeyboardInterrupt

        made: Engine = LocalEngine(choice, 2, 1) if name == "local" else RayEngine(choice, 2, 1, None, 0)
        with made as engine:
            options = AnnotateOptions(kind="jsonl")
            return annotate([str(source)], str(tmp_path / target), engine, options, lambda _: advance)

    return call


def _files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("first", "second", "source"), [("local", "ray", "jsonl"), ("ray", "local", "csv")], indirect=["source"]
)
def test_a_run_that_is_stopped_on_one_engine_is_finished_on_the_other(stand_in, go, source, tmp_path, first, second):
    go(first, "whole")
    with pytest.raises(KeyboardInterrupt):
        go(first, "stopped", stops_after=N_TALKS * TALK_TURNS // 2)
    written = "a.jsonl" if source.suffix == ".jsonl" else "a.csv.jsonl"
    assert not (tmp_path / "stopped" / written).exists()
    account = go(second, "stopped")
    assert account.n_known >= N_TALKS * TALK_TURNS // 2
    assert account.n_known + account.n_scored == N_TALKS * TALK_TURNS
    assert _files_of(tmp_path / "stopped") == _files_of(tmp_path / "whole")
    lines = [json.loads(line) for line in (tmp_path / "whole" / written).read_text().splitlines()]
    tickets = [line.get("ticket") for line in lines]
    assert tickets == (
        [f"T{n}.{turn}" for n in range(N_TALKS) for turn in range(TALK_TURNS)] if "csv" in written else [None] * N_TALKS
    )


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
@pytest.mark.filterwarnings("default")
def test_two_actors_write_what_two_processes_write(go, tmp_path):
    for name in ("ray", "local"):
        go(name, name)
    assert (tmp_path / "ray" / "a.jsonl").read_bytes() == (tmp_path / "local" / "a.jsonl").read_bytes()
