"""Wordings are data: read, checked and filled in without a second meaning for braces."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import ModelError
from instructerc.labels import LabelSet, load_label_set
from instructerc.prompts import (
    TreeBuilder,
    Wording,
    load_wording,
    wording_from_data,
    wording_versions,
)
from instructerc.prompts import wording as wording_module

LEAST = {
    "version": "mine",
    "utterance": "{speaker}: {text}",
    "emotion_recognition": "{speaker} feels",
    "emotion_prediction": "{speaker} will feel",
    "speaker_identification": "said by",
    "option": " {option}",
}
DOCS = Path(__file__).parents[2] / "docs" / "prompts.md"
TWO = LabelSet("two", ("good", "bad"))


def _with(**more):
    return wording_from_data({**LEAST, **more}, "mine")


def _without(key):
    return {name: text for name, text in LEAST.items() if name != key}


@pytest.fixture
def own(tmp_path):
    """Returns a function that writes a wording as a file of the user's own, and gives its path."""

    def write(data, name="mine.yaml"):
        path = tmp_path / name
        if isinstance(data, bytes):
            path.write_bytes(data)
        else:
            path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        return path

    return write


def test_what_comes_with_the_package():
    assert wording_versions() == ("compact-1", "encoder-1", "encoder-2", "encoder-3", "encoder-shown-1", "paper-1")
    for version in wording_versions():
        wording = load_wording(version)
        assert wording.version == version
        assert wording_from_data(wording.to_data(), "again") == wording


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("utterance", "{name}: {text}", "utterance has no slot {name}; it has {speaker}, {text}, {note}"),
        (
            "emotion_prediction",
            "{text}",
            "emotion_prediction has no slot {text}; it has {speaker}, {number}, {labels}",
        ),
        ("speaker_identification", "{speaker}", "speaker_identification has no slot {speaker}; it has {text}, {cast}"),
        ("list_separator", "{option}", "list_separator has no slot {option}; it has none"),
        ("joint", "{text}", "joint has no slot {text}; it has none"),
        ("closing", "a{labels}b{label}", "closing has no slot {label}; it has {labels}"),
    ],
)
def test_a_slot_that_a_template_has_not(key, text, message):
    with pytest.raises(ModelError) as caught:
        _with(**{key: text})
    assert str(caught.value).startswith(f"wording mine: {message}")


def test_an_unknown_key_names_the_nearest_and_all():
    with pytest.raises(
        ModelError, match=r"unknown key 'utterence' \(did you mean 'utterance'\?\); accepted: version, "
    ):
        _with(utterence="{text}")
    with pytest.raises(ModelError, match="unknown key 7; accepted: version, "):
        wording_from_data({**LEAST, 7: "x"}, "mine")


@pytest.mark.parametrize("value", [None, True, 1, 1.5, ["a"], {"a": "b"}])
@pytest.mark.parametrize("key", ["option", "joint", "version"])
def test_a_template_is_text(key, value):
    with pytest.raises(ModelError) as caught:
        _with(**{key: value})
    assert str(caught.value) == f"wording mine: {key} must be text, got {value!r}; put it in quotes"


@pytest.mark.parametrize("data", [None, [], "utterance", 3])
def test_a_wording_is_a_mapping(data):
    with pytest.raises(ModelError, match=f"expected a mapping of templates, got {type(data).__name__}"):
        wording_from_data(data, "mine")


def test_what_is_missing_is_told_at_once():
    with pytest.raises(ModelError, match="wording mine: emotion_prediction, option missing"):
        wording_from_data({key: LEAST[key] for key in LEAST if key not in {"option", "emotion_prediction"}}, "mine")


def test_a_version_that_is_missing_is_told_too():
    with pytest.raises(ModelError, match="version missing"):
        wording_from_data(_without("version"), "model.json")


def test_an_option_without_its_name():
    with pytest.raises(ModelError, match=r"option must hold \{option\}, got ' one of them'"):
        _with(option=" one of them")


def test_a_wording_of_ones_own(own):
    path = own({**_without("version"), "joint": "", "note": " [{note}]", "instruction": "Wie fühlen sie sich?"})
    wording = load_wording(path)
    assert (wording.version, wording.joint, wording.instruction) == ("mine", "", "Wie fühlen sie sich?")
    assert load_wording(str(path)) == wording
    assert load_wording(own({**LEAST, "version": "support-2"}, "file.yml")).version == "support-2"


