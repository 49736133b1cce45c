"""`recognize --explain`: the strongest words and turns, and what it cannot be combined with."""

from __future__ import annotations

from instructerc.cli.shared.why import render_why
from instructerc.recognition.explain import Explanation, TurnInfluence, WordInfluence


def test_the_strongest_words_and_turns_are_named():
    words = (WordInfluence(0, 1, 0.004), WordInfluence(2, 6, 0.31), WordInfluence(7, 11, -0.12))
    found = Explanation(3, "anger", 0.6, (TurnInfluence(1, 0.001), TurnInfluence(2, -0.07)), words)
    assert render_why(found, "I hate that") == "“hate” +31, “that” -12, turn 2 -7"
    assert render_why(Explanation(1, "joy", 0.6, (), ()), "Yes") == "no single word or turn"


def test_every_turn_is_explained_below_its_table(run, write):
    result = run("recognize", write("Ann: We won!\nBo: I hate that you won.\n", "talk.txt"), "--explain")
    assert result.exit_code == 0
    below = result.stdout.split("why: ")[1].splitlines()
    assert below[1].startswith("   1  joy: ")
    assert "“hate” +" in below[2]


def test_it_is_for_reading_alone(run, write):
    result = run("recognize", write("Ann: Hi\n", "talk.txt"), "--explain", "--format", "jsonl")
    assert (result.exit_code, "--explain is only for the table" in result.stderr) == (2, True)
