"""Recognitions as the service gives them out, and back as the record that files are written from."""

from __future__ import annotations

from instructerc.recognition import Recognition
from instructerc.recognition.records import AnswerRecord
from instructerc.serving.contract.schemas.conversations import Answer


def to_answer(recognition: Recognition) -> Answer:
    """Returns a recognition as the service gives it out."""
    return from_record(AnswerRecord.of(recognition))


def from_record(record: AnswerRecord) -> Answer:
    """Returns a record as the service gives it out."""
    return Answer.model_validate(record.to_data())


def to_record(answer: Answer) -> AnswerRecord:
    """Returns an answer as files have it."""
    return AnswerRecord.from_data(answer.model_dump())
