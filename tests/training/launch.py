"""Runs the command line as one of several processes on a CPU; with `fsdp` in front, weights are spread over them."""

from __future__ import annotations

import sys

from accelerate import PartialState, state
from accelerate.utils import DistributedType


def allow_fsdp_on_a_cpu() -> None:
    """Makes accelerate take gloo's processes for GPUs: it offers FSDP to these alone, torch has it for both."""
    whole = state.AcceleratorState.__init__

    def init(self, *arguments, **named):
        shared = PartialState._shared_state
        if shared.get("distributed_type") == DistributedType.MULTI_CPU:
            shared["distributed_type"] = DistributedType.MULTI_GPU
        whole(self, *arguments, **named)

    state.AcceleratorState.__init__ = init


def main() -> None:
    """Runs `instructerc`, and says how the weights are held."""
    if sys.argv[1] == "fsdp":
        del sys.argv[1]
        allow_fsdp_on_a_cpu()
    from instructerc.cli.main import main as instructerc
    from instructerc.training.loop import TreeTrainer

    run = TreeTrainer._run_rows

    def told(self, model, trees):
        sys.stderr.write(f"<{self.args.world_size} {type(next(model.parameters())).__name__}>\n")
        return run(self, model, trees)

    TreeTrainer._run_rows = told
    instructerc()


if __name__ == "__main__":
    main()
