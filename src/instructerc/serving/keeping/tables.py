"""The tables of a service: sessions, their turns, and API keys."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(32), nullable=False, comment="id of the API key that opened it; empty without keys"),
    Column("title", Text, nullable=False),
    Column("choice", JSON, nullable=False, comment="labels, context and minimum probability"),
    Column("created_at", DateTime, nullable=False, comment="UTC"),
    Column("expires_at", DateTime, comment="UTC; none where it is kept"),
    Column("version", Integer, nullable=False, server_default="0", comment="changes of its turns so far"),
    Index("sessions_by_owner", "owner", "created_at", "id"),
    Index("sessions_by_expiry", "expires_at"),
)

turns = Table(
    "turns",
    metadata,
    Column("session", String(32), ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("turn", Integer, primary_key=True, comment="from 1"),
    Column("key", String(100), comment="the sender's own name for it"),
    Column("speaker", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("start", Float, comment="seconds"),
    Column("end", Float, comment="seconds"),
    Column("received_at", DateTime, nullable=False, comment="UTC"),
    Column("status", String(8), nullable=False, comment="pending, scored, failed or deleted"),
    Column("answer", JSON),
    Column("correction", Text),
    Column("detail", Text),
    Column("version", Integer, nullable=False, server_default="0", comment="of the session, when this last changed"),
    Column("claimed_at", DateTime, comment="UTC; when a process last said that it scores it"),
    Column(
        "revision",
        Integer,
        nullable=False,
        server_default="0",
        comment="changes of words that its answer is to know of",
    ),
    UniqueConstraint("session", "key", name="one_turn_a_key"),
    Index("turns_by_status", "status"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False, comment="of the secret, which is 32 random bytes"),
    Column("scopes", String(40), nullable=False, comment="read, write, admin; with commas"),
    Column("rate_per_minute", Integer, comment="none takes the service's own"),
    Column("created_at", DateTime, nullable=False, comment="UTC"),
    Column("revoked_at", DateTime, comment="UTC"),
)
