"""Runs the command line as one of several processes on a CPU, and notes the loss of every step.

launch.py ddp|fsdp2 LOSSES train …
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from accelerate import PartialState, state
from accelerate.utils import DistributedType

# PEFT and transformers import them where they are installed, and nothing here uses them: a quarter of the time that a
# process takes to start.
UNUSED = ("bitsandbytes", "scipy")


def allow_fsdp_on_a_cpu() -> None:
    """Makes accelerate take gloo's processes for GPUs: it offers FSDP to these alone, torch has it for both."""
    whole = state.AcceleratorState.__init__

    def init(self, *arguments, **named):
        shared = PartialState._shared_state
        if shared.get("distributed_type") == DistributedType.MULTI_CPU:
            shared["distributed_type"] = DistributedType.MULTI_GPU
        whole(self, *arguments, **named)

    state.AcceleratorState.__init__ = init


@contextmanager
def noting_losses(path: Path) -> Iterator[None]:
    """Has training log every step, and adds stage, step and loss of each of them to a file, from one process."""
    from instructerc.training.loop import TreeTrainer

    begin, log = TreeTrainer.__init__, TreeTrainer.log

    def init(self, backbone, arguments, *others, **named):
        arguments.logging_steps = 1
        begin(self, backbone, arguments, *others, **named)

    def logged(self, logs, *others):
        if "loss" in logs and self.args.process_index == 0:
            with path.open("a", encoding="utf-8") as stream:
                stream.write(f"{self.best.parent.name} {self.state.global_step} {logs['loss']!r}\n")
        log(self, logs, *others)

    with mock.patch.object(TreeTrainer, "__init__", init), mock.patch.object(TreeTrainer, "log", logged):
        yield


def main() -> None:
    """Runs `instructerc`, and says how the weights are held."""
    # A search for garbage among all that is imported takes a second, and finds none.
    gc.disable()
    sys.modules |= dict.fromkeys(UNUSED)
    kind, losses = sys.argv.pop(1), Path(sys.argv.pop(1))
    if kind == "fsdp2":
        allow_fsdp_on_a_cpu()
    from instructerc.cli.main import main as instructerc
    from instructerc.training.loop import TreeTrainer

    run = TreeTrainer._run_rows

    def told(self, model, trees):
        sys.stderr.write(f"<{self.args.world_size} {type(next(model.parameters())).__name__}>\n")
        return run(self, model, trees)

    best = TreeTrainer._best_figure

    def late(self):
        # The first process has kept its weights by the time that another looks what the best figure is.
        if self.args.process_index:
            time.sleep(0.3)
        return best(self)

    TreeTrainer._run_rows, TreeTrainer._best_figure = told, late
    with noting_losses(losses):
        instructerc()


if __name__ == "__main__":
    main()
