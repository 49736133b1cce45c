"""Training on the GPUs of a Ray cluster: python examples/cluster/ray_train.py recipes/instructerc.yaml 8 STORAGE

Ray Train starts a process per GPU and sets up torch's process group; the recipe is then trained as under `accelerate`.
STORAGE is a folder that every node sees; the run goes on from its last checkpoint if a node is lost.
"""

from __future__ import annotations

import sys

from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer


def train(settings: dict[str, str]) -> None:
    """Trains a recipe in one of the processes."""
    from instructerc.training.run import train as train_recipe

    train_recipe(settings["recipe"], settings["output"], resume=True)


if __name__ == "__main__":
    recipe, n_gpus, storage = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    TorchTrainer(
        train,
        train_loop_config={"recipe": recipe, "output": f"{storage}/runs"},
        scaling_config=ScalingConfig(num_workers=n_gpus, use_gpu=True),
        run_config=RunConfig(storage_path=storage, failure_config=FailureConfig(max_failures=3)),
    ).fit()
