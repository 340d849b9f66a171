"""First schema: people, boards, sessions, trials with their traces, screens and plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER: sa.Double[float] = sa.Double()


def upgrade() -> None:
    """Create every table of the first schema."""
    _people()
    _boards()
    _measurements()


def _people() -> None:
    op.create_table(
        "athlete",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("born_on", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_athlete"),
        sa.UniqueConstraint("name", name="uq_athlete_name"),
    )
    op.create_table(
        "screen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("athlete_id", sa.Integer(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("age_y", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id"], ["athlete.id"], name="fk_screen_athlete_id_athlete"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_screen"),
    )
    op.create_index("ix_screen_athlete_id", "screen", ["athlete_id"])
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("athlete_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["athlete_id"], ["athlete.id"], name="fk_plan_athlete_id_athlete"),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
    )
    op.create_index("ix_plan_athlete_id", "plan", ["athlete_id"])


def _boards() -> None:
    op.create_table(
        "board",
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("label", sa.String()),
        sa.Column("firmware", sa.String()),
        sa.Column("protocol", sa.Integer()),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_board"),
    )
    op.create_table(
        "pull",
        sa.Column("board_uid", sa.String(), nullable=False),
        sa.Column("journal_id", sa.String(), nullable=False),
        sa.Column("acked_through", sa.BigInteger()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["board_uid"], ["board.uid"], name="fk_pull_board_uid_board"),
        sa.PrimaryKeyConstraint("board_uid", "journal_id", name="pk_pull"),
    )
    op.create_table(
        "calibration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("board_uid", sa.String(), nullable=False),
        sa.Column("calibration_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True)),
        sa.Column("left_counts_per_n", _NUMBER, nullable=False),
        sa.Column("right_counts_per_n", _NUMBER, nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["board_uid"], ["board.uid"], name="fk_calibration_board_uid_board"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_calibration"),
    )
    op.create_index("ix_calibration_board_uid", "calibration", ["board_uid"])


def _measurements() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("athlete_id", sa.Integer()),
        sa.Column("board_uid", sa.String()),
        sa.Column("protocol_name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utc_offset_minutes", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("familiarisation", sa.Boolean(), nullable=False),
        sa.Column("eyes", sa.String()),
        sa.Column("surface", sa.String()),
        sa.Column("footwear", sa.String()),
        sa.Column("arms", sa.String()),
        sa.Column("gaze_mark", sa.Boolean()),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("zero_shift_left_n", _NUMBER),
        sa.Column("zero_shift_right_n", _NUMBER),
        sa.Column("host_version", sa.String(), nullable=False),
        sa.CheckConstraint(
            "protocol_name IN ('quick', 'standard', 'free', 'replay')",
            name="ck_session_protocol_name",
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id"], ["athlete.id"], name="fk_session_athlete_id_athlete"
        ),
        sa.ForeignKeyConstraint(["board_uid"], ["board.uid"], name="fk_session_board_uid_board"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
    )
    op.create_index("ix_session_athlete_id_started_at", "session", ["athlete_id", "started_at"])
    op.create_table(
        "trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("board_uid", sa.String(), nullable=False),
        sa.Column("journal_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.String()),
        sa.Column("athlete_id", sa.Integer()),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("eyes", sa.String()),
        sa.Column("surface", sa.String()),
        sa.Column("footwear", sa.String()),
        sa.Column("arms", sa.String()),
        sa.Column("gaze_mark", sa.Boolean()),
        sa.Column("lift_off_at", sa.DateTime(timezone=True)),
        sa.Column("pulled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_known", sa.Boolean(), nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=False),
        sa.Column("rules_id", sa.Integer(), nullable=False),
        sa.Column("calibration_id", sa.BigInteger(), nullable=False),
        sa.Column("stance_leg", sa.String(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=False),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.Column("hold_time_s", _NUMBER, nullable=False),
        sa.Column("body_weight_n", _NUMBER),
        sa.Column("load_share_mean_pct", _NUMBER),
        sa.Column("stray_load_pct_bw", _NUMBER),
        sa.Column("force_mean_n", _NUMBER),
        sa.Column("force_sd_n", _NUMBER),
        sa.Column("force_range_p95_p5_n", _NUMBER),
        sa.Column("touch_down_count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(purpose = 'unassigned') = (session_id IS NULL)", name="ck_trial_assigned"
        ),
        sa.CheckConstraint(
            "purpose IN ('scored', 'practice', 'unassigned')", name="ck_trial_purpose"
        ),
        sa.CheckConstraint("stance_leg IN ('left', 'right')", name="ck_trial_stance_leg"),
        sa.ForeignKeyConstraint(
            ["athlete_id"], ["athlete.id"], name="fk_trial_athlete_id_athlete"
        ),
        sa.ForeignKeyConstraint(["board_uid"], ["board.uid"], name="fk_trial_board_uid_board"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name="fk_trial_session_id_session"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_trial"),
        sa.UniqueConstraint(
            "board_uid", "journal_id", "seq", name="uq_trial_board_uid_journal_id_seq"
        ),
    )
    op.create_index("ix_trial_athlete_id", "trial", ["athlete_id"])
    op.create_index("ix_trial_session_id", "trial", ["session_id"])
    op.create_table(
        "trace",
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name="fk_trace_trial_id_trial"),
        sa.PrimaryKeyConstraint("trial_id", name="pk_trace"),
    )
