"""What WhatsApp itself writes into the place of a message: files that were not exported, deletions, edits, notices."""

from __future__ import annotations

import re
from collections.abc import Iterable

from instructerc.formats.whatsapp.any_case import AnyCase
from instructerc.formats.whatsapp.notices import (
    ALWAYS,
    ENCRYPTION_BEGINS,
    OF_NAMES,
    is_notice,
    is_of_group,
    poll_question,
    without_marks,
)
from instructerc.formats.whatsapp.places import PLACE, is_place_of_file

FILE = "{n} message(s) with nothing but a file or sticker: left out"
DELETED = "{n} deleted message(s): left out"
NOTICE = "{n} notice(s) of WhatsApp itself: left out"
POLL = "{n} poll(s): options and votes removed"
CUT = "{n} message(s): removed WhatsApp's remark on a file or an edit"

# WhatsApp begins what it writes itself with this mark, on iPhones always.
_OWN = "\u200e"
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_ASIDE = re.compile(r"[ \u00a0]?\u200e<[^<>\n]{1,300}>")
_ALONE = re.compile(r"<[^<>\n]{1,300}>")
_OMITTED = re.compile(
    r"\u200e[^\u200e\n]{0,80}?\b(?:omitted|weggelassen|ausgelassen|omitid[oa]|omess[oa]|esclus[oa]|absente?|weggelaten|"
    r"udeladt|utelämnad|utelatt|jätetty pois|pominięt[oay]|vynechán[oa]?|отсутствует|пропущено|atlandı|"
    r"não revelad[oa])[.]?\Z"
)
_ATTACHED = re.compile(r"\u200e?[^\s<>/\\]{1,120}\.\w{2,5} \(([^()\n]{3,40})\)")
_DOCUMENT = re.compile(r"[^\n]{1,200}\.\w{2,5}(?: • [^\n]{0,40})?")


def _phrases(*lines: str) -> frozenset[str]:
    return frozenset(phrase for line in lines for phrase in line.split("|"))


_ATTACHED_WORDS = _phrases(
    "file attached|datei angehängt|archivo adjunto|fichier joint|arquivo anexado|ficheiro em anexo|file allegato",
    "file terlampir|fișier atașat|bifogad fil|fil vedhæftet|fil vedlagt|tiedosto liitetty",
    "soubor přiložen|fájl csatolva",
    "συνημμένο αρχείο|файл прикріплено|फ़ाइल संलग्न|फ़ाइल अटैच है|الملف مرفق|קובץ מצורף",
    "tệp đính kèm|附件|添付ファイル|파일 첨부됨",
    "bestand bijgevoegd|файл прикреплён|файл добавлен|dosya ekli|plik załączony",
)
_EDITED = _phrases(
    "this message was edited|diese nachricht wurde bearbeitet|se editó este mensaje|ce message a été modifié",
    "mensagem editada|essa mensagem foi editada|esta mensagem foi editada|questo messaggio è stato modificato",
    "dit bericht is bewerkt|сообщение изменено|повідомлення відредаговано|повідомлення змінено",
    "данное сообщение изменено|это сообщение было изменено|bu mesaj düzenlendi",
    "ta wiadomość została edytowana|wiadomość edytowana|此消息已编辑|此訊息已編輯|这条消息已被编辑",
    "このメッセージは編集されました|このメッセージは編集済みです|수정된 메시지입니다|이 메시지는 수정되었습니다",
    "تم تعديل هذه الرسالة|הודעה זו נערכה|pesan ini diedit|pesan ini telah diedit|detta meddelande har redigerats",
    "det här meddelandet har redigerats|denne besked blev redigeret|denne besked er blevet redigeret",
    "denne meldingen ble redigert|tätä viestiä muokattiin|tätä viestiä on muokattu|tato zpráva byla upravena",
    "táto správa bola upravená|це повідомлення відредаговано|це повідомлення було змінено|ez az "
    "üzenet szerkesztve lett",
    "acest mesaj a fost editat|αυτό το μήνυμα έγινε επεξεργασία|यह संदेश संपादित किया गया था|aquest missatge s'ha editat",
)
_DELETED = _phrases(
    "this message was deleted|you deleted this message|diese nachricht wurde gelöscht",
    "du hast diese nachricht gelöscht|se eliminó este mensaje|eliminaste este mensaje|ce message a été supprimé",
    "vous avez supprimé ce message|mensagem apagada|essa mensagem foi apagada|esta mensagem foi apagada",
    "você apagou esta mensagem|esta mensagem foi eliminada|questo messaggio è stato eliminato",
    "hai eliminato questo messaggio|dit bericht is verwijderd|u heeft dit bericht verwijderd",
    "данное сообщение удалено|это сообщение было удалено|вы удалили данное сообщение|bu mesaj silindi",
    "bu mesajı sildiniz|ta wiadomość została usunięta|このメッセージは削除されました|此訊息已刪除|此消息已被删除",
    "삭제된 메시지입니다|تم حذف هذه الرسالة|لقد حذفت هذه الرسالة|حذفت هذه الرسالة|вы удалили это сообщение",
    "你删除了这条消息|您删除了这条消息|你已刪除此訊息|您已刪除此訊息|你刪除了這則訊息|此消息已被管理员删除|메시지를 "
    "삭제했습니다",
    "このメッセージを削除しました|usunięto tę wiadomość|wiadomość usunięta|usunąłeś tę wiadomość|usunęłaś tę wiadomość",
    "det här meddelandet raderades|det här meddelandet togs bort|du raderade det här meddelandet",
    "denne besked blev slettet|du slettede denne besked|denne meldingen ble slettet|du slettet denne meldingen",
    "tämä viesti poistettiin|poistit tämän viestin|tato zpráva byla smazána|tato zpráva byla odstraněna",
    "smazal jste tuto zprávu|táto správa bola odstránená|táto správa bola vymazaná|pesan ini telah dihapus",
    "pesan ini dihapus|anda telah menghapus pesan ini|anda menghapus pesan ini|ezt az üzenetet "
    "törölték|törölted ezt az üzenetet",
    "acest mesaj a fost șters|ai șters acest mesaj|הודעה זו נמחקה|מחקת הודעה זו|מחקת את ההודעה הזו",
    "αυτό το μήνυμα διαγράφηκε|διαγράψατε αυτό το μήνυμα|це повідомлення видалено|ви видалили це повідомлення",
    "यह संदेश हटा दिया गया था|यह मैसेज डिलीट किया गया|आपने यह संदेश हटा दिया|आपने यह मैसेज डिलीट किया",
    "tin nhắn này đã bị xóa|bạn đã xóa tin nhắn này|ข้อความนี้ถูกลบแล้ว|คุณลบข้อความนี้แล้ว|این پیام حذف شد",
    "شما این پیام را حذف کردید|aquest missatge s'ha suprimit|has suprimit aquest missatge|you deleted this",
    "u hebt dit bericht verwijderd|je hebt dit bericht verwijderd|यह मैसेज हटा दिया गया|यह मैसेज डिलीट कर दिया गया है",
    "यह संदेश हटाया गया था|यह मैसेज मिटा दिया गया|此消息已删除|该消息已删除|此訊息已被刪除",
    "this message has been removed|diese nachricht wurde entfernt|este mensaje ha sido eliminado",
)
# All that a line of ASCII can be, but for deleted messages and what has somebody's name in it.
_WRITTEN = AnyCase(rf"(?:{ENCRYPTION_BEGINS.pattern}).*|{ALWAYS.pattern}|{PLACE.pattern}")
_LONGEST_SIMPLE = 200
_DELETED_BY = ("this message was deleted by admin", "you deleted this message as admin")


