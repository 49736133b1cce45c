"""Lines that a page ends or begins with, and nobody says: `Page 3 of 12`, and what stands beside it on each page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_WORD = r"(?:page|p\.|pg\.?|seite|s\.|página|pág\.|pagina|pag\.|sida|side|strona|стр\.|страница)"
_PAGE = re.compile(
    rf"[-–—|\s]*(?:{_WORD}\s{{0,3}}\d{{1,4}}(?:\s{{0,3}}(?:of|/|von|de|sur|di|van|av|af|z|из)\s{{0,3}}\d{{1,4}})?"
    r"|\d{1,4}\s{0,3}\|\s{0,3}p\s?a\s?g\s?e|[-–—]\s{0,3}\d{1,4}\s{0,3}[-–—])[-–—|\s]*",
    re.IGNORECASE,
)
_LONGEST = 40
# What people say again and again is shorter.
_SHORTEST_HEAD = 12

PAGES = "{n} line(s) with the number of a page, or beside it on each page: left out"


def places_of_pages(texts: Sequence[str]) -> frozenset[int]:
    """Returns the places of lines with nothing but the number of a page, and of those that come again beside them."""
    pages = [place for place, text in enumerate(texts) if len(text) <= _LONGEST and _PAGE.fullmatch(text) is not None]
    beside = [place for page in pages for place in (page - 1, page + 1) if 0 <= place < len(texts)]
    counts = Counter(texts[place] for place in beside)
    again = [place for place in beside if counts[texts[place]] > 1 and len(texts[place]) >= _SHORTEST_HEAD]
    return frozenset(pages).union(again)
