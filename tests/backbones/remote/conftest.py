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
        faults: what happens to the next requests in place of an answer, by a status, or `drop` for a lost connection.
    """

    daemon_threads = True

    def __init__(self, model: Any, name: str, owner: str, token_limit: int | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model = model
        self.name = name
        self.owner = owner
        self.token_limit = token_limit
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[int | str] = []
        self.n_at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.key: str | None = None

    def address(self, **options: Any) -> str:
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"openai://127.0.0.1:{self.server_address[1]}/{self.name}?{query}"

    def log_probs(self, prompt: list[int]) -> torch.Tensor:
        with self.lock, torch.inference_mode():
            return self.model(input_ids=torch.tensor([prompt])).logits[0, -1].float().log_softmax(-1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of connections that were dropped on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TrueServer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _say(self, status: int, data: Any, **headers: str) -> None:
        raw = json.dumps(data).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def do_GET(self) -> None:
        self._say(200, {"data": [{"id": self.server.name, "owned_by": self.server.owner, "max_model_len": 512}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append((self.path, body))
            fault = self.server.faults.pop(0) if self.server.faults else None
            self.server.n_at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.n_at_once)
        try:
            self._answer(body, fault)
        finally:
            with self.server.lock:
                self.server.n_at_once -= 1

    def _answer(self, body: dict[str, Any], fault: int | str | None) -> None:
        if fault == "drop":
            self.close_connection = True
            self.connection.close()
        elif isinstance(fault, int):
            self._say(fault, {"error": {"message": "too much to do"}}, Retry_After="0")
        elif self.server.key and self.headers["Authorization"] != f"Bearer {self.server.key}":
            self._say(401, {"error": {"message": "no key"}})
        elif body["model"] != self.server.name:
            self._say(404, {"error": {"message": "no such model"}})
        elif self.path == "/v1/completions" and self.server.owner == "vllm":
            self._say(200, self._completions(body))
        elif self.path == "/v1/score" and self.server.owner == "sglang":
            self._say(200, self._scores(body))
        else:
            self._say(404, {"error": "no such path"})

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
