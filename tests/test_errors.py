"""Messages of the error tree."""

from __future__ import annotations

import pytest

from instructerc.errors import BadRow, InputError, InstructERCError, MissingExtra, did_you_mean, one_line, reason_of


def test_a_bad_row_names_its_place():
    error = BadRow("chat.csv", 12, "no text")
    assert str(error) == "chat.csv:12: no text"
    assert (error.source, error.line, error.reason) == ("chat.csv", 12, "no text")
    assert isinstance(error, InputError)


def test_a_missing_extra_gives_the_line_that_installs_it():
    error = MissingExtra("training", "train")
    assert str(error) == "training requires packages that are not installed: pip install 'instructerc[train]'"
    assert error.extra == "train"
    assert isinstance(error, InstructERCError)


@pytest.mark.parametrize(
    ("word", "said"),
    [("saddness", " (did you mean 'sadness'?)"), ("sadness", " (did you mean 'sadness'?)"), ("xyz", ""), ("", "")],
)
def test_the_nearest_word_is_suggested_only_when_near(word, said):
    assert did_you_mean(word, iter(["joy", "sadness"])) == said


def test_an_error_of_the_system_says_its_reason_and_as_it_is_its_file_too():
    error = FileNotFoundError(2, "No such file or directory", "a.yaml")
    assert reason_of(error) == "no such file or directory"
    assert one_line(error) == "[Errno 2] No such file or directory: 'a.yaml'"
    assert one_line(error, 9) == "[Errno 2]"
    assert one_line(ValueError("first\n  second\tthird")) == reason_of(ValueError("first\n  second\tthird"))
