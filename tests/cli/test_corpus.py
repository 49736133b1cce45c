"""`corpus stats`: counts of a file or a corpus."""

from __future__ import annotations

import json

TALK = (
    '{"conversation": "a", "speaker": "Ann", "text": "one two three", "emotion": "joy"}\n'
    '{"conversation": "a", "speaker": "Bo", "text": "four", "emotion": "anger"}\n'
    '{"id": "b", "utterances": [{"speaker": "Ann", "text": "", "emotion": "joy"}, '
    '{"speaker": "Ann", "text": "five"}]}\n'
)


def test_golden_counts_of_a_file(run, write, assert_golden):
    result = run("corpus", "stats", write(TALK))
    assert (result.exit_code, result.stderr) == (0, "")
    assert_golden("stats.txt", result.stdout)


def test_json(run, write):
    result = run("corpus", "stats", write(TALK + "{}\n"), "--format", "json", "--skip-bad")
    assert json.loads(result.stdout) == {
        "corpus": None,
        "file": "talk.jsonl",
        "stats": {
            "all": {
                **{"n_conversations": 2, "n_utterances": 4, "n_speakers": 2},
                **{"label_counts": {"joy": 2, "anger": 1}, "n_unlabelled": 1},
                **{"mean_turns": 2.0, "max_turns": 2, "mean_words": 1.25, "max_words": 3},
            }
        },
    }
    assert result.stderr.startswith("skipped 1 invalid row(s):\ntalk.jsonl:4: ")


def test_standard_input(run):
    result = run("corpus", "stats", "-", "--format", "json", stdin="Ann: hi\n")
    assert json.loads(result.stdout)["stats"]["all"]["n_utterances"] == 1


def test_splits_of_a_corpus_and_their_sum(run, real_corpus):
    arguments = ["corpus", "stats", "--corpus", "meld", "--path", real_corpus("meld")]
    stats = json.loads(run(*arguments, "--format", "json").stdout)["stats"]
    assert list(stats) == ["train", "dev", "test", "all"]
    assert stats["all"]["n_utterances"] == sum(stats[split]["n_utterances"] for split in ("train", "dev", "test"))
    one = run(*arguments, "--split", "dev")
    assert (one.exit_code, one.stdout.count("all")) == (0, 0)
    assert f"{stats['dev']['n_utterances']:,}" in one.stdout
