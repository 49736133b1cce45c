"""The language of turns: noticed where it is not the model's."""

from instructerc.recognition.language.names import language_name
from instructerc.recognition.language.route import TalkLanguages
from instructerc.recognition.language.tracker import ForeignTurns, LanguageTracker

__all__ = ["ForeignTurns", "LanguageTracker", "TalkLanguages", "language_name"]
