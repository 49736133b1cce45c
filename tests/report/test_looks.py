"""Looks of labels: the hues of the page, and letters that tell labels apart without colour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from instructerc.labels import LabelSet, load_label_set, shipped_label_sets
from instructerc.report.looks import DARK, LIGHT, assign_codes, label_style, looks_of

PALETTE = Path(__file__).parents[2] / "web" / "src" / "looks" / "palette.ts"


def test_the_hues_are_those_of_the_page():
    light, dark = re.findall(r"(?:light|dark): \{\n((?:    \w+: '#\w{6}',\n)+)", PALETTE.read_text(encoding="utf-8"))
    assert dict(re.findall(r"(\w+): '(#\w{6})'", light)) == LIGHT
    assert dict(re.findall(r"(\w+): '(#\w{6})'", dark)) == DARK


@pytest.mark.parametrize("name", shipped_label_sets())
def test_every_label_of_a_shipped_set_has_letters_of_its_own(name):
    labels = load_label_set(name)
    looks = looks_of(labels)
    assert [look.label for look in looks] == list(labels.names)
    assert len({look.code for look in looks}) == len(looks)
    assert {look.family for look in looks} <= set(LIGHT)


def test_families_follow_the_feelings():
    families = {look.label: look.family for look in looks_of(load_label_set("meld"))}
    assert families == {
        **{"neutral": "neutral", "surprise": "surprise", "fear": "scared", "sadness": "sad"},
        **{"joy": "joyful", "disgust": "disgust", "anger": "mad"},
    }


def test_words_of_which_nothing_is_known_have_hues_of_their_own():
    looks = looks_of(LabelSet("own", ("zig", "zag", "neutral", "joy")))
    assert len({look.family for look in looks}) == 4
    assert assign_codes(["sad", "Sadness", "sa", "s", "joy"]) == ["Sa", "Sd", "S2", "S3", "J"]


def test_every_label_has_variables_for_both_schemes_and_paper_is_light():
    style = label_style(looks_of(load_label_set("meld")))
    assert style.startswith(f":root{{--l0:{LIGHT['neutral']};")
    assert style.count("--l6:") == 3
    assert all(part.startswith("screen") for part in style.split("@media ")[1:])