def read_remarks(text: str, speaker: str) -> tuple[str, str | None]:
    """Returns the words that were typed, and the sentence that counts what was cut away.

    Without a word left the message is nobody's, and the sentence says what it was; None if nothing was cut. Of a poll
    the question was typed; its options and votes were not said by anybody.
    """
    if _is_typed(text, speaker):
        return text, None
    question = poll_question(text)
    if question is not None:
        return question, POLL
    if is_notice(text, speaker):
        return "", NOTICE
    typed = _OMITTED.sub("", _ASIDE.sub("", text)) if "\u200e" in text else text
    first, _, rest = typed.partition("\n")
    if _is_file(first.strip()):
        typed = rest
    elif typed != text and _DOCUMENT.fullmatch(without_marks(typed).strip()):
        typed = ""
    typed = _without_edit(typed.strip())
    if not typed.strip(_DIRECTIONS).strip() or is_place_of_file(without_marks(typed).strip()):
        return "", FILE
    sentence = _fold(typed)
    if sentence in _DELETED or ("\n" not in sentence and sentence.startswith(_DELETED_BY)):
        return "", DELETED
    if typed.startswith(_OWN):
        return "", NOTICE
    return typed, CUT if typed != text.strip() else None


def _is_typed(text: str, speaker: str) -> bool:
    """Returns whether a message is seen at once to be what was typed, as most are; of others `read_remarks` says it."""
    if not text or len(text) >= _LONGEST_SIMPLE or not text.isascii() or not text.isprintable():
        return False
    # Of files, edits, links and blanks that are not kept.
    if "<" in text or ")" in text or "://" in text or "  " in text or text[0] == " " or text[-1] == " ":
        return False
    small = text.lower()
    for words in OF_NAMES:
        if words in small:
            return False
    if text.startswith(speaker.lstrip("~").strip()) or small.startswith(_DELETED_BY):
        return False
    return small.rstrip(".!") not in _DELETED and not _WRITTEN.is_all_of(small)


def names_of_groups(said: Iterable[tuple[str | None, str]]) -> set[str | None]:
    """Returns the speakers that are a group's name: all that they say are notices, and one of the group is among them.

    Args:
        said: speaker and words of each message.
    """
    groups: set[str | None] = set()
    others: set[str | None] = {None}
    for speaker, words in said:
        if speaker is None or speaker in others:
            continue
        if is_of_group(words):
            groups.add(speaker)
        elif not is_notice(words.strip(), speaker):
            others.add(speaker)
    return groups - others


def _is_file(line: str) -> bool:
    """Returns whether a line stands for a file: <...> alone, or on Android `IMG-1.jpg (file attached)`."""
    attached = _ATTACHED.fullmatch(line) if line.endswith(")") else None
    named = attached is not None and (line.startswith(_OWN) or attached[1].casefold() in _ATTACHED_WORDS)
    return named or ("<" in line and _ALONE.fullmatch(without_marks(line).strip()) is not None)


def _without_edit(text: str) -> str:
    """Returns the text without a mark of an edit at its end; on Android nothing but its words tells it from others."""
    before, opening, remark = text.rpartition("<")
    known = opening and remark.endswith(">") and _fold(remark[:-1]) in _EDITED
    return before.rstrip(_DIRECTIONS + " \u00a0") if known and before.strip() else text


def _fold(text: str) -> str:
    return without_marks(text[:200]).strip().rstrip(".!").casefold()
