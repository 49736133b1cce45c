"""`prompt task`: a corpus's questions for lm-evaluation-harness."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from instructerc.conversation import Conversation, Utterance
from instructerc.labels import load_label_set
from instructerc.prompts import TreeBuilder, load_wording

TURNS = [
    ("c1", "Ann", "The ferry leaves at six.", "neutral"),
    ("c1", "Bo", 'You said "seven" {text}!', "surprise"),
    ("c2", "Cy", "Mind the rope!", "fear"),
    ("c2", "Di", "Which one?", "neutral"),
    ("c2", "Cy", "Too late.", "anger"),
]
TALK = "".join(
    json.dumps({"conversation": name, "speaker": speaker, "text": text, "emotion": emotion}) + "\n"
    for name, speaker, text, emotion in TURNS
)
C2 = Conversation("c2", [Utterance(*turn[1:]) for turn in TURNS[2:]])


def test_a_task_for_the_harness_has_the_exact_prompts(run, write, tmp_path):
    arguments = ("--name", "chats", "--end", "<end>", "--wording", "paper-1")
    result = run("prompt", "task", write(TALK, "chats.jsonl"), "-o", "tasks", *arguments)
    assert (result.exit_code, result.stdout) == (0, f"{Path('tasks/chats.yaml')}: 5 questions\n")
    rows = [json.loads(line) for line in (tmp_path / "tasks/chats.jsonl").read_text(encoding="utf-8").splitlines()]
    tree = TreeBuilder(load_wording("paper-1"), load_label_set("meld")).build(C2)
    assert [(row["conversation"], row["utterance"]) for row in rows] == [
        *(("c1", 1), ("c1", 2), ("c2", 1), ("c2", 2), ("c2", 3)),
    ]
    for row, question in zip(rows[2:], tree.questions, strict=True):
        assert row["prompt"] == tree.flatten(question)
        assert row["options"] == [f"{option}<end>" for option in question.options]
        assert row["gold"] == question.answer
    task = yaml.safe_load((tmp_path / "tasks/chats.yaml").read_text(encoding="utf-8"))
    assert (task["task"], task["output_type"], task["target_delimiter"]) == ("chats", "multiple_choice", "")
    assert task["dataset_kwargs"]["data_files"] == {"test": "chats.jsonl"}
    assert {task["doc_to_text"], task["doc_to_choice"], task["doc_to_target"]} < set(rows[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--name", "a/b"), "'a/b' cannot be the name of a task"),
        (("--name", "a,b"), "'a,b' cannot be the name of a task"),
        (("--labels", "neutral,surprise,fear"), "conversation 'c2', turn 3: label 'anger' is not in label set"),
        (("--task", "all"), "--task all asks several questions per turn"),
    ],
)
def test_a_task_that_cannot_be_written(run, write, tmp_path, arguments, message):
    result = run("prompt", "task", write(TALK, "chats.jsonl"), "-o", "tasks", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not list(tmp_path.glob("tasks/*")), "nothing is left half written"
