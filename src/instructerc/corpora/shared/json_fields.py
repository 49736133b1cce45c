"""Fields of a JSON document, checked one by one: a fault names the file, the place in it and whose it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from instructerc.conversation import Utterance
from instructerc.errors import InputError
from instructerc.formats.shared.reading import show

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JsonFields:
    """Reads the fields of a document.

    Attributes:
        source: name of the file.
        corpus: whose layout it should have, as a sentence names it.

    Example:
        >>> JsonFields("dev.json", "EmoryNLP").get({"emotion": "Mad"}, "emotion", str, "scene 1")
        'Mad'
    """

    source: str
    corpus: str

    _KINDS: ClassVar[dict[type[Any], str]] = {list: "a list", str: "text", dict: "an object"}

    def get(self, item: Any, key: str, kind: type[T], place: str = "") -> T:
        """Returns `item[key]`.

        Args:
            item: an object of the document, or what should be one.
            key: the field.
            kind: `list`, `dict` or `str`.
            place: where the object stands, such as `scene s01_e02_c01, utterance 3`.

        Raises:
            InputError: it is missing or of another type.
        """
        return self.check(item.get(key) if isinstance(item, dict) else None, repr(key), kind, place)

    def check(self, value: Any, what: str, kind: type[T], place: str = "") -> T:
        """Returns a value that is of the wanted type.

        Raises:
            InputError: it is of another type.
        """
        if not isinstance(value, kind):
            raise self.fault(f"{what} must be {self._KINDS[kind]}, got {show(value)}", place)
        return value

    def utterance(self, place: str, speaker: str, text: str, emotion: str | None) -> Utterance:
        """Returns an utterance; a blank emotion is none.

        Raises:
            InputError: a field that cannot be one of an utterance.
        """
        try:
            return Utterance(speaker, text, emotion if emotion and emotion.strip() else None)
        except InputError as error:
            raise InputError(f"{self._where(place)}: {error}") from None

    def fault(self, reason: str, place: str = "") -> InputError:
        """Returns, without raising it, the error of a document of another layout."""
        owner = self.corpus + ("'" if self.corpus.endswith("s") else "'s")
        return InputError(f"{self._where(place)}: {reason}; give {owner} own file")

    def _where(self, place: str) -> str:
        return f"{self.source}: {place}" if place else self.source
