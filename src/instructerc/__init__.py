"""The emotion of every utterance in a conversation.

Example:
    >>> import instructerc
    >>> talk = instructerc.Conversation("c1", [instructerc.Utterance("Ann", "We won!")])
    >>> recognizer = instructerc.Recognizer.from_pretrained()  # doctest: +SKIP
    >>> [turn.label for turn in recognizer.recognize(talk)]  # doctest: +SKIP
    ['joy']
"""

import importlib
import typing

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import (
    BadRow,
    InputError,
    InstructERCError,
    LabelError,
    MissingExtra,
    ModelError,
    RecipeError,
)
from instructerc.labels import LabelSet, load_label_set

if typing.TYPE_CHECKING:
    from instructerc.recognition import Recognition, Recognizer, load_model

__all__ = [
    "BadRow",
    "Conversation",
    "InputError",
    "InstructERCError",
    "LabelError",
    "LabelSet",
    "MissingExtra",
    "ModelError",
    "RecipeError",
    "Recognition",
    "Recognizer",
    "Utterance",
    "__version__",
    "load_label_set",
    "load_model",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> typing.Any:
    """Loads the recogniser at its first use: it brings onnxruntime, which the types above do without."""
    if name in {"Recognition", "Recognizer", "load_model"}:
        return getattr(importlib.import_module("instructerc.recognition"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
