"""The Ray engine against a stand-in that answers in another order; where Ray is installed, on a real cluster too."""

from __future__ import annotations

import random
import sys
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, InstructERCError, MissingExtra, ModelError
from instructerc.scale.engines import ray as ray_engine
from instructerc.scale.engines.ray import RayEngine
from instructerc.scale.model import ModelAbout, ModelChoice
from instructerc.scale.rows import as_places
from instructerc.scale.scoring import ScoredShard
from instructerc.scale.shards import Shard

ABOUT = ModelAbout("m:1", "l:1", ("joy", "anger"), ("en",))


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
    """Returns a module that does at once what Ray does elsewhere, and is done in any order."""
    ray: Any = ModuleType("ray")
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
        def __init__(self, kind: type, arguments: tuple[Any, ...]) -> None:
            self.make = lambda: kind(*arguments)

        def __getattr__(self, name: str) -> Any:
            return SimpleNamespace(remote=lambda *given: Reference(lambda: getattr(self.make(), name)(*given)))

    def remote(kind: type) -> Any:
        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda *given: Handle(kind, given)))

    def get(reference: Reference) -> Any:
        ray.n_open -= 1
        if reference.error:
            raise reference.error
        return reference.value

    def wait(references: list[Reference], num_returns: int) -> Any:
        chosen = draw.choice(references)
        return [chosen], [one for one in references if one is not chosen]

    ray.init = ray.shutdown = ray.kill = lambda *_, **__: None
    ray.cluster_resources = lambda: {"CPU": cpus}
    ray.remote, ray.get, ray.wait = remote, get, wait
    return ray


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Any:
    module = _fake_ray(3.0)
    monkeypatch.setitem(sys.modules, "ray", module)
    monkeypatch.setattr(ray_engine, "ShardScorer", Scorer)
    return module


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


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
@pytest.mark.filterwarnings("default")
def test_two_actors_write_what_two_processes_write(embedded_folder, tmp_path):
    from instructerc.formats import write_jsonl
    from instructerc.scale.engines.local import LocalEngine
    from instructerc.scale.options import AnnotateOptions
    from instructerc.scale.run import annotate

    talks = [Conversation(str(n), [Utterance("Ann", f"it is {n} {turn}") for turn in range(5)]) for n in range(300)]
    write_jsonl(talks, tmp_path / "a.jsonl")
    choice, options = ModelChoice(str(embedded_folder)), AnnotateOptions(kind="jsonl")
    for name, made in (("ray", RayEngine(choice, 2, 1, None, 0)), ("local", LocalEngine(choice, 2, 1))):
        with made as engine:
            annotate([str(tmp_path / "a.jsonl")], str(tmp_path / name), engine, options)
    assert (tmp_path / "ray" / "a.jsonl").read_bytes() == (tmp_path / "local" / "a.jsonl").read_bytes()
