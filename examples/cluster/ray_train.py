"""Training on the GPUs of a Ray cluster: python examples/cluster/ray_train.py recipes/instructerc.yaml 8 STORAGE

Every node needs `pip install 'instructerc[train]' 'ray[train]'`. Ray Train starts a process per GPU, or without GPUs
with --no-use-gpu, and sets up torch's process group; the recipe is then trained as under `accelerate`. STORAGE is a
folder that every node sees; the run goes on from its last checkpoint if a node is lost.
"""

from __future__ import annotations

import argparse

from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer


def train(settings: dict[str, str]) -> None:
    """Trains a recipe in one of the processes."""
    from instructerc.training.run import train as train_recipe

    train_recipe(settings["recipe"], settings["output"], resume=True)


def main() -> None:
    """Reads the arguments, and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", help="file that every node has under this name")
    parser.add_argument("processes", type=int)
    parser.add_argument("storage")
    parser.add_argument("--use-gpu", action=argparse.BooleanOptionalAction, default=True, help="a GPU for each process")
    arguments = parser.parse_args()
    TorchTrainer(
        train,
        train_loop_config={"recipe": arguments.recipe, "output": f"{arguments.storage}/runs"},
        scaling_config=ScalingConfig(num_workers=arguments.processes, use_gpu=arguments.use_gpu),
        run_config=RunConfig(storage_path=arguments.storage, failure_config=FailureConfig(max_failures=3)),
    ).fit()


if __name__ == "__main__":
    main()
