"""Prompts that are drawn anew: shares, a teacher's part, other words, some of the labels; which items an epoch has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.labels import LabelSet, load_label_set, load_paraphrases, shipped_label_sets
from instructerc.prompts import PromptTree, TreeBuilder, Trunk, load_wording
from instructerc.training.drafts import Asked, Draft, Variation, mix_teacher, share_rows
from instructerc.training.layers import decayed_groups, freeze_layers
from instructerc.training.order import LengthGroupedSampler, ShuffledSampler
from instructerc.training.teacher import TeacherAnswers

MELD = load_label_set("meld")
FINE = load_label_set("goemotions")
TALK = Conversation("c", [Utterance("Ann", "We won!", "joy"), Utterance("Bo", "No way", "surprise")])


def _draft(label_set: LabelSet, variation: Variation, shares=None, held_out=(), talk: Conversation = TALK) -> Draft:
    builder = TreeBuilder(load_wording("encoder-2"), label_set, domain="everyday conversation")
    asked = Asked(builder, shares, frozenset(held_out))
    return Draft.of(talk, Trunk(0, 0, len(talk)), [asked], [builder.build(talk)], variation)


def _drawn(draft: Draft, n: int = 40) -> list[PromptTree]:
    return [draft.draw(np.random.default_rng(seed), np.random.default_rng([seed, 1])) for seed in range(n)]


def test_the_same_state_draws_the_same_prompt() -> None:
    draft = _draft(MELD, Variation(0.8, 0.5, 0.5))
    assert _drawn(draft) == _drawn(draft)
    assert len({tree.trunk for tree in _drawn(draft)}) > 10
    assert {tree.trunk[0].text for tree in _drawn(draft)} == {"everyday conversation"}


def test_without_variation_nothing_changes() -> None:
    draft = _draft(MELD, Variation())
    assert not draft.variation
    assert set(_drawn(draft, 5)) == {draft.plain}
    assert [question.answer for question in draft.plain.questions] == [MELD.index("joy"), MELD.index("surprise")]


def test_shares_make_the_answer() -> None:
    rows = share_rows(TALK, MELD, [{"joy": 0.75, "surprise": 0.25}, {}])
    assert rows is not None
    assert np.isnan(rows[1]).all()
    first, second = _draft(MELD, Variation(), rows).plain.questions
    assert dict(zip(first.options, first.distribution(), strict=True))["joy"] == pytest.approx(0.75)
    assert first.answer is None
    # Nothing is known of the second by shares, so its label counts.
    assert second.answer == MELD.index("surprise")
    assert share_rows(TALK, MELD, None) is None


def test_some_labels_are_asked_and_the_answers_are_among_them() -> None:
    talk = Conversation("c", [Utterance("Ann", "Phew.", "relief")])
    draft = _draft(FINE, Variation(subset=1.0), talk=talk)
    sizes = set()
    for tree in _drawn(draft):
        (question,) = tree.questions
        assert question.options[question.distribution().index(1.0)] == "relief"
        sizes.add(len(question.options))
    assert min(sizes) < 10
    assert max(sizes) > 20


def test_a_held_out_label_is_never_an_option() -> None:
    talk = Conversation("c", [Utterance("Ann", "Phew.", "relief"), Utterance("Bo", "Thanks", "gratitude")])
    draft = _draft(FINE, Variation(paraphrase=1.0), held_out=["relief"], talk=talk)
    words = {"relief", *load_paraphrases()["relief"]}
    for tree in [draft.plain, *_drawn(draft)]:
        # What it answers is not asked.
        (question,) = tree.questions
        assert not words & set(question.options)


def test_of_a_large_set_a_few_are_asked_and_no_other_shade_of_the_same_feeling() -> None:
    names = [f"{feeling} {number}" for feeling in ("joy", "anger") for number in range(30)]
    shades = LabelSet("shades", names, groups={name: name.split()[0] for name in names})
    talk = Conversation("c", [Utterance("Ann", "We won!", "joy 3"), Utterance("Bo", "Out!", "anger 7")])
    drawn = [tree.questions for tree in _drawn(_draft(shades, Variation(subset=0.1), talk=talk))]
    assert len(drawn) == 40
    for questions in drawn:
        for question in questions:
            options = list(question.options)
            right = options.pop(question.distribution().index(1.0))
            assert right in {"joy 3", "anger 7"}
            assert 0 < len(options) <= 8
            assert not any(option.startswith(right.split()[0]) for option in options)
    assert {len(questions) for questions in drawn} >= {2}


def test_options_go_by_other_words_that_tell_them_apart() -> None:
    seen = {option for tree in _drawn(_draft(MELD, Variation(paraphrase=1.0))) for option in tree.questions[0].options}
    assert {"happiness", "furious"} <= seen
    assert any(option.startswith("joy: ") for option in seen)


def test_every_label_of_the_training_sets_has_other_words() -> None:
    for name in ("meld", "emorynlp", "goemotions"):
        assert name in shipped_label_sets()
        assert {label.casefold() for label in load_label_set(name).names} <= load_paraphrases().keys()


def test_a_teacher_has_its_part_and_all_where_nothing_else_is_known() -> None:
    taught = np.full((2, 7), 1 / 7, np.float32)
    own = share_rows(TALK, MELD, [{"joy": 1.0}, {}])
    mixed = mix_teacher(own, taught, 0.4)
    assert mixed is not None
    assert mixed[0, MELD.index("joy")] == pytest.approx(0.6 + 0.4 / 7)
    np.testing.assert_allclose(mixed[1], 1 / 7)
    np.testing.assert_allclose(mixed.sum(1), 1, rtol=1e-6)
    assert mix_teacher(own, None, 0.4) is own
    assert mix_teacher(None, taught, 0.4) is taught


def test_a_teachers_answers_are_kept_in_a_file(tmp_path) -> None:
    table = np.eye(3, 7, dtype=np.float16)
    path = tmp_path / "deep" / "answers.safetensors"
    TeacherAnswers({"meld|tv|meld": table}, {"meld|tv|meld": {"a": (0, 2), "b": (2, 1)}}).save(path)
    found = TeacherAnswers.load(path)
    np.testing.assert_array_equal(found.rows("meld", "tv", "meld", "b"), table[2:].astype(np.float32))
    assert found.rows("meld", "tv", "meld", "c") is None
    assert found.rows("meld", "", "meld", "a") is None
    path.write_bytes(b"not a file of tensors")
    with pytest.raises(InputError, match="instructerc teach"):
        TeacherAnswers.load(path)


@pytest.mark.parametrize("sampler", ["grouped", "shuffled"])
def test_an_epoch_draws_a_share_anew(sampler: str) -> None:
    shares = [1.0] * 10 + [0.25] * 40
    order = (
        LengthGroupedSampler(range(50), 4, 1, shares) if sampler == "grouped" else ShuffledSampler(50, 1, None, shares)
    )
    first = list(order)
    order.set_epoch(1)
    second = list(order)
    for epoch in (first, second):
        assert len(epoch) == len(set(epoch)) == len(order) == 20
        assert set(range(10)) <= set(epoch)
    assert set(first) != set(second)


class Layered(nn.Module):
    """Two layers on embeddings, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.ModuleDict(
            {"embeddings": nn.Linear(2, 2), "layer": nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])}
        )
        self.query = nn.Linear(2, 2)


