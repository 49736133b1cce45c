"""Recognition: the public face of every model."""

from instructerc.backbones.shipped import embedded_model
from instructerc.recognition.explain import Explanation, count_answers, explain
from instructerc.recognition.live import LiveSession, answer_together
from instructerc.recognition.models import is_untrained, load_model
from instructerc.recognition.recognition import Recognition
from instructerc.recognition.recognizer import Recognizer

__all__ = [
    "Explanation",
    "LiveSession",
    "Recognition",
    "Recognizer",
    "answer_together",
    "count_answers",
    "embedded_model",
    "explain",
    "is_untrained",
    "load_model",
]
