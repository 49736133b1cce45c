"""Which column of a table, or key of an object, is the speaker, the text and so on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache

from instructerc.errors import InputError, did_you_mean
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import show


def _fold(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _names(text: str) -> frozenset[str]:
    # Folded, since ß becomes ss, and some scripts have marks that are no letters.
    return frozenset(map(_fold, text.split()))


# Names by which files in the wild call each role, folded as `fold_name` folds.
KNOWN_NAMES = {
    "conversation": _names(
        "conversation conversationid convid conv dialogue dialogueid dialog dialogid sessionid session threadid thread "
        "chatid chat sceneid scene callid ticketid gespräch gesprächid gesprächsid konversation unterhaltung "
        "conversación idconversación conversazione conversa gesprek диалог беседа 对话 会话 会話 対話 대화"
    ),
    "speaker": _names(
        "speaker speakername speakerid name author from sender user username role participant character who "
        "sprecher sprecherin absender verfasser autor autorin nutzer benutzer locuteur auteur expéditeur hablante "
        "remitente usuario parlante mittente autore falante remetente usuário spreker afzender mówca nadawca "
        "говорящий автор отправитель спикер участник 说话人 说话者 發言人 說話人 发言人 发送者 发送人 用户 角色 話者 "
        "発言者 送信者 話し手 화자 발신자 발화자 보낸사람 redner rednerin teilnehmer teilnehmerin rolle personnage "
        "intervenant interlocuteur personaje participante orador personaggio personagem locutor person konuşmacı "
        "konuşan gönderen talare avsändare taler avsender mluvčí odesílatel beszélő feladó vorbitor expeditor мовець "
        "відправник ομιλητής αποστολέας المتحدث المرسل דובר שולח گوینده فرستنده pembicara pengirim ngườinói ngườigửi "
        "वक्ता प्रेषक ผู้พูด ผู้ส่ง имя имяотправителя nom nombre nome naam imię jméno név nume isim 名前 姓名 名字 이름"
    ),
    "text": _names(
        "text utterance message content body msg sentence transcript utterancetext messagetext "
        "nachricht äußerung inhalt texte mensaje texto contenido messaggio testo contenuto mensagem conteúdo bericht "
        "tekst wiadomość treść сообщение текст реплика 内容 文本 消息 文字 発言 本文 メッセージ テキスト "
        "메시지 내용 텍스트 발화 대사 satz redebeitrag beitrag énoncé réplique propos enunciado intervención "
        "parlamento battuta enunciato fala zin uiting wypowiedź высказывание фраза 台词 台詞 發言 訊息 內容 セリフ "
        "aussage wortlaut metin mesaj söz meddelande yttrande besked melding zpráva výpověď szöveg üzenet повідомлення "
        "репліка κείμενο μήνυμα النص الرسالة טקסט הודעה متن پیام teks pesan nộidung tinnhắn संदेश पाठ ข้อความ"
    ),
    "emotion": _names(
        "emotion emotionlabel emotions label goldlabel gefühl émotion emoción emozione emoção emotie emocja эмоция "
        "情感 情绪 情緒 感情 감정 emotionen gefühle émotions emociones emozioni emoções эмоции "
        "duygu känsla følelse emoce érzelem emoție емоція συναίσθημα العاطفة רגש احساس emosi cảmxúc"
    ),
    "start": _names(
        "start starttime starts startseconds begin beginn anfang startzeit début inicio inizio início początek начало "
        "开始 开始时间 開始 開始時間 시작 시작시간 başlangıç začátek kezdet"
    ),
    "end": _names(
        "end endtime ends endseconds stop ende endzeit fin fine fim koniec einde конец 结束 结束时间 終了 終了時間 "
        "종료 bitiş konec vége"
    ),
    # Never guessed: a column called "note" may hold anything.
    "note": frozenset(),
    "speaker_note": frozenset(),
}
ROLES = tuple(KNOWN_NAMES)
_SHORT = 64
_LONG = 10
_FEW = 64
# Columns that are the start if all that they hold is dates or seconds; many tables have others under these names.
MAYBE_START = _names(
    "time timestamp date datetime sentat createdat createat sent created datesent datecreated zeit zeitstempel uhrzeit "
    "datum heure horodatage fecha hora data ora momento время дата 时间 日期 時間 日時 시간 날짜 ts "
    "timecode timespan timerange czas zaman saat tarih tid čas datum idő timp час ώρα الوقت זמן زمان waktu thờigian"
)
# Names that say in what unit a time is, and how many of it a second has.
UNIT_NAMES = {
    f"{begin}{unit}": (role, scale)
    for role, begins in (("start", "start starttime begin offset"), ("end", "end endtime stop"))
    for begin in begins.split()
    for units, scale in (("ms msec msecs millis milliseconds inms", 1e3), ("us usec micros microseconds", 1e6))
    for unit in units.split()
}
NEEDED = ("speaker", "text")


def fold_name(name: str) -> str:
    """Returns the form under which `Dialogue_ID`, `dialogue id` and `DialogueId` are the same."""
    return _fold_short(name) if len(name) <= _SHORT else _fold(name)


# The same few names come in every row of some files.
_fold_short = lru_cache(maxsize=1024)(_fold)


def flag(role: str) -> str:
    """Returns the command-line flag that names a role's column."""
    return f"--{role.replace('_', '-')}-column"


