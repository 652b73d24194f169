"""What a learner has answered and attempted, in one SQLite file that survives kernels and tabs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Each entry takes the store from the version of its index to the next one.
_MIGRATIONS = (
    """
    CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT NOT NULL, saved_at TEXT NOT NULL);
    CREATE TABLE attempt (
        id INTEGER PRIMARY KEY,
        exercise TEXT NOT NULL,
        outcome TEXT NOT NULL,
        marks REAL NOT NULL,
        points REAL NOT NULL,
        at TEXT NOT NULL
    );
    CREATE INDEX attempt_by_exercise ON attempt (exercise, id);
    """,
)

# Two notebooks may save at the same moment; one waits for the other this many seconds.
_PATIENCE = 10.0


class ProgressError(RuntimeError):
    """The store cannot be read or written; the message says what to do. Nothing was changed."""


@dataclass(frozen=True)
class Attempt:
    """One judged attempt at an exercise; `at` is an ISO 8601 time in UTC."""

    exercise: str
    outcome: str
    marks: float
    points: float
    at: str


class ProgressStore:
    """A learner's progress. Safe with several open notebooks: each call is one transaction."""

    def __init__(self, path: Path) -> None:
        """Use the store at `path`; the file is created by the first write."""
        self.path = path

    def remember(self, key: str, value: Any) -> None:
        """Keep a JSON value under `key`, replacing what was there.

        Raises:
            ProgressError: the store is damaged, read-only, or of a newer course version.
        """
        with self._open() as db:
            db.execute(
                "INSERT OR REPLACE INTO note (key, value, saved_at) VALUES (?, ?, ?)",
                (key, json.dumps(value), _now()),
            )

    def recall(self, key: str, default: Any = None) -> Any:
        """Return what was kept under `key`, or `default`.

        Raises:
            ProgressError: the store is damaged or of a newer course version.
        """
        if not self.path.exists():
            return default
        with self._open() as db:
            row = db.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone()
        if row is None:
            return default
        try:
            return json.loads(row[0])
        except (RecursionError, TypeError, ValueError) as error:
            raise ProgressError(
                f"what {self.path} keeps under {key!r} is damaged ({error}). Rename the file: a "
                "new one is made, and your notebooks and feature/ folder are not affected."
            ) from error

    def record_attempt(self, exercise: str, outcome: str, marks: float, points: float) -> None:
        """Append one judged attempt.

        Raises:
            ProgressError: the store is damaged, read-only, or of a newer course version.
        """
        with self._open() as db:
            db.execute(
                "INSERT INTO attempt (exercise, outcome, marks, points, at) VALUES (?, ?, ?, ?, ?)",
                (exercise, outcome, marks, points, _now()),
            )

    def attempts(self, exercise: str | None = None) -> list[Attempt]:
        """Return the attempts at one exercise, or at all of them, oldest first.

        Raises:
            ProgressError: the store is damaged or of a newer course version.
        """
        if not self.path.exists():
            return []
        with self._open() as db:
            rows = db.execute(
                "SELECT exercise, outcome, marks, points, at FROM attempt "
                "WHERE ?1 IS NULL OR exercise = ?1 ORDER BY id",
                (exercise,),
            ).fetchall()
        return [Attempt(*row) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as db:
                _migrate(db, self.path)
                with db:  # commits, or rolls back on an exception
                    yield db
        except (sqlite3.Error, OSError) as error:
            raise ProgressError(
                f"cannot use the progress store {self.path}: {error}. Check that the folder is "
                "writable and the disk is not full. If the file is damaged, rename it: a new one "
                "is made, and your notebooks and feature/ folder are not affected."
            ) from error


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(_MIGRATIONS):
        raise ProgressError(
            f"{path} was written by a newer version of the course (store version {version}, this "
            f"course knows {len(_MIGRATIONS)}). Update the course; nothing was changed."
        )
    if version == len(_MIGRATIONS):
        return
    # the lock is taken before the version is read again: another notebook may have migrated
    db.execute("BEGIN EXCLUSIVE")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    for step in _MIGRATIONS[version:]:
        for statement in filter(str.strip, step.split(";")):
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
    db.commit()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
