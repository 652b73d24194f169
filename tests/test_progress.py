"""Progress survives kernels, tabs, damaged files and other versions."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from evalfirst.progress import ProgressError, ProgressStore


@pytest.fixture
def store(tmp_path) -> ProgressStore:
    return ProgressStore(tmp_path / "progress.sqlite")


def test_reading_creates_no_file(store):
    assert store.recall("answers", ["none"]) == ["none"]
    assert store.attempts() == []
    assert not store.path.exists()


def test_what_is_remembered_is_there_for_the_next_kernel(store):
    store.remember("answers", {"1": "yes", "2": "not sure"})
    store.remember("answers", {"1": "no"})
    assert ProgressStore(store.path).recall("answers") == {"1": "no"}


def test_attempts_are_kept_in_order_and_by_exercise(store):
    store.record_attempt("p1-a", "wrong", 1.0, 4.0)
    store.record_attempt("p1-b", "correct", 2.0, 2.0)
    store.record_attempt("p1-a", "correct", 4.0, 4.0)
    assert [(a.outcome, a.marks) for a in store.attempts("p1-a")] == [("wrong", 1), ("correct", 4)]
    assert [a.exercise for a in store.attempts()] == ["p1-a", "p1-b", "p1-a"]


def test_two_notebooks_at_once_lose_no_attempt(store):
    def work(notebook: int) -> None:
        mine = ProgressStore(store.path)
        for _ in range(20):
            mine.record_attempt(f"p1-{notebook}", "wrong", 0.0, 1.0)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert len(store.attempts()) == 80


def test_a_damaged_store_says_what_to_do_and_is_left_alone(store):
    store.path.write_bytes(b"this is no database, it is a text of some length" * 40)
    before = store.path.read_bytes()
    with pytest.raises(ProgressError, match="rename it: a new one is made"):
        store.remember("x", 1)
    assert store.path.read_bytes() == before


def test_a_store_of_a_newer_course_is_refused_and_left_alone(store):
    store.remember("x", 1)
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(ProgressError, match=r"newer version of the course.*nothing was changed"):
        store.recall("x")


def test_an_unusable_folder_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ProgressError, match="Check that the folder is writable"):
        ProgressStore(tmp_path / "file" / "progress.sqlite").remember("x", 1)
