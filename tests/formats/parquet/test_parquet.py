"""Parquet: columns, types, rows that do not fit, and files that are damaged or unpack to far more than they are."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.errors import BadRow, InputError, MissingExtra
from instructerc.formats import ReadOptions, ReadReport, read_conversations, write_parquet
from instructerc.formats.parquet import file as parquet_file
from instructerc.formats.registry import detect_binary

TALKS = [
    Conversation("a", [Utterance("Ann", "We won!", "joy", 1, 2.5, "loud", "a cook"), Utterance(" Bo", "")]),
    Conversation("", [Utterance("Cy", "a\u2028b\r\n🎉", " sad ")]),
]


def _pack(columns: dict[str, Any], **options: Any) -> io.BytesIO:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    stream.seek(0)
    return stream


def _read(stream: io.BytesIO, **options: Any) -> list[Conversation]:
    stream.seek(0)
    return list(read_conversations(stream, options=ReadOptions(**options)))


def _written(talks: Sequence[Conversation]) -> io.BytesIO:
    stream = io.BytesIO()
    write_parquet(talks, stream)
    stream.seek(0)
    return stream


def test_what_was_written_comes_back_from_a_file_of_one_documented_schema(tmp_path: Path) -> None:
    path = tmp_path / "talks.dat"
    write_parquet(TALKS, path)
    report = ReadReport()
    assert list(read_conversations(path, report=report)) == TALKS
    assert report == ReadReport(format="parquet")
    with pq.ParquetFile(path) as file:
        assert file.metadata.metadata == {b"instructerc_schema": b"1"}
        columns = [(field.name, str(field.type), field.nullable) for field in file.schema_arrow]
    assert columns == [
        ("conversation", "string", False),
        ("turn", "int32", False),
        ("speaker", "string", False),
        ("text", "string", False),
        ("emotion", "string", True),
        ("start", "double", True),
        ("end", "double", True),
        ("note", "string", True),
        ("speaker_note", "string", True),
    ]


def test_columns_are_guessed_as_in_any_table(tmp_path: Path) -> None:
    columns = {
        "Dialogue_ID": [7, 7, 8],
        "Speaker": ["Ann", None, "Bo"],
        "Utterance": ["Hi", "Ho", ""],
        "note": ["x"] * 3,
    }
    columns |= {"Emotion": ["joy", None, ""], "StartTime": ["0:01:02,5", None, "3"], "EndTime": [70, 80, None]}
    stream = _pack(columns)
    report = ReadReport()
    assert list(read_conversations(stream, report=report)) == [
        Conversation("7", [Utterance("Ann", "Hi", "joy", 62.5, 70), Utterance("Speaker", "Ho", None, None, 80)]),
        Conversation("8", [Utterance("Bo", "", None, 3)]),
    ]
    assert report.notes == ["<stream>: speaker missing in 1 row(s): named 'Speaker'"]
    [first, _] = _read(stream, note_column="note", start_column="", emotion_column="Speaker")
    assert first.utterances[0] == Utterance("Ann", "Hi", "Ann", None, 70, note="x")
    (tmp_path / "tea.parquet").write_bytes(_pack({"who": ["Ann"], "text": ["Hi"]}).getvalue())
    assert [talk.id for talk in read_conversations(tmp_path / "tea.parquet")] == ["tea"]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())], ids=str
)
def test_text_may_be_of_any_type_of_text(kind: pa.DataType) -> None:
    words = pa.array(["Hi", None, "Ho", "Hi"]).cast(kind)
    text = pa.array(["one", "two", "", "one"]).cast(kind)
    [talk] = _read(_pack({"speaker": words, "text": text, "label": words}))
    assert [(turn.speaker, turn.text, turn.emotion) for turn in talk.utterances] == [
        *(("Hi", "one", "Hi"), ("Speaker", "two", None), ("Ho", "", "Ho"), ("Hi", "one", "Hi"))
    ]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"speaker": ["a"], "words": ["b"]}, "no column was recognised as the text: give --text-column NAME"),
        ({"speaker": ["a"], "text": [["b"]]}, "column 'text' is of type list<element: string>; the text must be text"),
        ({"speaker": ["a"], "text": [{"b": "c"}]}, "column 'text' is of type struct<b: string>"),
        ({"speaker": ["a"], "text": [b"b"]}, "column 'text' is of type binary; the text must be text"),
        ({"speaker": ["a"], "text": [1]}, "column 'text' is of type int64; the text must be text"),
        ({"speaker": [1.5], "text": ["b"]}, "the speaker must be text or whole numbers"),
        (
            {"speaker": ["a"], "text": ["b"], "start": [True]},
            "type bool; the start must be seconds as numbers, or text",
        ),
    ],
)
def test_columns_of_another_type_are_refused_by_name(columns: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        _read(_pack(columns))
    assert said in str(caught.value)


def test_columns_beside_those_that_are_read_may_be_of_any_type() -> None:
    columns = {"ids": [[1, 2]], "speaker": ["Ann"], "inner": [{"text": "x"}], "text": ["Hi"], "raw": [b"\xff"]}
    assert _read(_pack(columns)) == [Conversation("conversation", [Utterance("Ann", "Hi")])]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": ["Hi", None, "Ho"]}, "<stream>:2: the text is null; every utterance needs one"),
        ({"text": ["Hi", "a\0b", "Ho"]}, "<stream>:2: text contains a NUL character"),
        ({"start": [1.0, float("inf"), 2.0]}, "<stream>:2: start is inf; give seconds"),
        ({"start": ["1", "soon", "2"]}, "<stream>:2: start is 'soon'; give seconds"),
        ({"conversation": ["a", None, "a"]}, "<stream>:2: the conversation is null"),
        ({"conversation": ["a", "a\0", "a"]}, "<stream>:2: NUL character at character 2 of the conversation"),
    ],
)
def test_a_wrong_value_is_named_with_its_row_and_can_be_skipped(change: dict[str, Any], said: str) -> None:
    stream = _pack({"conversation": ["a"] * 3, "speaker": ["Ann"] * 3, "text": ["Hi", "x", "Ho"], **change})
    with pytest.raises(BadRow) as caught:
        _read(stream)
    assert said in str(caught.value)
    [talk] = _read(stream, skip_bad=True)
    assert [turn.text for turn in talk.utterances] == ["Hi", "Ho"]


@pytest.mark.parametrize("use_dictionary", [True, False])
def test_text_that_is_not_utf_8_costs_its_row_alone(use_dictionary: bool) -> None:
    text = pa.array([b"Hi", b"gr\xfcn", b"Ho"]).view(pa.string())
    stream = _pack({"speaker": ["Ann"] * 3, "text": text}, use_dictionary=use_dictionary)
    with pytest.raises(BadRow, match=r":2: the text is not UTF-8"):
        _read(stream)
    [talk] = _read(stream, skip_bad=True)
    assert [turn.text for turn in talk.utterances] == ["Hi", "Ho"]


def test_rows_of_conversations_that_stand_mixed_are_grouped() -> None:
    talks = _read(_pack({"conversation": ["a", "b", "a"], "speaker": ["Ann"] * 3, "text": ["1", "2", "3"]}))
    assert [(talk.id, [turn.text for turn in talk.utterances]) for talk in talks] == [("a", ["1", "3"]), ("b", ["2"])]


def test_rows_of_a_file_of_our_own_must_stand_in_order() -> None:
    table = pq.read_table(_written(TALKS)).take([1, 0, 2])
    stream = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"instructerc_schema": "1"}), stream)
    with pytest.raises(BadRow, match=r":2: turn 1 comes after turn 2; sort by conversation and turn"):
        _read(stream)


def test_a_later_schema_is_refused() -> None:
    stream = io.BytesIO()
    pq.write_table(pq.read_table(_written(TALKS)).replace_schema_metadata({"instructerc_schema": "2"}), stream)
    with pytest.raises(
        InputError, match=r"has instructerc_schema b'2', and this version of instructerc reads 1; update"
    ):
        _read(stream)


def test_it_is_found_by_content_and_read_as_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_parquet(TALKS, path)
    assert list(read_conversations(path)) == TALKS
    with path.open("rb") as stream:
        assert list(read_conversations(stream)) == TALKS
    with pytest.raises(InputError, match="is a Parquet file; give it without another input format"):
        list(read_conversations(path, input_format="table"))
    path.write_text("speaker,text\nAnn,Hi\n")
    assert len(list(read_conversations(path))) == 1
    with pytest.raises(InputError, match="cannot be read as Parquet, it may be damaged: it does not begin with PAR1"):
        list(read_conversations(path, input_format="parquet"))


def test_a_pipe_of_text_loses_nothing_and_one_of_parquet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_text("Ann: Hi\n"))
    writer.start()
    assert detect_binary(path) is None
    assert [talk.cast for talk in read_conversations(path)] == [("Ann",)]
    writer.join()
    for input_format in (None, "parquet"):
        reading, writing = os.pipe()
        with open(reading, "rb") as out:
            with open(writing, "wb") as into:
                into.write(_written(TALKS).getvalue())
            assert list(read_conversations(out, input_format=input_format)) == TALKS


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _written(TALKS)
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=r"reading Parquet requires .*pip install 'instructerc\[parquet\]'"):
        _read(stream)
    with pytest.raises(MissingExtra, match="writing Parquet requires"):
        write_parquet(TALKS, io.BytesIO())


def test_many_rows_and_long_texts_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    talks = [Conversation(str(n), [Utterance(f"S{n % 7}", f"{n} " * (n % 50)) for _ in range(3)]) for n in range(900)]
    monkeypatch.setattr("instructerc.formats.parquet.writer._GROUP_ROWS", 1000)
    monkeypatch.setattr("instructerc.formats.parquet.writer._GROUP_CHARACTERS", 50_000)
    stream = _written(talks)
    assert pq.ParquetFile(stream).num_row_groups > 3
    monkeypatch.setattr(parquet_file, "_BATCH_BYTES", 20_000)
    assert _read(stream) == talks
    monkeypatch.setattr(parquet_file, "_BATCH_BYTES", 1)
    assert _read(stream) == talks


@pytest.fixture
def pool() -> Any:
    """Pyarrow's memory while a test reads, with its highest mark."""
    before = pa.default_memory_pool()
    counted = pa.proxy_memory_pool(before)
    pa.set_memory_pool(counted)
    yield counted
    pa.set_memory_pool(before)


