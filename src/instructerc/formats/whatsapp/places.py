"""What WhatsApp puts in the place of a picture, a call or a shared place, in the phone's language, without its mark."""

from __future__ import annotations

from instructerc.formats.whatsapp.any_case import AnyCase


def _any(*lines: str) -> str:
    return "|".join(lines)


_THING = _any(
    r"images?|videos?|vídeos?|vidéos?|audios?|áudios?|stickers?|gifs?|documents?|media|contact card|"
    r"video note|voice message",
    r"bild|dokument|kontaktkarte|sprachnachricht|videonachricht|videonotiz|medien",
    r"imagen|documento|tarjeta de contacto|nota de v[ií]deo|mensaje de voz|multimedia|imagem|figurinha|mídia",
    r"cartão d[oe] contato|mensagem de (?:voz|vídeo)|fiche de contact|note vidéo|message vocal|médias?",
    r"immagine|adesivo|scheda (?:del )?contatto|messaggio vocale|afbeelding|contactkaart|spraakbericht",
    r"изображение|видео|аудио(?:файл)?|стикер|документ|карточка контакта|голосовое сообщение|görüntü|"
    r"resim|ses|çıkartma",
    r"belge|kişi kartı|obraz|grafika|wideo|plik audio|dźwięk|naklejka|karta kontaktu|ljud|dekal|billede|lyd|mærkat",
    r"bilde|klistremerke|kuva|ääni|tarra|asiakirja|obrázek|obrázok|zvuk|nálepka|зображення|відео|аудіо|наліпка|стікер",
    r"gambar|stiker|dokumen|imagine|autocolant|kép|videó|hang|matrica|εικόνα|βίντεο|ήχος|αυτοκόλλητο|έγγραφο|imatge|adhesiu",
)
_MISSING = _any(
    r"omitted|weggelassen|ausgelassen|ausgeschlossen|omitid[oa]s?|ocultad[oa]|oculta|não revelad[oa]|"
    r"absente?s?|omis(?:e|es|ă)?",
    r"omess[oaie]|esclus[oa]|weggelaten|отсутствует|пропущен[оа]?|dahil edilmedi|atlandı",
    r"(?:został[oa]? )?pominięt[oay]|utelämna(?:d|t|s|des)|udeladt|utelatt|jätetty pois|"
    r"vynechán[oaýé]?|відсутн(?:є|ій|я)",
    r"tidak disertakan|dihilangkan|kihagyva|mellőzve|παρα(?:λείφθηκε|λήφθηκε)|exclusa?",
)
# Where words are not parted by blanks, or stand in another order.
_EASTERN = _any(
    r"(?:画像|動画|ビデオ|音声|スタンプ|ステッカー|GIF|文書|ドキュメント|連絡先カード)(?:は含まれていません|が?省略(?:されました|されています)?)",
    r"(?:사진|이미지|동영상|음성|오디오|스티커|이모티콘|GIF|문서|연락처 카드) ?(?:생략됨|생략|제외됨|포함되지 않음)",
    r"(?:图片|圖片|图像|影像|视频|影片|音频|音訊|语音消息|語音訊息|贴图|貼圖|动图|GIF|文档|文件)(?:已忽略|已略過|已省略|省略)",
    r"(?:تم )?(?:استبعاد|حذف|تجاهل) (?:الصورة|الفيديو|الصوت|الملصق|المستند|الوسائط)",
    r"(?:الصورة|صورة|فيديو|مقطع صوتي|ملصق|مستند) (?:غير مدرجة?|مستبعدة?|محذوفة?)",
    r"(?:התמונה|הסרטון|השמע|הסטיקר|המדבקה|המסמך|תמונה|סרטון|מדבקה) (?:הושמט[הו]?|לא נכלל[הו]?|הוסר[הו]?)",
)
_CALL = _any(
    r"(?:missed |silenced )?(?:group )?(?:voice|video) call",
    r"(?:verpasster |entgangener )?(?:gruppen-?)?(?:sprach|video|audio)anruf",
    r"(?:video)?llamada(?: de voz| de vídeo| de video| grupal)?(?: perdida)?|appel (?:vocal|vidéo|audio)(?: manqué)?",
    r"(?:chamada|ligação) de (?:voz|vídeo)(?: perdida)?|(?:video)?chiamata(?: vocale| video)?(?: persa)?",
    r"(?:gemiste )?(?:spraak|video|audio)oproep|(?:пропущенный )?(?:аудио|видео)звонок|(?:cevapsız "
    r")?(?:sesli|görüntülü) arama",
    r"(?:nieodebrane )?połączenie (?:głosowe|wideo)",
)
_AFTER_CALL = _any(
    r"[,.] ?\d{1,3} ?(?:s|sec|sek|seg|h|hr|hrs|m|min|мин|сек|dk|sn|std|ore?|uur)\b.{0,24}",
    r"[,.] ?(?:no answer|missed|keine antwort|verpasst|sin respuesta|perdida|sans réponse|sem "
    r"resposta|nessuna risposta)",
    r"[,.] ?(?:geen antwoord|нет ответа|cevap yok|yanıt yok|brak odpowiedzi).{0,10}",
    r"[,.] ?(?:tap to call back|click to call back|zum zurückrufen tippen|toca para devolver la llamada).{0,10}",
)
_MISSED_CALL = (
    r"(?=.*(?:missed|verpasst|entgangen|perdida|manqué|persa|gemist|пропущ|cevapsız|nieodebran))"
    rf"(?:{_CALL})(?:(?:,| at| um| à| a las| às| alle| в| o| om)? ?\d{{1,2}}[:.]\d{{2}}.{{0,10}})?"
)
_LIVE = _any(
    r"(?:live location shared|sharing live location).{0,40}|live-standort(?: wird)? geteilt|"
    r"ubicación en tiempo real compartida",
    r"localização em tempo real compartilhada|(?:localisation|position) en direct partagée|posizione "
    r"(?:in tempo reale|live) condivisa",
    r"you received a view once (?:message|photo|video|voice message)\b.{0,160}",
    r"(?:du hast|sie haben) eine einmalansicht.{0,200}|recibiste un mensaje de visualización única.{0,160}",
    r"vous avez reçu un message à vue unique.{0,160}|você recebeu uma mensagem de visualização única.{0,160}",
    r"hai ricevuto un messaggio (?:visualizzabile|da visualizzare) una (?:sola )?volta.{0,160}",
)
PLACE = AnyCase(
    rf"(?:{_THING}) (?:{_MISSING})\.?|(?:{_LIVE})"
    # That it begins like a call is seen at once; the words of a missed one can stand anywhere.
    rf"|(?={_CALL})(?:(?:{_CALL})(?:{_AFTER_CALL})|{_MISSED_CALL})",
    other=rf"{_EASTERN}[.。]?",
)
_ON_MAP = AnyCase(
    r"[^\W\d_][\w ]{1,20}\s?[:：] ?https?://(?:maps\.(?:google|app)|(?:www\.)?google\.[a-z.]+/maps|foursquare\.com|4sq\.com)\S*",
)


def is_place_of_file(sentence: str) -> bool:
    """Returns whether a whole message only stands for a file, a call or a place on a map.

    Example:
        >>> is_place_of_file("Sprachnachricht weggelassen"), is_place_of_file("I omitted that image")
        (True, False)
    """
    if len(sentence) >= 260:
        return False
    return PLACE.is_all_of(sentence) or ("://" in sentence and _ON_MAP.is_all_of(sentence))
