"""Forms that people have and that no reader here reads: what a file is, and how it becomes one that is read."""

from __future__ import annotations

import re

from instructerc.formats.shared.peek import Peek

_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|div|table|meta|p|span)\b", re.I | re.S)
_XML = re.compile(r"\s*(?:<\?xml\b|<[A-Za-z][\w:.-]*[\s/>])")
_RTF = re.compile(r"\s*\{\\rtf")
_SAVED_PAGE = re.compile(r"(?:From: <Saved by|.{0,400}^Snapshot-Content-Location:)", re.I | re.S | re.M)


def describe_foreign(peek: Peek) -> str | None:
    """Returns what the file is and what to do with it, where it shows the mark of such a form; else None."""
    head = peek.head
    if _HTML.match(head):
        return (
            "is a web page (HTML) that no format explains; export the chat as JSON or text (in Telegram choose "
            "'Machine-readable JSON'), or copy the text out of it"
        )
    if _RTF.match(head):
        return "is rich text (RTF); save it as plain text"
    if _XML.match(head):
        return "is XML that no format explains; export the conversation as text, JSON or CSV"
    if _SAVED_PAGE.match(head):
        return "is a saved web page (MHTML); export the chat as JSON or text, or copy the text out of it"
    return None
