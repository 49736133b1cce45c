"""What a result depends on besides its recipe."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGES = (
    *("instructerc", "torch", "transformers", "peft", "accelerate", "bitsandbytes", "onnxruntime"),
    *("tokenizers", "safetensors", "numpy"),
)


def environment(seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Returns versions, commit, seeds, device and processor as plain JSON data.

    `changed` is whether files of the checkout differ from its commit, and None where there is no commit.

    Args:
        seeds: of what was trained; none for a model that is taken as it is.
    """
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        **versions,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processor": _processor(),
        "commit": _git("rev-parse", "HEAD") or "unknown",
        "changed": _changed(),
        "device": _device(),
        "seeds": list(seeds),
    }


@cache
def _git(*words: str) -> str | None:
    """Returns what git says of the checkout that runs, or None in an installed package.

    It is asked once: the code of a process is that of its start, whatever is committed while it runs.
    """
    here = Path(__file__).parent
    try:
        git = subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return git.stdout.strip() if git.returncode == 0 else None


def _changed() -> bool | None:
    found = _git("status", "--porcelain", "--untracked-files=no")
    return None if found is None else bool(found)


def _processor() -> str:
    """Returns the name of the processor; Linux tells it in a file alone."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), "") or platform.processor() or "unknown"


def _device() -> str:
    """Returns the name of the GPU where torch was loaded and sees one, else `cpu`."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return "cpu"
    return str(torch.cuda.get_device_name())
