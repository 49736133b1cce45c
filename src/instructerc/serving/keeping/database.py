"""Opening a database: SQLite that survives a crash of the process, PostgreSQL by URL, tables up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from instructerc.errors import InputError, MissingExtra

_BUSY_MS = 10_000
_CONNECT_S = 10
# PostgreSQL ends a transaction whose process says nothing for so long, such as one on a machine that is gone: others
# wait for what it holds.
_SILENT = "10s"
# Of processes that start at once, one at a time brings the tables up to date. A number that other programs on the
# database are unlikely to lock.
_UPGRADING = 7_130_401_522
# Of an engine or connection that writes; see `for_writing`.
_WRITES = "instructerc_writes"


def open_database(url: str) -> Engine:
    """Returns an engine on a database whose tables are those of this version.

    Raises:
        InputError: no such kind of database, or one that cannot be opened.
        MissingExtra: PostgreSQL without its driver.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() not in {"sqlite", "postgresql"}:
            raise InputError(f"database {address.get_backend_name()!r}; give sqlite:///FILE or postgresql://…")
        if address.get_backend_name() == "sqlite":
            engine = _open_sqlite(address)
        else:
            name = address.set(drivername="postgresql+psycopg") if address.drivername == "postgresql" else address
            waits = {} if "connect_timeout" in name.query else {"connect_timeout": _CONNECT_S}
            engine = _open_postgresql(name, waits)
        _upgrade(engine)
    except (ArgumentError, NoSuchModuleError) as error:
        raise InputError(f"database URL: {error}; give sqlite:///FILE or postgresql://…") from None
    except ModuleNotFoundError as error:
        raise MissingExtra("PostgreSQL", "postgresql") from error
    except SQLAlchemyError as error:
        # The address may hold a password.
        shown = make_url(url).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).split("\n")[0]
        raise InputError(f"database {shown} cannot be opened: {reason}") from None
    return engine


def for_writing(engine: Engine) -> Engine:
    """Returns an engine on the same connections whose transactions write.

    SQLite's begin as writers: one that reads first and then has to wait for another process could not go on.
    """
    return engine.execution_options(**{_WRITES: True})


def overwrite_deleted(engine: Engine) -> None:
    """Writes what was deleted over in every file of the database, as far as the database does that.

    SQLite's log holds pages as they were before until it is restarted.
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def is_shared(engine: Engine) -> bool:
    """Returns whether several services may use the database at once."""
    return engine.dialect.name != "sqlite"


def _open_postgresql(address: URL, options: dict[str, int]) -> Engine:
    engine = create_engine(
        address,
        pool_pre_ping=True,
        # An error would name the values of its statement, which users wrote.
        hide_parameters=True,
        connect_args=options,
        # A statement sees what was committed before it began: who waited for a session reads it as it is then.
        isolation_level="READ COMMITTED",
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{_SILENT}'")
        cursor.close()
        connection.commit()

    return engine


def _open_sqlite(address: URL) -> Engine:
    name = address.database or ":memory:"
    if ":memory:" in name or name.startswith("file:"):
        raise InputError(f"database {str(address)!r} is not a file; give sqlite:///FILE")
    path = Path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Conversations are for their owner alone, also where the folder is not.
        path.touch(mode=0o600)
    except (OSError, ValueError) as error:
        raise InputError(f"database {name}: cannot be written: {getattr(error, 'strerror', None) or error}") from None
    engine = create_engine(address, connect_args={"check_same_thread": False}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        # A committed row survives the death of the process; what is deleted is overwritten.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"busy_timeout={_BUSY_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        # The driver would begin transactions by itself, and too late for savepoints.
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _upgrade(engine: Engine) -> None:
    """Brings the tables up to date."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "instructerc.serving.keeping:migrations")
    with for_writing(engine).begin() as connection:
        if is_shared(engine):
            connection.execute(select(func.pg_advisory_xact_lock(_UPGRADING)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
