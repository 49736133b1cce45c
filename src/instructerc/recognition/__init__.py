"""Recognition: the public face of every model."""

from instructerc.recognition.recognizer import LiveSession, Recognition, Recognizer, answer_together, embedded_model

__all__ = ["LiveSession", "Recognition", "Recognizer", "answer_together", "embedded_model"]
