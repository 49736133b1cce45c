"""The examples in examples/cluster are what `accelerate`, the shell and Ray Train take, as docs/scale.md says."""

from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import create_autospec

import pytest

from instructerc.training import run as training_run

EXAMPLES = Path(__file__).parents[2] / "examples" / "cluster"


@pytest.mark.parametrize(("name", "kind"), [("ddp", "MULTI_GPU"), ("fsdp2", "FSDP")])
def test_accelerate_reads_the_configurations(name, kind):
    config_args = pytest.importorskip("accelerate.commands.config.config_args")
    config = config_args.load_config_from_file(str(EXAMPLES / f"{name}.yaml"))
    assert config.distributed_type == kind
    assert config.num_processes == 4
    if name == "fsdp2":
        # As tests/training/test_language_models.py runs it in two processes.
        assert config.fsdp_config["fsdp_version"] == 2
        assert config.fsdp_config["fsdp_state_dict_type"] == "FULL_STATE_DICT"
        assert config.fsdp_config["fsdp_auto_wrap_policy"] == "TRANSFORMER_BASED_WRAP"


@pytest.mark.parametrize("name", ["train.sbatch", "annotate.sbatch"])
def test_the_shell_reads_the_job_scripts(name):
    done = subprocess.run(["bash", "-n", str(EXAMPLES / name)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_task_of_the_array_gets_its_own_files(tmp_path):
    """Every file belongs to exactly one task."""
    for number in range(7):
        (tmp_path / f"part-{number}.parquet").touch()
    lines = (EXAMPLES / "annotate.sbatch").read_text(encoding="utf-8").splitlines()
    [choose] = [line for line in lines if line.startswith("mapfile")]
    found = []
    for task in range(3):
        names = f"SLURM_ARRAY_TASK_ID={task} SLURM_ARRAY_TASK_COUNT=3"
        script = f'{names}\nset -- {tmp_path}\n{choose}\nprintf "%s\\n" "${{files[@]}}"'
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        found += done.stdout.split()
    assert sorted(found) == sorted(str(path) for path in tmp_path.iterdir())


@dataclass(frozen=True)
class FailureConfig:
    max_failures: int


@dataclass(frozen=True)
class ScalingConfig:
    num_workers: int
    use_gpu: bool


@dataclass(frozen=True)
class RunConfig:
    storage_path: str
    failure_config: FailureConfig


@pytest.fixture
def trainers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Puts a stand-in for Ray Train in place, which runs the loop of each process here; returns every trainer."""
    made: list[Any] = []

    @dataclass
    class TorchTrainer:
        train_loop_per_worker: Callable[[dict[str, Any]], None]
        train_loop_config: dict[str, Any]
        scaling_config: ScalingConfig
        run_config: RunConfig

        def fit(self) -> None:
            made.append(self)
            for _ in range(self.scaling_config.num_workers):
                self.train_loop_per_worker(self.train_loop_config)

    contents = {
        "ray": {},
        "ray.train": {one.__name__: one for one in (FailureConfig, RunConfig, ScalingConfig)},
        "ray.train.torch": {"TorchTrainer": TorchTrainer},
    }
    for name, members in contents.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    return made


@pytest.mark.parametrize(("more", "use_gpu"), [([], True), (["--no-use-gpu"], False)])
def test_ray_train_trains_the_recipe_in_each_process(trainers, monkeypatch, more, use_gpu):
    # It takes what `train` itself takes, and nothing else.
    train = create_autospec(training_run.train)
    monkeypatch.setattr(training_run, "train", train)
    monkeypatch.setattr(sys, "argv", ["ray_train.py", "tiny.yaml", "2", "/shared", *more])
    runpy.run_path(str(EXAMPLES / "ray_train.py"), run_name="__main__")
    [trainer] = trainers
    assert trainer.scaling_config == ScalingConfig(2, use_gpu)
    assert trainer.run_config == RunConfig("/shared", FailureConfig(3))
    assert [(call.args, call.kwargs) for call in train.call_args_list] == [
        (("tiny.yaml", "/shared/runs"), {"resume": True})
    ] * 2
