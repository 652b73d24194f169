"""Databases by their URL; SQLite files that several processes may write to at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy.engine import Connection, Engine

# Seconds that a writer waits for the others.
_PATIENCE = 60


class BadStore(RuntimeError):
    """The store cannot be used; the message says why and how to mend it."""


def open_engine(url: str) -> Engine:
    """Return an engine; the folder of an SQLite file is made.

    Raises:
        BadStore: the URL, its driver or the folder cannot be used; the message says why.
    """
    try:
        made = sa.engine.make_url(url)
        if made.get_backend_name() == "sqlite":
            if made.database and made.database != ":memory:":
                Path(made.database).parent.mkdir(parents=True, exist_ok=True)
            engine = sa.create_engine(made, connect_args={"timeout": _PATIENCE})
            _let_writers_queue(engine)
            return engine
        return sa.create_engine(made, pool_pre_ping=True)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise BadStore(
            f"{url!r} is no database URL that can be used here: {error}. A file is "
            "sqlite:///quality.sqlite; a server needs its driver installed."
        ) from error
    except OSError as error:
        raise BadStore(f"the folder of {url!r} cannot be made: {error.strerror}") from error


def _let_writers_queue(engine: Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, _: Any) -> None:
        # SQLAlchemy's own recipe: let us, and not the driver, say when a transaction begins
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        if connection.get_execution_options().get("evalfirst_writes"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def writing(engine: Engine) -> AbstractContextManager[Connection]:
    """Begin a transaction that writes, and commit it at the end."""
    # the write lock first: a transaction that begins with reading may find it too late
    return engine.execution_options(evalfirst_writes=True).begin()
