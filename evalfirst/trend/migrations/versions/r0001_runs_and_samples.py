"""Runs, their versions and samples, and annotations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(32), nullable=False, unique=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("feature", sa.String(200), nullable=False),
        sa.Column("feature_version", sa.Text, nullable=False),
        sa.Column("eval_set", sa.String(200), nullable=False),
        sa.Column("eval_set_version", sa.String(200), nullable=False),
        sa.Column("scorer", sa.String(200), nullable=False),
        sa.Column("release", sa.String(200)),
        sa.Column("dollars", sa.Float),
    )
    op.create_index("runs_by_feature", "runs", ["feature", "eval_set", "at"])
    op.create_table(
        "versions",
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "samples",
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("scorer", sa.String(200), primary_key=True),
        sa.Column("sample", sa.String(200), primary_key=True),
        sa.Column("value", sa.Float),
        sa.Column("failed", sa.String(200)),
        sa.Column("seconds", sa.Float),
        sa.Column("slices", sa.Text, nullable=False),
    )
    op.create_table(
        "annotations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("kind", sa.String(50), nullable=False),
        sa.Column("feature", sa.String(200)),
    )
