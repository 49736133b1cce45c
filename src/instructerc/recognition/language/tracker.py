"""The language of each turn of a conversation, from its own words and the turns before it; never from later ones."""

from __future__ import annotations

from copy import copy

import numpy as np

from instructerc.recognition.language.detector import ENGLISH, Detector, load_detector

# Log-odds from which a turn has a language. Chosen with the four below on half of the development conversations.
THRESHOLD = 3.0
# What one turn adds to what the conversation leans to, at most; what of that is left a turn later; what it can weigh.
MOST_OF_A_TURN = 6.0
KEPT = 0.8
MOST_OF_THE_PAST = 5.0
# What a conversation leans to before anything is said: to English, a little.
FIRST_LEAN = -1.0


class LanguageTracker:
    """Follows one conversation.

    A turn that is too short to tell, such as "Sì." or "ok", is taken for what the turns before it were.

    Example:
        >>> tracker = LanguageTracker()
        >>> [tracker.add(text) for text in ("Non ci posso credere, è davvero finita!", "ok", "See you tomorrow then.")]
        ['it', 'it', 'en']
    """

    def __init__(self, detector: Detector | None = None) -> None:
        self._detector = load_detector() if detector is None else detector
        self._lean = FIRST_LEAN
        self._shares = np.zeros(len(self._detector.languages))

    def add(self, text: str) -> str | None:
        """Returns the ISO 639-1 code of the next turn's language, or None where neither it nor its past tell."""
        evidence = self._detector.evidence(text)
        odds = evidence.margin + min(max(self._lean, -MOST_OF_THE_PAST), MOST_OF_THE_PAST)
        own = min(max(evidence.margin, -MOST_OF_A_TURN), MOST_OF_A_TURN)
        self._lean = KEPT * self._lean + own
        if evidence.shares is not None:
            self._shares = KEPT * self._shares + np.maximum(evidence.shares, -MOST_OF_A_TURN)
        if odds >= THRESHOLD:
            shares = self._shares if evidence.shares is None else evidence.shares + self._shares
            return self._detector.languages[int(shares.argmax())]
        return ENGLISH if odds <= -THRESHOLD else None


class ForeignTurns:
    """Follows one conversation for a model, and says which turns are in a language that it does not read.

    Args:
        languages: ISO 639-1 codes of those that it reads; where empty, no turn is looked at.
    """

    def __init__(self, languages: tuple[str, ...]) -> None:
        self._languages = languages
        self._tracker = LanguageTracker() if languages else None

    def add(self, text: str) -> str | None:
        """Returns the code of the next turn's language where the model does not read it, else None."""
        language = None if self._tracker is None else self._tracker.add(text)
        return None if language in self._languages else language

    def fork(self) -> ForeignTurns:
        """Returns one that follows the conversation from here on, whatever this one is told."""
        other = copy(self)
        other._tracker = copy(self._tracker)
        return other
