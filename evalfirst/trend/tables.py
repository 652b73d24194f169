"""The tables of the store.

Counts by run, scorer and slice are kept beside the samples, so that a trend over a million samples
reads some hundred rows.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (SQLAlchemy reads the annotations)

from sqlalchemy import DateTime, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

#: revision of the newest migration in `migrations/versions`
SCHEMA = "0002"

#: stands in `counts.slice` for all samples of a run
ALL = ""


class Table(DeclarativeBase):
    """What all tables share."""


class Run(Table):
    """One run of a feature over an eval set. `at` is UTC; `key` is a hash of the content."""

    __tablename__ = "runs"
    __table_args__ = (Index("runs_by_feature", "feature", "eval_set", "at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    at: Mapped[datetime] = mapped_column(DateTime)
    feature: Mapped[str] = mapped_column(String(200))
    feature_version: Mapped[str] = mapped_column(Text)
    eval_set: Mapped[str] = mapped_column(String(200))
    eval_set_version: Mapped[str] = mapped_column(String(200))
    scorer: Mapped[str] = mapped_column(String(200))
    release: Mapped[str | None] = mapped_column(String(200))
    dollars: Mapped[float | None] = mapped_column(Float)


class Version(Table):
    """One version that a run was made with, such as `model` or `git_commit`."""

    __tablename__ = "versions"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class SampleScore(Table):
    """One scorer's verdict on one sample; `failed` names the error where there was no output."""

    __tablename__ = "samples"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    scorer: Mapped[str] = mapped_column(String(200), primary_key=True)
    sample: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[float | None] = mapped_column(Float)
    failed: Mapped[str | None] = mapped_column(String(200))
    seconds: Mapped[float | None] = mapped_column(Float)
    slices: Mapped[str] = mapped_column(Text)  # JSON list of names


class Count(Table):
    """Samples of a run by scorer and slice; the slice of all samples is empty."""

    __tablename__ = "counts"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    scorer: Mapped[str] = mapped_column(String(200), primary_key=True)
    slice: Mapped[str] = mapped_column(String(200), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    passes: Mapped[int] = mapped_column(Integer)
    failed: Mapped[int] = mapped_column(Integer)


class Annotation(Table):
    """Something that happened: a release, an outage, a new eval set. `at` is UTC."""

    __tablename__ = "annotations"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime)
    text: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(50))
    feature: Mapped[str | None] = mapped_column(String(200))
