"""What is written of a turn by whom, and tables of an earlier version."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from instructerc.serving.contract.refusals import NotFound
from instructerc.serving.contract.schemas import UtteranceRequest
from instructerc.serving.keeping import store
from instructerc.serving.keeping.database import open_database
from instructerc.serving.keeping.rows import TurnOutcome
from instructerc.serving.keeping.store import SessionReader

SAID = UtteranceRequest(speaker="Ann", text="We won!")
SCORED = TurnOutcome("scored", {"label": "joy"})


@pytest.fixture
def database(tmp_path):
    """A database with tables."""
    engine = open_database(f"sqlite:///{tmp_path / 'sessions.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def talk(database):
    """The id of a session of two turns."""
    with database.begin() as connection:
        name = store.create_session(connection, "", "", {}, None, 10)
        for _ in range(2):
            store.add_turn(connection, name, SAID, None, 10)
    return name


def test_the_answer_that_was_written_first_stays(database, talk):
    with database.begin() as connection:
        first = store.record_outcome(connection, talk, 1, SCORED)
        for late in (TurnOutcome("scored", {"label": "anger"}), TurnOutcome("pending", detail="a fault")):
            assert store.record_outcome(connection, talk, 1, late) == first
        assert (first.status, first.answer, first.detail) == ("scored", {"label": "joy"}, None)
        # A person's correction of a turn that waits is no answer.
        store.correct(connection, talk, 2, "anger")
        second = store.record_outcome(connection, talk, 2, SCORED)
        assert (second.answer, second.correction) == ({"label": "joy"}, "anger")
        with pytest.raises(NotFound):
            store.record_outcome(connection, talk, 3, SCORED)


def test_each_change_has_a_number_by_which_it_is_found(database, talk):
    reader = SessionReader(database)
    assert [(row.turn, row.version) for row in reader.changes(talk, 0)] == [(1, 1), (2, 2)]
    with database.begin() as connection:
        assert store.record_outcome(connection, talk, 1, SCORED).version == 3
    assert [(row.turn, row.status) for row in reader.changes(talk, 2)] == [(1, "scored")]
    assert reader.versions([talk, "00"]) == {talk: 3}


def test_a_turn_is_claimed_by_one_process_until_it_is_silent_or_gives_up(database, talk):
    reader, minute = SessionReader(database), timedelta(minutes=1)
    begun = store.now()
    with database.begin() as connection:
        # Who wrote them scores them.
        assert store.claim_turns(connection, talk, begun - minute, given_up=True) == []
        assert reader.unclaimed(begun - minute, given_up=True) == {}
        later = store.now() + timedelta(microseconds=1)
        assert [row.turn for row in store.claim_turns(connection, talk, later, given_up=False)] == [1, 2]
        assert store.claim_turns(connection, talk, begun, given_up=False) == []
        store.renew_claims(connection, talk, [2])
        store.record_outcome(connection, talk, 1, TurnOutcome("pending", detail="a fault"))
        # What failed is not tried again and again, but at a start.
        assert [row.turn for row in store.claim_turns(connection, talk, datetime.max, given_up=False)] == [2]
        assert [row.turn for row in store.claim_turns(connection, talk, begun, given_up=True)] == [1]
        store.record_outcome(connection, talk, 2, SCORED)
        assert [row.turn for row in store.claim_turns(connection, talk, datetime.max, given_up=True)] == [1]
        assert store.claim_turns(connection, "00", datetime.max, given_up=True) == []
    assert reader.unclaimed(datetime.max, given_up=False) == {talk: {}}


def test_tables_of_the_first_version_are_brought_up_to_date(tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    config = Config()
    config.set_main_option("script_location", "instructerc.serving.keeping:migrations")
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO sessions VALUES ('00', '', 'old', '{}', '2026-01-01 00:00:00', NULL)"))
        columns = "session, turn, speaker, text, received_at, status"
        values = "'00', 1, 'Ann', 'Hi', '2026-01-01 00:00:00', 'pending'"
        connection.execute(text(f"INSERT INTO turns ({columns}) VALUES ({values})"))
    engine.dispose()
    engine = open_database(url)
    with engine.begin() as connection:
        [left] = store.claim_turns(connection, "00", store.now(), given_up=False)
        added = store.add_turn(connection, "00", SAID, None, 10)
    assert (left.turn, left.version, added.row.turn, added.row.version) == (1, 0, 2, 1)
    engine.dispose()
