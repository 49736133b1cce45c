"""What a result depends on besides its recipe."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGES = (
    *("instructerc", "torch", "transformers", "peft", "accelerate", "bitsandbytes", "onnxruntime"),
    *("tokenizers", "safetensors", "numpy"),
)


def environment(seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Returns versions, commit, seeds and device as plain JSON data.

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
        "commit": _commit(),
        "device": _device(),
        "seeds": list(seeds),
    }


def _commit() -> str:
    """Returns the commit of the checkout that runs, or `unknown` in an installed package."""
    here = Path(__file__).parent
    try:
        git = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return git.stdout.strip() if git.returncode == 0 else "unknown"


def _device() -> str:
    """Returns the name of the GPU where torch was loaded and sees one, else `cpu`."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return "cpu"
    return str(torch.cuda.get_device_name())
