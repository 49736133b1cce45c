"""Which languages a conversation is in, speaker by speaker, and whether it is one for a model of many languages."""

from __future__ import annotations

from copy import copy

from instructerc.recognition.language.detector import ENGLISH
from instructerc.recognition.language.tracker import LanguageTracker

# Share of the turns so far in other languages from which a conversation is not an English one: a word or a line that
# somebody quotes changes nothing.
ABROAD_FROM = 0.2


class TalkLanguages:
    """Follows one conversation; speakers may each have a language, and change it.

    Attributes:
        codes: the language of each turn so far; None where neither its speaker's turns nor the others' tell.
        abroad: whether so many turns were in other languages, at any point so far, that it is not an English
            conversation. What was once so stays so.

    Example:
        >>> talk = TalkLanguages()
        >>> talk.add("Agent", "Good morning, how can I help you today?")
        >>> talk.add("Anna", "Buongiorno, non riesco più ad accedere al mio conto.")
        >>> talk.codes, talk.abroad
        (['en', 'it'], True)
    """

    def __init__(self) -> None:
        self._all = LanguageTracker()
        self._speakers: dict[str, LanguageTracker] = {}
        self._n_other = 0
        self.codes: list[str | None] = []
        self.abroad = False

    def add(self, speaker: str, text: str) -> None:
        """Takes the next turn."""
        together = self._all.add(text)
        own = self._speakers.setdefault(speaker, LanguageTracker()).add(text)
        code = together if own is None else own
        self.codes.append(code)
        self._n_other += code not in (ENGLISH, None)
        self.abroad = self.abroad or (self._n_other > 0 and self._n_other >= ABROAD_FROM * len(self.codes))

    def fork(self) -> TalkLanguages:
        """Returns one that follows the conversation from here on, whatever this one is told."""
        other = copy(self)
        other._all = copy(self._all)
        other._speakers = {speaker: copy(tracker) for speaker, tracker in self._speakers.items()}
        other.codes = list(self.codes)
        return other
