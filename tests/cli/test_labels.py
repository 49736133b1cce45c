"""`instructerc labels`: what a set holds, what a mapping does and loses."""

from __future__ import annotations

import json

import pytest


def test_show_without_a_name_lists_sets_wheels_and_mappings(run):
    said = run("labels", "show").stdout
    for word in ("emorynlp", "unified-wheel", "willcox-1982", "plutchik", "paper"):
        assert word in said
    listed = json.loads(run("labels", "show", "--format", "json").stdout)
    assert listed["label_sets"]["meld"] == ["neutral", "surprise", "fear", "sadness", "joy", "disgust", "anger"]
    assert listed["mappings"]["paper"] == ["iemocap", "meld", "emorynlp"]


def test_show_gives_words_place_and_affect_of_each_label(run):
    result = run("labels", "show", "iemocap", "--format", "json")
    rows = {row["label"]: row for row in json.loads(result.stdout)["labels"]}
    assert rows["frustrated"]["wheel"] == ["mad", "angry", "frustrated"]
    assert (rows["frustrated"]["valence"], rows["frustrated"]["arousal"]) == (-0.64, 0.52)
    assert "fru" in rows["frustrated"]["aliases"]
    table = run("labels", "show", "iemocap").stdout
    assert "mad > angry >" in table
    assert "not scored: xxx, oth" in table
    assert "Russell and Albert Mehrabian" in table


def test_a_set_of_ones_own_shows_its_descriptions(run, tmp_path):
    path = tmp_path / "mood.yaml"
    path.write_text("labels:\n  calm: {description: At rest.}\n  zorn: {aliases: [fury]}\n", encoding="utf-8")
    table = run("labels", "show", path).stdout
    assert "At rest." in table
    shown = json.loads(run("labels", "show", path, "--format", "json").stdout)
    assert shown["labels"][1]["valence"] is None


def test_show_gives_the_words_of_a_language(run):
    table = run("labels", "show", "meld", "--lang", "de-AT").stdout
    for word in ("meld (de)", "Überraschung", "Erstaunen", "kein bestimmtes Gefühl"):
        assert word in table
    found = json.loads(run("labels", "show", "goemotions", "--lang", "hi", "--format", "json").stdout)
    assert (found["name"], found["language"]) == ("goemotions", "hi")
    labels = {entry["label"]: entry for entry in found["labels"]}
    assert (labels["anger"]["name"], "gussa" in labels["anger"]["aliases"]) == ("गुस्सा", True)
    assert labels["gratitude"]["description"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--lang", "de"), "--lang shows the words of a label set; give one, without --wheel"),
        (("willcox", "--wheel", "--lang", "de"), "--lang shows the words of a label set; give one, without --wheel"),
        (("meld", "--lang", "xx"), "no words in language 'xx': give one of ar, de, en"),
    ],
)
def test_a_language_is_for_a_set_and_has_words(run, arguments, message):
    result = run("labels", "show", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_wheel_is_shown_with_its_edition_and_source(run):
    said = run("labels", "show", "willcox", "--wheel").stdout
    for word in ("outer ring", "sensuous", "fascinating", "Transactional Analysis Journal 12(4)"):
        assert word in said
    assert "Made of two" in run("labels", "show", "plutchik", "--wheel").stdout
    found = json.loads(run("labels", "show", "willcox-1982", "--wheel", "--format", "json").stdout)
    assert found["feelings"]["mad"]["rage"] == ["furious"]


def test_map_prints_what_is_lost(run):
    said = run("labels", "map", "iemocap", "wheel").stdout
    assert "merged into joyful: happy, excited" in said
    assert "merged into mad: angry, frustrated" in said
    assert "without a target: none" in said
    assert "labels of unified-wheel that nothing maps to: peaceful, powerful, scared, surprise, disgust" in said
    found = json.loads(run("labels", "map", "emorynlp", "ekman", "--format", "json").stdout)
    assert found["lost"] == ["peaceful", "powerful"]
    assert {"label": "mad", "target": "anger", "rule": "another word for the same emotion", "feeling": None} in found[
        "labels"
    ]


def test_unknown_names_end_with_the_nearest(run):
    for arguments, said in (
        (("labels", "show", "medl"), "did you mean 'meld'"),
        (("labels", "show", "wilcox", "--wheel"), "did you mean 'willcox'"),
        (("labels", "map", "goemotions", "paper"), "mapping 'paper' cannot map from 'goemotions'"),
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr


@pytest.mark.parametrize(
    ("target", "near"), [("wheeel", "wheel"), ("papr", "paper"), ("ekmann", "ekman"), ("goemotion", "goemotions")]
)
def test_a_mapping_that_is_misspelt_gets_the_nearest_mapping_or_set(run, target, near):
    result = run("labels", "map", "meld", target)
    assert result.exit_code == 2
    assert f"no mapping or label set {target!r} (did you mean {near!r}?)" in result.stderr
    assert "give a mapping (ekman, paper, wheel), a label set (cped, dailydialog," in result.stderr
