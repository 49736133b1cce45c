"""Lines that a page ends or begins with, and nobody says: `Page 3 of 12`."""

from __future__ import annotations

import re

_WORD = r"(?:page|p\.|pg\.?|seite|s\.|página|pág\.|pagina|pag\.|sida|side|strona|стр\.|страница)"
_PAGE = re.compile(
    rf"[-–—|\s]*(?:{_WORD}\s{{0,3}}\d{{1,4}}(?:\s{{0,3}}(?:of|/|von|de|sur|di|van|av|af|z|из)\s{{0,3}}\d{{1,4}})?"
    r"|\d{1,4}\s{0,3}\|\s{0,3}p\s?a\s?g\s?e|[-–—]\s{0,3}\d{1,4}\s{0,3}[-–—])[-–—|\s]*",
    re.IGNORECASE,
)
_LONGEST = 40

PAGES = "{n} line(s) with the number of a page: left out"


def is_page_line(text: str) -> bool:
    """Returns whether a line has the number of a page and nothing else."""
    return len(text) <= _LONGEST and _PAGE.fullmatch(text) is not None
