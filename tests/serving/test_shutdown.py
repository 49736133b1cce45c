"""SIGTERM under load: what was accepted is answered, sockets are closed as they should be, and the status is 0."""

from __future__ import annotations

import http.client
import json
import signal
import threading
import time
from contextlib import closing

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from instructerc.serving.keeping.database import open_database
from instructerc.serving.keeping.keys import create_key

N_WRITERS = 4
TEXTS = ("We won!", "No way, that is amazing!", "I hate that you missed it.", "So do I.")
# uvicorn looks for the end of its connections every tenth of a second.
SOON_S = 5.0


class Writer(threading.Thread):
    """Sends turns of a session of its own until the service is gone.

    Attributes:
        answered: keys of turns for which an answer came whole.
        closed: code with which the socket was closed.
        fault: what should not have happened.
    """

    def __init__(self, service):
        super().__init__(daemon=True)
        self.service = service
        self.session = service.open_session()
        self.answered = []
        self.closed = None
        self.fault = None

    def run(self):
        try:
            self.write()
        except Exception as error:
            self.fault = repr(error)

    def turn(self, number):
        return {"speaker": "Ann", "text": f"{TEXTS[number % 4]} ({number})", "key": str(number)}


class HttpWriter(Writer):
    def write(self):
        address = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=30)
        with closing(address) as connection:
            for number in range(10_000):
                try:
                    body = json.dumps(self.turn(number))
                    connection.request(
                        "POST", f"/v1/sessions/{self.session}/utterances", body, {"Content-Type": "application/json"}
                    )
                    answer = connection.getresponse()
                except (http.client.RemoteDisconnected, ConnectionError):
                    return
                # From here on it was accepted, and what comes has to come whole.
                found = json.loads(answer.read())
                if answer.status == 201:
                    assert found["status"] == "scored"
                    self.answered.append(str(number))
                else:
                    assert answer.status == 429, found


class SocketWriter(Writer):
    def write(self):
        with connect(f"ws://127.0.0.1:{self.service.port}/v1/sessions/{self.session}/stream") as socket:
            try:
                for number in range(10_000):
                    socket.send(json.dumps(self.turn(number)))
                    # Three are always under way.
                    while number - len(self.answered) > 2:
                        self.take(socket)
            except ConnectionClosed:
                pass
            try:
                while True:
                    self.take(socket)
            except ConnectionClosed as closed:
                self.closed = closed.rcvd.code if closed.rcvd else None

    def take(self, socket):
        message = json.loads(socket.recv(timeout=30))
        if message["type"] == "problem":
            assert message["status"] == 429, message
            self.answered.append(None)
        elif message["utterance"]["status"] == "scored":
            self.answered.append(message["utterance"]["key"])


def test_what_was_accepted_is_answered_and_the_status_is_0(run_service):
    service = run_service(live_wait_s=5)
    writers = [*(HttpWriter(service) for _ in range(N_WRITERS)), *(SocketWriter(service) for _ in range(N_WRITERS))]
    for writer in writers:
        writer.start()
    time.sleep(1.0)
    begun = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - begun < SOON_S
    for writer in writers:
        writer.join(30)
    assert [writer.fault for writer in writers if writer.fault] == []
    assert {writer.closed for writer in writers[N_WRITERS:]} == {1001}
    assert sum(len(writer.answered) for writer in writers) > 20
    log = service.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    again = run_service(live_wait_s=5)
    for writer in writers:
        kept = again.ask("GET", f"/v1/sessions/{writer.session}")[1]["utterances"]
        assert [turn["turn"] for turn in kept] == list(range(1, len(kept) + 1))
        assert {turn["status"] for turn in kept} == {"scored"}
        # Nothing that is kept was left without its answer, and nothing was answered that is not kept.
        assert [turn["key"] for turn in kept] == [key for key in writer.answered if key is not None]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_idle_clients_do_not_delay_the_end(run_service, how):
    service = run_service(log_texts=False)
    session = service.open_session()
    idle = [service.connect() for _ in range(3)]
    idle[1].sendall(b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    idle[2].sendall(f"GET /v1/sessions/{session}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    assert all(sock.recv(12) == b"HTTP/1.1 200" for sock in idle[1:])
    with connect(f"ws://127.0.0.1:{service.port}/v1/sessions/{session}/stream") as socket:
        begun = time.monotonic()
        service.process.send_signal(how)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
        assert closed.value.rcvd.code == 1001
        assert service.process.wait(SOON_S) == 0
        assert time.monotonic() - begun < SOON_S
    rest = b""
    while part := idle[2].recv(4096):
        rest += part
    # The stream of events has a regular end.
    assert rest.endswith(b"0\r\n\r\n")
    for sock in idle:
        sock.close()
    log = service.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "Cancel" not in log


def test_a_socket_without_its_key_does_not_delay_the_end(run_service):
    service = run_service(log_texts=False)
    session = service.open_session()
    service.stop()
    # A service without keys made the session; one that asks for them waits for the first message.
    engine = open_database(service.database)
    create_key(engine, "test", ["read"])
    engine.dispose()
    keyed = run_service(require_keys=True)
    with connect(f"ws://127.0.0.1:{keyed.port}/v1/sessions/{session}/stream"):
        begun = time.monotonic()
        assert keyed.stop() == 0
        assert time.monotonic() - begun < SOON_S


def test_a_body_that_still_comes_is_waited_for(run_service):
    service = run_service(body_timeout_s=5)
    body = json.dumps({"conversations": [{"utterances": [{"speaker": "Ann", "text": "We won!"}]}]}).encode()
    head = b"POST /v1/recognize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    with service.connect() as sock:
        sock.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:10])
        time.sleep(0.2)
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        sock.sendall(body[10:])
        assert sock.recv(12) == b"HTTP/1.1 200"
    assert service.process.wait(SOON_S) == 0
