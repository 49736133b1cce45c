"""A model server that is odd, slow or broken: what passes is asked again, what does not is told, nothing is made up."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from instructerc.backbones.remote import server as server_module
from instructerc.backbones.remote.address import parse_address, without_pace
from instructerc.backbones.remote.protocols import ServerProtocol, SglangProtocol, VllmProtocol
from instructerc.backbones.remote.server import ModelServer
from instructerc.errors import ModelError, Unreachable

TOKENS = (11, 12)
PROMPT, ENDS = (1, 2), ((), (7,))
GOOD = {
    "choices": [
        {
            "index": index,
            "logprobs": {"top_logprobs": [{f"token_id:{token}": -float(token + index) for token in TOKENS}]},
        }
        for index in (0, 1)
    ]
}
RIGHT = [{token: -float(token + index) for token in TOKENS} for index in (0, 1)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: OddServer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        script = self.server.script
        self.server.asked.append(time.monotonic())
        (script.pop(0) if len(script) > 1 else script[0])(self)

    def say(self, raw: bytes, status: int = 200, length: int | None = -1, **headers: str) -> None:
        """Answers; the length is the right one where it is -1, and is not said where it is None."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(len(raw) if length == -1 else length))
        self.end_headers()
        self.wfile.write(raw)
        self.close_connection = length != -1


Step = Callable[[_Handler], None]


class OddServer(ThreadingHTTPServer):
    """Answers by a script, of which the last step is repeated.

    Attributes:
        script: what is done with each request.
        asked: when each request came.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[Step] = []
        self.asked: list[float] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of connections that were closed on purpose."""


@pytest.fixture
def odd() -> Iterator[OddServer]:
    server = OddServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_FIRST_WAIT_S", 0.01)


def _ask(
    odd: OddServer,
    script: Sequence[Step],
    kind: Callable[[ModelServer, str], ServerProtocol] = VllmProtocol,
    **more: Any,
) -> list[Any]:
    """Returns what comes of asking a server that does these things, the last of them again and again."""
    odd.script = list(script)
    query = "&".join(f"{name}={value}" for name, value in more.items())
    server = ModelServer(parse_address(f"openai://127.0.0.1:{odd.server_address[1]}/m?{query}"))
    return kind(server, "m").next_tokens(PROMPT, ENDS, TOKENS)


def good(handler: _Handler) -> None:
    handler.say(json.dumps(GOOD).encode())


def body(raw: bytes | str, **options: Any) -> Step:
    return lambda handler: handler.say(raw.encode() if isinstance(raw, str) else raw, **options)


WHOLE = json.dumps(GOOD)


@pytest.mark.parametrize(
    "trouble",
    [
        *[body("{}", status=status) for status in (408, 429, 500, 501, 503, 520, 529)],
        body(WHOLE[:40]),
        body(WHOLE[:40], length=None),
        # The connection is lost in the middle of the answer.
        body(WHOLE[:40], length=len(WHOLE)),
        body(""),
        *[body("{}", status=429, Retry_After=text) for text in ("nan", "-3", "soon", "0")],
    ],
)
def test_what_passes_is_asked_again(odd, trouble):
    assert _ask(odd, [trouble, trouble, good]) == RIGHT
    assert len(odd.asked) == 3


def test_a_pause_that_is_asked_for_by_a_date_is_kept(odd):
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
    assert _ask(odd, [body("{}", status=429, Retry_After=until), good]) == RIGHT
    # A date has no parts of a second.
    assert odd.asked[1] - odd.asked[0] > 1


def test_an_answer_that_comes_in_drops_ends_at_the_deadline(odd):
    ended = threading.Event()

    def drip(handler: _Handler) -> None:
        handler.say(b" ", length=10_000)
        while not ended.wait(0.05):
            handler.wfile.write(b" ")

    begin = time.monotonic()
    with pytest.raises(Unreachable, match=r"no answer for 0\.5 s, at last TimeoutError"):
        _ask(odd, [drip], deadline=0.5)
    ended.set()
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (body("<html>"), "does not answer with a JSON object; is it a model server"),
        (body("[1]"), "does not answer with a JSON object"),
        (body('{"error": {"message": "the queue is full"}}'), "/v1/completions answers 200: the queue is full"),
        (body("{}"), "answers without log-probabilities"),
        (body('{"error": "no key"}', status=401), "/v1/completions answers 401: no key"),
    ],
)
def test_what_does_not_pass_is_told_at_once(odd, step, message):
    with pytest.raises(ModelError, match=message):
        _ask(odd, [step])
    assert len(odd.asked) == 1


