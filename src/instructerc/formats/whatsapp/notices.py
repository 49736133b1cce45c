"""Notices that WhatsApp puts into a chat under the name of a person or group, with or without its mark; and polls."""

from __future__ import annotations

import re

from instructerc.formats.whatsapp.any_case import AnyCase

_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# A pattern finds them in a tenth of the time of `str.translate`.
_MARKS = re.compile(f"[{_DIRECTIONS}]+")
_LONGEST = 400


def _any(*lines: str) -> str:
    return "|".join(lines)


# How the notice on encryption begins, and a word of it that nobody says by chance in such a sentence.
ENCRYPTION_BEGINS = AnyCase(
    _any(
        r"messages (?:and calls|to this|you send|in this)|nachrichten (?:und anrufe|in diesem|an diese)",
        r"nachrichten, die",
        r"(?:los )?mensajes y (?:las )?llamadas|los mensajes (?:que|en)|les messages (?:et les appels|envoy|dans)",
        r"as mensagens e as (?:chamadas|ligações)|as mensagens (?:que|nesta)|mensagens e (?:chamadas|ligações)",
        r"i messaggi (?:e le chiamate|inviati|in)|berichten en (?:oproepen|gesprekken)|berichten (?:in|die)",
        r"сообщения и звонки|сообщения, |mesajlar ve aramalar|(?:bu )?(?:sohbetteki|gruba|kişiye).{0,40}mesajlar",
        r"wiadomości i połączenia|wiadomości (?:w|wysyłane)|消息和通话|訊息和通話|讯息和通话|メッセージと通話",
        r"このチャット",
        r"메시지와 통화|الرسائل والمكالمات|الرسائل|meldinger og anrop|meddelanden och samtal|beskeder og opkald",
        r"viestit ja puhelut|ההודעות והשיחות|संदेश और कॉल|pesan dan panggilan|mesajele și apelurile|zprávy a hovory",
        r"správy a hovory|повідомлення (?:та|й|і) дзвінки|τα μηνύματα και οι κλήσεις|üzenetek és hívások",
    ),
)
_ENCRYPTION_SAYS = re.compile(
    _any(
        r"end-to-end|ende-zu-ende|extremo a extremo|bout en bout|ponta a ponta|сквозн|шифрован|uçtan uca|szyfrowan",
        r"端到端|端對端|点对点|エンドツーエンド|종단간|종단 간|الطرفين|בין קצה|מקצה|एंड-टू-एंड|ende-til-ende",
        r"krypter|täysin salat",
        r"criptat|koncov|наскрізн|διατερματικ|végpont",
    ),
    re.IGNORECASE,
)
# Scripts in which a sentence of thirty letters is a long one.
_DENSE = re.compile("[\u0590-\u07ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_LONG, _LONG_DENSE = 40, 10
# What follows the name of who did it.
_DID = re.compile(
    _any(
        r"(?:left|joined)(?:\.?$| (?:the|this|using|via|from) )",
        r"(?:created|added|removed|changed|turned (?:on|off)|pinned|reset|started|is now|was added)\b",
        r"(?:updated|requested|has|invited|unblocked|blocked|set|now)\b",
        r"(?:hat (?:die|den|das|dich|eine?n?|\S+ )|ist (?:über|beigetreten|jetzt|dieser)|wurde|verließ)",
        r"(?:creó|añadió|agregó|eliminó|salió|cambió|se unió|activó|desactivó|fijó|quitó|ha creado|ha cambiado)\b",
        r"(?:a (?:créé|ajouté|quitté|retiré|supprimé|modifié|changé|rejoint|activé|épinglé)|s'est joint|est parti)",
        r"(?:criou|adicionou|removeu|saiu|mudou|alterou|entrou|ativou|desativou|fixou)\b",
        r"(?:ha (?:creato|aggiunto|rimosso|abbandonato|cambiato|modificato|attivato|fissato)|è (?:uscit|entrat))",
        r"(?:heeft (?:de|het|deze|je|\S+ )|is toegevoegd|nam deel|verliet)",
        r"(?:создала?|добавила?|удалила?|покинула?|вышла?|изменила?|сменила?|присоединил|включила?|закрепила?)\b",
        r"(?:grubu oluşturdu|(?:kişisini|seni|sizi) ekledi|ayrıldı|katıldı|değiştirdi|çıkardı|sabitledi|açtı|kapattı)",
        r"(?:utworzyła?|dodała?|usunęła?|usunął|opuściła?|opuścił|zmieniła?|dołączyła?|przypiął|przypięła)\b",
        r"(?:membuat|menambahkan|keluar|mengubah|mengeluarkan|bergabung)\b",
    ),
    re.IGNORECASE,
)
# What is said under a group's own name, behind the name of whoever did it.
_OF_GROUP = re.compile(
    r".{1,60}? (?:"
    + _any(
        r"(?:added|removed) you|created (?:group|the group|this group)\b.*|joined using .*",
        r"changed the (?:subject|group).*",
        r"hat dich (?:hinzugefügt|entfernt)|hat die gruppe.*(?:erstellt|verlassen)|hat (?:das|den) gruppen.*",
        r"te (?:añadió|agregó)|creó (?:el|este) grupo.*|cambió el .{1,30} del grupo.*|vous a ajoutée?|t'a ajoutée?",
        r"a créé (?:le|ce) groupe.*|adicionou você|criou (?:o|este) grupo.*|ti ha aggiunt[oa]|ha creato il gruppo.*",
        r"heeft je toegevoegd|heeft de groep.*|добавила? вас|создала? группу.*|(?:seni|sizi) ekledi|grubu oluşturdu",
        r"lade till dig|skapade gruppen.*",
    )
    + r")\.?",
    re.IGNORECASE,
)
# The same in scripts and orders of their own: X created the group, and missed calls.
_CREATED = re.compile(
    _any(
        r"(?:قام |قامت |أنشأ |أنشأت ).{1,60}(?:المجموعة|مجموعة).*|.{1,60} (?:أنشأ|أنشأت|بإنشاء) (?:المجموعة|مجموعة).*",
        r".{1,60} (?:יצר|יצרה) (?:את )?ה?קבוצה.*|.{1,60} ने .{0,60}(?:ग्रुप|समूह).{0,60} (?:बनाया|बनाई)(?: है)?[।.]?",
        r".{1,60}が?グループ.{0,60}作成しました.?|.{1,60}(?:创建|建立|創建)了?(?:此|本|该|這個|这个)?(?:群组|群組|群).*",
        r".{1,60} skapade (?:den här )?gruppen.*|.{1,60}님이 .{0,20}그룹.{0,60}만들었습니다\.?",
    ),
    re.IGNORECASE,
)
_MISSED = re.compile(
    _any(
        r"مكالمة .{0,20}فائتة.{0,30}|שיח[הת] (?:קולית|קול|וידאו|וידיאו) שלא נענתה.{0,20}",
        r"(?:मिस्ड|छूटी हुई|छूटा हुआ) .{0,12}कॉल.{0,20}|(?:वॉइस|वॉयस|वीडियो) कॉल (?:मिस्ड|छूटी).{0,20}",
        r"(?:音声|ビデオ)?(?:通話)?の?不在着信.{0,20}|未接(?:语音|視訊|视频|語音)?(?:通话|通話|来电|來電).{0,20}",
        r"пропущений (?:голосовий|аудіо|відео).{0,24}",
        r"zmeškan[ýé] (?:hlasov|video).{0,20}|nem fogadott .{0,24}hívás.{0,20}",
        r"vastaamaton (?:ääni|video)puhelu.{0,20}|αναπάντητη .{0,24}κλήση.{0,20}",
        r"cuộc gọi (?:thoại|video) (?:bị )?nhỡ.{0,20}",
        r"부재중 (?:음성|영상) ?(?:통화|전화).{0,20}|missat (?:röst|video|grupp).{0,8}samtal.{0,20}",
    ),
    re.IGNORECASE,
)
_QUOTES = re.compile('["“”„«»「」『』]')
# Whole sentences without a name.
ALWAYS = AnyCase(
    _any(
        r"(?:missed|silenced) (?:voice|video|group voice|group video) call.{0,40}|null",
        r"(?:verpasster?|entgangener) (?:sprach|video|gruppen).{0,10}anruf.{0,30}",
        r"llamada (?:de voz |de video)?perdida.{0,20}",
        r"appel (?:vocal|vidéo) manqué.{0,20}|chamada de (?:voz|vídeo) perdida.{0,20}",
        r"chiamata (?:vocale|video) persa.{0,20}|apel (?:vocal|video) (?:nepreluat|ratat).{0,20}",
        r"panggilan (?:suara|video) tak terjawab.{0,20}",
        r"(?:mistet|ubesvaret|tapt) (?:tale|lyd|video)(?:opkald|anrop).{0,20}",
        r"disappearing messages (?:were|was) turned (?:on|off)\b.{0,200}",
        r"selbstlöschende nachrichten (?:wurden|sind) (?:ein|aus)geschaltet.{0,200}",
        r"(?:se (?:activaron|desactivaron) los|los) mensajes temporales.{0,200}",
        r"les messages éphémères ont été (?:dés)?activés.{0,200}",
        r"as mensagens temporárias foram (?:des)?ativadas.{0,200}",
        r"waiting for this message\. this may take a while\.?",
        r"your security code with .{1,80} (?:has )?changed.{0,60}",
        r"warten auf (?:diese|die) nachricht.{0,60}|(?:deine|ihre) sicherheitsnummer .{1,120}",
        r"you(?:'re| are) now an admin\.?|you were added\.?|you left\.?|you joined (?:using|from|via) .{0,60}",
        r"this chat is with a business account.{0,120}",
        # People say "you changed", too; what WhatsApp says of a group has its words.
        r"you (?:created|changed|deleted) (?:the |this )?(?:group|subject|community|settings).{0,200}",
        r"you turned (?:on|off) (?:disappearing|admin|the timer).{0,200}|you (?:un)?blocked this .{1,80}",
        r"you pinned a message\.?|you (?:added|removed) .{1,40} (?:to|from) (?:the|this) group\.?",
        r"du (?:wurdest hinzugefügt|bist jetzt (?:ein )?admin|hast die gruppe .{1,120}|hast diesen kontakt .{1,60})",
    ),
    re.DOTALL,
)
# What begins with a name of any letters is looked for where its last words stand.
_OF_SOMEBODY = AnyCase(
    r".{1,80} is a contact\.?|.{1,60}['’]s security code (?:has )?changed.{0,80}"
    r"|.{1,80} changed (?:their|his|her) phone number.{0,120}",
    re.DOTALL,
)
OF_NAMES = ("a contact", "phone number", "security code")
_POLL_HEAD = re.compile(r"[^\W\d_]{2,14}\s?[:：]")
_POLL_OPTION = re.compile(r"([^\W\d_]{2,14})\s?[:：]\s?.*[(（]\s?\d+ ?[^()（）\d]{1,20}[)）]")


def without_marks(text: str) -> str:
    """Returns a text without marks of writing direction, none of which is in ASCII."""
    return text if text.isascii() else _MARKS.sub("", text)


def is_notice(text: str, speaker: str) -> bool:
    """Returns whether a message is one of WhatsApp's notices: on encryption, or on what somebody did to the group."""
    sentence = " ".join(without_marks(text).split())
    if not sentence or len(sentence) > _LONGEST or text.strip().count("\n") > 1:
        return False
    shortest = _LONG_DENSE if not sentence.isascii() and _DENSE.search(sentence) else _LONG
    if len(sentence) > shortest and ENCRYPTION_BEGINS.begins(sentence) and _ENCRYPTION_SAYS.search(sentence):
        return True
    if ALWAYS.is_all_of(sentence):
        return True
    small = sentence.lower()
    for word in OF_NAMES:
        if word in small and _OF_SOMEBODY.is_all_of(sentence):
            return True
    name = speaker.lstrip("~").strip()
    if not sentence.isascii() and (_MISSED.fullmatch(sentence) or _says_created(sentence, name)):
        return True
    return len(name) > 1 and sentence.startswith(f"{name} ") and _DID.match(sentence, len(name) + 1) is not None


def _says_created(sentence: str, name: str) -> bool:
    # "I created the group" is what people say.
    is_own = _QUOTES.search(sentence) is not None or sentence.startswith(name)
    return is_own and _CREATED.fullmatch(sentence) is not None


def is_of_group(text: str) -> bool:
    """Returns whether a message is what WhatsApp says of a group under the group's name, such as `Ida added you`."""
    sentence = " ".join(without_marks(text).split())
    return len(sentence) <= _LONGEST and _OF_GROUP.fullmatch(sentence) is not None


def poll_question(text: str) -> str | None:
    """Returns the question of a poll, without its options and votes; None of any other message."""
    if "\n" not in text:
        return None
    lines = [without_marks(line).strip() for line in text.split("\n")]
    lines = [line for line in lines if line]
    if len(lines) < 3 or lines[0] != lines[0].upper() or not _POLL_HEAD.fullmatch(lines[0]):
        return None
    options = [
        place
        for place, line in enumerate(lines)
        if (found := _POLL_OPTION.fullmatch(line)) and found[1] == found[1].upper()
    ]
    return "\n".join(lines[1 : options[0]]) or None if options else None
