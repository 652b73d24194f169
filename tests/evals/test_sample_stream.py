"""Streamed sets: the same results as in memory, and nothing held."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from evalfirst.evals import BadEvalSet, EvalRun, EvalSet, Sample, run
from evalfirst.evals.scorers import exact


def parity(text: str) -> int:
    return int(text) % 2


def numbers(folder, n):
    rows = tuple(Sample(str(i), str(i), i % 2, {"slices": ["odd"][: i % 2]}) for i in range(n))
    return EvalSet(rows, "numbers").save(folder / "numbers.jsonl")


def test_a_streamed_run_has_the_results_of_one_in_memory_and_the_same_cache(tmp_path):
    path = numbers(tmp_path, 30)
    stream, loaded = EvalSet.stream(path), EvalSet.load(path)
    assert (stream.version, stream.name, len(stream)) == (loaded.version, loaded.name, 30)
    assert list(stream) == list(loaded)
    cache = tmp_path / "run.jsonl"
    one = run(parity, stream, [exact()], cache=cache, concurrency=7)
    size = cache.stat().st_size
    other = run(parity, loaded, [exact()], cache=cache)
    assert cache.stat().st_size == size
    assert list(one.results) == list(other.results)
    assert one.summary() == other.summary()
    assert [r.id for r in one.results[3:5]] == ["3", "4"]
    assert one.results[-1].id == "29"
    assert list(run(parity, stream, [exact()], cache=cache).results) == list(other.results)


def test_results_without_a_cache_live_as_long_as_the_run(tmp_path):
    done = run(parity, EvalSet.stream(numbers(tmp_path, 5)), [exact()])
    scratch = done.results.path
    assert scratch.exists()
    saved = EvalRun.load(done.save(tmp_path / "run.jsonl"))
    assert list(saved.results) == list(done.results)
    del done
    gc.collect()
    assert not scratch.exists()


def test_memory_does_not_grow_with_the_number_of_samples(tmp_path):
    def peak(n: int) -> int:
        stream = EvalSet.stream(numbers(tmp_path, n))
        gc.collect()
        tracemalloc.start()
        done = run(parity, stream, [exact()], cache=tmp_path / f"{n}.jsonl")
        assert done.passes() == n
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)  # what is loaded once
    few, many = peak(200), peak(2_000)
    # a result in memory takes more than 1,000 bytes; its place in the file takes 8
    assert (many - few) / 1_800 < 100


def test_all_bad_lines_are_named_at_once_as_for_a_set_in_memory(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(
        b'{"id": "a", "input": "x"}\n{"id": "b", "inp\n\n{"id": "", "input": ""}\n\xff\n'
    )
    with pytest.raises(BadEvalSet) as streamed:
        EvalSet.stream(path)
    assert [p.split(":")[0] for p in streamed.value.problems] == [
        "line 2",
        "line 4",
        "line 4",
        "line 5",
    ]
    assert "not UTF-8" in streamed.value.problems[-1]


def test_a_repeated_id_is_refused_with_both_lines(tmp_path):
    path = tmp_path / "twice.jsonl"
    path.write_text('{"id": "a", "input": "x"}\n{"id": "b", "input": "x"}\n' * 2)
    with pytest.raises(BadEvalSet) as streamed:
        EvalSet.stream(path)
    with pytest.raises(BadEvalSet) as loaded:
        EvalSet.load(path)
    assert streamed.value.problems == loaded.value.problems


def test_a_file_that_changes_while_it_is_in_use_is_refused(tmp_path):
    path = numbers(tmp_path, 3)
    stream = EvalSet.stream(path)
    path.write_text('{"id": "a", "input": "1", "target": 1}\n')
    with pytest.raises(BadEvalSet, match="changed since it was checked"):
        run(parity, stream, [exact()])


def test_a_missing_or_empty_file_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="Label some examples first"):
        EvalSet.stream(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(ValueError, match="empty is empty"):
        run(parity, EvalSet.stream(tmp_path / "empty.jsonl"), [exact()])


def test_results_whose_file_was_removed_or_changed_say_so(tmp_path):
    cache = tmp_path / "run.jsonl"
    done = run(parity, EvalSet.stream(numbers(tmp_path, 3)), [exact()], cache=cache)
    cache.write_bytes(b"\n" + cache.read_bytes())
    with pytest.raises(ValueError, match="the file was changed after the run"):
        list(done.results)
    cache.unlink()
    with pytest.raises(FileNotFoundError, match="the file is gone"):
        done.passes()
