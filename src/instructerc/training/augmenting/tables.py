"""What augmentations draw from: names, emoji of a label, keyboard neighbours, chat spellings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Aaliyah Abena Adaeze Adrián Agnieszka Ahmed Aiko Alejandra Amara Amir Ana Andrzej Anh Anjali Ania Arjun Astrid "
    "Ayşe Beatriz Bilal Björn Bronwen Carlos Chiamaka Chidi Chloe Ciarán Daniel Deepa Dmitri Dong-hyun Ebru Eilidh "
    "Elif Emeka Emma Esra Fatima Femi Fiona Francesca Gareth Giulia Grace Hana Hassan Hiroshi Hye-jin Ibrahim Ines "
    "Ingrid Isabela Ivan Jack Jamal Javier Jelena João Julia Kaito Kamala Karim Katarzyna Keisha Kofi Kwame Lars "
    "Layla Leila Liam Lin Luca Lucía Magda Malik Marek Maria Mateo Mei Mohammed Monique Nadia Ngozi Niamh Nikolai "
    "Noor Oksana Olga Oluwaseun Omar Padma Paolo Priya Rafael Rania Ravi Rosa Ruth Sakura Sanjay Sarah Siobhán "
    "Sofia Stelios Sunita Svetlana Tanisha Tariq Thandiwe Thomas Tomasz Uche Valentina Vikram Wei Wen Xavier Yasmin "
    "Yuki Yusuf Zainab Zeynep Zofia"
)
ROLES = (
    ("Agent", "Customer"),
    ("Support", "Client"),
    ("Caller", "Operator"),
    ("Doctor", "Patient"),
    ("Teacher", "Student"),
    ("Interviewer", "Guest"),
    ("Mum", "Kid"),
    ("Host", "Visitor"),
    ("Me", "Them"),
    ("User", "Assistant"),
)
# Adjectives that say nothing of the turn: a name is no feeling.
NAME_ADJECTIVES = (
    *("Happy", "Sad", "Mad", "Grumpy", "Jolly", "Scared", "Nervous", "Furious", "Lonely", "Cheerful", "Gloomy"),
    *("Shocked", "Sunny", "Bitter", "Anxious", "Lucky", "Crying", "Raging", "Disgusted", "Sweet", "Evil", "Poor"),
)
HANDLE_PARTS = (
    *("night", "owl", "pixel", "moss", "river", "turbo", "sleepy", "lemon", "mister", "void", "maple", "crab", "cloud"),
    *("noodle", "comet", "rusty", "velvet", "echo", "biscuit", "static", "north", "tea", "fox", "byte", "salt", "dune"),
)

_JOY = _words("😀 😃 😄 😁 😆 😊 😍 🥰 😘 🤗 🤩 🥳 🎉 ❤️ 💕 💖 😂 🤣 😌 🙌 ✨ 😎 💪 🎊 😻 💛 🙏 :) :D =) <3 :-) xD ^^")
_SADNESS = _words("😢 😭 😔 😞 😟 🥺 😿 💔 ☹️ 🙁 😥 😓 😩 😣 🥀 :( :'( :-( </3 ;_;")
_ANGER = _words("😠 😡 🤬 👿 💢 😤 🖕 >:( 😾 🙄 😒 >:-( -_-")
_FEAR = _words("😨 😰 😱 😬 🫣 🫨 😧 😦 🙀 😖 D: :S")
_SURPRISE = _words("😮 😲 😯 🤯 😳 🫢 👀 ⁉️ ‼️ 😵 :O :o O_O o_O")
_DISGUST = _words("🤢 🤮 🤧 💩 👎 🫤 :-&")
_NEUTRAL = _words("👍 👌 ✅ 📎 📅 📍 🙂 👋 🕒 📦 ☕ 🚗 📞 ➡️ 📌")

EMOJI: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "neutral": _NEUTRAL,
        "joy": _JOY,
        "sadness": _SADNESS,
        "anger": _ANGER,
        "fear": _FEAR,
        "surprise": _SURPRISE,
        "disgust": _DISGUST,
    }
)
# Other label sets' words for the same; a label found in neither gets no emoji.
SAME_FEELING: Mapping[str, str] = MappingProxyType(
    {
        "happy": "joy",
        "happiness": "joy",
        "joyful": "joy",
        "amusement": "joy",
        "excitement": "joy",
        "love": "joy",
        "gratitude": "joy",
        "sad": "sadness",
        "grief": "sadness",
        "disappointment": "sadness",
        "angry": "anger",
        "mad": "anger",
        "annoyance": "anger",
        "scared": "fear",
        "nervousness": "fear",
        "surprised": "surprise",
        "disgusted": "disgust",
    }
)

KEYBOARD: Mapping[str, str] = MappingProxyType(
    {
        "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl",
        "p": "ol", "a": "qsz", "s": "adwx", "d": "sfec", "f": "dgrv", "g": "fhtb", "h": "gjyn", "j": "hkum",
        "k": "jlio", "l": "kop", "z": "asx", "x": "zsc", "c": "xdv", "v": "cfb", "b": "vgn", "n": "bhm", "m": "njk",
    }
)  # fmt: skip

CHAT_SPELLING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "you": ("u", "ya"),
        "you're": ("ur", "youre", "u're"),
        "your": ("ur",),
        "are": ("r",),
        "thanks": ("thx", "tnx", "thanx"),
        "thank you": ("ty", "thank u", "thx"),
        "please": ("pls", "plz"),
        "because": ("cuz", "bc", "cos"),
        "i'm": ("im",),
        "don't know": ("dunno", "dont know"),
        "going to": ("gonna",),
        "want to": ("wanna",),
        "got to": ("gotta",),
        "tomorrow": ("tmrw", "tomoz"),
        "tonight": ("2nite", "tonite"),
        "okay": ("ok", "k", "kk"),
        "yes": ("yep", "yea", "ye"),
        "yeah": ("yea", "ya"),
        "people": ("ppl",),
        "message": ("msg",),
        "with": ("w/", "wiv"),
        "to be honest": ("tbh",),
        "right now": ("rn",),
        "oh my god": ("omg",),
        "what": ("wat", "wot"),
        "though": ("tho",),
        "great": ("gr8",),
        "later": ("l8r",),
        "see you": ("cya", "see u"),
        "and": ("n", "&"),
    }
)
