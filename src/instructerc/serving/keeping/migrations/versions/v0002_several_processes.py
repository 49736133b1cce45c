"""What several processes on one database need: who scores a turn, and what changed since one looked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the columns; turns that are there were claimed by nobody."""
    op.add_column("sessions", sa.Column("version", sa.Integer, nullable=False, server_default="0"))
    op.add_column("turns", sa.Column("version", sa.Integer, nullable=False, server_default="0"))
    op.add_column("turns", sa.Column("claimed_at", sa.DateTime))


def downgrade() -> None:
    """Drops the columns."""
    op.drop_column("turns", "claimed_at")
    op.drop_column("turns", "version")
    op.drop_column("sessions", "version")
