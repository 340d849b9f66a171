"""Practice, clearances and health events; which screen was asked; when a plan began and ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add three tables, the columns of screen and plan, and practice as a protocol."""
    op.create_table(
        "health_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("athlete_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id"], ["athlete.id"], name="fk_health_event_athlete_id_athlete"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_health_event"),
    )
    op.create_index("ix_health_event_athlete_id", "health_event", ["athlete_id"])
    op.create_table(
        "clearance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("athlete_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("allowed", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id"], ["athlete.id"], name="fk_clearance_athlete_id_athlete"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_clearance"),
    )
    op.create_index("ix_clearance_athlete_id", "clearance", ["athlete_id"])
    op.create_table(
        "practice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("near_fall", sa.Boolean(), nullable=False),
        sa.Column("touch_downs", sa.Integer()),
        sa.Column("pain", sa.Integer()),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('done', 'partly', 'missed')", name="ck_practice_state"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_practice_plan_id_plan"),
        sa.PrimaryKeyConstraint("id", name="pk_practice"),
    )
    op.create_index("ix_practice_plan_id", "practice", ["plan_id"])
    with op.batch_alter_table("screen") as screen:
        screen.add_column(sa.Column("asked", sa.String(), nullable=False, server_default="start"))
        screen.alter_column("age_y", existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table("plan") as plan:
        plan.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="earlier"))
        plan.add_column(sa.Column("started_on", sa.Date()))
        plan.add_column(sa.Column("ended_on", sa.Date()))
        plan.add_column(sa.Column("ended_why", sa.String()))
    with op.batch_alter_table("screen") as screen:
        screen.alter_column("asked", existing_type=sa.String(), server_default=None)
    with op.batch_alter_table("plan") as plan:
        plan.alter_column("kind", existing_type=sa.String(), server_default=None)
    with op.batch_alter_table("session") as session:
        session.drop_constraint("ck_session_protocol_name", type_="check")
        session.create_check_constraint(
            "ck_session_protocol_name",
            "protocol_name IN ('quick', 'standard', 'free', 'practice', 'replay', 'import')",
        )
