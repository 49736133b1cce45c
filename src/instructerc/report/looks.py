"""How labels look: the hues of the page of the service, and one or two letters each, so that colour is never alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from instructerc.labels import LabelSet, affect_of, place_on_wheel

# web/src/looks/palette.ts says how they were found; a test compares.
LIGHT = {
    "joyful": "#c78500",
    "powerful": "#ac3380",
    "peaceful": "#205446",
    "sad": "#1b55f1",
    "mad": "#8b0000",
    "scared": "#380265",
    "surprise": "#009eca",
    "disgust": "#607b55",
    "neutral": "#919294",
}
DARK = {
    "joyful": "#ffe97e",
    "powerful": "#eea7d4",
    "peaceful": "#abe8c6",
    "sad": "#506fa4",
    "mad": "#c23a39",
    "scared": "#b581fd",
    "surprise": "#f17d12",
    "disgust": "#82a17f",
    "neutral": "#727578",
}
_NEUTRAL = frozenset({"neutral", "no emotion", "none"})
_OWN = {
    "surprise": "surprise",
    "surprised": "surprise",
    "astonishment": "surprise",
    "disgust": "disgust",
    "disgusted": "disgust",
}
# Where each family stands in valence and arousal.
_AFFECT = (
    ("joyful", 0.76, 0.48),
    ("peaceful", 0.68, -0.46),
    ("sad", -0.63, -0.27),
    ("mad", -0.51, 0.59),
    ("scared", -0.64, 0.6),
    ("surprise", 0.22, 0.7),
    ("disgust", -0.6, 0.35),
)


@dataclass(frozen=True, slots=True)
class Look:
    """How a label looks.

    Attributes:
        label: its name.
        code: one or two letters that no other label of the set has.
        family: of feelings, which gives its hue.
    """

    label: str
    code: str
    family: str


def looks_of(label_set: LabelSet) -> tuple[Look, ...]:
    """Returns the look of each label, in label order."""
    known = [_known_family(label, label_set) for label in label_set.names]
    free = [family for family in LIGHT if family not in {*known, "neutral"}]
    hues = [family for family in LIGHT if family != "neutral"]
    families = []
    for place, family in enumerate(known):
        # A word of which nothing is known takes a hue that no other label has, as long as there is one.
        families.append(family or (free.pop(0) if free else hues[place % len(hues)]))
    return tuple(map(Look, label_set.names, assign_codes(label_set.names), families))


def _known_family(label: str, label_set: LabelSet) -> str | None:
    words = {word.casefold() for word in (label, *label_set.aliases.get(label, ()))}
    if words & _NEUTRAL:
        return "neutral"
    if label.casefold() in _OWN:
        return _OWN[label.casefold()]
    path = place_on_wheel(label_set)[label]
    if path is not None and path[0] in LIGHT:
        return path[0]
    affect = affect_of(label, label_set)
    if affect is None:
        return None
    return min(_AFFECT, key=lambda one: math.hypot(one[1] - affect.valence, one[2] - affect.arousal))[0]


def assign_codes(labels: Sequence[str]) -> list[str]:
    """Returns letters for each label, different for all: the first one, and another where that is taken."""
    letters = ["".join(character for character in label if character.isalnum()) or "?" for label in labels]
    firsts = [own[0].upper() for own in letters]
    codes: list[str] = []
    for first, own in zip(firsts, letters, strict=True):
        alone = [first] if firsts.count(first) == 1 else []
        pairs = [first + letter.lower() for letter in own[1:]]
        numbers = [f"{first}{number}" for number in range(2, len(labels) + 2)]
        codes.append(next(code for code in (*alone, *pairs, *numbers) if code not in codes))
    return codes


def label_style(looks: Sequence[Look]) -> str:
    """Returns CSS variables: `--l0` and `--on0` are the first label's colour and that of letters on it."""

    def block(palette: dict[str, str]) -> str:
        colours = [palette[look.family] for look in looks]
        return "".join(f"--l{n}:{one};--on{n}:{_ink_on(one)};" for n, one in enumerate(colours))

    light, dark = block(LIGHT), block(DARK)
    return (
        f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
        f"@media screen{{:root[data-theme=dark]{{{dark}}}}}"
    )


def _ink_on(colour: str) -> str:
    """Returns black or white, whichever has more contrast."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"