def test_rates_fall_from_layer_to_layer() -> None:
    model = Layered()
    groups = decayed_groups(model, 1.0, 0.5, 0.1)
    rates = {id(weight): group["lr"] for group in groups for weight in group["params"]}
    assert rates[id(model.query.weight)] == 1.0
    layers = model.encoder["layer"]
    assert isinstance(layers, nn.ModuleList)
    assert [rates[id(layer.weight)] for layer in layers] == [0.25, 0.5]
    assert rates[id(model.encoder["embeddings"].weight)] == 0.125
    assert {group["weight_decay"] for group in groups if group["params"][0].dim() == 1} == {0.0}
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))
    torch.optim.AdamW(groups)


def test_the_lowest_layers_and_the_embeddings_can_stay_as_they_are() -> None:
    model = Layered()
    freeze_layers(model, 0)
    assert all(weight.requires_grad for weight in model.parameters())
    freeze_layers(model, 1)
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert trained == {"encoder.layer.1.weight", "encoder.layer.1.bias", "query.weight", "query.bias"}


def test_a_domain_changes_the_head_alone() -> None:
    builder = TreeBuilder(load_wording("encoder-2"), MELD, domain="television\ncomedy")
    tree = builder.build(TALK)
    assert tree.trunk[0].text == "television comedy"
    assert replace(builder, domain="").build(TALK).trunk[1:] == tree.trunk[1:]
