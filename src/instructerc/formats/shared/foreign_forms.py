"""Forms that people have and that no reader here reads: what a file is, and how it becomes one that is read."""

from __future__ import annotations

import re

from instructerc.formats.shared.peek import Peek

_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|div|table|meta|p|span)\b", re.I | re.S)
_XML = re.compile(r"\s*(?:<\?xml\b|<[A-Za-z][\w:.-]*[\s/>])")
_RTF = re.compile(r"\s*\{\\rtf")
_MICRO_DVD = re.compile(r"\s*\{\d+\}\{\d*\}|\s*\{DEFAULT\}\{", re.IGNORECASE)
_SCC = re.compile(r"\s*Scenarist_SCC V")
_XML_SUBTITLES = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:tt|tt:tt|sami|transcript|timedtext)\b", re.IGNORECASE)
_MPL2 = re.compile(r"\s*\[\d+\]\s?\[\d*\][^\r\n]*[\r\n]+\[\d+\]\s?\[\d*\]")
_SAVED_PAGE = re.compile(r"(?:From: <Saved by|.{0,400}^Snapshot-Content-Location:)", re.I | re.S | re.M)


def describe_marked(peek: Peek) -> str | None:
    """Returns what the file is and what to do with it, where its first signs are a mark that only such a form has.

    Lines of these look like those of a chat, so nobody else is asked; None of every other file.
    """
    head = peek.head
    if _RTF.match(head):
        return "is rich text (RTF); save it as plain text"
    if _MICRO_DVD.match(head):
        return "is subtitles by frames (MicroDVD), whose times need the film's frame rate; convert it to SRT"
    if _MPL2.match(head):
        return "is subtitles by tenths of a second (MPL2); convert it to SRT"
    if _SCC.match(head):
        return "is captions in broadcast codes (SCC); convert it to SRT"
    return None


def describe_foreign(peek: Peek) -> str | None:
    """Returns what the file is and what to do with it, where it shows the mark of such a form; else None."""
    head = peek.head
    if _HTML.match(head):
        return (
            "is a web page (HTML) that no format explains; export the chat as JSON or text (in Telegram choose "
            "'Machine-readable JSON'), or copy the text out of it"
        )
    if _XML_SUBTITLES.match(head):
        return "is subtitles as XML (TTML, SAMI or YouTube's); convert it to SRT or WebVTT"
    if _XML.match(head):
        return "is XML that no format explains; export the conversation as text, JSON or CSV"
    if _SAVED_PAGE.match(head):
        return "is a saved web page (MHTML); export the chat as JSON or text, or copy the text out of it"
    return None
