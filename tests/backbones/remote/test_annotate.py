"""`annotate` with a model on a server that fails now and then: every row is answered once, as without a failure."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from instructerc.scale import shards
from instructerc.scale.accounting import Account
from instructerc.scale.engines.local import LocalEngine
from instructerc.scale.model import ModelChoice
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.run import annotate

TEXTS = ("i miss her so much", "no", "the bus leaves at nine", "i am scared", "wow", "please")
N_TALKS, N_TURNS = 8, 3
N_BAD = 2
FAULTS = (429, 500, "drop")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Rows of conversations that are spread over two files, and a wrong one in each."""
    rows = [
        {"conversation": f"talk {talk}", "turn": turn, "speaker": "Ann", "text": TEXTS[(talk + turn) % len(TEXTS)]}
        for talk in range(N_TALKS)
        for turn in range(N_TURNS)
    ]
    random.Random(0).shuffle(rows)
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(2):
        lines = [*rows[number::2], {"conversation": "talk 0", "speaker": "Ann"}]
        (folder / f"{number}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines), encoding="utf-8")
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_failures_of_the_server_neither_lose_nor_double_nor_change_a_row(
    serve, tiny_llm, source, tmp_path, monkeypatch
):
    monkeypatch.setattr(shards, "SHARD_TURNS", 8)
    server = serve(tiny_llm)
    choice = ModelChoice(server.address(tokenizer=tiny_llm, concurrency=4), "joy,sad,sadness,anger", calibration="none")

    def run(target: Path) -> Account:
        return annotate([str(source)], str(target), engine, AnnotateOptions(kind="jsonl"))

    with LocalEngine(choice, 1, None) as engine:
        whole = run(tmp_path / "whole")
        n_asked = len(server.requests)
        server.requests.clear()
        draw = random.Random(1)
        # Of three requests one fails, those that are sent again included.
        faults = [draw.choice(FAULTS) if draw.random() < 1 / 3 else None for _ in range(n_asked)]
        server.faults = list(faults)
        disturbed = run(tmp_path / "disturbed")
    assert set(faults) == {None, *FAULTS}
    assert server.faults == []
    assert len(server.requests) == n_asked + sum(fault is not None for fault in faults)
    assert _files(tmp_path / "disturbed") == _files(tmp_path / "whole")
    for account in (whole, disturbed):
        assert account.shuffled
        assert (account.n_in, account.n_out, account.n_refused) == (N_TALKS * N_TURNS + N_BAD, N_TALKS * N_TURNS, N_BAD)
        assert account.n_scored == N_TALKS * N_TURNS
    lines = [path.read_text(encoding="utf-8").splitlines() for path in (tmp_path / "disturbed").glob("*.jsonl")]
    rows = [json.loads(line) for some in lines for line in some]
    assert len({(row["conversation"], row["turn"]) for row in rows}) == len(rows) == N_TALKS * N_TURNS
    # A run may go on at another pace.
    assert {row["model"].rpartition(":")[0] for row in rows} == {server.address(tokenizer=tiny_llm)}
