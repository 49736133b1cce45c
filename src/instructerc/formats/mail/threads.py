"""Messages gathered into threads: by what they refer to, and replies that refer to nothing by their subject."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# How programs in many languages mark replies and what is forwarded, also with a count: Re[2]:, AW:, SV:, 回复：
_PREFIX = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|odp|ref|rif|res|rép|r|bls|ynt|yanıt|vá|vl|atb|απ|отв|ha|回复|回覆|答复|返信|답장"
    r"|fw|fwd|wg|tr|rv|enc|doorst|vb|i|pd|ilt|转发|轉寄|転送|전달)\s{0,2}(?:\[\d{1,3}\]|\(\d{1,3}\))?\s{0,2}[:：]\s*",
    re.IGNORECASE,
)
_LIST = re.compile(r"\s*\[[^\[\]]{1,40}\]\s*")


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that says something.

    Attributes:
        line: where it begins.
        id: by which others refer to it, or `""`.
        references: ids of those that it answers.
        subject: as it is written.
        speaker: who wrote it; None where that is not said.
        text: what they wrote.
        moment: when, in seconds since 1970; None where that is not said.
    """

    line: int
    id: str
    references: tuple[str, ...]
    subject: str
    speaker: str | None
    text: str
    moment: float | None


def base_subject(subject: str) -> tuple[str, bool]:
    """Returns a subject without marks of replies and of lists, and whether it had one of a reply.

    Example:
        >>> base_subject("AW: Re[2]: [team] The flat")
        ('The flat', True)
    """
    text, is_reply = " ".join(subject.split()), False
    while True:
        if found := _PREFIX.match(text):
            is_reply = True
        else:
            found = _LIST.match(text)
        if found is None or not text[found.end() :].strip():
            return text, is_reply
        text = text[found.end() :]


def gather(mails: Sequence[Mail]) -> list[list[Mail]]:
    """Returns the threads in the order in which they begin in the file; in each, messages stand by their time."""
    owner = list(range(len(mails)))

    def find(place: int) -> int:
        while owner[place] != place:
            owner[place] = owner[owner[place]]
            place = owner[place]
        return place

    def join(one: int, other: int) -> None:
        first, second = sorted((find(one), find(other)))
        owner[second] = first

    by_id: dict[str, int] = {}
    for place, mail in enumerate(mails):
        for name in (mail.id, *mail.references):
            if name:
                join(by_id.setdefault(name, place), place)
    # Programs that write no references leave only the subject; a subject that comes again by itself is no thread.
    by_subject: dict[str, int] = {}
    subjects = [base_subject(mail.subject) for mail in mails]
    lonely = [is_reply and not mail.references for mail, (_, is_reply) in zip(mails, subjects, strict=True)]
    for place in sorted(range(len(mails)), key=lambda place: lonely[place]):
        subject = subjects[place][0].casefold()
        if subject and lonely[place] and subject in by_subject:
            join(by_subject[subject], place)
        by_subject.setdefault(subject, place)
    threads: dict[int, list[Mail]] = {}
    for place, mail in enumerate(mails):
        threads.setdefault(find(place), []).append(mail)
    return [_by_time(thread) for thread in threads.values()]


def _by_time(thread: list[Mail]) -> list[Mail]:
    """Returns messages by their time; one without any stays behind the one before it."""
    keys, last = [], float("-inf")
    for mail in thread:
        last = last if mail.moment is None else mail.moment
        keys.append(last)
    return [thread[place] for place in sorted(range(len(thread)), key=keys.__getitem__)]
