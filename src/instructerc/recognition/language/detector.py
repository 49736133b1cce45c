"""How much a text looks like a language other than English: letters first, then words and pieces of words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from instructerc.recognition.language.features import MAX_CHARACTERS, buckets_of, words_of
from instructerc.recognition.language.scripts import SCRIPT_LANGUAGES, script_evidence
from instructerc.recognition.language.transliterated import is_romanised_arabic
from instructerc.sharing import BoundedCache

FloatVector: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int32]
ENGLISH, ARABIC = "en", "ar"
_CERTAIN = 12.0
# One word, and words with capitals, may be a name or borrowed: "Giovanni Rossi?", "Ciao!". They tell where the turns
# before them do not speak against it.
_PERHAPS_A_NAME = 3.5
_WORDS_KEPT = 16_384


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a text says of its language.

    Attributes:
        margin: log-odds of another language than English; 0 for a text without words.
        shares: log of each language's share of it, in the order of `Detector.languages`, at most 0; None where the
            margin is not above 0. Shape: [L]
    """

    margin: float
    shares: FloatVector | None = None


class Detector:
    """A linear classifier over words and their letter n-grams, for Latin script, and a table of the other scripts.

    Args:
        codes: ISO 639-1 codes of the classes, English first.
        weights: int8, one row a bucket. Shape: [N_BUCKETS, classes]
        scale: what a weight of 1 is worth.
    """

    def __init__(self, codes: tuple[str, ...], weights: npt.NDArray[np.int8], scale: float) -> None:
        assert codes[0] == ENGLISH
        self.languages = tuple(dict.fromkeys([*codes[1:], *SCRIPT_LANGUAGES]))
        self._n_latin = len(codes) - 1
        self._weights = weights
        self._scale = scale
        self._words = BoundedCache[str, IntArray](_WORDS_KEPT)
        self._place = {code: place for place, code in enumerate(self.languages)}

    @classmethod
    def load(cls, path: Path) -> Detector:
        """Returns the detector of a file that `fit` wrote."""
        with np.load(path, allow_pickle=False) as data:
            return cls(tuple(map(str, data["codes"])), data["weights"], float(data["scale"]))

    def evidence(self, text: str) -> Evidence:
        """Returns what a text says of its language."""
        text = text[:MAX_CHARACTERS]
        written = {ARABIC: 0.0} if is_romanised_arabic(text) else script_evidence(text)
        if written:
            shares = np.full(len(self.languages), -_CERTAIN)
            for code, share in written.items():
                shares[self._place[code]] = share
            return Evidence(_CERTAIN, shares)
        words = words_of(text)
        if not words:
            return Evidence(0.0)
        # Whole numbers: the sum is the same in any order and on any machine.
        total = np.sum(self._words.find(words, lambda some: map(self._sum, some)), axis=0)
        top = (int(total[1:].max()) - int(total[0])) * self._scale
        # Where all are this far behind English, what they have together is no more.
        if top < -_CERTAIN:
            return Evidence(top)
        odds = (total[1:] - total[0]) * self._scale
        margin = top + float(np.log(np.exp(odds - top).sum()))
        if margin <= 0:
            return Evidence(margin)
        shares = np.full(len(self.languages), -_CERTAIN)
        shares[: self._n_latin] = np.maximum(odds - margin, -_CERTAIN)
        if len(set(words)) == 1 or text.istitle():
            margin = min(margin, _PERHAPS_A_NAME)
        return Evidence(margin, shares)

    def _sum(self, word: str) -> IntArray:
        total: IntArray = self._weights[buckets_of(word)].sum(axis=0, dtype=np.int32)
        return total


@cache
def load_detector() -> Detector:
    """Returns the detector that comes with the package."""
    return Detector.load(Path(str(resources.files("instructerc.recognition.language") / "detector.npz")))
