"""Results with their methods, trials with their firmware; unknown touch-downs; imported files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER: sa.Double[float] = sa.Double()


def upgrade() -> None:
    """Add the tables of results and two columns, widen two others."""
    op.create_table(
        "method",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("metric_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_method"),
    )
    op.create_table(
        "result",
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("method_id", sa.String(), nullable=False),
        sa.Column("value", _NUMBER),
        sa.Column("missing", sa.String()),
        sa.Column("samples", sa.Integer()),
        sa.Column("error", _NUMBER),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("host_version", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(value IS NULL) = (missing IS NOT NULL)", name="ck_result_value_or_reason"
        ),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_result_trial_id_trial"),
        sa.ForeignKeyConstraint(["method_id"], ["method.id"], name="fk_result_method_id_method"),
        sa.PrimaryKeyConstraint("trial_id", "method_id", name="pk_result"),
    )
    with op.batch_alter_table("trial") as trial:
        trial.add_column(sa.Column("firmware", sa.String()))
        trial.add_column(sa.Column("protocol", sa.Integer()))
        trial.alter_column("touch_down_count", existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table("session") as session:
        session.drop_constraint("ck_session_protocol_name", type_="check")
        session.create_check_constraint(
            "ck_session_protocol_name",
            "protocol_name IN ('quick', 'standard', 'free', 'replay', 'import')",
        )
