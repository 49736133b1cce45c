"""What somebody wrote in a message: without what the message quotes, signatures, and what programs put below."""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUOTED = re.compile(r"\s{0,3}>")
# A face that looks at something, and no quote.
_FACE = re.compile(r"\s*>+[:;=._]?[-_'o^.]{0,2}[()<>oO|/\\\[\]DPp3_]{1,2}(?:\s|$)")
_ORIGINAL = re.compile(
    r"\s*[-_=*]{2,}\s*(?:original message|original appointment|forwarded message|forwarded by .{1,80}|reply message"
    r"|ursprüngliche (?:nachricht|termin)|weitergeleitete nachricht|originalnachricht|message d['’]origine"
    r"|message (?:original|transféré)|message forwarded|mensaje (?:original|reenviado)|messaggio (?:originale"
    r"|inoltrato)"
    r"|mensagem (?:original|encaminhada)|oorspronkelijk bericht|doorgestuurd bericht|ursprungligt meddelande"
    r"|vidarebefordrat meddelande|oprindelig meddelelse|oryginalna wiadomość|wiadomość oryginalna|wiadomość przekazana"
    r"|исходное сообщение|пересылаемое сообщение|元のメッセージ|原始邮件|原始郵件|转发的邮件"
    r"|원본 메시지)\s*[-_=*]{2,}\s*",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)"
    r"|début du message (?:réexpédié|transféré)"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato|início da mensagem (?:re)?encaminhada"
    r"|begin doorgestuurd bericht|vidarebefordrat brev|début du message transféré)\s*:\s*",
    re.IGNORECASE,
)
_HEAD_FROM = re.compile(
    r"[*\s]{0,4}(?:From|Von|De|Da|Van|Från|Fra|Od|От|差出人|发件人|寄件者|寄件人|Kimden|Lähettäjä|Feladó"
    r"|Expéditeur|Remitente"
    r"|Mittente|보낸 사람)\s{0,3}[:：][*\s]{0,3}\S"
)
_HEAD_MORE = re.compile(
    r"[*\s]{0,4}(?:Sent|Date|To|Cc|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado(?: el| em)?|Fecha"
    r"|Data|Para"
    r"|Asunto|Assunto|Inviato|A|Oggetto|Verzonden|Aan|Onderwerp|Skickat|Till|Ämne|Sendt|Til|Emne|Wysłano|Do|Temat"
    r"|Отправлено|Дата|Кому|Тема|送信日時|日時|宛先|件名|发送时间|日期|收件人|主题|主旨|寄件日期|보낸 날짜"
    r"|받는 사람|제목|Gönderilen"
    r"|Gönderme Tarihi|Kime|Konu)\s{0,3}[:：]"
)
_WROTE = (
    r"(?:\b(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|scrisse|escreveu|schreef|napisał\(?a?\)?|pisze"
    r"|skrev|napsala?"
    r"|kirjoitti|írta|написала?|пишет|yazdı|a scris|đã viết|έγραψε)\b|写道|寫道|님이 작성)"
)
_ATTRIBUTION = re.compile(
    rf"(?:.{{0,200}}\d.{{0,200}}{_WROTE}.{{0,100}}[:：]|.{{1,150}}{_WROTE}.{{0,40}}\d.{{0,100}}[:：]"
    r"|.{0,200}\d.{0,120}<[^<>\s]{1,80}@[^<>\s]{1,80}>\s{0,3}[:：]|.{1,80}のメール\s{0,3}[:：])\s*",
    re.IGNORECASE,
)
_MOBILE = re.compile(
    r"(?:Sent from (?:my |Yahoo|Outlook|Mail|Proton|Samsung|AOL|Gmail).{0,60}|Get Outlook for .{1,80}"
    r"|Sent (?:via|with) .{1,60}"
    r"|Von meinem .{1,40} gesendet\.?|Gesendet (?:von|mit|aus) .{1,60}|Envoyé (?:de|depuis|à partir de|avec) .{1,60}"
    r"|Enviado (?:desde|do|de) .{1,60}|Inviato da.{1,60}|Verstuurd vanaf .{1,60}|Verzonden (?:vanaf|met) .{1,60}"
    r"|Skickat från .{1,60}|Sendt fra .{1,60}|Wysłan[eoa] z .{1,60}|Отправлено (?:с|из) .{1,60}"
    r"|.{1,20}から送信|发自我的.{1,20}"
    r"|從我的.{1,20}|나의 .{1,20}에서 보냄|Outlook (?:für|pour|para|per) (?:iOS|Android) .{1,60})",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_=*-]{5,}\s*")
