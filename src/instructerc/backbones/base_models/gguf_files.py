"""GGUF files, llama.cpp's form of a language model: how transformers is told to read one, and why it could not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from instructerc.errors import MissingExtra, ModelError

SUFFIX = ".gguf"
_MAGIC = b"GGUF"


def is_gguf(name: str | Path) -> bool:
    """Says whether a name means a GGUF file."""
    return Path(name).suffix.lower() == SUFFIX


def check_gguf(path: Path) -> None:
    """Checks that a file is there and is GGUF by its first bytes.

    Raises:
        ModelError: no such file, or one of another kind.
        MissingExtra: without what reads it.
    """
    if not path.is_file():
        raise ModelError(f"there is no file {path}; a GGUF file is given by its path")
    with path.open("rb") as file:
        first = file.read(len(_MAGIC))
    if first != _MAGIC:
        raise ModelError(f"{path} is not a GGUF file: it does not begin with {_MAGIC.decode()}")
    if find_spec("gguf") is None:
        raise MissingExtra(f"the GGUF file {path}", "gguf")


@contextmanager
def without_bar() -> Iterator[None]:
    """Keeps back the progress bar that transformers draws as it reads a GGUF file, whatever its settings say."""
    from transformers import modeling_gguf_pytorch_utils

    reading: Any = modeling_gguf_pytorch_utils
    bar = reading.tqdm
    reading.tqdm = partial(bar, disable=True)
    try:
        yield
    finally:
        reading.tqdm = bar


def gguf_fault(path: Path, reason: str) -> ModelError:
    """Returns the error of a GGUF file that transformers could not load.

    Args:
        path: the file.
        reason: what transformers said.
    """
    from transformers.integrations.ggml import GGUF_CONFIG_MAPPING

    try:
        architecture = _architecture(path)
    except Exception as error:
        return ModelError(f"{path} is damaged or cut short ({' '.join(str(error).split())[:120]}); download it again")
    if architecture not in GGUF_CONFIG_MAPPING:
        known = ", ".join(sorted(GGUF_CONFIG_MAPPING))
        return ModelError(
            f"{path} holds a model of architecture {architecture!r}, which transformers does not read from GGUF; "
            f"it reads {known}. Give the model's hub name or folder of safetensors"
        )
    return ModelError(f"{path}: {reason[:400]}")


def _architecture(path: Path) -> str:
    from gguf import GGUFReader

    field = GGUFReader(path).get_field("general.architecture")
    if field is None:
        raise ValueError("it names no architecture")
    return str(field.contents())


def forget_quantisation(model: Any) -> Any:
    """Returns a model that was dequantised, without what says that it is quantised: it is saved and trained as any."""
    for name in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(model.config, name):
            delattr(model.config, name)
    model.hf_quantizer = None
    for name in ("is_quantized", "quantization_method"):
        vars(model).pop(name, None)
    return model
