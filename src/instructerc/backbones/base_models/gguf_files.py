"""GGUF files, llama.cpp's form of a language model: what is one, and why transformers could not read it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from instructerc.errors import MissingExtra, ModelError, one_line

SUFFIX = ".gguf"
_MAGIC = b"GGUF"


def is_gguf(name: str | Path) -> bool:
    """Returns whether a name means a GGUF file."""
    return Path(name).suffix.lower() == SUFFIX


def check_gguf(path: Path) -> None:
    """Checks that a file is there and is GGUF by its first bytes.

    Raises:
        ModelError: no such file, or one of another kind.
        MissingExtra: without what reads it.
    """
    if not path.is_file():
        raise ModelError(f"no such file: {path}; give the path of a GGUF file")
    with path.open("rb") as file:
        first = file.read(len(_MAGIC))
    if first != _MAGIC:
        raise ModelError(f"{path} is not a GGUF file: it does not begin with {_MAGIC.decode()}")
    if find_spec("gguf") is None:
        raise MissingExtra(f"the GGUF file {path}", "gguf")


def gguf_fault(path: Path, reason: str) -> ModelError:
    """Returns the error of a GGUF file that transformers could not load.

    Args:
        path: the file.
        reason: what transformers said.
    """
    from instructerc.compat.transformers_models import gguf_architectures

    try:
        architecture = _architecture(path)
    except Exception as error:
        return ModelError(f"{path} is damaged or cut short ({one_line(error, 120)}); download it again")
    known = gguf_architectures()
    if architecture not in known:
        return ModelError(
            f"{path} holds a model of architecture {architecture!r}, which transformers does not read from GGUF; "
            f"it reads {', '.join(known)}. Give the model's hub name or folder of safetensors"
        )
    return ModelError(f"{path}: {reason[:400]}")


def _architecture(path: Path) -> str:
    from gguf import GGUFReader

    field = GGUFReader(path).get_field("general.architecture")
    if field is None:
        raise ValueError("it names no architecture")
    return str(field.contents())
