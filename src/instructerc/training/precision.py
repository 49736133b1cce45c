"""In what precision a stage is computed: what its recipe says, where the processor has instructions for it."""

from __future__ import annotations

from collections.abc import Callable

import torch

# As torch names them: of x86 processors, then of ARM ones.
_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")


def computes_in_bfloat16(precision: str, say: Callable[[str], None]) -> bool:
    """Returns whether a stage's forward passes run in bfloat16.

    Without instructions for it, a processor takes many times as long as in float32, and the answer is no.

    Args:
        precision: of the stage, `bf16` or `fp32`.
        say: takes a line for a person, where it is another precision than was asked for.
    """
    if precision != "bf16":
        return False
    if torch.cuda.is_available() or _has_instructions():
        return True
    say("this processor has no bfloat16 instructions: computing in float32")
    return False


def _has_instructions() -> bool:
    found = torch.cpu.get_capabilities()
    return any(found.get(name) for name in _BFLOAT16)
