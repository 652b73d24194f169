"""Counts by run, scorer and slice beside the samples: a trend no longer reads every sample."""

from __future__ import annotations

import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table and fill it from the samples that are there."""
    op.create_table(
        "counts",
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("scorer", sa.String(200), primary_key=True),
        sa.Column("slice", sa.String(200), primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("passes", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
    )
    n: Counter[tuple[int, str, str]] = Counter()
    passes, failed = n.copy(), n.copy()
    samples = sa.text("SELECT run_id, scorer, slices, value, failed FROM samples")
    for run, scorer, slices, value, error in op.get_bind().execute(samples):
        for name in ("", *dict.fromkeys(json.loads(slices))):
            key = (run, scorer, name)
            n[key] += 1
            passes[key] += value is not None and value >= 1.0
            failed[key] += error is not None
    rows = [
        {
            "run_id": run,
            "scorer": scorer,
            "slice": name,
            "n": count,
            "passes": passes[run, scorer, name],
            "failed": failed[run, scorer, name],
        }
        for (run, scorer, name), count in n.items()
    ]
    counts = sa.table("counts", *(sa.column(c) for c in (rows[0] if rows else ())))
    if rows:
        op.bulk_insert(counts, rows)