def near_name(role: str, names: Iterable[str]) -> str | None:
    """Returns the name that was probably meant for a role that is missing, or None."""
    short = tuple([name for name in names if len(name) <= 60])
    return _near_few(role, short) if len(short) <= _FEW else _near(role, short)


def _near(role: str, names: Sequence[str]) -> str | None:
    known = [name for name in names if fold_name(name) in KNOWN_NAMES[role]]
    if known:
        # What is called a name may be that of anything.
        return next((name for name in known if fold_name(name) not in ("name", "role")), known[0])
    # Many words are like a long one: a question is no conversation.
    return next(iter(get_close_matches(role, names, n=1, cutoff=0.8 if len(role) > _LONG else 0.6)), None)


# The same few keys stand in every row of a file.
_near_few = lru_cache(maxsize=256)(_near)


def count_roles(header: Sequence[str], options: ReadOptions) -> int:
    """Returns how many roles some column of `header` could play."""
    folded = {fold_name(name) for name in header}
    return sum(1 for role in ROLES if folded & ({fold_name(options.column(role) or "")} | KNOWN_NAMES[role]) - {""})


def map_columns(header: Sequence[str], options: ReadOptions, source: str) -> dict[str, int]:
    """Returns the column index of each role that the table has.

    Raises:
        InputError: a column that is named but absent, or that cannot be guessed; all faults in one message.
    """
    columns: dict[str, int] = {}
    faults: list[str] = []
    for role in ROLES:
        wanted = options.column(role)
        if wanted == "" and role != "text":
            continue
        found = _candidates(role, wanted, header)
        if len(found) == 1:
            columns[role] = found[0]
        elif found:
            names = ", ".join(header[index] for index in found)
            none = "" if role == "text" else ", or '' for none"
            faults.append(f"the {role.replace('_', ' ')} could be any of {names}: give {flag(role)} NAME{none}")
        elif wanted:
            faults.append(f"there is no column {wanted!r}{did_you_mean(wanted, header)} for {flag(role)}")
        elif role in NEEDED:
            none = "" if role == "text" else ", or '' if nobody is named"
            faults.append(f"no column was recognised as the {role}: give {flag(role)} NAME{none}")
    if faults:
        raise InputError(f"{source}: {'; '.join(faults)}; or rename the column. The header has: {show_names(header)}")
    return columns


def show_names(header: Sequence[str]) -> str:
    """Returns the header's names for an error message."""
    shown = ", ".join(show(name.strip()) for name in header[:40])
    return f"{shown}, ..." if len(header) > 40 else shown


def _candidates(role: str, wanted: str | None, header: Sequence[str]) -> list[int]:
    if not wanted:
        found = [index for index, name in enumerate(header) if fold_name(name) in KNOWN_NAMES[role]]
        # A column such as `Message #` has numbers.
        return [index for index in found if "#" not in header[index]] or found
    exact = [index for index, name in enumerate(header) if name.strip() == wanted.strip()]
    return exact or [index for index, name in enumerate(header) if fold_name(name) == fold_name(wanted) != ""]
