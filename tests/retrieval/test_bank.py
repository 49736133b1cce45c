"""Retrieval leaks nothing, finds exactly what a loop finds, and a saved bank is the same bank."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.errors import LabelError, ModelError
from instructerc.labels import LabelSet, load_label_set
from instructerc.retrieval import BankSettings, DemonstrationBank, ExactIndex, bank, saved_embedder
from instructerc.retrieval.approximate import QdrantIndex, UsearchIndex
from instructerc.retrieval.texts import text_key

LABELS = LabelSet("letters", ("a", "b", "c"))
TEXTS = st.sampled_from(["Yes.", "yes", "No", "no!", "Well", "well...", "Go", "Stay", "Why?", "Because", "...", ""])
TURNS = st.lists(st.tuples(TEXTS, st.sampled_from(["a", "b", "c", None])), min_size=1, max_size=6)
SPLITS = st.lists(TURNS, min_size=1, max_size=6).map(
    lambda talks: [
        Conversation(f"t{number}", [Utterance("Ann", text, label) for text, label in turns])
        for number, turns in enumerate(talks)
    ]
)


def _naive(built, talk, index, label):
    """Returns places in the bank of all allowed entries, the best first."""
    text = talk.utterances[index].text
    [query] = built.embedder.embed([text])
    allowed = [
        (-float(query.astype(float) @ built.vectors[place].astype(float)), place)
        for place, entry in enumerate(built.entries)
        if entry.conversation != talk.id
        and (built.settings.same_text or text_key(entry.text) != text_key(text))
        and label in (None, entry.label)
    ]
    return [place for _, place in sorted(allowed)][: built.settings.top_k]


def _places(built, answers):
    place = {(entry.conversation, entry.utterance): number for number, entry in enumerate(built.entries)}
    return [[place[found.conversation, found.utterance] for found in answer] for answer in answers]


@given(
    SPLITS,
    st.integers(1, 4),
    st.booleans(),
    st.sampled_from(["all-labels", "same-label"]),
    st.booleans(),
    st.integers(1, 40),
)
def test_every_answer_is_what_a_loop_over_the_bank_finds(
    grid_embedder, split, top_k, same_text, pairing, given_gold, depth
):
    settings = BankSettings(top_k=top_k, pairing=pairing, same_text=same_text)
    built = DemonstrationBank.build(split, LABELS, grid_embedder(), settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bank, "_FIRST_DEPTH", depth)
        patch.setattr(bank, "_ANSWERS_AT_ONCE", depth)
        for talk in [*split, Conversation("new", split[0].utterances)]:
            gold = [turn.emotion for turn in talk.utterances] if given_gold else None
            answers = built.retrieve(talk, range(len(talk)), gold)
            labels = gold if gold and pairing == "same-label" else [None] * len(talk)
            assert _places(built, answers) == [_naive(built, talk, index, label) for index, label in enumerate(labels)]


class Unreadable:
    """Gold labels that no retriever may look at."""

    def __getattribute__(self, name):
        raise AssertionError("the gold labels were read")

    def __iter__(self):
        raise AssertionError("the gold labels were read")

    def __len__(self):
        raise AssertionError("the gold labels were read")

    def __bool__(self):
        raise AssertionError("the gold labels were read")


def test_gold_labels_are_not_read_under_all_labels(train, letters):
    built = DemonstrationBank.build(train, load_label_set("meld"), letters)
    assert built.retrieve(train[0], [0, 1], Unreadable()) == built.retrieve(train[0], [0, 1])


@given(SPLITS, st.permutations([0, 1, 2]), st.sampled_from(["all-labels", "same-label"]))
def test_other_labels_of_the_asking_conversation_change_nothing(grid_embedder, split, order, pairing):
    names = dict(zip(LABELS.names, (LABELS.names[place] for place in order), strict=True))
    talk = split[0]
    renamed = Conversation(
        talk.id, [replace(turn, emotion=turn.emotion and names[turn.emotion]) for turn in talk.utterances]
    )
    bare = Conversation(talk.id, [replace(turn, emotion=None) for turn in talk.utterances])
    answers = []
    for asking in (talk, renamed, bare):
        built = DemonstrationBank.build(
            [asking, *split[1:]], LABELS, grid_embedder(), BankSettings(top_k=3, pairing=pairing)
        )
        answers.append(built.retrieve(asking, range(len(asking))))
    assert answers[0] == answers[1] == answers[2]


def test_equal_words_come_only_where_asked_for(train, letters):
    talk = Conversation("new", [Utterance("Ann", "OKAY")])
    labels = load_label_set("meld")
    [[found]] = DemonstrationBank.build(train, labels, letters).retrieve(talk, [0])
    assert text_key(found.text) != "okay"
    settings = BankSettings(top_k=2, same_text=True)
    [both] = DemonstrationBank.build(train, labels, letters, settings).retrieve(talk, [0])
    assert {found.text for found in both} == {"Okay.", "okay!"}


def test_only_the_utterance_s_own_text_is_embedded(train, grid):
    DemonstrationBank.build(train, load_label_set("meld"), grid, BankSettings(speakers=True, history=3))
    assert grid.texts == [turn.text for talk in train for turn in talk.utterances if turn.emotion]


def test_queries_are_embedded_together_and_known_texts_not_again(train, grid):
    built = DemonstrationBank.build(train, load_label_set("meld"), grid)
    calls = []
    grid.embed, embed = lambda texts: calls.append(list(texts)) or embed(texts), grid.embed
    built.retrieve(train[1], range(4))
    assert calls == [["Hm."]]  # without a label, so not in the bank
    built.retrieve(
        Conversation("new", [Utterance("Ann", text) for text in ("x", "We won the cup!", "y", "x")]), range(4)
    )
    assert calls[1:] == [["x", "y"]]


def test_texts_can_be_embedded_ahead(train, grid):
    built = DemonstrationBank.build(train, load_label_set("meld"), grid, BankSettings(top_k=2))
    talk = Conversation("new", [Utterance("Ann", f"text {number % 7}") for number in range(9)])
    ahead = DemonstrationBank(built.entries, built.vectors, built.label_set, grid, built.settings)
    grid.texts.clear()
    ahead.remember(turn.text for turn in talk.utterances)
    assert len(grid.texts) == 7
    answers = ahead.retrieve(talk, range(9))
    assert len(grid.texts) == 7
    assert answers == built.retrieve(talk, range(9))


def test_same_label_pairs_with_gold_and_only_when_it_is_given(train, letters):
    built = DemonstrationBank.build(train, load_label_set("meld"), letters, BankSettings(pairing="same-label"))
    asked = Conversation("new", [Utterance("Ann", "We lost the cup?"), Utterance("Bo", "Wow!")])
    with_gold = built.retrieve(asked, [0, 1], ["Joyful", "surprise"])
    assert [found.label for (found,) in with_gold] == ["joy", "surprise"]
    [[free], _] = built.retrieve(asked, [0, 1])
    assert free.text == "You lost the cup? Wow!"
    [[also_free]] = built.retrieve(asked, [0], [None])
    assert also_free == free
    with pytest.raises(LabelError, match="glum"):
        built.retrieve(asked, [0], ["glum"])


def test_a_label_without_entries_has_no_demonstrations(train, letters):
    built = DemonstrationBank.build(train, load_label_set("meld"), letters, BankSettings(pairing="same-label"))
    assert built.retrieve(Conversation("new", [Utterance("Ann", "Yuck")]), [0], ["disgust"]) == [()]
    # Its only entry is from the conversation that asks.
    assert built.retrieve(train[1], [0], ["fear"]) == [()]


def test_fewer_entries_than_asked_for_give_what_there_is(train, letters):
    built = DemonstrationBank.build(train, load_label_set("meld"), letters, BankSettings(top_k=50))
    [answer] = built.retrieve(train[0], [2])
    assert {found.conversation for found in answer} == {"t2", "t3"}
    assert len(answer) == 6
    similarities = [found.similarity for found in answer]
    assert similarities == sorted(similarities, reverse=True)
    assert all(-1 <= value <= 1 for value in similarities)


def test_a_balanced_bank_counts_each_label_alike(train, letters):
    labels = load_label_set("meld")
    built = DemonstrationBank.build(train, labels, letters, BankSettings(balanced=True))
    assert set(Counter(entry.label for entry in built.entries).values()) == {1}
    assert len(built) == 5


def test_no_pairing_embeds_and_finds_nothing(train, grid, tmp_path):
    built = DemonstrationBank.build(train, load_label_set("meld"), grid, BankSettings(pairing="none"))
    assert built.retrieve(train[0], [0, 1]) == [(), ()]
    assert grid.texts == []
    built.save(tmp_path)
    assert DemonstrationBank.load(tmp_path, grid).retrieve(train[0], [0]) == [()]


def test_a_split_without_labels_is_an_empty_bank(grid):
    built = DemonstrationBank.build([Conversation("c", [Utterance("Ann", "Hi")])], LABELS, grid)
    assert len(built) == 0
    assert built.retrieve(Conversation("d", [Utterance("Ann", "Hi")]), [0]) == [()]


def test_the_settings_choose_the_index(train, letters, monkeypatch):
    labels = load_label_set("meld")
    built = DemonstrationBank.build(train, labels, letters)
    assert isinstance(built.index, ExactIndex)
    pytest.importorskip("usearch.index", reason="usearch is not installed")
    monkeypatch.setattr(bank, "LARGE", 5)
    assert isinstance(DemonstrationBank.build(train, labels, letters).index, UsearchIndex)
    settings = BankSettings(index="numpy")
    assert isinstance(DemonstrationBank.build(train, labels, letters, settings).index, ExactIndex)
    pytest.importorskip("qdrant_client", reason="qdrant-client is not installed")
    settings = BankSettings(index="qdrant", url=":memory:")
    assert isinstance(DemonstrationBank.build(train, labels, letters, settings).index, QdrantIndex)


@pytest.fixture(scope="module")
def invented():
    """Sixty conversations of invented words."""
    words = ["ba", "du", "ki", "lo", "mer", "nast", "op", "qui", "ras", "tev"]
    rng = np.random.default_rng(0)
    return [
        Conversation(
            f"t{number}",
            [
                Utterance("Ann", " ".join(rng.choice(words, rng.integers(1, 7))), LABELS.names[rng.integers(3)])
                for _ in range(8)
            ],
        )
        for number in range(60)
    ]


@pytest.mark.parametrize("index", ["usearch", "qdrant"])
@pytest.mark.parametrize("pairing", ["all-labels", "same-label"])
def test_approximate_indexes_serve_the_same_demonstrations(invented, letters, index, pairing):
    pytest.importorskip({"usearch": "usearch.index", "qdrant": "qdrant_client"}[index])
    settings = BankSettings(top_k=3, pairing=pairing, index="numpy")
    exact = DemonstrationBank.build(invented, LABELS, letters, settings)
    settings = replace(settings, index=index, url=":memory:" if index == "qdrant" else None)
    other = DemonstrationBank.build(invented, LABELS, letters, settings)
    for talk in invented[:12]:
        gold = [turn.emotion for turn in talk.utterances]
        ours, theirs = (built.retrieve(talk, range(8), gold) for built in (other, exact))
        # Which of equally similar entries is proposed is theirs to choose; how similar they are is not.
        assert [[found.similarity for found in answer] for answer in ours] == [
            [found.similarity for found in answer] for answer in theirs
        ]
        for answer, turn in zip(ours, talk.utterances, strict=True):
            assert all(found.conversation != talk.id for found in answer)
            assert all(text_key(found.text) != text_key(turn.text) for found in answer)


@pytest.mark.parametrize("index", ["numpy", "usearch"])
def test_a_saved_bank_is_the_same_bank(invented, letters, tmp_path, index):
    if index == "usearch":
        pytest.importorskip("usearch.index", reason="usearch is not installed")
    settings = BankSettings(top_k=2, pairing="same-label", balanced=True, speakers=True, history=2, seed=3, index=index)
    built = DemonstrationBank.build(invented, LABELS, letters, settings)
    built.save(tmp_path / "bank")
    loaded = DemonstrationBank.load(tmp_path / "bank", letters)
    assert saved_embedder(tmp_path / "bank") == "letters"
    assert loaded.entries == built.entries
    assert loaded.settings == settings
    assert loaded.label_set == LABELS
    assert isinstance(loaded.vectors, np.memmap)
    np.testing.assert_array_equal(loaded.vectors, built.vectors)
    for talk in itertools.chain(invented[:5], [Conversation("new", [Utterance("Bo", "ba nast")])]):
        assert loaded.retrieve(talk, range(len(talk))) == built.retrieve(talk, range(len(talk)))
    # Over itself too: the vectors are mapped from the very file.
    loaded.save(tmp_path / "bank")
    assert DemonstrationBank.load(tmp_path / "bank", letters).entries == built.entries


def test_loading_embeds_only_a_probe(train, grid, tmp_path):
    DemonstrationBank.build(train, load_label_set("meld"), grid).save(tmp_path)
    grid.texts.clear()
    DemonstrationBank.load(tmp_path, grid)
    assert grid.texts == ["We won the cup!"]


def test_another_embedder_is_refused(train, letters, letter_embedder, tmp_path):
    DemonstrationBank.build(train, load_label_set("meld"), letters).save(tmp_path)
    other = letter_embedder()
    other.name = "others"
    with pytest.raises(ModelError, match="made with the embedder 'letters', not 'others'"):
        DemonstrationBank.load(tmp_path, other)
    with pytest.raises(ModelError, match=r"other vectors \(of 32 numbers\) than .* gives now \(of 16\)"):
        DemonstrationBank.load(tmp_path, letter_embedder(16))
    retrained = letter_embedder()
    embed = retrained.embed
    retrained.embed = lambda texts: embed(texts)[:, ::-1]
    with pytest.raises(ModelError, match="other vectors"):
        DemonstrationBank.load(tmp_path, retrained)


def test_nothing_leaks_on_meld(letters, real_corpus):
    folder = real_corpus("meld")
    split = load_corpus("meld", folder, "train")
    built = DemonstrationBank.build(split, load_label_set("meld"), letters)
    assert len(built) == 9989
    for talk in [*split[:20], *load_corpus("meld", folder, "test")[:20]]:
        for turn, answer in zip(talk.utterances, built.retrieve(talk, range(len(talk))), strict=True):
            [found] = answer
            assert found.conversation != talk.id
            assert text_key(found.text) != text_key(turn.text)
            assert found.speaker is None
