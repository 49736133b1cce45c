"""The text of a message: of its parts the one that is to be read, in its letters and lines."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from email.message import Message

from instructerc.formats.mail.html_body import HtmlBody

_DEEPEST = 50
# Encodings of names, which take long on texts.
_NO_TEXT = frozenset({"idna", "punycode", "undefined"})
_STUB = re.compile(r"\bhtml\b|web ?page|browser", re.IGNORECASE)


@dataclass(slots=True)
class Body:
    """What a message says.

    Attributes:
        text: what its writer wrote.
        has_quote: whether something was left out that it quotes.
        n_attached: files that hang on it.
        is_guessed: whether its letters were not of the encoding that it names.
    """

    text: str = ""
    has_quote: bool = False
    n_attached: int = 0
    is_guessed: bool = False


def read_body(message: Message) -> Body:
    """Returns what a message says.

    Raises:
        ValueError: its parts or elements are nested too deeply, or its HTML is not usable.
    """
    # Its patterns take a while to compile, which other forms need not wait for.
    from instructerc.formats.mail.quotes import own_words

    body = Body()
    text = _text_of(message, body, 0)
    body.text, has_quote = own_words(text)
    body.has_quote |= has_quote
    return body


def _text_of(part: Message, body: Body, depth: int) -> str:
    if depth > _DEEPEST:
        raise ValueError(f"parts are nested more than {_DEEPEST} deep")
    kind = part.get_content_type()
    if _is_attached(part, kind, depth):
        body.n_attached += 1
        return ""
    if part.is_multipart():
        inner = [one for one in part.get_payload() if isinstance(one, Message)]
        if kind == "multipart/alternative":
            return _best_of(inner, body, depth)
        if kind == "multipart/related":
            inner, others = inner[:1], inner[1:]
            body.n_attached += len(others)
        return "\n".join(text for one in inner if (text := _text_of(one, body, depth + 1)).strip())
    if kind == "text/plain":
        return _flowed(part, _decoded(part, body))
    if kind == "text/html":
        page = HtmlBody()
        text = page.read(_decoded(part, body))
        body.has_quote |= page.has_quote
        return text
    body.n_attached += 1
    return ""


def _best_of(parts: list[Message], body: Body, depth: int) -> str:
    """Returns the plain text of several that say the same; that of the HTML where it only refers to it."""
    plain = next((one for one in parts if one.get_content_type() == "text/plain"), None)
    rich = [one for one in parts if one is not plain]
    text = "" if plain is None else _text_of(plain, body, depth + 1)
    if text.strip() and not (len(text) < 300 and _STUB.search(text)):
        return text
    other = Body()
    found = next((found for one in reversed(rich) if (found := _text_of(one, other, depth + 1)).strip()), "")
    if len(found) <= len(text):
        return text
    body.has_quote, body.is_guessed = body.has_quote or other.has_quote, body.is_guessed or other.is_guessed
    return found


def _is_attached(part: Message, kind: str, depth: int) -> bool:
    if kind == "message/rfc822" or kind.startswith("message/"):
        return True
    if depth == 0 or part.is_multipart():
        return False
    try:
        is_file = part.get_content_disposition() == "attachment" or part.get_filename() is not None
    except (ValueError, TypeError, LookupError):
        return True
    return is_file


def _decoded(part: Message, body: Body) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        named = part.get_content_charset()
    except (ValueError, TypeError, LookupError):
        named = None
    text, is_guessed = decode(data, named)
    body.is_guessed |= is_guessed
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")


def decode(data: bytes, named: str | None) -> tuple[str, bool]:
    """Returns bytes as text, and whether they were not of the encoding that is named, or of UTF-8 where none is."""
    for place, encoding in enumerate((named or "utf-8", "utf-8", "cp1252")):
        try:
            if codecs.lookup(encoding).name not in _NO_TEXT:
                return data.decode(encoding), place > 0
        except (LookupError, ValueError, UnicodeError):
            continue
    return data.decode("latin-1"), True


def _flowed(part: Message, text: str) -> str:
    """Returns a text whose lines flow: those that end with a blank go on in the next one (RFC 3676)."""
    try:
        # Most do not, which is seen sooner than the parser takes the field apart.
        if "format" not in str(part.get("Content-Type") or "").lower():
            return text
        given = {key: str(part.get_param(key) or "").casefold() for key in ("format", "delsp")}
    except (ValueError, TypeError, LookupError):
        return text
    if given["format"] != "flowed":
        return text
    lines: list[tuple[str, str]] = []
    for raw in text.split("\n"):
        quotes = raw[: len(raw) - len(raw.lstrip(">"))]
        line = raw[len(quotes) :].removeprefix(" ")
        above_quotes, above = lines[-1] if lines else ("", "")
        if above_quotes == quotes and above.endswith(" ") and "-- " not in (above, line):
            lines[-1] = quotes, (above[:-1] if given["delsp"] == "yes" else above) + line
        else:
            lines.append((quotes, line))
    return "\n".join(quotes + line for quotes, line in lines)
