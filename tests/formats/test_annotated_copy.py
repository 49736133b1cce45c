"""What all copies share: answers that are of this file, bytes and encodings that stay, formats that have none."""

from __future__ import annotations

import io

import pytest

from instructerc.conversation import Utterance
from instructerc.errors import InputError
from instructerc.formats import formats
from instructerc.formats.annotated_copy import annotated_formats, open_copy
from instructerc.formats.shared.answers import Answers, WrittenAnswer, free_name, splice

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hö\n"
MARKED = VTT.replace("<v", "<v.emotion-joy")
JOY = WrittenAnswer("joy", 1.0, {"joy": 1.0})


def _write(content: bytes, pairs: list[tuple[Utterance, WrittenAnswer]]) -> None:
    with open_copy(io.BytesIO(content)) as file:
        file.write(Answers(pairs, ["joy"], "talk"), io.StringIO())


def test_splice():
    assert splice("abc", []) == "abc"
    assert splice("abc", [(3, 3, "!"), (1, 2, ""), (1, 1, "x"), (1, 1, "y"), (0, 0, "<")]) == "<axyc!"


def test_free_name():
    assert [free_name("a", taken) for taken in ([], ["b"], ["a"], ["a", "a_2", "a_4"])] == ["a", "a", "a_2", "a_3"]


def test_the_formats_are_some_of_those_that_are_read():
    assert set(annotated_formats()) <= set(formats())


@pytest.mark.parametrize(
    "pairs", [[], [(Utterance("Ann", "Ha", None, 1.0, 2.0), JOY)], [(Utterance("Ann", "Hö", None, 1.0, 2.0), JOY)] * 2]
)
def test_a_file_that_was_changed_meanwhile_is_no_copy(pairs):
    with pytest.raises(InputError, match="talk: was changed while it was read; run the command again"):
        _write(VTT.encode(), pairs)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_encoding_and_mark_stay(annotate, encoding):
    assert annotate(f"\ufeff{VTT}".encode(encoding), ["joy"]) == f"\ufeff{MARKED}".encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252", "utf-16-be"])
def test_a_named_encoding_stays(annotate, encoding):
    assert annotate(VTT.encode(encoding), ["joy"], encoding=encoding) == MARKED.encode(encoding)


def test_no_mark_is_added(annotate):
    assert annotate(VTT.encode(), ["joy"], encoding="utf-8-sig") == MARKED.encode()


def test_bytes_of_no_encoding_stay_where_they_are_skipped(annotate):
    wrong = b"\n00:03.000 --> 00:04.000\n\xff\xfe \x81\n"
    assert annotate(VTT.encode() + wrong, ["joy"], skip_bad=True) == MARKED.encode() + wrong


def test_a_label_that_the_encoding_lacks_is_told(annotate):
    with pytest.raises(InputError, match="its encoding cp1252 has no 'р', which a label needs; save it as UTF-8"):
        annotate(VTT.encode("cp1252"), ["радость"], encoding="cp1252")


def test_a_line_that_is_too_long_is_told(annotate):
    long = b"x" * (16 * 1024 * 1024 + 1)
    with pytest.raises(InputError, match="a line is too long to copy"):
        annotate(VTT.encode() + b"\n" + long + b"\n", ["joy"], skip_bad=True)


@pytest.mark.parametrize("content", [b"Ann: Hi\n", b'[{"role": "user", "content": "Hi"}]', b"PAR1"])
def test_a_format_without_a_place_for_emotions_has_no_copy(content):
    with open_copy(io.BytesIO(content)) as file:
        assert file is None


def test_a_folder_has_no_copy(tmp_path):
    with open_copy(tmp_path) as file:
        assert file is None


def test_an_unknown_format_is_told():
    with pytest.raises(InputError, match="unknown input format 'vt'"), open_copy(io.BytesIO(b"x"), input_format="vt"):
        pass
