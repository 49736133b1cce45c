"""English names of languages, for people."""

from __future__ import annotations

_NAMES = {
    **{"en": "English", "de": "German", "es": "Spanish", "fr": "French", "it": "Italian", "pt": "Portuguese"},
    **{"nl": "Dutch", "pl": "Polish", "tr": "Turkish", "id": "Indonesian", "hi": "Hindi", "sv": "Swedish"},
    **{"da": "Danish", "no": "Norwegian", "fi": "Finnish", "cs": "Czech", "sk": "Slovak", "hu": "Hungarian"},
    **{"ro": "Romanian", "hr": "Croatian", "sl": "Slovenian", "ca": "Catalan", "vi": "Vietnamese", "et": "Estonian"},
    **{"lv": "Latvian", "lt": "Lithuanian", "sq": "Albanian", "eu": "Basque", "gl": "Galician", "sw": "Swahili"},
    **{"el": "Greek", "hy": "Armenian", "he": "Hebrew", "bn": "Bengali", "pa": "Punjabi", "gu": "Gujarati"},
    **{"ta": "Tamil", "te": "Telugu", "kn": "Kannada", "ml": "Malayalam", "si": "Sinhala", "th": "Thai"},
    **{"lo": "Lao", "my": "Burmese", "ka": "Georgian", "am": "Amharic", "km": "Khmer", "ko": "Korean"},
    **{"ru": "Russian", "uk": "Ukrainian", "ar": "Arabic", "fa": "Persian", "ur": "Urdu", "ja": "Japanese"},
    "zh": "Chinese",
}


def language_name(code: str) -> str:
    """Returns the English name of a language, such as `Italian` for `it`; the code itself where it is not known."""
    return _NAMES.get(code, code)
