"""Label Studio's export: a person's labels, never the model's; what it holds in other ways, and what it cannot be."""

from __future__ import annotations

import io
import json

import pytest

from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations


def _label(place, label, end=None, kind="paragraphlabels"):
    where = {"start": str(place), "end": str(place if end is None else end), "startOffset": 0, "endOffset": 3}
    return {"id": "x", "from_name": "emotion", "to_name": "dialogue", "type": kind, "value": where | {kind: [label]}}


def _task(*results, number=1, **more):
    turns = [{"author": "Ann", "text": "We won!"}, {"author": "Bo", "text": "No way"}, {"author": "Ann", "text": "Yes"}]
    return {
        "id": number,
        "annotations": [{"id": 7, "was_cancelled": False, "result": list(results)}],
        "predictions": [{"result": [_label(0, "anger"), _label(1, "anger"), _label(2, "anger")]}],
        "data": {"conversation": f"c{number}", "dialogue": turns},
    } | more


def _read(document, **options):
    report = ReadReport()
    stream = io.StringIO(json.dumps(document))
    talks = list(read_conversations(stream, options=ReadOptions(**options), report=report))
    return [[turn.emotion for turn in talk.utterances] for talk in talks], report


def _named(document):
    return list(read_conversations(io.StringIO(json.dumps(document)), report=ReadReport()))


def test_a_reviewed_task_has_the_persons_labels_alone():
    [talk] = _named([_task(_label(0, "joy"), _label(2, "relief"))])
    assert (talk.id, talk.cast) == ("c1", ("Ann", "Bo"))
    assert [(turn.text, turn.emotion) for turn in talk.utterances] == [
        ("We won!", "joy"),
        ("No way", None),
        ("Yes", "relief"),
    ]


def test_a_label_over_several_turns_is_the_label_of_each():
    assert _read([_task(_label(0, "joy", end=9))])[0] == [["joy", "joy", "joy"]]


def test_choices_of_a_region_and_of_a_single_text():
    assert _read([_task(_label(1, "surprise", kind="choices"))])[0] == [[None, "surprise", None]]
    choice = {"type": "choices", "value": {"choices": ["fear"]}}
    [talk] = _named([_task(choice, data={"text": "Who is there?"})])
    assert [(turn.speaker, turn.emotion) for turn in talk.utterances] == [("Speaker", "fear")]


def test_the_last_annotation_counts_and_cancelled_ones_do_not():
    joy, fear, anger = ({"result": [_label(0, word)]} for word in ("joy", "fear", "anger"))
    labels, report = _read([_task(annotations=[joy, fear, anger | {"was_cancelled": True}])])
    assert labels == [["fear", None, None]]
    assert report.notes == ["<stream>: 1 task(s) with several annotations: the last one is read"]


def test_the_first_of_several_labels_on_a_turn_counts():
    labels, report = _read([_task(_label(0, "joy"), _label(0, "fear"))])
    assert labels == [["joy", None, None]]
    assert "1 turn(s) with several labels: the first is read" in report.notes[0]


def test_tasks_as_recognize_writes_them_are_read_without_emotions():
    task = _task()
    labels, report = _read([{"data": task["data"], "predictions": task["predictions"]}])
    assert labels == [[None, None, None]]
    assert "1 task(s) without a person's annotation: read without emotions" in report.notes[0]


def test_a_document_whose_first_task_is_longer_than_what_is_looked_at():
    long = _task(*(_label(0, "joy") for _ in range(2000)))
    assert _read([long])[0] == [["joy", None, None]]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"start": "-1", "end": "0"}, None),
        ({"start": 0, "end": 0}, "joy"),
        ({"start": "9" * 50, "end": "9" * 50}, None),
        ({"start": True, "end": True}, None),
        ({}, None),
    ],
)
def test_places_that_are_none_label_nothing(place, reason):
    result = {"value": place | {"paragraphlabels": ["joy"]}}
    assert _read([_task(result)])[0] == [[reason, None, None]]


@pytest.mark.parametrize("results", [None, {}, [None], [{"value": None}], [{"value": {"choices": [3]}}], "joy"])
def test_results_of_another_form_label_nothing(results):
    assert _read([_task(annotations=[{"result": results}])])[0] == [[None, None, None]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": {"dialogue": []}}, r"task 1: 'data' needs a list 'dialogue' of turns, or 'text'"),
        ({"data": {"dialogue": [{"author": "Ann"}]}}, r"task 1, turn 1: 'text' and 'author' must be text"),
        ({"data": {"dialogue": [{"author": 3, "text": "a"}]}}, r"task 1, turn 1: 'text' and 'author' must be text"),
        ({"annotations": "joy"}, r"task 1: 'annotations' must be a list of objects"),
    ],
)
def test_a_task_that_cannot_be_read_is_named_and_can_be_skipped(change, message):
    bad = _task() | change
    with pytest.raises(BadRow, match=message):
        _read([bad])
    assert _read([bad, _task(_label(0, "joy"), number=2)], skip_bad=True)[0] == [["joy", None, None]]


def test_json_min_is_refused():
    stream = io.StringIO('{"annotations": 3, "id": 1}')
    with pytest.raises(InputError, match="is not a list of tasks"):
        list(read_conversations(stream, input_format="label-studio"))
