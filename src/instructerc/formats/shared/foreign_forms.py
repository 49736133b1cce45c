"""Forms that people have and that no reader here reads: what a file is, and how it becomes one that is read."""

from __future__ import annotations

import re

from instructerc.formats.shared.peek import Peek

_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|div|table|meta|p|span)\b", re.I | re.S)
_XML = re.compile(r"\s*(?:<\?xml\b|<[A-Za-z][\w:.-]*[\s/>])")
_RTF = re.compile(r"\s*\{\\rtf")
_MAIL = re.compile(r"(?:From|To|Subject|Date|Received|Message-ID|MIME-Version|Return-Path):\s|From \S+@", re.I)


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
    if sum(_MAIL.match(line) is not None for line in peek.lines[:6]) > 1:
        return "is e-mail; copy the words into 'Speaker: text' lines, or into a CSV file with a row per message"
    return None
