"""libyaml reads what PyYAML's own reader does, and what is nested deeply is refused before it ends the process."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from instructerc.compat.yaml_text import MOST_LEVELS, load_yaml

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("src/instructerc", "recipes") for path in (ROOT / folder).rglob("*.yaml"))


def test_both_readers_read_every_shipped_file_alike():
    assert len(FILES) > 60
    # The largest ones take PyYAML's own reader seconds.
    for path in (path for path in FILES if path.stat().st_size < 20_000):
        text = path.read_text(encoding="utf-8")
        assert load_yaml(text) == yaml.safe_load(text), path


@pytest.mark.parametrize("text", ["0o17", "1_000", "1e3", "yes", "2026-11-03", "~", "a: &b [1]\nc: *b", "'é'", ""])
def test_both_readers_take_a_value_for_the_same(text):
    assert load_yaml(text) == yaml.safe_load(text)


@pytest.mark.parametrize("text", ["[a", "a: b: c", "\tx: 1", "a: *b", "!!python/object:os.system {}"])
def test_both_readers_refuse_the_same(text):
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(text)
    with pytest.raises(yaml.YAMLError):
        load_yaml(text)


@pytest.mark.parametrize("opener", ["[", "{a: ", "- ", "? ", "{? ["])
def test_a_text_that_is_nested_deeply_is_refused(opener):
    # libyaml would build it, and end the process.
    with pytest.raises(yaml.YAMLError, match="nested more than 100 levels deep"):
        load_yaml(opener * 200_000)


def test_a_mapping_of_many_lines_is_refused_where_it_is_deep():
    lines = [" " * level + "a:\n" for level in range(MOST_LEVELS + 20)]
    assert load_yaml("".join(lines[:MOST_LEVELS])) is not None
    with pytest.raises(yaml.YAMLError, match="nested more than"):
        load_yaml("".join(lines))


def test_a_text_with_many_entries_is_not_deep():
    assert load_yaml("- [a, {b: c}]\n" * 500) == [["a", {"b": "c"}]] * 500
