"""The tables of played traffic, and the store that they are in."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from evalfirst.database import BadStore, open_engine, writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Answer", "BadStore", "Play", "PlayStore"]


class Table(DeclarativeBase):
    """What all tables share."""


class Play(Table):
    """One traffic played against one version of a feature; `key` is a hash of both."""

    __tablename__ = "plays"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True)
    begun: Mapped[datetime] = mapped_column(sa.DateTime)
    traffic: Mapped[str] = mapped_column(sa.String(32))
    arrivals: Mapped[int] = mapped_column(sa.Integer)
    samples: Mapped[str] = mapped_column(sa.String(200))
    feature: Mapped[str] = mapped_column(sa.String(200))
    feature_version: Mapped[str | None] = mapped_column(sa.Text)
    prompt_version: Mapped[str | None] = mapped_column(sa.Text)


class Answer(Table):
    """What one arrival got. `at` is the simulated time, UTC; `output` is JSON."""

    __tablename__ = "answers"

    play_id: Mapped[int] = mapped_column(sa.ForeignKey("plays.id"), primary_key=True)
    arrival: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(sa.DateTime)
    user: Mapped[str] = mapped_column(sa.String(200))
    sample: Mapped[str] = mapped_column(sa.String(200))
    request_id: Mapped[str] = mapped_column(sa.String(64))
    outcome: Mapped[str] = mapped_column(sa.String(20))
    status: Mapped[int | None] = mapped_column(sa.Integer)
    kind: Mapped[str | None] = mapped_column(sa.String(100))
    output: Mapped[str | None] = mapped_column(sa.Text)
    seconds: Mapped[float] = mapped_column(sa.Float)
    recorded_seconds: Mapped[float | None] = mapped_column(sa.Float)
    feature_version: Mapped[str | None] = mapped_column(sa.Text)
    prompt_version: Mapped[str | None] = mapped_column(sa.Text)
    model: Mapped[str | None] = mapped_column(sa.Text)
    calls: Mapped[int] = mapped_column(sa.Integer)
    prompt_tokens: Mapped[int | None] = mapped_column(sa.Integer)
    completion_tokens: Mapped[int | None] = mapped_column(sa.Integer)
    dollars: Mapped[float | None] = mapped_column(sa.Float)


class PlayStore:
    """Keeps every answer as soon as it is there."""

    def __init__(self, url: str) -> None:
        """Open the database at `url`, and make the tables if there are none.

        Raises:
            BadStore: it cannot be used; the message says why.
        """
        self.url = url
        self._engine = open_engine(url)
        place = self._engine.url
        if place.get_backend_name() == "sqlite" and place.database in (None, "", ":memory:"):
            raise BadStore(f"{url!r} is no file: name one, such as sqlite:///traffic.sqlite")
        try:
            Table.metadata.create_all(self._engine)
        except sa.exc.DatabaseError as error:
            raise BadStore(f"{url} cannot be used as a store: {error.orig}") from error

    def begin(self, key: str, facts: Mapping[str, Any]) -> int:
        """Return the number of a play: a new one, or that of the same play before."""
        with self._writing() as connection:
            known = connection.execute(sa.select(Play.id).where(Play.key == key)).scalar()
            if known is not None:
                return int(known)
            row = {**facts, "key": key, "begun": datetime.now(UTC).replace(tzinfo=None)}
            made = connection.execute(sa.insert(Play).returning(Play.id), row)
            return int(made.scalar_one())

    def newest(self) -> int:
        """Return the number of the play that began last.

        Raises:
            LookupError: the store is empty.
        """
        with self._engine.connect() as connection:
            number = connection.execute(sa.select(sa.func.max(Play.id))).scalar()
        if number is None:
            raise LookupError(f"{self.url} holds no plays: play some traffic first")
        return int(number)

    def play(self, number: int) -> dict[str, Any]:
        """Return the facts of a play.

        Raises:
            LookupError: there is none of this number.
        """
        with self._engine.connect() as connection:
            found = connection.execute(
                sa.select(*Play.__table__.columns).where(Play.id == number)
            ).one_or_none()
        if found is None:
            raise LookupError(f"{self.url} holds no play {number}")
        return dict(found._mapping)

    def finished(self, number: int) -> set[int]:
        """Return the arrivals of a play that have an answer."""
        chosen = sa.select(Answer.arrival).where(Answer.play_id == number)
        with self._engine.connect() as connection:
            return set(connection.execute(chosen).scalars())

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep answers, all or none. An arrival that has one already keeps the first."""
        try:
            with self._writing() as connection:
                connection.execute(sa.insert(Answer), list(rows))
        except sa.exc.IntegrityError:
            # another process plays the same: whoever was first counts
            with self._writing() as connection:
                for row in rows:
                    here = sa.select(Answer.arrival).where(
                        Answer.play_id == row["play_id"], Answer.arrival == row["arrival"]
                    )
                    if connection.execute(here).first() is None:
                        connection.execute(sa.insert(Answer), row)

    def answers(self, number: int) -> tuple[list[str], list[Any]]:
        """Return the names and the rows of a play's answers, in the order of the arrivals."""
        columns = [column for column in Answer.__table__.columns if column.name != "play_id"]
        chosen = sa.select(*columns).where(Answer.play_id == number).order_by(Answer.arrival)
        with self._engine.connect() as connection:
            found = connection.execute(chosen)
            return list(found.keys()), list(found.fetchall())

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        try:
            with writing(self._engine) as connection:
                yield connection
        except sa.exc.OperationalError as error:
            raise BadStore(
                f"{self.url} cannot be written: {error.orig}. Check that the disk is not full and "
                "the folder can be written, then play again: what is stored is not asked again."
            ) from error
