"""Arabic as it is typed in Latin letters: digits for letters that Latin lacks ("za3lan"), and words of its own."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+")
# 3 and 7 are the commonest; 2, 5, 6 and 9 stand in too many English words ("h2o", "b2b").
_DIGIT_INSIDE = re.compile(
    r"[a-z]+[37][a-z]+|[a-z]{2,}7|[37](?!am\b|pm\b|days?\b|rd\b|th\b|hours?\b|weeks?\b|some\b)[a-z]{3,}"
)
_MOST_WORDS = 60
_HITS = 2
_SHARE = 0.4
_COMMON_WORDS = """
ana enta enti inta inti ehna e7na howa heya awi gedan gidan jiddan shu sho feen fein wein mesh mish msh leh
leih lesh leish laish ezayak ezayek ezzayak kifak kifik keefak habibi habibti wallahi wallah yalla khalas
tayeb aywa aiwa mabsoot mabsout mabsuta mafish mafeesh keda kda ahlan sabah shukran mashallah inshallah
hamdulillah alhamdulillah akhbarak akhi ukhti bahebak bahebek hala2 halla2 kteer ktir mnih mniha zaalan
zaalana 3ala 3an mabrouk mabruk bokra bukra zalameh zalame labas bezaf bzaf
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def is_romanised_arabic(text: str) -> bool:
    """Returns whether two words or more, and two in five, are Arabic in Latin letters."""
    words = _WORD.findall(text.lower())[:_MOST_WORDS]
    hits = sum(word in _COMMON or bool(_DIGIT_INSIDE.fullmatch(word)) for word in words)
    return hits >= _HITS and hits >= _SHARE * len(words)
