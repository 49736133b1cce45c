"""The one answer record: what the command line, the service, its exports and the page say of the same turn."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from instructerc import Conversation, Utterance
from instructerc.cli.shared.writers import Answered, CsvWriter, JsonlWriter, JsonWriter
from instructerc.formats import read_conversations
from instructerc.labels import LabelSet
from instructerc.prompts import Demonstration
from instructerc.recognition import Recognition
from instructerc.recognition.records import AnswerRecord

LABELS = LabelSet("two", ("joy", "anger"))
RECOGNITION = Recognition(
    "joy",
    0.7500004,
    {"joy": 0.7500004, "anger": 0.2499996},
    3,
    True,
    (Demonstration("Bo", "Great!", "joy", similarity=0.91234567),),
    "it",
)
TURN = Utterance("=HYPERLINK(1)", '\'=1+1, "quoted"', "happy", 1.5, 2.0)


def _told() -> dict[str, str | dict[str, object] | list[dict[str, object]]]:
    """Returns what each way of telling says of the turn."""
    answered = Answered(Conversation("@c", [TURN]), [RECOGNITION])
    files = {}
    for name, make in {
        "json": JsonWriter,
        "jsonl": JsonlWriter,
        "csv": lambda stream: CsvWriter(stream, LABELS, False),
    }.items():
        stream = io.StringIO()
        writer = make(stream)
        writer.write(answered)
        writer.finish()
        files[name] = stream.getvalue()
    record = AnswerRecord.of(RECOGNITION).to_data()
    [row] = csv.DictReader(io.StringIO(files["csv"]))
    return {"answer": record, "json": json.loads(files["json"])[0], "jsonl": json.loads(files["jsonl"]), "csv": row}


def test_every_way_of_telling_is_the_golden_one(assert_golden):
    # web/tests/export.test.ts reads the same file.
    assert_golden("record.json", json.dumps(_told(), indent=2, ensure_ascii=False) + "\n")


def test_where_several_models_answer_every_file_says_which():
    answered = Answered(Conversation("c", [TURN]), [replace(RECOGNITION, model="small")])
    stream = io.StringIO()
    CsvWriter(stream, LABELS, False, with_model=True).write(answered)
    [row] = csv.DictReader(io.StringIO(stream.getvalue()))
    assert (row["model"], list(row)[-3:]) == ("small", ["language", "model", "gold"])
    stream = io.StringIO()
    JsonlWriter(stream).write(answered)
    assert json.loads(stream.getvalue())["model"] == "small"


def test_the_service_gives_out_and_exports_the_same_record():
    pytest.importorskip("fastapi", reason="the extra serve is not installed")
    from datetime import UTC, datetime

    from instructerc.serving.contract.schemas.sessions import SessionDetail, SessionUtterance
    from instructerc.serving.keeping.export import export_session
    from instructerc.serving.scoring.answers import to_answer, to_record

    answer = to_answer(RECOGNITION)
    told = _told()
    assert answer.model_dump(mode="json") == told["answer"]
    assert to_record(answer) == AnswerRecord.of(RECOGNITION)
    now = datetime(2026, 1, 2, tzinfo=UTC)
    turn = SessionUtterance(
        speaker=TURN.speaker,
        text=TURN.text,
        start=TURN.start,
        end=TURN.end,
        turn=1,
        key=None,
        received_at=now,
        status="scored",
        answer=answer,
        correction="anger",
    )
    session = SessionDetail(
        id="@c",
        title="",
        created_at=now,
        expires_at=None,
        label_set="two",
        labels=["joy", "anger"],
        context=None,
        min_probability=0.0,
        n_utterances=1,
        utterances=[turn],
    )
    more = {"corrected": True, "model_emotion": "joy", "received_at": now.isoformat()}
    expected = {**told["jsonl"], **more, "emotion": "anger"}
    del expected["gold"]
    assert json.loads(export_session(session, "jsonl")) == expected
    mark, _, table = export_session(session, "csv").partition("conversation")
    # Spreadsheets read a table without the mark in an encoding of their own.
    assert mark == "\ufeff"
    [row] = csv.DictReader(io.StringIO("conversation" + table))
    expected = {**told["csv"], **more, "corrected": "True", "emotion": "anger"}
    del expected["gold"]
    assert row == expected


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "'=1", "''=1", "+1", "-x", "@x", "'Tis", "Hi", "a=b"])
def test_a_table_of_answers_runs_no_formula_and_gives_its_texts_back(tmp_path, text):
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        talk = Conversation(text, [Utterance(text, text)])
        CsvWriter(stream, LABELS, False).write(Answered(talk, [RECOGNITION]))
    [row] = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    assert not {row[name][0] for name in ("conversation", "speaker", "text")} & set("=+-@")
    [read] = read_conversations(path)
    assert (read.id, [(turn.speaker, turn.text) for turn in read.utterances]) == (text, [(text, text)])


def test_apostrophes_of_other_tables_are_kept(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("speaker,text,text_cut\nAnn,'=1,False\n", encoding="utf-8")
    [read] = read_conversations(path)
    assert read.utterances[0].text == "'=1"


def test_answers_that_earlier_versions_kept_are_read():
    data = {"label": None, "probability": 0.5, "probabilities": {"joy": 0.5}, "history_turns": 0, "text_cut": False}
    assert AnswerRecord.from_data(data) == AnswerRecord(None, 0.5, {"joy": 0.5}, 0, False)
