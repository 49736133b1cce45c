"""A model on a server scores as the same model does in this process, whatever happens on the way."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from instructerc import Conversation, Utterance, load_label_set, load_model
from instructerc.backbones.base_models.weights import resolve_base
from instructerc.backbones.remote import server as server_module
from instructerc.backbones.remote.address import is_remote, parse_address
from instructerc.backbones.remote.backbone import option_trie
from instructerc.errors import InputError, ModelError, Unreachable
from instructerc.recognition import is_untrained

TALKS = [
    Conversation("a", [Utterance("Ann", "i miss her so much"), Utterance("Bo", "please no i am scared")]),
    Conversation("b", [Utterance("Cy", "wow i did not expect that")]),
    Conversation("c", [Utterance(("Ann", "Bo")[turn % 2], "the bus leaves at nine") for turn in range(7)]),
]
LABELS = load_label_set("joy,sad,sadness,anger")


def _numbers(recognizer, talks=TALKS):
    return [list(turn.probabilities.values()) for answers in recognizer.recognize_many(talks) for turn in answers]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(server_module, "_FIRST_WAIT_S", 0.01)


@pytest.mark.parametrize("owner", ["vllm", "sglang"])
# More different tokens than are asked for at once, in one conversation: each beginning of a label is read by itself.
@pytest.mark.parametrize(
    ("labels", "talks"),
    [(LABELS, TALKS), (load_label_set("joy,sad,sadness,anger,fear,quiet,love,bored,mixed,zeal"), TALKS[1:2])],
    ids=["few", "many"],
)
def test_scores_equal_those_of_the_model_in_this_process(serve, tiny_llm, owner, labels, talks):
    server = serve(tiny_llm, owner)
    here = load_model(tiny_llm, labels, calibration="none")
    there = load_model(server.address(tokenizer=tiny_llm), labels, calibration="none")
    assert np.abs(np.array(_numbers(here, talks)) - _numbers(there, talks)).max() < 1e-4
    paths = {path for path, _ in server.requests}
    assert paths == {{"vllm": "/v1/completions", "sglang": "/v1/score"}[owner]}


@pytest.mark.parametrize("faults", [[429, 503, 500], ["drop"], [502, "drop", 429, "drop"]])
def test_failures_that_pass_neither_lose_nor_change_an_answer(serve, tiny_llm, faults):
    server = serve(tiny_llm)
    remote = load_model(server.address(tokenizer=tiny_llm), LABELS, calibration="none")
    expected = _numbers(remote)
    n_asked = len(server.requests)
    server.requests.clear()
    server.faults = list(faults)
    assert _numbers(remote) == expected
    assert len(server.requests) == n_asked + len(faults)


def test_prompts_of_a_conversation_come_in_a_row_and_grow(serve, tiny_llm):
    server = serve(tiny_llm)
    remote = load_model(server.address(tokenizer=tiny_llm, concurrency=1), LABELS, calibration="none")
    list(remote.recognize_many(TALKS))
    prompts = [body["prompt"] for _, body in server.requests]
    first = [prompt[0] for prompt in prompts if len(prompt) == 1]
    assert len(first) == sum(map(len, TALKS))
    # The longest conversation is asked first.
    longest = first[: len(TALKS[2])]
    assert longest == sorted(longest, key=len)
    assert len(longest[-1]) == max(map(len, first))
    # What follows a first token is asked for after it, with the same beginning.
    assert all(
        end[: len(alone[0])] == alone[0]
        for alone, ends in zip(prompts[::2], prompts[1::2], strict=True)
        for end in ends
    )


def test_conversations_are_asked_side_by_side_and_each_in_a_row(serve, tiny_llm):
    server = serve(tiny_llm)
    remote = load_model(server.address(tokenizer=tiny_llm, concurrency=8), LABELS, calibration="none")
    names = [f"name{letter}" for letter in "abcdefghij"]
    texts = ("no", "the bus leaves at nine", "i am scared", "wow")
    decode = remote.backbone.tokenizer.tokenizer.decode
    talks = [Conversation(name, [Utterance(name, text) for text in texts]) for name in names]
    # The first eight requests wait until all of them have come.
    server.meeting = threading.Barrier(8)
    together = _numbers(remote, talks)
    assert server.most_at_once == 8

    def asked(body):
        """Returns the speaker whose conversation a request is about."""
        [found] = {name for name in names for ids in body["prompt"] if name in decode(ids)}
        return found

    for bodies in server.together:
        assert len({asked(body) for body in bodies}) == len(bodies)
    for name in names:
        firsts = [body["prompt"][0] for _, body in server.requests if asked(body) == name and len(body["prompt"]) == 1]
        assert len(firsts) == len(texts)
        assert firsts == sorted(firsts, key=len)
    assert together[-len(texts) :] == _numbers(remote, talks[-1:])


def test_nothing_more_is_asked_once_a_request_has_failed(serve, tiny_llm):
    remote = load_model(serve(tiny_llm).address(tokenizer=tiny_llm, concurrency=2), LABELS, calibration="none")

    class Failing:
        """Refuses the first request, and takes its time for the others."""

        n_asked = 0

        def next_tokens(self, prompt, ends, tokens):
            self.n_asked += 1
            if self.n_asked == 1:
                raise ModelError("no such option")
            time.sleep(0.05)
            return [dict.fromkeys(tokens, -1.0) for _ in ends]

    remote.backbone.protocol = failing = Failing()
    with pytest.raises(ModelError, match="no such option"):
        list(remote.recognize_many(TALKS * 4))
    # The other thread ends its turn, not its conversation of seven.
    assert failing.n_asked < 2 * 7


def test_no_more_requests_at_once_than_were_allowed(serve, tiny_llm):
    server = serve(tiny_llm)
    remote = load_model(server.address(tokenizer=tiny_llm, concurrency=3), LABELS, calibration="none")
    list(remote.recognize_many(TALKS * 3))
    assert 1 <= server.most_at_once <= 3


def test_a_server_that_is_gone_is_told_at_the_deadline(serve, tiny_llm):
    server = serve(tiny_llm)
    remote = load_model(server.address(tokenizer=tiny_llm, deadline=0.3), LABELS, calibration="none")
    server.faults = [503] * 10_000
    with pytest.raises(Unreachable, match=r"no answer for 0\.3 s, at last status 503; is the server running"):
        remote.recognize(TALKS[0])
    with pytest.raises(Unreachable, match="ConnectionRefused"):
        load_model(f"openai://127.0.0.1:9/x?tokenizer={tiny_llm}&deadline=0.1", LABELS)


def test_a_request_that_is_wrong_is_not_tried_again(serve, tiny_llm):
    server = serve(tiny_llm)
    remote = load_model(server.address(tokenizer=tiny_llm), LABELS, calibration="none")
    server.faults = [400]
    server.requests.clear()
    with pytest.raises(ModelError, match="/v1/completions answers 400: too much to do"):
        remote.recognize(Conversation("a", [Utterance("Ann", "hi")]))
    assert len(server.requests) == 1


def test_an_older_server_that_leaves_tokens_out_is_told(serve, tiny_llm):
    server = serve(tiny_llm, token_limit=1)
    with pytest.raises(ModelError, match="leaves out tokens of logprob_token_ids; vLLM of"):
        load_model(server.address(tokenizer=tiny_llm), LABELS).recognize(TALKS[0])


def test_another_model_or_another_kind_of_server_is_told(serve, tiny_llm):
    server = serve(tiny_llm)
    with pytest.raises(ModelError, match="has no model 'test/other'; it serves test/model"):
        load_model(server.address(tokenizer=tiny_llm).replace("test/model", "test/other"), LABELS)
    with pytest.raises(ModelError, match="answers 404"):
        load_model(server.address(tokenizer=tiny_llm, server="sglang"), LABELS).recognize(TALKS[0])
    with pytest.raises(InputError, match="reads 512 tokens; max_tokens is 600"):
        load_model(server.address(tokenizer=tiny_llm, max_tokens=600), LABELS)
    with pytest.raises(InputError, match="give --labels SET"):
        load_model(server.address(tokenizer=tiny_llm))


def test_the_key_is_taken_from_the_environment(serve, tiny_llm, monkeypatch):
    server = serve(tiny_llm)
    server.key = "secret"
    with pytest.raises(ModelError, match="answers 401: no key"):
        load_model(server.address(tokenizer=tiny_llm), LABELS).recognize(TALKS[0])
    monkeypatch.setenv("INSTRUCTERC_API_KEY", "secret")
    assert load_model(server.address(tokenizer=tiny_llm), LABELS).recognize(TALKS[0])


def test_addresses():
    one = parse_address("openais://gpu:444/Qwen/Qwen3-8B?concurrency=64&deadline=9.5&server=sglang&folder=runs/a")
    assert (one.host, one.port, one.tls, one.model) == ("gpu", 444, True, "Qwen/Qwen3-8B")
    assert (one.concurrency, one.deadline_s, one.server, one.folder) == (64, 9.5, "sglang", "runs/a")
    assert parse_address("openai://gpu/x").port == 80
    assert is_remote("openai://gpu/x")
    assert not is_remote("openai/gpt-oss-20b")
    assert not is_remote(None)
    assert is_untrained("openai://gpu/x")
    assert not is_untrained("openai://gpu/x?folder=runs/a")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("openai://gpu:8000", "give host, port and model"),
        ("openai://gpu/x?tokeniser=y", r"no option 'tokeniser' \(did you mean 'tokenizer'\?\)"),
        ("openai://gpu/x?concurrency=0", "must be more than 0"),
        ("openai://gpu/x?concurrency=many", "invalid literal"),
        ("openai://gpu:99999/x", "Port out of range"),
        ("openai://gpu/x?server=tgi", "vllm and sglang are known"),
    ],
)
def test_wrong_addresses(address, message):
    with pytest.raises(ModelError, match=message):
        parse_address(address)


def test_the_trie_holds_what_may_follow_each_beginning():
    trie = option_trie([(1, 9), (2, 3, 9), (2, 3, 4, 9)])
    assert trie == {(): {1, 2}, (1,): {9}, (2,): {3}, (2, 3): {9, 4}, (2, 3, 4): {9}}
    assert [len(beginning) for beginning in trie] == [0, 1, 1, 2, 3]


@pytest.mark.real
@pytest.mark.parametrize("owner", ["vllm", "sglang"])
def test_smollm2_on_a_server_scores_as_in_this_process(serve, owner):
    folder = resolve_base("SmolLM2-135M-Instruct")
    server = serve(folder, owner)
    labels = load_label_set("meld")
    here = load_model(folder, labels, calibration="none")
    there = load_model(server.address(tokenizer=folder), labels, calibration="none")
    talks = TALKS[:2]
    assert np.abs(np.array(_numbers(here, talks)) - _numbers(there, talks)).max() < 1e-4