def _choices(*choices: tuple[int, dict[str, float | None]]) -> Step:
    found = [{"index": index, "logprobs": {"top_logprobs": [top]}} for index, top in choices]
    return body(json.dumps({"choices": found}))


BOTH = {"token_id:11": -1.0, "token_id:12": -2.0}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (_choices((0, BOTH)), "answers 1 of 2 prompts"),
        (_choices((0, BOTH), (0, BOTH)), "answers 2 of 2 prompts, or others than was asked"),
        (_choices((0, BOTH), (5, BOTH)), "or others than was asked"),
        (_choices((0, BOTH), (-1, BOTH)), "or others than was asked"),
        (_choices((0, BOTH), (1, {"token_id:11": -1.0})), "leaves out tokens of logprob_token_ids"),
        (_choices((0, BOTH), (1, {"token_id:8": -1.0, "token_id:9": -1.0})), "leaves out tokens of logprob_token_ids"),
        (
            _choices((0, BOTH), (1, BOTH | {"token_id:12": math.nan})),
            "log-probability of nan; serve the model in bfloat16",
        ),
        (_choices((0, BOTH), (1, BOTH | {"token_id:12": 7.5})), r"log-probability of 7\.5"),
        (_choices((0, BOTH), (1, BOTH | {"token_id:12": None})), "answers without log-probabilities"),
    ],
)
def test_numbers_that_are_missing_or_none_are_not_made_up(odd, step, message):
    with pytest.raises(ModelError, match=message):
        _ask(odd, [step])


def test_choices_may_come_in_any_order_and_be_as_improbable_as_they_are(odd):
    least = {"token_id:11": -math.inf, "token_id:12": 0.0}
    first, second = _ask(odd, [_choices((1, BOTH), (0, least))])
    assert second == {11: -1.0, 12: -2.0}
    assert first[12] == 0
    assert -math.inf < first[11] < -1000


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([[math.nan, 0.1], [0.1, 0.2]], "log-probability of nan"),
        ([[-1.5, -0.5], [0.1, 0.2]], "log-probability of nan"),
        ([[3.0, 0.1], [0.1, 0.2]], r"log-probability of 1\.09"),
        ([[0.1, 0.2]], "answers 1 of 2 prompts"),
        ([[0.1], [0.1, 0.2]], "answers without scores"),
        (None, "answers without scores"),
    ],
)
def test_scores_that_are_no_probabilities_are_told(odd, scores, message):
    with pytest.raises(ModelError, match=message):
        _ask(odd, [body(json.dumps({"scores": scores}))], SglangProtocol)


def test_a_probability_of_nothing_is_a_small_one(odd):
    first, _ = _ask(odd, [body(json.dumps({"scores": [[0.0, 0.5], [0.1, 0.2]]}))], SglangProtocol)
    assert first[11] < -700
    assert first[12] == pytest.approx(math.log(0.5))


def test_a_host_that_there_is_not_is_told_at_once():
    begin = time.monotonic()
    with pytest.raises(ModelError, match=r"no-such-host\.invalid:80 cannot be asked"):
        ModelServer(parse_address("openai://no-such-host.invalid/m?deadline=100")).ask("/v1/models")
    assert time.monotonic() - begin < 60


def test_how_fast_a_server_is_asked_is_not_what_it_is():
    assert without_pace("openai://gpu:1/a/b?concurrency=64&tokenizer=x&deadline=9") == "openai://gpu:1/a/b?tokenizer=x"
    assert without_pace("openai://gpu:1/m?concurrency=64") == "openai://gpu:1/m"
    assert without_pace("openai://gpu:1/m") == "openai://gpu:1/m"


def test_a_deadline_that_is_no_number_is_none():
    with pytest.raises(ModelError, match="must be more than 0"):
        parse_address("openai://gpu/m?deadline=nan")
