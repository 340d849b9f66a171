"""A session keeps every check of its zero, not the last one alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; earlier sessions have none, which reads as not known."""
    op.add_column("session", sa.Column("zero_checks", sa.JSON()))
