"""Bringing a store's tables up to date, in one transaction and with a copy of what was there."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from evalfirst.database import BadStore
from evalfirst.trend.tables import SCHEMA

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

# any number that no other program takes as its lock
_LOCK = 7_341_029


def bring_up_to_date(engine: Engine) -> None:
    """Create or migrate the tables; several processes may do so at once.

    Raises:
        BadStore: the tables are those of a newer version, or the file is no database.
    """
    try:
        with engine.connect() as connection:
            found = _revision(connection)
        if found == SCHEMA:
            return
        with engine.connect() as connection:
            _lock(connection)
            found = _revision(connection)
            if found != SCHEMA:  # nobody else was quicker
                if found is not None:
                    _copy(engine)
                _migrate(connection)
            connection.commit()
    except sa.exc.DatabaseError as error:
        raise BadStore(f"{_name(engine)} cannot be used as a store: {error.orig}") from error


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found > SCHEMA:
        raise BadStore(
            f"{_name(connection.engine)} was written by a newer evalfirst (its tables are of "
            f"revision {found}, this one knows {SCHEMA}). Update evalfirst."
        )
    return found


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _copy(engine: Engine) -> None:
    """Keep what an SQLite file held before a migration; a server has backups of its own.

    The lock is held by then: others wait, and what is read is what was last committed.
    """
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    path = Path(engine.url.database)
    kept = path.with_name(f"{path.name}.before-{SCHEMA}")
    if kept.exists():
        return
    partial = kept.with_name(kept.name + ".part")
    source, target = sqlite3.connect(path), sqlite3.connect(partial)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    partial.replace(kept)


def _name(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
