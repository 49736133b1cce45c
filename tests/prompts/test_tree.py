"""Trees hold what the three tasks ask, and nothing that they must not see."""

from __future__ import annotations

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import LabelError
from instructerc.labels import load_label_set
from instructerc.prompts import (
    EMOTION_PREDICTION,
    EMOTION_RECOGNITION,
    SPEAKER_IDENTIFICATION,
    TASKS,
    PromptTree,
    Question,
    Scene,
    Segment,
    TreeBuilder,
    load_wording,
)

TALK = Conversation(
    "c",
    [
        Utterance("Ann", "Guess what, {text}!", "surprise"),
        Utterance("Bo", "What?", "neutral"),
        Utterance("Ann", "I got the job.", "happy"),
    ],
)
GOLDEN = """\
[emotion_recognition of 0 = surprise]
Ann: Guess what, {text}!
[speaker_identification of 0 = Ann]
someone: Guess what, {text}!
[emotion_recognition of 1 = neutral]
Ann: Guess what, {text}!
Bo: What?
[emotion_prediction of 1 = neutral]
Ann: Guess what, {text}!
Bo: ...
[speaker_identification of 1 = Bo]
someone: What?
[emotion_recognition of 2 = joy]
Ann: Guess what, {text}!
Bo: What?
Ann: I got the job.
[emotion_prediction of 2 = joy]
Ann: Guess what, {text}!
Bo: What?
Ann: ...
[speaker_identification of 2 = Ann]
someone: I got the job.
"""


def _builder(**options):
    return TreeBuilder(load_wording("encoder-1"), load_label_set("meld"), dict.fromkeys(TASKS, 1.0), **options)


def test_golden_prompts_of_encoder_1():
    tree = _builder().build(TALK)
    shown = "".join(
        f"[{question.task} of {question.utterance} = {question.options[question.answer]}]\n{tree.flatten(question)}\n"
        for question in tree.questions
    )
    assert shown == GOLDEN


def test_speaker_identification_hides_the_speaker_and_can_see_the_history():
    tree = _builder(speaker_history=True).build(TALK)
    asked = [question for question in tree.questions if question.task == SPEAKER_IDENTIFICATION]
    assert [tree.flatten(question) for question in asked][2] == (
        "Ann: Guess what, {text}!\nBo: What?\nsomeone: I got the job."
    )
    assert {question.options for question in asked} == {("Ann", "Bo")}


def test_prediction_never_sees_the_target():
    tree = _builder().build(TALK)
    for question in tree.questions:
        if question.task == EMOTION_PREDICTION:
            assert TALK.utterances[question.utterance].text not in tree.flatten(question)


def test_a_task_with_weight_0_is_not_asked():
    builder = TreeBuilder(load_wording("encoder-1"), load_label_set("meld"), {EMOTION_RECOGNITION: 1.0, TASKS[1]: 0.0})
    assert {question.task for question in builder.build(TALK).questions} == {EMOTION_RECOGNITION}
    assert not builder.has_branches
    assert _builder().has_branches


def test_one_speaker_alone_is_no_choice():
    alone = Conversation("c", [Utterance("Ann", "Hm."), Utterance("Ann", "Well.")])
    assert SPEAKER_IDENTIFICATION not in {question.task for question in _builder().build(alone).questions}


def test_labels_outside_the_set_are_an_error_and_ignored_ones_have_no_answer():
    with pytest.raises(LabelError, match="'bored' is not in label set 'meld'"):
        _builder().build(Conversation("c", [Utterance("Ann", "Hm.", "bored")]))
    builder = TreeBuilder(load_wording("encoder-1"), load_label_set("iemocap"))
    assert builder.build(Conversation("c", [Utterance("Ann", "Hm.", "xxx")])).questions[0].answer is None


def test_without_answers_no_gold_label_is_read():
    talk = Conversation("c", [Utterance("Ann", "Hm.", "bored"), Utterance("Bo", "What?", "joy")])
    assert {question.answer for question in _builder(with_answers=False).build(talk).questions} == {None}


def test_a_part_of_a_conversation_asks_only_about_its_own():
    tree = _builder().build(TALK, start=1, first=2)
    assert [segment.text for segment in tree.trunk] == ["", "Bo: What?", "Ann: I got the job."]
    assert {question.utterance for question in tree.questions} == {2}


def test_prefix_is_the_same_prompt_without_a_branch():
    tree = _builder().build(TALK)
    for question in tree.questions:
        alone = tree.prefix(question)
        assert alone.flatten(alone.questions[0]) == tree.flatten(question)
        assert not alone.questions[0].text


@pytest.mark.parametrize(
    "question",
    [
        Question("t", 1, "", ("a", "b")),
        Question("t", 0, "", ("a",)),
        Question("t", 0, "", ("a", "a")),
        Question("t", 0, "", ("a", "b"), 2),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(question):
    with pytest.raises(ValueError, match=r"question|answer"):
        PromptTree((Segment(""),), (question,))


def test_only_is_the_same_prompt_with_no_more_trunk_than_it_sees():
    tree = _builder().build(TALK)
    for question in tree.questions:
        alone = tree.only(question)
        assert alone.questions == (question,)
        assert alone.flatten(question) == tree.flatten(question)
        assert len(alone.trunk) == question.after + 1


def test_the_joint_stands_between_pieces_that_hold_something():
    question = Question("t", 2, "d", ("a", "b"))
    trunk = (Segment(""), Segment("b"), Segment("c"))
    for joint, flat in (("\n", "b\nc\nd"), ("", "bcd"), ("--", "b--c--d")):
        tree = PromptTree(trunk, (question,), joint)
        assert tree.flatten(question) == flat
        assert tree.only(question).flatten(question) == flat
        assert tree.prefix(question).flatten(tree.prefix(question).questions[0]) == flat
    assert _builder().build(TALK).joint == "\n"


def test_a_scene_names_the_cast_and_tells_each_speakers_note_once():
    builder = TreeBuilder(load_wording("compact-1"), load_label_set("ekman"))
    turns = [
        Utterance("Ann", "Hm.", speaker_note="keeps bees"),
        Utterance("Bo", "What?"),
        Utterance("Ann", "Well.", speaker_note="keeps bees"),
        Utterance("Bo", "So?", speaker_note="is new here"),
    ]
    scene = builder.scene(Conversation("c", turns))
    assert dict(scene.names) == {"Ann": "Ann", "Bo": "Bo"}
    assert [segment.text for segment in scene.head] == [
        "A conversation, line by line.\n",
        f"Emotions: {builder.labels}.\nAbout Ann: keeps bees\nAbout Bo: is new here\n",
    ]
    assert builder.build(Conversation("c", turns), 2, 2).trunk == (
        *scene.head,
        Segment("Ann: Well.\n"),
        Segment("Bo: So?\n"),
    )


def test_a_scene_that_is_known_already_is_taken():
    builder = _builder()
    scene = Scene((Segment("i"), Segment("o")), {"Ann": "A", "Bo": "B"}, {"Ann": 0, "Bo": 1})
    tree = builder.build(TALK, 1, 1, 2, scene)
    assert [segment.text for segment in tree.trunk] == ["i", "o", "B: What?"]
    assert tree.flatten(tree.questions[0]) == "i\no\nB: What?"
    assert tree.questions[-1].options == ("A", "B")


def test_without_an_opening_the_head_is_the_instruction_alone():
    assert _builder().scene(TALK).head == (Segment("", whole=True),)
