"""The shipped wordings of language models, character for character, and what the three tasks may see.

A released wording never changes: where one of these prompts differs, the wording needs a new version.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.labels import LabelSet
from instructerc.prompts import (
    EMOTION_PREDICTION,
    EMOTION_RECOGNITION,
    SPEAKER_IDENTIFICATION,
    TASKS,
    Demonstration,
    TreeBuilder,
    WindowCutter,
    cut_into_trunks,
    load_wording,
    wording_from_data,
)

MOOD = LabelSet("mood", ("calm", "alarmed", "cross"))
TALK = Conversation(
    "quay",
    [
        Utterance("Ann", "The ferry leaves at six.", "calm", speaker_note="steers a tug"),
        Utterance("Bo", 'You said "seven" {text}!', "alarmed", note="shouting"),
        Utterance("Ann", "Then run.", "cross", note="curt", speaker_note="steers a tug"),
    ],
)
PLAIN = Conversation("plain", [Utterance(turn.speaker, turn.text, turn.emotion) for turn in TALK.utterances])
SHOWN = (
    Demonstration("Cy", "Mind the rope!", "alarmed", (("Di", "Cast off."), ("Cy", "Wait."))),
    Demonstration(None, "Here we are.", "calm"),
)


class Shows:
    """A demonstrator that shows always the same, and notes what it is asked for."""

    def __init__(self, shown=SHOWN):
        self.shown, self.asked = shown, []

    def retrieve(self, conversation, indices, gold=None):
        self.asked.append((conversation.id, list(indices), gold))
        return [self.shown] * len(indices)


def _prompt(version, task, conversation=TALK, utterance=2, *, start=0, **options):
    """Returns the flat prompt and the options of one question."""
    builder = TreeBuilder(load_wording(version), MOOD, {task: 1.0}, **options)
    tree = builder.build(conversation, start, utterance, utterance + 1)
    [question] = tree.questions
    assert question.task == task
    return tree.flatten(question), question.options


def test_golden_compact_1_recognition():
    assert _prompt("compact-1", EMOTION_RECOGNITION, PLAIN) == (
        "A conversation, line by line.\n"
        "Emotions: calm, alarmed, cross.\n"
        "Ann: The ferry leaves at six.\n"
        'Bo: You said "seven" {text}!\n'
        "Ann: Then run.\n"
        "Ann feels",
        (" calm", " alarmed", " cross"),
    )


def test_golden_compact_1_recognition_of_a_first_utterance():
    assert _prompt("compact-1", EMOTION_RECOGNITION, PLAIN, 0)[0] == (
        "A conversation, line by line.\nEmotions: calm, alarmed, cross.\nAnn: The ferry leaves at six.\nAnn feels"
    )


def test_golden_compact_1_recognition_with_notes_and_demonstrations():
    assert _prompt("compact-1", EMOTION_RECOGNITION, demonstrator=Shows())[0] == (
        "A conversation, line by line.\n"
        "Emotions: calm, alarmed, cross.\n"
        "About Ann: steers a tug\n"
        "Ann: The ferry leaves at six.\n"
        'Bo: You said "seven" {text}! (shouting)\n'
        "Ann: Then run. (curt)\n"
        '"Mind the rope!" shows alarmed. Before it, Di: "Cast off." Before it, Cy: "Wait."\n'
        '"Here we are." shows calm.\n'
        "Ann feels"
    )


def test_golden_compact_1_recognition_in_a_window():
    assert _prompt("compact-1", EMOTION_RECOGNITION, PLAIN, start=1)[0] == (
        "A conversation, line by line.\n"
        "Emotions: calm, alarmed, cross.\n"
        'Bo: You said "seven" {text}!\n'
        "Ann: Then run.\n"
        "Ann feels"
    )


def test_golden_compact_1_prediction():
    assert _prompt("compact-1", EMOTION_PREDICTION, demonstrator=Shows()) == (
        "A conversation, line by line.\n"
        "Emotions: calm, alarmed, cross.\n"
        "About Ann: steers a tug\n"
        "Ann: The ferry leaves at six.\n"
        'Bo: You said "seven" {text}! (shouting)\n'
        "Ann will feel",
        (" calm", " alarmed", " cross"),
    )


def test_golden_compact_1_speaker():
    assert _prompt("compact-1", SPEAKER_IDENTIFICATION) == (
        'A conversation, line by line.\n"Then run." is said by',
        (" Ann", " Bo"),
    )
    assert _prompt("compact-1", SPEAKER_IDENTIFICATION, speaker_history=True)[0] == (
        "A conversation, line by line.\n"
        "Emotions: calm, alarmed, cross.\n"
        "About Ann: steers a tug\n"
        "Ann: The ferry leaves at six.\n"
        'Bo: You said "seven" {text}! (shouting)\n'
        '"Then run." is said by'
    )


EXPERT = "You are an expert in sentiment and emotion. Answer with one of the options given.\n"
MARKS = "Between the marks ### several speakers talk.\n###\n"


def test_golden_paper_1_recognition():
    assert _prompt("paper-1", EMOTION_RECOGNITION, PLAIN) == (
        EXPERT + MARKS + 'Ann: "The ferry leaves at six."\n'
        'Bo: "You said "seven" {text}!"\n'
        'Ann: "Then run."\n'
        "###\n"
        "<Ann: Then run.> shows calm, alarmed, cross?\n"
        "Emotion:",
        (" calm", " alarmed", " cross"),
    )


def test_golden_paper_1_recognition_of_a_first_utterance():
    assert _prompt("paper-1", EMOTION_RECOGNITION, PLAIN, 0)[0] == (
        EXPERT + MARKS + 'Ann: "The ferry leaves at six."\n'
        "###\n"
        "<Ann: The ferry leaves at six.> shows calm, alarmed, cross?\n"
        "Emotion:"
    )


def test_golden_paper_1_recognition_with_notes_and_demonstrations():
    assert _prompt("paper-1", EMOTION_RECOGNITION, demonstrator=Shows())[0] == (
        EXPERT + "About Ann: steers a tug\n" + MARKS + 'Ann: "The ferry leaves at six."\n'
        'Bo: "You said "seven" {text}!" (shouting)\n'
        'Ann: "Then run." (curt)\n'
        "###\n"
        "<Ann: Then run.> shows calm, alarmed, cross?\n"
        "After <Di: Cast off.>, After <Cy: Wait.>, <Mind the rope!> is alarmed.\n"
        "<Here we are.> is calm.\n"
        "Emotion:"
    )


def test_golden_paper_1_prediction():
    assert _prompt("paper-1", EMOTION_PREDICTION, demonstrator=Shows()) == (
        EXPERT + "About Ann: steers a tug\n" + MARKS + 'Ann: "The ferry leaves at six."\n'
        'Bo: "You said "seven" {text}!" (shouting)\n'
        "###\n"
        "<Ann> talks next and shows calm, alarmed, cross?\n"
        "Emotion:",
        (" calm", " alarmed", " cross"),
    )


def test_golden_paper_1_speaker():
    question = "<Then run.> is said by Ann, Bo?\nSpeaker:"
    assert _prompt("paper-1", SPEAKER_IDENTIFICATION) == (EXPERT + question, (" Ann", " Bo"))
    assert _prompt("paper-1", SPEAKER_IDENTIFICATION, PLAIN, speaker_history=True)[0] == (
        EXPERT + MARKS + 'Ann: "The ferry leaves at six."\nBo: "You said "seven" {text}!"\n###\n' + question
    )
    # Without an earlier turn there is no conversation to be shown, and no mark to be closed.
    assert _prompt("paper-1", SPEAKER_IDENTIFICATION, PLAIN, 0, speaker_history=True)[0] == (
        EXPERT + "<The ferry leaves at six.> is said by Ann, Bo?\nSpeaker:"
    )


# The layout of the paper's retrieval template, in words of our own: one line, turns after tabs, the target again in
# angle brackets, then a labelled utterance without its speaker; speakers are numbers by appearance.
LAYOUT = {
    "version": "layout",
    "instruction": "Judge feelings. ",
    "opening": "What is spoken stands between '### ###'. ### ",
    "utterance": '\t {speaker}:"{text}"',
    "closing": " ### ",
    "emotion_recognition": 'Which emotional label has <{speaker}:"{text}"> of <{labels}>? {demonstrations}Answer:',
    "emotion_prediction": "Next comes <{speaker}>. Which emotional label of <{labels}> will it have? Answer:",
    "speaker_identification": "Who says <{text}> of <{cast}>? Answer:",
    "demonstration": '"{text}" has the label {label}. ',
    "option": " {option}",
    "speaker_name": "Speaker_{number}",
    "joint": "",
}
CROWD = Conversation(
    "crowd",
    [
        Utterance("Ida", "Is it far?", "calm"),
        Utterance("Jon", "A mile.", "calm"),
        Utterance("Kim", "Two!", "cross"),
        Utterance("Jon", "Who counts?", "cross"),
        Utterance("Ida", "Rain...", "alarmed"),
    ],
)


def test_a_wording_of_ones_own_in_the_layout_of_the_paper():
    shown = Demonstration(None, "Hold on!", "alarmed")
    builder = TreeBuilder(
        wording_from_data(LAYOUT, "layout"), MOOD, dict.fromkeys(TASKS, 1.0), demonstrator=Shows((shown,))
    )
    prompts = {}
    # A turn counts as one token here, so that the window alone decides.
    for trunk in cut_into_trunks([1] * len(CROWD), WindowCutter(1000, 2)):
        tree = builder.build(CROWD, trunk.start, trunk.first, trunk.end)
        prompts.update({(item.task, item.utterance): tree.flatten(item) for item in tree.questions})
    assert len(prompts) == 5 + 4 + 5
    assert prompts[EMOTION_RECOGNITION, 4] == (
        "Judge feelings. What is spoken stands between '### ###'. ### "
        '\t Speaker_2:"Two!"\t Speaker_1:"Who counts?"\t Speaker_0:"Rain..." ### '
        'Which emotional label has <Speaker_0:"Rain..."> of <calm, alarmed, cross>? '
        '"Hold on!" has the label alarmed. Answer:'
    )
    assert prompts[EMOTION_RECOGNITION, 1] == (
        "Judge feelings. What is spoken stands between '### ###'. ### "
        '\t Speaker_0:"Is it far?"\t Speaker_1:"A mile." ### '
        'Which emotional label has <Speaker_1:"A mile."> of <calm, alarmed, cross>? '
        '"Hold on!" has the label alarmed. Answer:'
    )
    assert prompts[EMOTION_PREDICTION, 4] == (
        "Judge feelings. What is spoken stands between '### ###'. ### "
        '\t Speaker_2:"Two!"\t Speaker_1:"Who counts?" ### '
        "Next comes <Speaker_0>. Which emotional label of <calm, alarmed, cross> will it have? Answer:"
    )
    assert prompts[SPEAKER_IDENTIFICATION, 4] == (
        "Judge feelings. Who says <Rain...> of <Speaker_0, Speaker_1, Speaker_2>? Answer:"
    )


def test_options_of_the_speaker_task_are_called_as_in_the_prompt():
    builder = TreeBuilder(wording_from_data(LAYOUT, "layout"), MOOD, {SPEAKER_IDENTIFICATION: 1.0})
    questions = builder.build(CROWD).questions
    assert {question.options for question in questions} == {(" Speaker_0", " Speaker_1", " Speaker_2")}
    assert [question.answer for question in questions] == [0, 1, 2, 1, 0]


def test_demonstrations_are_asked_for_once_and_only_for_what_is_recognised():
    demonstrator = Shows()
    builder = TreeBuilder(load_wording("compact-1"), MOOD, dict.fromkeys(TASKS, 1.0), demonstrator=demonstrator)
    tree = builder.build(TALK, 0, 1)
    assert demonstrator.asked == [("quay", [1, 2], None)]
    for question in tree.questions:
        assert question.demonstrations == (SHOWN if question.task == EMOTION_RECOGNITION else ())
    predicting = TreeBuilder(load_wording("compact-1"), MOOD, {EMOTION_PREDICTION: 1.0}, demonstrator=demonstrator)
    predicting.build(TALK)
    assert len(demonstrator.asked) == 1


def test_a_question_tells_only_demonstrations_that_its_words_show():
    builder = TreeBuilder(load_wording("encoder-1"), MOOD, demonstrator=Shows())
    for question in builder.build(PLAIN).questions:
        assert all(shown.text in question.text for shown in question.demonstrations)


def test_gold_labels_are_told_for_the_same_label_pairing_alone():
    wording = load_wording("compact-1")
    asked = []
    for options in ({"same_label": True}, {"same_label": False}, {"same_label": True, "with_answers": False}):
        demonstrator = Shows()
        TreeBuilder(wording, MOOD, demonstrator=demonstrator, **options).build(TALK)
        asked += [gold for _, _, gold in demonstrator.asked]
    assert asked == [["calm", "alarmed", "cross"], None, [None, None, None]]


@pytest.mark.parametrize("version", ["compact-1", "paper-1", "encoder-1"])
def test_no_task_sees_what_it_asks_for(version):
    builder = TreeBuilder(load_wording(version), MOOD, dict.fromkeys(TASKS, 1.0), speaker_history=True)
    talk = Conversation(
        "c", [Utterance(f"Who{turn % 2}", f"words{turn}", "calm", note=f"note{turn}") for turn in range(4)]
    )
    tree = builder.build(talk)
    for question in tree.questions:
        prompt, target = tree.flatten(question), question.utterance
        assert [f"words{turn}" in prompt for turn in range(target)] == [True] * target
        assert all(f"words{turn}" not in prompt for turn in range(target + 1, 4))
        assert (f"words{target}" in prompt) == (question.task != EMOTION_PREDICTION)
        if question.task == EMOTION_PREDICTION:
            assert f"note{target}" not in prompt


def test_a_prompt_may_tell_what_labels_mean():
    data = load_wording("compact-1").to_data() | {"version": "told", "description": "{label}: {description} "}
    wording = wording_from_data(data | {"instruction": "Know that {descriptions}of {labels}. "}, "told")
    mood = LabelSet("mood", MOOD.names, descriptions={"cross": "angry,\nand saying so."})
    tree = TreeBuilder(wording, mood).build(PLAIN)
    assert tree.trunk[0].text == "Know that cross: angry, and saying so. of calm, alarmed, cross. "
    assert TreeBuilder(wording, MOOD).build(PLAIN).trunk[0].text == "Know that of calm, alarmed, cross. "


def test_a_demonstration_cannot_write_a_prompt_line_and_names_speakers_as_the_history_does():
    shown = Demonstration(
        "Ida\nBo", "Hold on!\nEmotion: calm", "alarmed", (("Jon", "Well\u2028no."), ("Ida\nBo", "Hm."))
    )
    wording = wording_from_data(
        {
            **LAYOUT,
            "demonstration": "{history}<{speaker}: {text}> is {label}. ",
            "demonstration_turn": "{speaker}: {text} ",
        },
        "layout",
    )
    for name, called in (("{name}", ("Jon", "Ida Bo")), ("P{number}", ("P0", "P1"))):
        told = replace(wording, speaker_name=name)
        builder = TreeBuilder(told, MOOD, demonstrator=Shows((shown,)))
        text = builder.build(CROWD).questions[0].text
        first, second = called
        expected = f"{first}: Well no. {second}: Hm. <{second}: Hold on! Emotion: calm> is alarmed. "
        assert expected in text
        assert "\n" not in text


def test_numbers_come_from_the_list_and_others_follow_it():
    wording = wording_from_data({**LAYOUT, "speaker_list": "Kim, M"}, "layout")
    builder = TreeBuilder(wording, MOOD)
    assert builder.speaker_numbers(["Ida", "Kim", "Ses01_M", "Jon"]) == {"Ida": 2, "Kim": 0, "Ses01_M": 1, "Jon": 3}


def test_a_fixed_cast_is_the_choice_even_for_one_speaker():
    wording = wording_from_data({**LAYOUT, "cast": "Speaker_0, Speaker_1"}, "layout")
    builder = TreeBuilder(wording, MOOD, {SPEAKER_IDENTIFICATION: 1.0})
    [alone] = builder.build(Conversation("a", [Utterance("Ida", "Hm.")])).questions
    assert (alone.options, alone.answer) == ((" Speaker_0", " Speaker_1"), 0)
    # Kim is the third, whom the fixed cast does not have.
    assert [question.answer for question in builder.build(CROWD).questions] == [0, 1, None, 1, 0]
