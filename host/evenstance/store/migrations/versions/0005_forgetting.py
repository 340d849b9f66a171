"""Trials of forgotten people, which a board has yet to remove; files written of a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "forgotten_trial",
        sa.Column("board_uid", sa.String(), nullable=False),
        sa.Column("journal_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("board_uid", "journal_id", "seq", name="pk_forgotten_trial"),
    )
    op.create_table(
        "written_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("athlete_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id"], ["athlete.id"], name="fk_written_file_athlete_id_athlete"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_written_file"),
    )
    op.create_index("ix_written_file_athlete_id", "written_file", ["athlete_id"])
    op.create_index("ix_written_file_path", "written_file", ["path"])
