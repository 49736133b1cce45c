"""Label sets: what a word resolves to, and what contradicts itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.errors import LabelError
from instructerc.labels import LabelSet, load_label_set, shipped_label_sets

MOOD = LabelSet("mood", ("good", "bad"), {"good": ("fine", "so so")}, ignored=("odd",))


@pytest.mark.parametrize(
    ("word", "label"),
    [("good", "good"), (" GOOD ", "good"), ("Fine", "good"), ("so \t So", "good"), ("bad", "bad"), ("Odd", None)],
)
def test_a_word_resolves_to_its_label(word, label):
    assert MOOD.resolve(word) == label


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("goood", r"label 'goood' is not in label set 'mood': good, bad \(did you mean 'good'\?\)"),
        ("", "label '' is not in label set 'mood'"),
        ("xyz", "good, bad$"),
    ],
)
def test_a_word_that_is_none_is_named_with_the_nearest(word, said):
    with pytest.raises(LabelError, match=said):
        MOOD.resolve(word)


def test_an_index_is_the_position_and_an_ignored_label_has_none():
    assert (MOOD.index("fine"), MOOD.index("BAD")) == (0, 1)
    with pytest.raises(LabelError, match="'odd' is not scored"):
        MOOD.index("odd")


@given(st.lists(st.text(alphabet="abcdef", min_size=1), min_size=2, unique=True))
def test_every_name_resolves_to_itself_in_any_case(names):
    labels = LabelSet("any", names)
    assert len(labels) == len(names)
    for position, name in enumerate(names):
        assert labels.resolve(name.upper()) == name
        assert labels.index(f" {name} ") == position


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((["good"],), r"has 1 label\(s\); at least two"),
        (([],), r"has 0 label\(s\)"),
        ((["good", "GOOD "],), "names 'GOOD ' twice"),
        ((["good", " "],), "holds ' '"),
        ((["good", 3],), "holds 3; a label is non-empty text"),
        ((["good", "bad"], {"ugly": ["x"]}), "aliases of 'ugly', which is not one of its labels"),
        ((["good", "bad"], {"good": ["x"], "bad": ["X"]}), "'X' stands for both 'good' and 'bad'"),
        ((["good", "bad"], {"good": ["Bad"]}), "'Bad' stands for both 'bad' and 'good'"),
    ],
)
def test_a_set_that_contradicts_itself_is_refused(arguments, said):
    with pytest.raises(LabelError, match=said):
        LabelSet("mood", *arguments)


def test_sets_compare_and_hash_by_what_they_hold():
    again = LabelSet("mood", ["good", "bad"], {"good": ["fine", "so so"]}, ["odd"])
    assert again == MOOD
    assert hash(again) == hash(MOOD)
    assert LabelSet("mood", ["bad", "good"]) != LabelSet("mood", ["good", "bad"])


# The order breaks ties and is stored with every checkpoint: it never changes.
@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("meld", "neutral surprise fear sadness joy disgust anger"),
        ("emorynlp", "neutral joyful peaceful powerful scared mad sad"),
        ("iemocap", "happy sad neutral angry excited frustrated"),
        ("unified-paper", "joyful sad neutral mad excited powerful fear peaceful disgust"),
        ("unified-wheel", "neutral joyful peaceful powerful scared mad sad surprise disgust"),
        ("dailydialog", "no_emotion anger disgust fear happiness sadness surprise"),
    ],
)
def test_the_shipped_sets_have_their_corpus_labels_in_order(name, names):
    labels = load_label_set(name)
    assert labels.name == name
    assert labels.names == tuple(word.replace("_", " ") for word in names.split())
    assert name in shipped_label_sets()


@pytest.mark.parametrize(
    ("name", "label"), [("meld", "joy"), ("emorynlp", "joyful"), ("iemocap", "happy"), ("dailydialog", "happiness")]
)
def test_the_corpora_name_the_same_feeling_differently(name, label):
    labels = load_label_set(name)
    assert [labels.resolve(word) for word in ("joy", "Joyful", "happiness", "happy")] == [label] * 4


@pytest.mark.parametrize("name", shipped_label_sets())
def test_every_shipped_set_loads_and_knows_its_own_names(name):
    labels = load_label_set(name)
    assert [labels.resolve(label) for label in labels.names] == list(labels.names)
    assert all(labels.resolve(word) is None for word in labels.ignored)


def test_iemocap_reads_its_short_codes_and_leaves_out_what_is_not_scored():
    labels = load_label_set("iemocap")
    codes = ("hap", "sad", "neu", "ang", "exc", "fru")
    assert [labels.index(code) for code in codes] == list(range(6))
    assert {labels.resolve(code) for code in ("xxx", "oth", "sur", "fea", "dis")} == {None}


# The table of the paper, and where the feeling wheel says otherwise.
@pytest.mark.parametrize(
    ("corpus", "paper", "wheel"),
    [
        ("hap sad neu ang exc fru", "joyful sad neutral mad excited fear", "joyful sad neutral mad joyful mad"),
        (
            "happy sad neutral angry excited frustrated",
            "joyful sad neutral mad excited fear",
            "joyful sad neutral mad joyful mad",
        ),
        (
            "neutral surprise fear sadness joy disgust anger",
            "neutral powerful fear sad joyful disgust mad",
            "neutral surprise scared sad joyful disgust mad",
        ),
        (
            "Neutral Joyful Peaceful Powerful Scared Mad Sad",
            "neutral joyful peaceful powerful fear mad sad",
            "neutral joyful peaceful powerful scared mad sad",
        ),
    ],
)
def test_the_unified_sets_map_the_labels_of_three_corpora(corpus, paper, wheel):
    words = corpus.split()
    for name, expected in (("unified-paper", paper), ("unified-wheel", wheel)):
        labels = load_label_set(name)
        assert [labels.resolve(word) for word in words] == expected.split()


@pytest.mark.parametrize("name", ["unified-paper", "unified-wheel"])
def test_the_unified_sets_know_every_word_of_the_three_corpora(name):
    labels = load_label_set(name)
    assert {labels.resolve(code) for code in ("xxx", "oth", "other", "sur", "fea", "dis")} == {None}
    used = set()
    for corpus in map(load_label_set, ("iemocap", "meld", "emorynlp")):
        for label in corpus.names:
            found = {labels.resolve(word) for word in (label, *corpus.aliases[label])}
            assert len(found) == 1, (label, found)
            used |= found
    assert used == set(labels.names)


def test_labels_with_commas_are_a_set(tmp_path):
    assert load_label_set("happy, sad ,calm").names == ("happy", "sad", "calm")
    with pytest.raises(LabelError, match="at least two"):
        load_label_set("happy,")


def test_a_file_is_a_set_by_list_or_by_mapping(tmp_path):
    listed = tmp_path / "listed.yaml"
    listed.write_text("labels: [calm, upset]\nignored: [unclear]\n", encoding="utf-8")
    assert load_label_set(listed) == LabelSet("listed", ("calm", "upset"), {"calm": (), "upset": ()}, ("unclear",))
    mapped = tmp_path / "mapped.yml"
    mapped.write_text("labels:\n  calm: [relaxed]\n  upset:\n", encoding="utf-8")
    assert load_label_set(str(mapped)).resolve("Relaxed") == "calm"


def test_a_label_may_have_a_description(tmp_path):
    path = tmp_path / "mood.yaml"
    text = "labels:\n  calm: {aliases: [relaxed], description: 'At rest,\n    and content.'}\n  upset: [cross]\n"
    path.write_text(text, encoding="utf-8")
    labels = load_label_set(path)
    assert (labels.resolve("Relaxed"), labels.resolve("cross")) == ("calm", "upset")
    assert labels.descriptions == {"calm": "At rest, and content."}
    with pytest.raises(LabelError, match="describes 'wild', which is not one of its labels"):
        LabelSet("mood", ["calm", "upset"], descriptions={"wild": "x"})


def test_a_label_may_be_a_shade_of_a_group(tmp_path):
    path = tmp_path / "shades.yaml"
    path.write_text("labels:\n  livid: {group: anger}\n  irate: {group: anger, aliases: [irked]}\n  calm:\n")
    labels = load_label_set(path)
    assert labels.groups == {"livid": "anger", "irate": "anger"}
    assert labels.resolve("irked") == "irate"
    with pytest.raises(LabelError, match="groups 'wild', which is not one of its labels"):
        LabelSet("mood", ["calm", "upset"], groups={"wild": "x"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("labels:\n  calm: {alias: [x]}\n  b:\n", r"unknown key 'alias' of label 'calm' \(did you mean 'aliases'\?\)"),
        ("labels:\n  calm: {description: [x]}\n  b:\n", "the description of 'calm' must be text, got"),
        ("labels:\n  calm: {group: [x]}\n  b:\n", "the group of 'calm' must be text, got"),
        ("", "a mapping with the key 'labels'"),
        ("- calm\n- upset\n", "a mapping with the key 'labels'"),
        ("labels: calm\n", "a mapping with the key 'labels'"),
        ("labels: [calm, upset]\nignore: [x]\n", r"unknown key 'ignore' \(did you mean 'ignored'\?\)"),
        ("labels: [calm\n", "bad.yaml"),
        ("labels: [calm]\n", "at least two"),
    ],
)
def test_a_file_that_is_no_set_is_refused_in_one_line(tmp_path, text, said):
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LabelError, match=said) as caught:
        load_label_set(path)
    assert "\n" not in str(caught.value)


def test_a_missing_or_binary_file_is_refused(tmp_path):
    with pytest.raises(LabelError, match=r"gone\.yaml"):
        load_label_set(tmp_path / "gone.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00l")
    with pytest.raises(LabelError, match=r"binary\.yaml"):
        load_label_set(tmp_path / "binary.yaml")


def test_a_misspelt_name_gets_the_nearest():
    with pytest.raises(LabelError, match=r"no label set 'medl'.*did you mean 'meld'"):
        load_label_set("medl")
