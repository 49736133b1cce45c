"""What turns need whose words change: which changes the answer of each is to know of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds the column; no turn that is there was changed."""
    op.add_column("turns", sa.Column("revision", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Drops the column."""
    op.drop_column("turns", "revision")