@pytest.mark.parametrize(
    ("name", "data"), [("paper-1.yaml", _without("version")), ("a.yaml", {**LEAST, "version": "paper-1"})]
)
def test_a_version_of_the_package_cannot_be_taken(own, name, data):
    with pytest.raises(ModelError, match="'paper-1' is the name of a shipped version; choose another name"):
        load_wording(own(data, name))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"utterance: [", "wording .*while parsing"),
        (b"utterance: \xff", "wording .*decode"),
        (b"", "expected a mapping of templates, got NoneType"),
        (b"- a", "expected a mapping of templates, got list"),
        (b"!!python/object/apply:os.getcwd []", "wording .*could not determine a constructor"),
    ],
)
def test_a_file_that_is_no_wording(own, raw, message):
    with pytest.raises(ModelError, match=message) as caught:
        load_wording(own(raw))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match="no such file"):
        load_wording(tmp_path / "gone.yaml")


def test_an_unknown_version_names_the_nearest():
    with pytest.raises(ModelError) as caught:
        load_wording("compact-2")
    assert str(caught.value) == (
        "prompt version 'compact-2' is not in this installation, which has compact-1, encoder-1, encoder-2, encoder-3, "
        "encoder-shown-1, paper-1; "
        "give your own wording as a .yaml file (did you mean 'compact-1'?)"
    )


# What a text may hold to be taken for a template, and what lies around it.
texts = st.lists(st.sampled_from(["{", "}", "{text}", "{speaker}", "{{text}}", "{}", "%s", "\\", "a"]), max_size=6).map(
    "".join
)


@given(texts, texts)
def test_braces_in_texts_stay(speaker, text):
    wording = _with(utterance="<{speaker}|{text}{note}>", option="{option}")
    assert wording.render("utterance", speaker=speaker, text=text) == f"<{speaker}|{text}>"
    assert wording.render("option", option=text) == text


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ('{"speaker": "{speaker}"}', '{"speaker": "Ann"}'),
        ("{{speaker}}", "{Ann}"),
        ("{ speaker } {}", "{ speaker } {}"),
        ("{speaker", "{speaker"),
        ("} {speaker} {", "} Ann {"),
    ],
)
def test_braces_that_open_no_slot_are_text(template, shown):
    assert _with(utterance=template).render("utterance", speaker="Ann", text="Hi") == shown


def test_a_slot_without_a_value_is_nothing():
    assert _with(utterance="{speaker}{note}.").render("utterance", speaker="Ann") == "Ann."


def test_a_wording_is_frozen_and_complete():
    wording = _with()
    with pytest.raises(AttributeError):
        wording.joint = ""
    assert set(wording.to_data()) == set(Wording.__dataclass_fields__)


def test_a_speaker_name_that_tells_nobody_apart_is_an_error_to_mend():
    with pytest.raises(ModelError, match="speaker_name must hold"):
        _with(speaker_name="Speaker")


def test_the_docs_name_every_template_with_its_slots():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) ?\| ?(yes)? ?\|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: tuple(re.findall(r"`{(\w+)}`", slots)) for name, slots, _ in rows} == wording_module._SLOTS
    assert tuple(name for name, _, needed in rows if needed) == wording_module._NEEDED[1:]


def test_the_wording_in_the_docs_is_one(own):
    [block] = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    wording = load_wording(own(block.encode()))
    assert wording.render("utterance", speaker="Speaker_0", text="Hi") == '\t Speaker_0:"Hi"'


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cast": "A, B, A"}, "cast has an entry twice or an empty one: A, B, A"),
        ({"speaker_list": "M, , F"}, "speaker_list has an entry twice or an empty one"),
        ({"cast": "A"}, "cast has one entry, 'A'; a choice needs two or more"),
    ],
)
def test_lists_that_cannot_be_options(changes, message):
    with pytest.raises(ModelError) as caught:
        _with(**changes)
    assert message in str(caught.value)


def test_names_of_the_wording_stand_for_the_speakers_own():
    wording = replace(load_wording("encoder-2"), speaker_names="Alex, Sam")
    names = ["+44 7700 900123", "Angry Bob", "SPEAKER_02", "Angry Bob"]
    talk = Conversation("c", [Utterance(name, "Hello", "joy") for name in names])
    builder = TreeBuilder(wording, load_label_set("meld"))
    assert list(builder.scene(talk).names.values()) == ["Alex", "Sam", "Alex 2"]
    renamed = Conversation("c", [Utterance(f"P{len(name)}", "Hello", "joy") for name in names])
    assert builder.build(renamed).trunk == builder.build(talk).trunk
