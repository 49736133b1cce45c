"""The words of a message that is written in HTML, as mail and help desks keep them."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "hr", "li", "ol", "p", "pre"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "section", "table", "tr", "ul"),
    }
)
# Chats of Skype have what they answer as a `quote`.
_SILENT = frozenset({"script", "style", "head", "title", "template", "quote"})
# What a mail program puts below an answer: the message that is answered.
_QUOTED = frozenset({"gmail_quote", "yahoo_quoted", "moz-cite-prefix", "quoted-mail"})
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0\u200b\ufeff]+")
_DEEPEST = 200
# A whole text in an element, and not one with a sign such as <3 in it.
_WHOLE = re.compile(r"\s*<(p|div|span|html|body|br|b|i)\b[^<>]*>.*</?\w+\s*/?>\s*", re.DOTALL | re.IGNORECASE)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        # The open elements around text that is none of the message; the first is the one that began it.
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent:
            if tag == self._silent[0] and len(self._silent) < _DEEPEST:
                self._silent.append(tag)
            return
        given = dict(attrs)
        if tag in _SILENT or not _QUOTED.isdisjoint((given.get("class") or "").split()):
            self._silent = [tag]
        elif tag == "br" or tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "emoji" or (tag == "img" and "emoji" in (given.get("class") or "")):
            self.parts.append(given.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[0]:
                self._silent.pop()
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data.replace("\n", " "))


def html_words(text: str) -> str:
    """Returns a message in HTML as its lines of words, without the message that it quotes.

    Example:
        >>> html_words("<p>Hi &amp; thanks,<br>Mia</p><div class='gmail_quote'>old</div>")
        'Hi & thanks,\\nMia'
    """
    if "<" not in text:
        return tidy_lines(unescape(text))
    words = _Words()
    try:
        words.feed(text)
        words.close()
    except (AssertionError, ValueError):
        return tidy_lines(unescape(re.sub(r"<[^<>]*>", " ", text)))
    return tidy_lines("".join(words.parts))


def is_html(text: str) -> bool:
    """Returns whether a text begins and ends with marks of HTML.

    Example:
        >>> is_html("<p>Hi <b>you</b></p>"), is_html("<3 you > me")
        (True, False)
    """
    # Most texts begin with a letter, which is seen at once.
    return not text[:1].isalnum() and text.lstrip()[:1] == "<" and _WHOLE.fullmatch(text) is not None


def tidy_lines(text: str) -> str:
    """Returns a text without blanks around its lines, and without empty lines."""
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