def _bomb(text: str, n_rows: int, **options: Any) -> io.BytesIO:
    """One text that every row has: of a dictionary, next to nothing for any number of rows."""
    repeated = pa.DictionaryArray.from_arrays(pa.array([0] * n_rows, pa.int32()), pa.array([text]))
    return _pack({"speaker": ["Ann"] * n_rows, "text": repeated}, compression="zstd", write_statistics=False, **options)


@pytest.mark.parametrize("store_schema", [True, False])
def test_a_dictionary_value_in_many_rows_is_not_unpacked_for_each(pool: Any, store_schema: bool) -> None:
    stream = _bomb("a" * 4_000_000, 50_000, store_schema=store_schema)
    assert len(stream.getvalue()) < 4000
    before = pool.bytes_allocated()
    with pytest.raises(
        InputError, match=r"bytes unpack to \d\d,\d{3},\d{3} or more; dialogues do not compress that well"
    ):
        _read(stream)
    assert pool.max_memory() - before < 80_000_000


def test_pages_that_pack_too_well_are_refused_before_they_are_unpacked(
    pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["a" * 2_000_000] * 3
    stream = _pack({"speaker": ["Ann"] * 3, "text": texts}, compression="zstd", use_dictionary=False)
    assert len(_read(stream)[0]) == 3
    before = pool.bytes_allocated()
    monkeypatch.setattr(parquet_file, "_FREE_BYTES", 1_000_000)
    with pytest.raises(InputError, match="dialogues do not compress that well"):
        _read(stream)
    assert pool.max_memory() - before < 20_000_000


def test_rows_without_end_are_refused() -> None:
    with pytest.raises(InputError, match=r"1,000,000 rows in [\d,]+ bytes are not dialogues"):
        _read(_bomb("a", 1_000_000))


def test_texts_whose_lengths_are_differences_are_refused() -> None:
    # Their count stands inside the page, and pyarrow sets aside memory by it.
    stream = _pack(
        {"speaker": ["Ann"], "text": ["Hi"]},
        use_dictionary=False,
        column_encoding={"text": "DELTA_LENGTH_BYTE_ARRAY"},
    )
    with pytest.raises(
        InputError, match="a page has an unsupported encoding; write the file with dictionary or plain encoding"
    ):
        _read(stream)


@pytest.mark.parametrize("options", [{}, {"data_page_version": "2.0", "compression": "gzip"}, {"store_schema": False}])
def test_a_file_that_is_cut_off_or_changed_anywhere_ends_in_a_clear_error(options: dict[str, Any]) -> None:
    speakers = pa.array(["Ann", "Bo", "Ann"]).dictionary_encode()
    whole = _pack({"speaker": speakers, "text": ["Hi", "Ho", "Hm"], "start": [1.0, None, 2.0]}, **options).getvalue()
    parts = [whole[:size] for size in range(4, len(whole), 7)]
    # pyarrow alone ends the whole process on some of these.
    parts += [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(4, len(whole) - 8)]
    n_read = 0
    for part in parts:
        with suppress(InputError):
            n_read += len(list(read_conversations(io.BytesIO(part), input_format="parquet", report=ReadReport())))
    assert n_read


def test_a_folder_of_ones_own_files_may_hold_it_with_its_notes(tmp_path: Path) -> None:
    write_parquet(TALKS[:1], tmp_path / "train.parquet")
    columns = {"who": ["Ann"], "text": ["Hi"], "note": ["loud"], "Speaker_note": ["x"]}
    (tmp_path / "test.parquet").write_bytes(_pack(columns).getvalue())
    assert load_corpus("files", tmp_path, "train") == [Conversation("train/a", TALKS[0].utterances)]
    [talk] = load_corpus("files", tmp_path, "test")
    assert talk.utterances == (Utterance("Ann", "Hi", note="loud"),)
