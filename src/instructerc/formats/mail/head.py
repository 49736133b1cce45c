"""The head of a message: the fields by which one is found, also in Outlook's languages, and what parts a mailbox."""

from __future__ import annotations

import re

from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions

# The line that parts messages in a mailbox: From mia@example.org Mon Mar 11 10:00:00 2024
PARTING = re.compile(
    r"From \S.{0,200}? (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? {1,2}[A-Z\d][a-z\d]{0,2} {1,2}[A-Z\d][a-z\d]{0,3} "
    r".{0,40}\d{1,2}:\d{2}.{0,40}\s*$"
)

_FIELD = re.compile(r"([!-9;-~]{1,60}):(?:\s|$)")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KNOWN = _names(
    "from to cc bcc date sent subject message-id received return-path mime-version content-type delivered-to reply-to "
    "in-reply-to references sender x-mailer user-agent dkim-signature content-transfer-encoding x-unsent thread-topic "
    "x-gm-thrid x-gmail-labels"
)
# Nobody but mail programs writes these.
_MARKS = _names("message-id received return-path mime-version delivered-to date content-type")
# What stands above a message that was copied out of Outlook, in other languages.
_OTHERS = {
    "From": _names("von de da van från fra od от expéditeur remitente mittente 发件人 差出人"),
    "To": _names("an à para aan till til do кому 收件人 宛先"),
    "Subject": _names("betreff objet asunto assunto oggetto onderwerp ämne emne temat тема 主题 件名"),
    "Sent": _names("gesendet envoyé enviado inviato verzonden skickat sendt wysłano отправлено 发送时间 送信日時")
    | _names("datum fecha data")
    | {"enviado el", "enviada em"},
}
_OTHER_FIELD = re.compile(r"\*?([^\W\d_][^\W\d_ ]{0,12}(?: [^\W\d_]{1,4})?) ?[:：]\*?(?=\s|$)")
_WEB_PAGE = re.compile(r"^(?:From: <Saved by|Snapshot-Content-Location:)", re.MULTILINE | re.IGNORECASE)


def in_english(line: str) -> str:
    """Returns a field of a head with its English name, where it has that of another language."""
    found = _OTHER_FIELD.match(line)
    name = (
        None
        if found is None
        else next((name for name, others in _OTHERS.items() if found[1].casefold() in others), None)
    )
    return line if found is None or name is None else f"{name}:{line[found.end() :]}"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for fields of a message, all of them, up to a blank line; less for few that others may write too."""
    lines = re.split(r"\r\n|\r|\n", file.head[:32_768].lstrip("\ufeff \t\r\n"))
    is_box = PARTING.match(lines[0]) is not None
    if len(lines) > 1 and (is_box or lines[0].strip().isdecimal()):
        lines = lines[1:]
    names: list[str] = []
    for line in lines:
        if not line.strip():
            break
        line = line if is_box else in_english(line)
        found = _FIELD.match(line)
        if found is None and not (names and line[0] in " \t"):
            # Mailboxes have lines such as >From among the fields.
            if not (is_box or names) or not line.startswith(">From "):
                return 0.0
        elif found is not None and line[0] not in " \t":
            names.append(found[1].casefold())
    known = _KNOWN.intersection(names)
    if _WEB_PAGE.search(file.head[:4096]) or len(known) < 2 or not {"from", "sender", "x-unsent"} & known:
        return 0.0
    return 1.0 if is_box or _MARKS & known else 0.8 * (len(known) > 2)