_LIST_FOOTER = re.compile(r"mailing list|unsubscribe|abmelden|désinscri|mailinglist|you received this", re.IGNORECASE)
_ARMOUR = re.compile(r"-----BEGIN PGP (SIGNATURE|MESSAGE|PUBLIC KEY BLOCK)-----")
_LONGEST_ATTRIBUTION = 300
# A line of two dashes is the head of a signature only if no more lines follow than one has.
_LONGEST_SIGNATURE = 12


def own_words(text: str) -> tuple[str, bool]:
    """Returns what somebody wrote in a message, and whether it quotes others."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    lines, has_quote = _cut_below(_without_armour(lines))
    lines = _cut_signature(lines)
    kept: list[str] = []
    for line in lines:
        if _QUOTED.match(line) and not _FACE.match(line):
            has_quote = True
        else:
            kept.append(line.rstrip())
    while kept and (not kept[-1] or _RULE.fullmatch(kept[-1]) or _MOBILE.fullmatch(kept[-1].strip())):
        kept.pop()
    # What was taken out of the midst leaves empty lines.
    tidy = [line for place, line in enumerate(kept) if line or (place and kept[place - 1])]
    return "\n".join(tidy).strip(), has_quote


def _without_armour(lines: Sequence[str]) -> list[str]:
    """Returns the lines of a message that was signed with PGP; nothing of one that cannot be read without a key."""
    kept: list[str] = []
    for place, line in enumerate(lines):
        if _ARMOUR.fullmatch(line.strip()):
            break
        is_head = line.startswith("Hash: ") and place and lines[place - 1].startswith("-----BEGIN PGP SIGNED")
        if not line.startswith("-----BEGIN PGP SIGNED") and not is_head:
            kept.append(line)
    return kept


def _cut_below(lines: Sequence[str]) -> tuple[list[str], bool]:
    """Returns the lines above what is quoted without marks, and without the lines that say who is quoted."""
    kept: list[str] = []
    has_quote, place = False, 0
    while place < len(lines):
        if _begins_quote(lines, place):
            return kept, True
        size = _attribution_size(lines, place)
        if size:
            has_quote = True
            below = next((line for line in lines[place + size :] if line.strip()), "")
            if not _QUOTED.match(below):
                return kept, True
            place += size
            continue
        kept.append(lines[place])
        place += 1
    return kept, has_quote


def _begins_quote(lines: Sequence[str], place: int) -> bool:
    line = lines[place].strip()
    if not line or len(line) > _LONGEST_ATTRIBUTION:
        return False
    if _ORIGINAL.fullmatch(line) or _FORWARDED.fullmatch(line):
        return True
    if not _HEAD_FROM.match(line):
        return False
    more = [one for one in lines[place + 1 : place + 8] if one.strip()][:4]
    return sum(_HEAD_MORE.match(one) is not None for one in more) >= 2


def _attribution_size(lines: Sequence[str], place: int) -> int:
    """Returns how many lines say who is quoted, beginning at a place; programs wrap them."""
    if not lines[place].strip() or _QUOTED.match(lines[place]):
        return 0
    joined = ""
    for size in (1, 2, 3):
        if place + size > len(lines) or not lines[place + size - 1].strip():
            return 0
        joined = f"{joined} {lines[place + size - 1].strip()}".strip()
        if len(joined) > _LONGEST_ATTRIBUTION:
            return 0
        if joined.endswith((":", "：")):
            return size if _ATTRIBUTION.fullmatch(joined) else 0
    return 0


def _cut_signature(lines: Sequence[str]) -> list[str]:
    for place, line in enumerate(lines):
        n_below = sum(bool(one.strip()) for one in lines[place + 1 :]) if line.startswith(("--", "__")) else 0
        if line == "-- " or (line.rstrip() == "--" and n_below <= _LONGEST_SIGNATURE):
            return list(lines[:place])
        if (
            _RULE.fullmatch(line)
            and n_below <= _LONGEST_SIGNATURE
            and _LIST_FOOTER.search(" ".join(lines[place + 1 : place + 4]))
        ):
            return list(lines[:place])
    return list(lines)
