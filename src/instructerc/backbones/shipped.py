"""Models by name: the one that comes with the package, and those that packages of their own hold."""

from __future__ import annotations

from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from instructerc.errors import ModelError

EMBEDDED = "embedded"
SMALL, MULTILINGUAL = "small", "multilingual"
_PACKAGES = {MULTILINGUAL: "instructerc_multilingual"}
MODEL_NAMES = (SMALL, *_PACKAGES)
"""What `--model` takes beside folders."""
AUTO = "auto"
"""Chooses among them, conversation by conversation."""


def embedded_model() -> Path:
    """Returns the folder of the model that comes with the package."""
    return Path(str(resources.files("instructerc.models") / EMBEDDED))


def is_installed(name: str) -> bool:
    """Returns whether a model's package is there, with its weights."""
    return name == SMALL or _folder(name) is not None


def named_model(name: str) -> Path:
    """Returns the folder of a model by name.

    Args:
        name: one of `MODEL_NAMES`.

    Raises:
        ModelError: its package is not installed, or has no weights.
    """
    if name == SMALL:
        return embedded_model()
    folder = _folder(name)
    if folder is None:
        package = _PACKAGES[name].replace("_", "-")
        raise ModelError(
            f"the model {name!r} is in a package of its own, {package}, which is not installed or has no weights; "
            f"install it: pip install models/{name} in the project's folder"
        )
    return folder


def is_named(model: str | Path) -> bool:
    """Returns whether a model is meant by name, `auto` included; a model folder of that name goes before."""
    return str(model) in (AUTO, *MODEL_NAMES) and not (Path(model) / "model.json").is_file()


def model_folder(model: str | Path) -> Path:
    """Returns the folder of a model that is given by name or as a folder.

    Raises:
        ModelError: a name whose package is not installed, or has no weights.
    """
    return named_model(str(model)) if is_named(model) and str(model) != AUTO else Path(model)


def default_model() -> str:
    """Returns the name of what answers where no model is given."""
    return AUTO if is_installed(MULTILINGUAL) else SMALL


def _folder(name: str) -> Path | None:
    found = find_spec(_PACKAGES[name])
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "model"
    return folder if (folder / "model.json").is_file() else None
