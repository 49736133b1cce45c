"""Copies of JSONL: keys at the end of each turn's object, and each sign of the source as it was written."""

from __future__ import annotations

import pytest

from instructerc.errors import InputError

ADDED = '"emotion_predicted": "joy", "probability": 0.75, "probabilities": {"joy": 0.75, "anger": 0.25}'


def test_rows_keep_their_keys_and_their_signs(annotate):
    before = (
        ' { "speaker":"Ann","text":"caf\\u00e9","n": 1.0e3 , "emotion": null } \r\n\r\n'
        '{"x": {"}": ["}"]}, "text": "\\"}", "speaker": "Bo"}\n{"text": "c", "speaker": "Cy", "y": "\\ud83d"}'
    )
    first, rest = ADDED, ADDED.replace('"joy",', "null,", 1)
    assert annotate(before.encode(), ["joy", None, "joy"]).decode() == (
        f' {{ "speaker":"Ann","text":"caf\\u00e9","n": 1.0e3 , "emotion": null, {first} }} \r\n\r\n'
        f'{{"x": {{"}}": ["}}"]}}, "text": "\\"}}", "speaker": "Bo", {rest}}}\n'
        f'{{"text": "c", "speaker": "Cy", "y": "\\ud83d", {first}}}'
    )


def test_conversations_get_them_in_each_utterance(annotate):
    before = (
        '{"id": "a", "meta": {"utterances": [{}]}, "utterances" : [{"speaker": "Ann", "text": "a"} , '
        '{ "text": "b", "speaker": "Bo", "x": [] }], "n": {}}\n{"utterances":[{"text":"c","speaker":"Cy"}],"id":"b"}\n'
    )
    assert annotate(before.encode(), ["joy"] * 3).decode() == (
        f'{{"id": "a", "meta": {{"utterances": [{{}}]}}, "utterances" : [{{"speaker": "Ann", "text": "a", {ADDED}}} , '
        f'{{ "text": "b", "speaker": "Bo", "x": [], {ADDED} }}], "n": {{}}}}\n'
        f'{{"utterances":[{{"text":"c","speaker":"Cy", {ADDED}}}],"id":"b"}}\n'
    )


def test_a_key_that_is_taken_gets_a_number(annotate):
    row = b'{"speaker": "Ann", "text": "a", "probability": 1, "emotion_predicted": "sad", "emotion_predicted_2": 0}\n'
    content = annotate(row, ["joy"]).decode()
    assert content == row.decode()[:-2] + (
        ', "emotion_predicted_3": "joy", "probability_2": 0.75, "probabilities": {"joy": 0.75, "anger": 0.25}}\n'
    )


def test_wrong_lines_and_turns_stay_as_they_are(annotate):
    good = '{"speaker": "Ann", "text": "a"}'
    before = (
        f'no\n{{"id": "a", "utterances": [5, {{}}, {good}, {{"x": 1}}]}}\n{{"id": "a", "utterances": [{good}]}}\n'
        f'{{"id": "b", "utterances": []}}\n{{"id": "c", "utterances": [{{}}]}}\n{good}\n'
    ).encode() + b'{"text": "\xff"}\n'
    with pytest.raises(InputError):
        annotate(before, ["joy"])
    whole = f'[5, {{}}, {good[:-1]}, {ADDED}}}, {{"x": 1}}]'.encode()
    after = before.replace(f'[5, {{}}, {good}, {{"x": 1}}]'.encode(), whole)
    after = after.replace(f"}}\n{good}\n".encode(), f"}}\n{good[:-1]}, {ADDED}}}\n".encode())
    assert annotate(before, ["joy", "joy"], "jsonl", skip_bad=True) == after
