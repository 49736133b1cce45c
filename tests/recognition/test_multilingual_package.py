"""The package of models/multilingual: its weights are there, small enough, and read other languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc import Conversation, Recognizer, Utterance

PACKAGE = Path(__file__).parents[2] / "models" / "multilingual"
MODEL = PACKAGE / "src" / "instructerc_multilingual" / "model"
SAID = {
    "it": {"anger": "Sono furioso con te!", "sadness": "Mio padre è morto ieri.", "joy": "Grazie mille, è bellissimo!"},
    "de": {
        "anger": "Ich bin so wütend auf dich!",
        "sadness": "Meine Oma ist gestern gestorben.",
        "joy": "Ich freue mich so!",
    },
    "es": {"anger": "¡Estoy harto de tus mentiras!", "fear": "Tengo mucho miedo.", "joy": "¡Qué alegría verte!"},
    "fr": {
        "disgust": "C'est dégoûtant, ça me donne envie de vomir.",
        "fear": "J'ai très peur.",
        "joy": "Je suis ravi !",
    },
    "zh": {"anger": "我真的很生气！", "sadness": "我好难过。", "joy": "太好了，谢谢你！"},
    "ru": {"anger": "Я в ярости!", "sadness": "Мне очень грустно.", "joy": "Ура, спасибо большое!"},
}


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.from_pretrained(MODEL)


def test_it_reads_plain_feelings_in_other_languages(recognizer: Recognizer) -> None:
    told = [(label, text) for texts in SAID.values() for label, text in texts.items()]
    talks = [Conversation(str(place), [Utterance("Ann", text)]) for place, (_, text) in enumerate(told)]
    found = [turns[0].label for turns in recognizer.recognize_many(talks)]
    right = sum(label == answer for (label, _), answer in zip(told, found, strict=True))
    assert right >= 0.75 * len(told), list(zip(told, found, strict=True))


def test_no_file_is_larger_than_30_mb_and_the_package_than_70() -> None:
    sizes = [path.stat().st_size for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert max(sizes) <= 30e6
    assert sum(sizes) <= 70e6


def test_the_card_names_every_language_that_the_model_serves(recognizer: Recognizer) -> None:
    card = (PACKAGE / "README.md").read_text(encoding="utf-8")
    assert len(recognizer.settings.languages) == 17
    assert all(f"| {code} |" in card for code in recognizer.settings.languages)
