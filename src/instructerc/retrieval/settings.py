"""Which demonstrations a bank holds, and which of them an utterance gets."""

from __future__ import annotations

from dataclasses import dataclass

from instructerc.errors import RecipeError, did_you_mean

PAIRINGS = ("all-labels", "same-label", "none")
INDEXES = ("auto", "numpy", "usearch", "qdrant")


@dataclass(frozen=True, slots=True)
class BankSettings:
    """Settings of a demonstration bank (arXiv:2309.11911, section 3.2).

    The paper's: `BankSettings(pairing="same-label", balanced=True)`.

    Attributes:
        top_k: demonstrations per utterance, K ≥ 1.
        pairing: `all-labels`; `same-label`, where training prompts get demonstrations of the gold label, which
            tells the model the answer, and prompts without gold get any; `none` for no demonstrations.
        balanced: whether the bank holds as many entries of each label as the rarest one has, drawn by seed.
        speakers: whether demonstrations name speakers; the paper removes them.
        history: turns before it that a demonstration shows.
        same_text: whether an utterance may get its own words: the same letters and digits, without regard to case.
        seed: of the draw.
        index: `numpy` (exact), `usearch` (approximate), `qdrant`, or `auto`: usearch above 200,000 entries, else numpy.
        url: address of the Qdrant server, for `qdrant` only.

    Raises:
        RecipeError: values that are not accepted, all of them listed.
    """

    top_k: int = 1
    pairing: str = "all-labels"
    balanced: bool = False
    speakers: bool = False
    history: int = 0
    same_text: bool = False
    seed: int = 0
    index: str = "auto"
    url: str | None = None

    def __post_init__(self) -> None:
        faults = []
        for name, lowest in (("top_k", 1), ("history", 0), ("seed", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
                faults.append(f"{name} is {value!r}; a whole number from {lowest} on is accepted")
        for name in ("balanced", "speakers", "same_text"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                faults.append(f"{name} is {value!r}; true or false is accepted")
        for name, accepted in (("pairing", PAIRINGS), ("index", INDEXES)):
            value = getattr(self, name)
            if value not in accepted:
                faults.append(
                    f"{name} is {value!r}{did_you_mean(str(value), accepted)}; one of {', '.join(accepted)} is accepted"
                )
        if (self.index == "qdrant") != isinstance(self.url, str):
            faults.append(
                f"index is {self.index!r} and url is {self.url!r}; 'qdrant' needs a url, the others take none"
            )
        if faults:
            raise RecipeError("demonstrations: " + "; ".join(faults))
