"""A reader meets the old content or the new, never a mixture."""

from __future__ import annotations

import os
import stat

import pytest

from evalfirst import atomic


def test_it_writes_utf8_with_plain_line_ends_and_makes_the_folder(tmp_path):
    path = tmp_path / "new" / "file.txt"
    atomic.write_text(path, "Größe\nzwei\n")
    assert path.read_bytes() == "Größe\nzwei\n".encode()


def test_a_failed_write_leaves_the_old_content_and_no_temporary_file(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    atomic.write_text(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        atomic.write_text(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"]


def test_the_file_keeps_its_mode_and_a_new_one_follows_the_umask(tmp_path):
    path = tmp_path / "file.txt"
    old = os.umask(0o022)
    try:
        atomic.write_text(path, "x")
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        path.chmod(0o600)
        atomic.write_text(path, "y")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(old)
