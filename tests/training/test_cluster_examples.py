"""The configurations in examples/cluster are what `accelerate` reads, and mean what docs/scale.md says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

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
