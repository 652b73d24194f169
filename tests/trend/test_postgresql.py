"""The same store on PostgreSQL: a server of our own, on a socket in a folder of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from evalfirst.trend import TrendStore
from tests.trend.test_store import made, night
from tests.trend.writers import write_at_once


def programs() -> Path:
    found = shutil.which("initdb") or next(
        iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None
    )
    assert found, "PostgreSQL's server is needed: apt-get install postgresql"
    return Path(found).parent


def as_server(command: list[str]) -> None:
    """Run a program as a user that PostgreSQL accepts: it refuses root."""
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    subprocess.run(command, user=user, check=True, capture_output=True, cwd="/", timeout=60)


@pytest.fixture(scope="module")
def url():
    # a socket's path may have 107 bytes, which pytest's own folders can exceed
    folder = Path(tempfile.mkdtemp(prefix="pg.", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    data = folder / "data"
    initdb, pg_ctl = (str(programs() / name) for name in ("initdb", "pg_ctl"))
    try:
        as_server(
            [initdb, "-D", str(data), "-U", "quality", "--auth=trust", "--no-sync", "-E", "UTF8"]
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        log = str(folder / "log")
        as_server([pg_ctl, "-D", str(data), "-o", options, "-l", log, "-w", "start"])
        try:
            yield f"postgresql+psycopg://quality@/postgres?host={folder}"
        finally:
            as_server([pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(url: str, first: int) -> None:
    store = TrendStore(url)
    for i in range(first, first + 4):
        store.record(made(40, failed=2, started=night(i)), release="1.0")
    store.record(made(33, started=night(27)), release="1.1")
    store.close()


def test_writers_at_once_make_the_tables_and_lose_nothing(url):
    write_at_once(_write, url, [4 * i for i in range(3)])
    store = TrendStore(url)
    trend = store.trend("triage")
    assert len(trend) == 13
    assert trend["failed"].tolist() == [2] * 12 + [0]
    assert trend["share"].tolist() == [0.8] * 12 + [0.66]
    assert store.trend(slice="typos")["n"].tolist() == [10] * 13
    store.annotate("2026-01-20", "index rebuilt")
    assert store.annotations()["text"].tolist() == ["1.0", "index rebuilt", "1.1"]
    store.close()
