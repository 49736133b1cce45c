"""Invented talks that are written in every layout."""

from __future__ import annotations

from layouts.chats import Turns

TALKS: dict[str, Turns] = {
    "english": [
        ("Mia Kern", "I got the job!"),
        ("Theo", "That is fantastic."),
        ("Mia Kern", "I am so scared though"),
        ("Theo", "Why? You will be great, as always."),
        ("Mia Kern", "Thanks"),
        ("Theo", "See you at eight then"),
    ],
    "german": [
        ("Jörg Müller", "Ich bin so müde, wirklich."),
        ("Zoë", "Was ist los?"),
        ("Ida", "Er hat gesagt: nie wieder!"),
        ("Jörg Müller", "Ja, nie wieder (sagt er)."),
        ("Zoë", "Oh nein, das tut mir leid"),
        ("Ida", "Mir auch – sehr"),
    ],
    "asian": [
        ("지우", "오늘 너무 행복해"),
        ("小明", "我也很高兴"),
        ("지우", "정말?"),
        ("小明", "真的！"),
        ("지우", "ほんとうに?"),
        ("小明", "はい、そうです。"),
    ],
    "short": [("Ann", "Hi you!"), ("Bo", "ok 👍"), ("Ann", "so?"), ("Bo", "no.")],
    "long": [
        (name, f"{words} and that is number {number} of the things that I wanted to say to you today")
        for number in range(1, 31)
        for name, words in (("Agent Smith", "Please calm down"), ("Customer", "I am furious"))
    ],
}
# Words that are the marks of other forms.
MARKED: Turns = [
    ("Mia Kern", "at 10:30 - Theo: call me"),
    ("Theo", '{"text": "is json", "speaker": 1}'),
    ("Mia Kern", "then 00:00:01,000 to 00:00:02,000 is a time"),
    ("Theo", "I said [24/12/2024, 21:05:33] Mia: no, and From: you To: me"),
    ("Mia Kern", "a,b,c;d and WEBVTT or @Begin"),
    ("Theo", "so # it is, * really *"),
]
