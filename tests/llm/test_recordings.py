"""Recording: nothing lost, nothing torn, whoever writes at the same time."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from evalfirst.llm import CannotRecord, RecordingTransport, ReplayTransport, client
from evalfirst.llm.recordings import append, files_in, read_recordings

from .conftest import exchange, loopback, question

if TYPE_CHECKING:
    from pathlib import Path

LONG = "A line longer than any buffer of the system. " * 400


def _write_many(path: Path, who: int) -> None:
    for i in range(20):
        append(path, exchange(question(f"{who}.{i}"), LONG))


def test_processes_that_record_to_one_file_lose_and_tear_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shared.jsonl"
    start = multiprocessing.get_context("spawn")
    writers = [start.Process(target=_write_many, args=(path, who)) for who in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = read_recordings(path)
    assert len({e.key for e in found}) == len(found) == 40
    assert path.read_text(encoding="utf-8").count("\n") == 40


def test_threads_that_record_to_one_file_lose_and_tear_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shared.jsonl"
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda who: _write_many(path, who), range(8)))
    assert len({e.key for e in read_recordings(path)}) == 160


def test_a_recorded_answer_is_not_recorded_again(tmp_path: Path) -> None:
    source, target = tmp_path / "source.jsonl", tmp_path / "target.jsonl"
    append(source, exchange(question(), "Hello."))
    sdk = client(RecordingTransport(ReplayTransport(source), target))
    sdk.chat.completions.create(**question())
    assert not target.exists()


def test_what_cannot_be_written_is_said_with_the_file(tmp_path: Path) -> None:
    blocked = tmp_path / "a_file"
    blocked.write_text("")
    with pytest.raises(CannotRecord, match="a_file"):
        append(blocked / "recording.jsonl", exchange(question(), "Hello."))


def test_a_stream_that_broke_off_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = (
        'data: {"object":"chat.completion.chunk","id":"1","created":1,"model":"m",'
        '"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}\n\n'
    )
    with loopback(200, chunk, "text/event-stream") as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("EVALFIRST_RECORD", str(tmp_path / "r.jsonl"))
        pieces = list(client().chat.completions.create(**question(), stream=True))
    assert pieces[0].choices[0].delta.content == "Hel"
    assert not (tmp_path / "r.jsonl").exists()


def test_a_folder_is_read_in_order_of_names(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "notes.txt"):
        (tmp_path / name).write_text("")
    assert [file.name for file in files_in(tmp_path)] == ["a.jsonl", "b.jsonl"]
    assert files_in(tmp_path / "nowhere") == []
