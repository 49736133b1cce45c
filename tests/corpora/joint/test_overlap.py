"""What two corpora have in common, and training without what is held out."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import Match, drop_overlap, find_overlap, load_corpus, load_episodes
from instructerc.corpora.joint.overlap import normalise_text, read_left_out
from instructerc.errors import BadRow, InputError

SPLITS = ("train", "dev", "test")
WORDS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=0, max_size=4).map(" ".join)
TALKS = st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=3)


def _talk(name: str, *texts: str) -> Conversation:
    return Conversation(name, [Utterance("Ann", text) for text in texts])


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Y'know, I'd -- GO!", "yknow id go"),
        ("Y’know\tI’d\n go", "yknow id go"),
        ("Wait_for me... 2 x", "wait for me 2 x"),
        ("STRASSE, Straße", "strasse strasse"),
        ("…!", ""),
    ],
)
def test_marks_case_and_blanks_do_not_count(text: str, normal: str) -> None:
    assert normalise_text(text) == normal


@given(st.text())
def test_a_normalised_text_stays_as_it_is_in_marks_and_blanks(text: str) -> None:
    normal = normalise_text(text)
    assert normal == " ".join(normal.split())
    assert all(letter.isalnum() or letter == " " for letter in normal)


def test_conversations_that_hold_a_longer_held_out_utterance_are_dropped() -> None:
    train = [
        _talk("same", "Hi.", "We're late, and you KNOW it!"),
        _talk("short", "Yes, I know it."),
        _talk("within", "Look: we're late and you know it, Bo."),
        _talk("other", "We're early and you know it."),
    ]
    held_out = [_talk("x", "We’re late and you know it"), _talk("y", "Yes, I know it.", "")]
    kept, n_dropped = drop_overlap(train, iter(held_out))
    assert ([talk.id for talk in kept], n_dropped) == (["short", "other"], 2)
    kept, n_dropped = drop_overlap(train, held_out, min_words=4)
    assert ([talk.id for talk in kept], n_dropped) == (["other"], 3)
    assert drop_overlap(train, [], min_words=0) == (train, 0)
    assert drop_overlap([_talk("mute", "", "...")], [_talk("z", "!")], min_words=0)[1] == 0


def test_a_match_says_where_and_how() -> None:
    here = [_talk("one", "Hm.", "We're late, and you KNOW it!", "So go home now then please")]
    there = [
        _talk("exact", "Oh.", "", "We’re late and you know it"),
        _talk("within", "Look: we're late and you know it, Bo."),
        _talk("across", "You're so", "go home now", "then, please?"),
        _talk("none", "We're early and you know it."),
    ]
    assert find_overlap(here, there) == [
        Match("one", 1, "exact", 2, "exact"),
        Match("one", 1, "within", None, "contained"),
        Match("one", 2, "across", None, "contained"),
    ]


def test_an_equal_turn_counts_before_one_that_contains_it() -> None:
    there = [_talk("x", "I say one two three four five", "one two three four five")]
    assert find_overlap([_talk("a", "one two three four five")], there) == [Match("a", 0, "x", 1, "exact")]


def test_two_turns_that_say_it_together_are_not_an_equal_turn() -> None:
    found = find_overlap([_talk("a", "one two three four five")], [_talk("x", "one two", "three four five")])
    assert found == [Match("a", 0, "x", None, "contained")]


def test_known_episodes_must_be_equal() -> None:
    text = "one two three four five"
    here, there = [_talk("a", text)], [_talk("x", text), _talk("y", text), _talk("z", text)]
    found = find_overlap(here, there, episodes={"a": "s01_e01"}, other_episodes={"x": "s01_e01", "y": "s01_e02"})
    assert [match.other for match in found] == ["x", "z"]
    assert [match.other for match in find_overlap(here, there, other_episodes={"y": "s01_e02"})] == ["x", "y", "z"]


@given(TALKS, TALKS, st.integers(1, 3))
def test_it_finds_what_reading_every_pair_finds(one: list[list[str]], two: list[list[str]], min_words: int) -> None:
    here = [_talk(f"h{number}", *texts) for number, texts in enumerate(one)]
    there = [_talk(f"t{number}", *texts) for number, texts in enumerate(two)]
    expected = set()
    for talk in here:
        for turn, utterance in enumerate(talk.utterances):
            for other in there:
                whole = f" {' '.join(' '.join(turn.text for turn in other.utterances).split())} "
                if len(utterance.text.split()) >= min_words and f" {utterance.text} " in whole:
                    exact = utterance.text in {turn.text for turn in other.utterances}
                    expected.add((talk.id, turn, other.id, "exact" if exact else "contained"))
    found = find_overlap(here, there, min_words)
    assert {(match.conversation, match.turn, match.other, match.kind) for match in found} == expected
    assert len(found) == len(expected)


def test_a_file_of_what_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "drop.txt"
    file.write_text("# two corpora\nmeld train/7\n\nother train/8\nmeld train/a b\n", encoding="utf-8")
    assert read_left_out(file, "meld") == {"train/7", "train/a b"}
    file.write_text("meld train/7\ntrain/8\n", encoding="utf-8")
    with pytest.raises(BadRow, match=r"drop.txt:2: expected a corpus and an id, .* got 'train/8'"):
        read_left_out(file, "meld")
    with pytest.raises(InputError, match="cannot be read"):
        read_left_out(tmp_path / "none", "meld")


def test_meld_and_emorynlp_overlap_as_published(meld_folder: Path, emorynlp_folder: Path) -> None:
    places = {"meld": meld_folder, "emorynlp": emorynlp_folder / "full"}
    talks = {(name, split): load_corpus(name, path, split) for name, path in places.items() for split in SPLITS}
    episodes = {
        name: {talk: part for split in SPLITS for talk, part in load_episodes(name, path, split).items()}
        for name, path in places.items()
    }
    meld, emorynlp = ([talk for split in SPLITS for talk in talks[name, split]] for name in places)
    found = find_overlap(meld, emorynlp, 5, episodes["meld"], episodes["emorynlp"])
    kinds = Counter((match.conversation.split("/")[0], match.other.split("/")[0], match.kind) for match in found)
    with (meld_folder.parent / "overlap" / "meld_emorynlp_matches.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    assert len(found) == len(rows) == 2829
    assert kinds == Counter((row["meld_split"], row["emory_split"], row["match"]) for row in rows)

    def n_turns(name: str, split: str, other: str, other_split: str) -> int:
        every = find_overlap(talks[name, split], talks[other, other_split])
        return len({(match.conversation, match.turn) for match in every})

    assert n_turns("meld", "test", "emorynlp", "train") == 462
    assert n_turns("emorynlp", "test", "meld", "train") == 141
    # The published 94 scenes hold MELD's utterances; one more stands itself in a dialogue of MELD.
    held_out = talks["meld", "dev"] + talks["meld", "test"]
    scenes = {
        match.other for match in found if match.conversation[:4] in {"dev/", "test"} and match.other[:5] == "train"
    }
    assert len(scenes) == 94
    assert sum(len(talk) for talk in talks["emorynlp", "train"] if talk.id in scenes) == 1268
    assert drop_overlap(talks["emorynlp", "train"], held_out, 5, episodes["emorynlp"], episodes["meld"])[1] == 95
    held_out = talks["emorynlp", "dev"] + talks["emorynlp", "test"]
    kept, n_dropped = drop_overlap(talks["meld", "train"], held_out, 5, episodes["meld"], episodes["emorynlp"])
    assert (n_dropped, 9989 - sum(map(len, kept))) == (48, 511)
