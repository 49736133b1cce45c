"""A model server that answers from the true log-probabilities of a model in this process, and can be told to fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM


class TrueServer(ThreadingHTTPServer):
    """Serves a causal language model as vLLM and SGLang do.

    Attributes:
        requests: path and body of every request.
        faults: what happens to the next requests in place of an answer, by a status, or `drop` for a lost connection;
            None for an answer.
        together: for every request, the bodies of those that were being answered when it came, its own last.
        meeting: where the first requests wait for one another, as many as it has parties; None for no waiting.
    """

    daemon_threads = True

    def __init__(self, model: Any, name: str, owner: str, token_limit: int | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model = model
        self.name = name
        self.owner = owner
        self.token_limit = token_limit
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[int | str | None] = []
        self.together: list[list[dict[str, Any]]] = []
        self.meeting: threading.Barrier | None = None
        self.in_work: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        self.key: str | None = None

    @property
    def most_at_once(self) -> int:
        return max(map(len, self.together))

    def address(self, **options: Any) -> str:
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"openai://127.0.0.1:{self.server_address[1]}/{self.name}?{query}"

    def begin(self, path: str, body: dict[str, Any]) -> int | str | None:
        """Notes a request; returns what happens to it in place of an answer."""
        with self.lock:
            self.requests.append((path, body))
            self.in_work.append(body)
            self.together.append(list(self.in_work))
            meeting = self.meeting if self.meeting and len(self.together) <= self.meeting.parties else None
            fault = self.faults.pop(0) if self.faults else None
        if meeting:
            meeting.wait(20)
        return fault

    def end(self, body: dict[str, Any]) -> None:
        with self.lock:
            self.in_work = [one for one in self.in_work if one is not body]

    def log_probs(self, prompt: list[int]) -> torch.Tensor:
        with self.lock, torch.inference_mode():
            return self.model(input_ids=torch.tensor([prompt])).logits[0, -1].float().log_softmax(-1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of connections that were dropped on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body of an answer are two packets, and the second would wait for the first one's receipt.
    disable_nagle_algorithm = True
    server: TrueServer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _say(self, status: int, data: Any) -> None:
        raw = json.dumps(data).encode()
        self.send_response(status)
        if status != 200:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def do_GET(self) -> None:
        self._say(200, {"data": [{"id": self.server.name, "owned_by": self.server.owner, "max_model_len": 512}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault = self.server.begin(self.path, body)
        try:
            answer = self._answer(body, fault)
        finally:
            # Before it is answered: whoever is answered may ask again at once.
            self.server.end(body)
        if answer is None:
            self.close_connection = True
            self.connection.close()
        else:
            self._say(*answer)

    def _answer(self, body: dict[str, Any], fault: int | str | None) -> tuple[int, Any] | None:
        """Returns status and data; None for a connection that is lost."""
        if fault == "drop":
            return None
        if isinstance(fault, int):
            return fault, {"error": {"message": "too much to do"}}
        if self.server.key and self.headers["Authorization"] != f"Bearer {self.server.key}":
            return 401, {"error": {"message": "no key"}}
        if body["model"] != self.server.name:
            return 404, {"error": {"message": "no such model"}}
        if self.path == "/v1/completions" and self.server.owner == "vllm":
            return 200, self._completions(body)
        if self.path == "/v1/score" and self.server.owner == "sglang":
            return 200, self._scores(body)
        return 404, {"error": "no such path"}

    def _completions(self, body: dict[str, Any]) -> dict[str, Any]:
        assert body["max_tokens"] == 1
        assert body["return_tokens_as_token_ids"]
        assert len(body["logprob_token_ids"]) <= 20
        choices = []
        for index, prompt in enumerate(body["prompt"]):
            log_probs = self.server.log_probs(prompt)
            # The token that was drawn comes beside those that were asked for.
            shown = [int(log_probs.argmax()), *body["logprob_token_ids"][: self.server.token_limit]]
            top = {f"token_id:{token}": float(log_probs[token]) for token in shown}
            choices.append({"index": index, "logprobs": {"top_logprobs": [top]}})
        # Choices may come in any order.
        return {"choices": choices[::-1]}

    def _scores(self, body: dict[str, Any]) -> dict[str, Any]:
        assert not body["apply_softmax"]
        assert all(body["items"])
        rows = [self.server.log_probs([*body["query"], *item]).double().exp() for item in body["items"]]
        return {"scores": [[float(row[token]) for token in body["label_token_ids"]] for row in rows]}


@pytest.fixture
def serve() -> Iterator[Callable[..., TrueServer]]:
    """Returns a function from a model's folder, and `vllm` or `sglang`, to a running server."""
    servers = []

    def start(folder: Any, owner: str = "vllm", **options: Any) -> TrueServer:
        model = AutoModelForCausalLM.from_pretrained(folder).eval()
        server = TrueServer(model, "test/model", owner, **options)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
