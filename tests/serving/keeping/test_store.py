"""What is written of a turn by whom, and tables of an earlier version."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from instructerc.serving.contract.refusals import Conflict, NotFound
from instructerc.serving.contract.schemas.sessions import UtteranceChange, UtteranceRequest
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
        first = store.record_outcome(connection, talk, 1, SCORED, 0)
        for late in (TurnOutcome("scored", {"label": "anger"}), TurnOutcome("pending", detail="a fault")):
            assert store.record_outcome(connection, talk, 1, late, 0) == first
        assert (first.status, first.answer, first.detail) == ("scored", {"label": "joy"}, None)
        # A person's correction of a turn that waits is no answer.
        store.correct(connection, talk, 2, "anger")
        second = store.record_outcome(connection, talk, 2, SCORED, 0)
        assert (second.answer, second.correction) == ({"label": "joy"}, "anger")
        with pytest.raises(NotFound):
            store.record_outcome(connection, talk, 3, SCORED, 0)


def test_each_change_has_a_number_by_which_it_is_found(database, talk):
    reader = SessionReader(database)
    assert [(row.turn, row.version) for row in reader.changes(talk, 0)] == [(1, 1), (2, 2)]
    with database.begin() as connection:
        assert store.record_outcome(connection, talk, 1, SCORED, 0).version == 3
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
        store.record_outcome(connection, talk, 1, TurnOutcome("pending", detail="a fault"), 0)
        # What failed is not tried again and again, but at a start.
        assert [row.turn for row in store.claim_turns(connection, talk, datetime.max, given_up=False)] == [2]
        assert [row.turn for row in store.claim_turns(connection, talk, begun, given_up=True)] == [1]
        store.record_outcome(connection, talk, 2, SCORED, 0)
        assert [row.turn for row in store.claim_turns(connection, talk, datetime.max, given_up=True)] == [1]
        assert store.claim_turns(connection, "00", datetime.max, given_up=True) == []
    assert reader.unclaimed(datetime.max, given_up=False) == {talk: {}}


def test_a_change_of_words_has_its_turn_and_later_ones_scored_again(database, talk):
    reader = SessionReader(database)
    with database.begin() as connection:
        store.add_turn(connection, talk, SAID, None, 10)
        for turn in (1, 2):
            store.record_outcome(connection, talk, turn, SCORED, 0)
        store.correct(connection, talk, 2, "anger")
        changed = store.change_turn(connection, talk, 2, UtteranceChange(speaker="Bo", text="We lost!"))
        assert changed.is_new
        found = [(row.turn, row.speaker, row.text, row.status, row.answer, row.revision) for row in changed.rows]
        assert found == [(2, "Bo", "We lost!", "pending", None, 1), (3, "Ann", "We won!", "pending", None, 1)]
        assert {row.version for row in changed.rows} == {7}
        assert changed.rows[0].correction == "anger"
        # An answer that knows the old words is not taken.
        for turn in (2, 3):
            assert store.record_outcome(connection, talk, turn, SCORED, 0).status == "pending"
        assert store.record_outcome(connection, talk, 3, SCORED, 1).status == "scored"
        # Said after it, a turn knows of it.
        assert store.add_turn(connection, talk, SAID, None, 10).row.revision == 1
        again = store.change_turn(connection, talk, 2, UtteranceChange(speaker="Bo", text="We lost!"))
        assert (again.is_new, [row.status for row in again.rows]) == (False, ["pending", "scored", "pending"])
    assert [row.status for row in reader.turns(talk)] == ["scored", "pending", "scored", "pending"]
    with database.begin() as connection:
        assert [row.turn for row in store.claim_turns(connection, talk, datetime.max, given_up=False)] == [2, 4]


def test_a_deleted_turn_leaves_its_number_and_key(database, talk):
    reader = SessionReader(database)
    with database.begin() as connection:
        store.add_turn(connection, talk, SAID.model_copy(update={"key": "k"}), None, 10)
        store.correct(connection, talk, 3, "anger")
        [deleted] = store.delete_turn(connection, talk, 3).rows
        kept = (deleted.speaker, deleted.text, deleted.answer, deleted.correction, deleted.status, deleted.key)
        assert kept == ("", "", None, None, "deleted", "k")
        again = store.delete_turn(connection, talk, 3)
        assert (again.is_new, [row.status for row in again.rows]) == (False, ["deleted"])
        with pytest.raises(Conflict, match="the turn with the key 'k' was deleted"):
            store.add_turn(connection, talk, SAID.model_copy(update={"key": "k"}), None, 10)
        for outcome in (SCORED, TurnOutcome("failed", detail="x")):
            with pytest.raises(NotFound, match="no turn 3"):
                store.record_outcome(connection, talk, 3, outcome, 0)
        with pytest.raises(NotFound, match="no turn 3"):
            store.correct(connection, talk, 3, "joy")
        assert store.add_turn(connection, talk, SAID, None, 10).row.turn == 4
        with pytest.raises(Conflict, match="already has 4 turns, including deleted ones"):
            store.add_turn(connection, talk, SAID, None, 4)
    assert [row.turn for row in reader.turns(talk)] == [1, 2, 4]
    assert reader.session(talk).n_utterances == 3
    assert len(reader.history(talk, 4, 10, 1)) == 2
    said = UtteranceChange(speaker="Bo", text="Again!")
    with database.begin() as connection:
        with pytest.raises(NotFound, match="no turn 3"):
            store.change_turn(connection, talk, 3, said)
        restored = store.change_turn(connection, talk, 3, said.model_copy(update={"restore": True}))
    found = [(row.turn, row.text, row.status, row.revision) for row in restored.rows]
    assert found == [(3, "Again!", "pending", 2), (4, "We won!", "pending", 2)]
    assert (restored.rows[0].key, restored.rows[0].received_at) == ("k", deleted.received_at)


def test_what_is_to_be_told_are_the_last_turns_without_gaps(database, talk):
    reader = SessionReader(database)
    with database.begin() as connection:
        for _ in range(3):
            store.add_turn(connection, talk, SAID, None, 10)
        store.delete_turn(connection, talk, 4)
        store.change_turn(connection, talk, 3, UtteranceChange(speaker="Ann", text="We lost!"))

    def untold(after, revision):
        return [(row.turn, row.revision) for row in reader.untold(talk, after, revision)]

    assert untold(5, 2) == []
    assert untold(4, 2) == [(5, 2)]
    assert untold(5, 1) == [(3, 2), (4, 2), (5, 2)]
    assert untold(0, 2) == [(1, 0), (2, 0), (3, 2), (4, 2), (5, 2)]
    # Of one change the turn comes first, of which it is.
    assert [row.turn for row in reader.changes(talk, 5)] == [3, 4, 5]


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
    assert (left.revision, added.row.revision) == (0, 0)
    engine.dispose()
