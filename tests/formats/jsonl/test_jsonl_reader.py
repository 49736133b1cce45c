"""JSONL: rows, conversations, and lines that are neither."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport

Reader = Callable[..., tuple[list[Conversation], ReadReport]]

ROWS = (
    '{"conversation": "a", "speaker": "Ann", "text": "We won!", "emotion": "joy", "start": 0.5, "end": "0:00:02,25"}\n'
    '{"conversation": "a", "speaker": "Bo", "text": "No way!", "colour": "red"}\n'
    '{"conversation": 7, "speaker": 3, "text": "Oh"}\n'
)


def test_rows_are_gathered_by_conversation(read_content: Reader) -> None:
    conversations, report = read_content(ROWS)
    assert conversations == [
        Conversation("a", [Utterance("Ann", "We won!", "joy", 0.5, 2.25), Utterance("Bo", "No way!")]),
        Conversation("7", [Utterance("3", "Oh")]),
    ]
    assert not report.skipped
    assert not report.notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1 row(s) without words: left out"),
        ("\u200b", "1 row(s) without words: left out"),
        ("NaN", "1 row(s) whose text is a mark of no value, such as NaN: left out"),
        ("NULL", "1 row(s) whose text is a mark of no value, such as NaN: left out"),
    ],
)
def test_rows_without_words_and_names_without_a_value_are_counted(read_content: Reader, text: str, said: str) -> None:
    rows = [("Ann", "Hi"), ("Bo", text), ("nan", "Ho"), ("Cy", "None")]
    lines = [json.dumps({"speaker": name, "text": words}) for name, words in rows]
    for content in ("\n".join(lines), f"[{','.join(lines)}]"):
        [talk], report = read_content(content)
        assert talk.utterances == (Utterance("Ann", "Hi"), Utterance("Speaker", "Ho"), Utterance("Cy", "None"))
        assert [note.split(": ", 1)[1] for note in report.notes[:2]] == [
            said,
            "1 speaker(s) that are a mark of no value, such as NaN: read as none",
        ]


def test_rows_and_conversations_may_be_mixed(read_content: Reader) -> None:
    whole = '{"id": "b", "utterances": [{"speaker": "Cy", "text": "Hi", "emotion": null}]}\n'
    conversations, _ = read_content(ROWS + whole + '{"conversation": "c", "speaker": "Di", "text": "Bye"}')
    assert [conversation.id for conversation in conversations] == ["a", "7", "b", "c"]
    assert conversations[2].utterances == (Utterance("Cy", "Hi"),)


def test_rows_without_conversation_are_one_named_after_the_file(read_content: Reader) -> None:
    conversations, _ = read_content('{"speaker": "Ann", "text": "1"}\n\n{"speaker": "Bo", "text": "2"}\n', "tea.jsonl")
    assert [(conversation.id, len(conversation)) for conversation in conversations] == [("tea", 2)]


def test_keys_can_be_mapped(read_content: Reader) -> None:
    row = '{"role": "user", "content": "Hi", "session": 1}\n'
    conversations, _ = read_content(row, text_column="content", speaker_column="role", conversation_column="session")
    assert conversations == [Conversation("1", [Utterance("user", "Hi")])]


def test_notes_are_read_in_rows_and_in_conversations(read_content: Reader) -> None:
    noted = '{"speaker": "Ann", "text": "Hi", "note": "loud", "speaker_note": "a cook", "how": "fast"}'
    content = f'{noted}\n{{"id": "b", "utterances": [{noted}, {{"speaker": "Bo", "text": "Ho", "note": ""}}]}}\n'
    conversations, _ = read_content(content)
    turn = Utterance("Ann", "Hi", note="loud", speaker_note="a cook")
    assert [talk.utterances for talk in conversations] == [(turn,), (turn, Utterance("Bo", "Ho"))]
    conversations, _ = read_content(content, note_column="how", speaker_note_column="")
    assert conversations[1].utterances == (Utterance("Ann", "Hi", note="fast"), Utterance("Bo", "Ho"))


@pytest.mark.parametrize(
    "content",
    [
        '[{"speaker": "Ann", "text": "Hi"}, {"speaker": "Bo", "text": "Ho"}]',
        '\n [\n  {"speaker": "Ann", "text": "Hi"},\n  {"text": "Ho", "speaker": "Bo"}\n]\n',
        '{\n  "utterances": [{"speaker": "Ann", "text": "Hi"},\n {"speaker": "Bo", "text": "Ho"}], "id": "talk"\n}\n',
    ],
)
def test_one_document_of_rows_is_read(read_content: Reader, content: str) -> None:
    conversations, _ = read_content(content, "talk.json")
    assert conversations == [Conversation("talk", [Utterance("Ann", "Hi"), Utterance("Bo", "Ho")])]


def test_faults_of_a_document_name_the_place_of_the_object(read_content: Reader) -> None:
    with pytest.raises(BadRow, match=r"talk\.json:2: no 'text'"):
        read_content('[{"text": "Hi"},\n {"speaker": "Bo"}]', "talk.json")


def test_rows_whose_text_is_null_are_left_out_and_counted(read_content: Reader) -> None:
    [talk], report = read_content('{"speaker": "Ann", "text": "Hi"}\n{"speaker": "Bo", "text": null}\n')
    assert len(talk) == 1
    assert "1 row(s) whose text is null: left out" in report.notes[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"speakers": "Ann", "text": "Hi"}', "no 'speaker' but 'speakers' .did you mean 'speaker'"),
        ('{"speaker": "Ann", "txt": "Hi"}', "no 'text' but 'txt' .did you mean 'text'.*--text-column txt"),
        ('{"speaker": "Ann", "message": "Hi"}', "no 'text' but 'message'"),
        ('{"Dialogue_ID": 1, "speaker": "Ann", "text": "Hi"}', "no 'conversation' but 'Dialogue_ID'"),
        (
            '{"speaker": "Ann"}',
            "no 'text'; every utterance needs one; the keys are 'speaker'; name that of the words with --text-column",
        ),
        ('{"foo": "1", "question": "2"}', "no 'text'; every utterance needs one; the keys are 'foo', 'question'"),
        ("{}", "no 'text'; every utterance needs one; the object is empty"),
        ('{"speaker": "Ann", "text": 5}', "text must be text, got 5"),
        ('{"speaker": true, "text": "Hi"}', "speaker must be text, got True"),
        ('{"speaker": "Ann", "text": "Hi", "emotion": 3}', "emotion must be text, got 3"),
        ('{"speaker": "Ann", "text": "Hi", "note": 3}', "note must be text, got 3; give --note-column '' to read none"),
        ('{"speaker": "Ann", "text": "Hi", "speaker_note": []}', "give --speaker-note-column '' to read none"),
        ('{"speaker": "Ann", "text": "Hi", "note": "a\\u0000b"}', "NUL character at character 2 of note"),
        ('{"speaker": "Ann", "text": "Hi", "start": "soon"}', "start is 'soon'; give seconds"),
        ('{"speaker": "Ann", "text": "Hi", "end": [1]}', "end is"),
        ('{"speaker": "Ann", "text": "Hi", "end": false}', "end is False"),
        ('{"speaker": "Ann", "text": "Hi", "start": NaN}', "NaN is not a JSON number"),
        ('{"speaker": "Ann", "text": "Hi", "start": 1e999}', "start is inf"),
        ('{"speaker": "Ann", "text": "Hi", "start": 1' + "0" * 350 + "}", "start is 1000"),
        pytest.param(
            '{"speaker": "Ann", "text": "Hi", "n": 1' + "0" * 5000 + "}", "a number of 5001 digits", id="huge"
        ),
        ('{"speaker": "Ann", "text": "Hi", "text": "Ho"}', "key 'text' occurs twice"),
        ('{"speaker": "Ann", "text": "Hi"', "JSON ends too early"),
        ('{"speaker": "Ann", "text": "Hi', "JSON ends too early"),
        ('{"speaker": "Ann" "text": "Hi"}', "not JSON at column 19"),
        ("Ann: Hi", "not JSON at column 1"),
        ('"Hi"', "must be an object"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep array"),
        pytest.param('{"a":' * 100_000, "nested too deeply", id="deep object"),
        ('{"speaker": "Ann", "text": "a\\u0000b"}', "NUL character at character 2 of text"),
        ('{"speaker": "Ann", "text": "\\ud83d"}', "half a surrogate pair"),
        ('{"speaker": "Ann", "text": "a\0b"}', "NUL character at character 30 of the line"),
        ('{"conversation": 1.5, "speaker": "Ann", "text": "Hi"}', "'conversation' must be text or a whole number"),
        ('{"id": "x", "utterances": {}}', "'utterances' must be a list"),
        ('{"id": "x", "utterances": []}', "'utterances' must be a list with at least one"),
        ('{"id": [], "utterances": [{"text": "Hi"}]}', "'id' must be text"),
    ],
)
def test_wrong_row_is_named_and_loses_nothing_of_the_rest(read_content: Reader, row: str, reason: str) -> None:
    content = f'{{"speaker": "Ann", "text": "before"}}\n{row}\n{{"speaker": "Bo", "text": "after"}}\n'
    with pytest.raises(BadRow, match=rf"talk\.jsonl:2: .*{reason}") as caught:
        read_content(content)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    conversations, report = read_content(content, skip_bad=True)
    assert [utterance.text for utterance in conversations[0].utterances] == ["before", "after"]
    assert [(bad.line, bad.reason) for bad in report.skipped] == [(2, caught.value.reason)]


def test_wrong_utterance_of_a_conversation_is_skipped_alone(read_content: Reader) -> None:
    content = '{"id": "x", "utterances": [{"speaker": "Ann", "text": "Hi"}, 5, {"speaker": "Bo", "text": "Ho"}]}'
    with pytest.raises(BadRow, match=r":1: utterances\[1\]: must be an object, got 5"):
        read_content(content)
    conversations, report = read_content(content, skip_bad=True)
    assert [utterance.text for utterance in conversations[0].utterances] == ["Hi", "Ho"]
    assert len(report.skipped) == 1


def test_missing_speaker_is_named_and_counted(read_content: Reader) -> None:
    conversations, report = read_content('{"text": "a"}\n{"speaker": " ", "text": "b"}\n{"speaker": "Bo", "text": "c"}')
    assert [utterance.speaker for utterance in conversations[0].utterances] == ["Speaker", "Speaker", "Bo"]
    assert len(report.notes) == 1
    assert report.notes[0].endswith("talk.jsonl: speaker missing in 2 row(s): named 'Speaker'")


def test_missing_id_is_named_after_file_and_line(read_content: Reader) -> None:
    conversations, report = read_content('\n{"utterances": [{"speaker": "Ann", "text": "Hi"}]}')
    assert conversations[0].id == "talk/2"
    assert "id missing in 1 conversation(s)" in report.notes[0]


def test_conversations_that_stand_mixed_are_grouped(read_content: Reader) -> None:
    rows = [{"conversation": name, "speaker": "Ann", "text": str(n)} for n, name in enumerate("aba")]
    for content in ("\n".join(map(json.dumps, rows)), json.dumps(rows)):
        talks, report = read_content(content)
        assert [(talk.id, [turn.text for turn in talk.utterances]) for talk in talks] == [
            ("a", ["0", "2"]),
            ("b", ["1"]),
        ]
        assert "stand mixed: grouped by their ids" in report.notes[0]


def test_a_conversation_that_returns_long_after_the_beginning_is_refused(read_content: Reader) -> None:
    names = ["a", *["b"] * 3000, "a"]
    rows = [{"conversation": name, "speaker": "Ann", "text": str(n)} for n, name in enumerate(names)]
    content = "\n".join(map(json.dumps, rows))
    with pytest.raises(BadRow, match=r":3002: conversation 'a' occurs again; it began in line 1; .*next to each other"):
        read_content(content)
    conversations, report = read_content(content, skip_bad=True)
    assert [(talk.id, len(talk)) for talk in conversations] == [("a", 1), ("b", 3000)]
    assert [bad.line for bad in report.skipped] == [3002]


def test_dates_count_from_the_first_turn_and_numbers_stay(read_content: Reader) -> None:
    rows = [
        {"speaker": "Ann", "text": "Hi", "start": "24/12/2024 9:05 PM"},
        {"speaker": "Bo", "text": "Ho", "start": "25/12/2024 9:05 PM"},
    ]
    [talk], report = read_content("\n".join(map(json.dumps, rows)))
    assert [turn.start for turn in talk.utterances] == [0.0, 86_400.0]
    assert "dates for times" in report.notes[0]
    [talk], report = read_content(json.dumps({"speaker": "Ann", "text": "Hi", "start": 1735070700}))
    assert (talk.utterances[0].start, report.notes) == (1735070700.0, [])


def test_duplicated_id_is_refused(read_content: Reader) -> None:
    line = '{"id": "a", "utterances": [{"speaker": "Ann", "text": "Hi"}]}\n'
    with pytest.raises(BadRow, match=r":2: conversation 'a' occurs again; it began in line 1; give each"):
        read_content(line * 2)
    conversations, report = read_content(line * 3, skip_bad=True)
    assert len(conversations) == 1
    assert [bad.line for bad in report.skipped] == [2, 3]


def test_clocks_of_two_numbers_are_hours_and_minutes_as_in_tables(read_content: Reader) -> None:
    [talk], report = read_content(
        '{"speaker": "Ann", "text": "Hi", "start": "21:05"}\n{"speaker": "Bo", "text": "Ho", "start": "21:07"}\n'
    )
    assert [turn.start for turn in talk.utterances] == [0, 120]
    assert "read as hours and minutes" in report.notes[0]


@pytest.mark.parametrize(
    "times",
    [
        [{"timestamp": 1710147900000}, {"timestamp": 1710147960000}],
        [{"ts": "2024-03-11T09:05:00Z"}, {"ts": "2024-03-11T09:06:00Z"}],
        [{"date": "2024-03-11", "time": "09:05"}, {"date": "2024-03-11", "time": "09:06"}],
        [{"time": "09:05", "date": "2024-03-11"}, {"time": "09:06", "date": "2024-03-11"}],
        [{"start_time": 0, "end_time": 4}, {"start_time": 60.0, "end_time": 61}],
        [{"start": "PT0S"}, {"start": "PT1M"}],
    ],
)
def test_times_under_other_names_are_read(times: list[dict[str, object]], read_content: Reader) -> None:
    rows = [{"speaker": "Mia", "text": "so happy", **time} for time in times]
    [talk], _ = read_content("".join(f"{json.dumps(row)}\n" for row in rows))
    assert [turn.start for turn in talk.utterances] == [0.0, 60.0]


def test_a_word_under_the_name_of_a_time_in_another_language_is_no_time(read_content: Reader) -> None:
    [talk], _ = read_content('{"utterances": [{"speaker": "Ann", "text": "We won!", "fine": "excitement"}]}\n')
    assert (talk.utterances[0].start, talk.utterances[0].end) == (None, None)
    [talk], _ = read_content('{"utterances": [{"speaker": "Ann", "text": "Vinto!", "inizio": 1.5, "fine": 2.5}]}\n')
    assert (talk.utterances[0].start, talk.utterances[0].end) == (1.5, 2.5)


def test_a_time_that_is_not_understood_is_counted(read_content: Reader) -> None:
    [talk], report = read_content('{"speaker": "Mia", "text": "so happy", "time": "noon"}\n')
    assert talk.utterances[0].start is None
    assert "1 time(s) under a name such as 'timestamp'" in report.notes[0]


def test_a_post_with_comments_is_not_read_without_them(read_content: Reader) -> None:
    post = {"speaker": "Mia", "text": "I lost my job", "comments": [{"author": "Theo", "text": "Oh no"}]}
    with pytest.raises(InputError):
        read_content(json.dumps(post), "post.json")
