"""The encoding that an error advises: following the advice reads the file."""

from __future__ import annotations

import io
import re

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.shared.likely_encoding import likely_encoding

WORDS = {
    "cp1251": ("Имя;Сообщение;Время", "Аня;Я получила квартиру!", "Привіт, як справи? Їжак"),
    "cp1253": ("Όνομα;Μήνυμα", "Καλημέρα, τι κάνεις;"),
    "cp932": ("話者,発言,開始", "花,部屋が決まった!"),
    "gb18030": ("说话人,内容", "我很难过,你呢?"),
    "cp949": ("화자,내용", "집을 구했어!"),
    "cp1252": ("Äußerung", "Übergröße – „schön“", "élève, où ça ?", "¿Qué tal? ¡Adiós!", "Zoë", "naïve œuvre"),
    "cp1250": ("Wypowiedź", "Cześć, mogłem być źle", "Příliš žluťoučký kůň"),
}


@pytest.mark.parametrize(("encoding", "text"), [(name, text) for name, texts in WORDS.items() for text in texts])
def test_each_is_told_from_the_others(encoding: str, text: str) -> None:
    assert likely_encoding(text.encode(encoding)) == encoding


@pytest.mark.parametrize(
    ("encoding", "header", "row"),
    [
        ("cp1251", "Имя;Сообщение", "Аня;Я получила квартиру!"),
        ("cp932", "話者,発言", "花,部屋が決まった!"),
        ("gb18030", "说话人,内容", "小花,我很难过"),
        ("cp949", "화자,내용", "하나,집을 구했어!"),
        ("cp1252", "Sprecher;Äußerung", "Zoë;Ich bin müde"),
        ("cp1250", "speaker;text", "Łukasz;Źle się czuję"),
    ],
)
def test_the_advice_works(encoding: str, header: str, row: str) -> None:
    data = f"{header}\n{row}\n".encode(encoding)
    with pytest.raises(InputError) as refused:
        list(read_conversations(io.BytesIO(data), report=ReadReport()))
    named = re.search(r"--encoding (\w+)", str(refused.value))
    assert named is not None
    options = ReadOptions(encoding=named[1])
    [talk] = read_conversations(io.BytesIO(data), options=options, report=ReadReport())
    [turn] = talk.utterances
    assert [turn.speaker, turn.text] == re.split("[;,]", row, maxsplit=1)
