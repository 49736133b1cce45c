"""The words of a message in HTML, as lines: what it quotes and its signature are left out where they are marked."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
# Elements that often have no end tag.
_OPEN_ENDED = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "option", "body", "html", "tbody", "thead"})
_LINES = frozenset(
    {
        *("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"),
        *("hr", "section", "article", "header", "footer", "dl", "dt", "dd", "center"),
    }
)
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg"})
_QUOTES = frozenset({"gmail_quote", "gmail_attr", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "zmail_extra"})
_SIGNATURES = frozenset({"gmail_signature", "moz-signature", "protonmail_signature_block", "signature"})
# Outlook puts one of these before what it quotes, which is then not inside of it.
_ENDS = frozenset({"appendonsend", "divrplyfwdmsg", "mail-editor-reference-message-container", "x_divrplyfwdmsg"})
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_DEEPEST = 2000
_LONGEST_TAG = 1 << 20
_PIECE = 1 << 16


class HtmlBody(HTMLParser):
    """Gathers the words of a message.

    Attributes:
        has_quote: whether something was left out that it quotes.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        # Of each open element: its tag, and whether it is left out.
        self._open: list[tuple[str, bool]] = []
        self._parts: list[str] = []
        self._n_left_out = 0
        self._n_pre = 0
        self._is_over = False
        self.has_quote = False

    def read(self, page: str) -> str:
        """Returns the words of a page.

        Raises:
            ValueError: its elements are nested too deeply, or a tag does not end.
        """
        try:
            # In pieces, so that a tag without an end is noticed before it is looked at again and again.
            for begin in range(0, len(page), _PIECE):
                self.feed(page[begin : begin + _PIECE])
                if len(self.rawdata) > _LONGEST_TAG:
                    raise ValueError("a tag or comment does not end")
            self.close()
        except AssertionError as error:
            raise ValueError(str(error)) from None
        lines = [" ".join(line.split()) for line in "".join(self._parts).split("\n")]
        kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
        return "\n".join(kept).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "br":
            self._say("\n")
        elif tag in _LINES:
            self._end_line()
        elif tag in ("td", "th"):
            self._say(" ")
        if tag == "img":
            self._say(
                given.get("data-emoji") or (given.get("alt") if "emoji" in (given.get("class") or "") else "") or ""
            )
        names = frozenset((given.get("class") or "").casefold().split())
        name = (given.get("id") or "").casefold()
        self._is_over |= name in _ENDS
        self.has_quote |= name in _ENDS
        if tag in _VOID:
            return
        is_quote = tag == "blockquote" or bool(names & _QUOTES)
        is_left_out = is_quote or tag in _SILENT or bool(names & _SIGNATURES) or name == "signature"
        is_left_out |= _HIDDEN.search(given.get("style") or "") is not None
        if tag in _OPEN_ENDED and not is_left_out:
            return
        if len(self._open) >= _DEEPEST:
            raise ValueError(f"elements are nested more than {_DEEPEST} deep")
        self.has_quote |= is_quote
        self._open.append((tag, is_left_out))
        self._n_left_out += is_left_out
        self._n_pre += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _ in self._open):
            if tag in _LINES:
                self._end_line()
            return
        while self._open:
            name, is_left_out = self._open.pop()
            self._n_left_out -= is_left_out
            self._n_pre -= name == "pre"
            if name == tag:
                break
        if tag in _LINES:
            self._end_line()

    def handle_data(self, data: str) -> None:
        self._say(data if self._n_pre else _flat(data))

    def _end_line(self) -> None:
        if self._parts and not self._parts[-1].endswith("\n"):
            self._say("\n")

    def _say(self, words: str) -> None:
        if not self._n_left_out and not self._is_over:
            self._parts.append(words)


def _flat(data: str) -> str:
    start = " " if data[:1].isspace() else ""
    end = " " if data[-1:].isspace() and data.strip() else ""
    return start + " ".join(data.split()) + end
