"""Runs: resumable, bounded, and honest about failed calls."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from functools import cache, partial

import pytest

from evalfirst.evals import EvalSet, Sample, Score, arun, run, summary_table
from evalfirst.evals.running import feature_version
from evalfirst.evals.scorers import exact, label, numeric


def numbers(n: int) -> EvalSet:
    return EvalSet(tuple(Sample(str(i), str(i), i % 2) for i in range(n)), "numbers")


def parity(text: str) -> int:
    return int(text) % 2


def test_sync_and_async_features_give_the_same_result_in_the_sets_order():
    async def aparity(text: str) -> int:
        await asyncio.sleep(0)
        return int(text) % 2

    one, two = (run(f, numbers(20), [exact()], concurrency=7) for f in (parity, aparity))
    assert [r.id for r in one.results] == [str(i) for i in range(20)]
    assert [r.output for r in one.results] == [r.output for r in two.results]
    assert one.accuracy() == 1.0


def test_it_runs_where_an_event_loop_runs_already_as_in_a_notebook():
    async def cell() -> float:
        return run(parity, numbers(3), [exact()]).accuracy()

    assert asyncio.run(cell()) == 1.0


def test_the_coroutine_does_the_same():
    assert asyncio.run(arun(parity, numbers(3), [exact()])).accuracy() == 1.0


def test_never_more_calls_under_way_than_asked_for():
    lock, here, most = threading.Lock(), [0], [0]
    together = threading.Barrier(3)

    def feature(_: str) -> int:
        with lock:
            here[0] += 1
            most[0] = max(most[0], here[0])
        together.wait(10)  # three calls must be under way at once, or this times out
        with lock:
            here[0] -= 1
        return 0

    run(feature, numbers(9), [exact()], concurrency=3)
    assert most[0] == 3


def test_a_failed_call_is_data_and_counts_as_wrong_unless_excluded_on_purpose():
    def feature(text: str) -> int:
        if text == "3":
            raise TimeoutError("no answer within 5 s")
        return parity(text)

    result = run(feature, numbers(10), [exact()])
    (failed,) = result.failures
    assert (failed.id, failed.failure.kind) == ("3", "TimeoutError")
    assert failed.failure.message == "no answer within 5 s"
    assert len(result) == 10
    assert result.accuracy() == 0.9
    assert result.accuracy(errors="excluded") == 1.0
    assert (result.counted(), result.counted(errors="excluded")) == (10, 9)
    assert result.summary()["failures"] == {"TimeoutError": 1}
    assert bool(result.frame().loc[3, "correct"]) is False
    with pytest.raises(ValueError, match="'wrong' or 'excluded'"):
        result.accuracy(errors="ignored")


def test_a_killed_run_continues_where_it_was_and_failed_samples_are_tried_again(tmp_path):
    calls: list[str] = []
    outage = ["4"]

    class Feature:
        version = "1"

        def __call__(self, text: str) -> int:
            calls.append(text)
            if text in outage:
                outage.remove(text)
                raise ConnectionError("dropped")
            return parity(text)

    cache = tmp_path / "run.jsonl"
    run(Feature(), numbers(6), [exact()], cache=cache)
    # what a power cut leaves: the last line cut in half
    whole = cache.read_text().splitlines(keepends=True)
    cache.write_text("".join(whole[:-1]) + whole[-1][:20])
    lost = 1
    calls.clear()
    again = run(Feature(), numbers(6), [exact()], cache=cache, concurrency=1)
    assert again.accuracy() == 1.0
    assert "4" in calls
    assert len(calls) <= 1 + lost
    calls.clear()
    assert run(Feature(), numbers(6), [exact()], cache=cache).accuracy() == 1.0
    assert calls == []


def test_a_changed_feature_or_sample_is_not_answered_from_the_cache(tmp_path):
    cache = tmp_path / "run.jsonl"
    run(lambda text: parity(text), numbers(4), [exact()], cache=cache)
    assert run(lambda text: 1 - parity(text), numbers(4), [exact()], cache=cache).accuracy() == 0
    changed = EvalSet((Sample("0", "1", 1),), "numbers")
    assert run(lambda text: parity(text), changed, [exact()], cache=cache).accuracy() == 1


def test_a_scorer_with_another_tolerance_is_not_answered_from_the_cache(tmp_path):
    cache, calls = tmp_path / "run.jsonl", []

    class Nearly:
        version = "1"

        def __call__(self, text: str) -> float:
            calls.append(text)
            return int(text) % 2 + 0.05

    def accuracy(tolerance: float) -> float:
        return run(Nearly(), numbers(4), [numeric(absolute=tolerance)], cache=cache).accuracy()

    assert (accuracy(0.1), accuracy(0.01)) == (1, 0)
    assert accuracy(0.1) == 1
    assert len(calls) == 8  # the third run came from the cache


def test_an_async_sample_that_takes_too_long_is_a_failure_and_the_rest_goes_on():
    async def feature(text: str) -> int:
        if text == "1":
            await asyncio.Event().wait()
        return parity(text)

    result = run(feature, numbers(4), [exact()], timeout=0.05)
    assert [r.id for r in result.failures] == ["1"]
    failure = result.failures[0].failure
    assert (failure.kind, failure.message) == ("TimeoutError", "no answer within 0.05 s")


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("triage", numbers(2), [exact()]), TypeError, "must be a function"),
        ((parity, ["a ticket"], [exact()]), TypeError, "must be an EvalSet.*got list"),
        ((parity, numbers(2), exact()), TypeError, r"write scorers=\[...\]"),
    ],
)
def test_what_no_run_can_be_made_of_is_refused_in_words(arguments, error, said):
    with pytest.raises(error, match=said):
        run(*arguments)


def test_a_time_limit_that_could_not_be_kept_is_refused_before_anything_is_called():
    called = []
    with pytest.raises(ValueError, match=r"timeout is for an async feature.*client"):
        run(called.append, numbers(4), [exact()], timeout=5)
    with pytest.raises(ValueError, match="whole number of at least 1, got '4'"):
        run(called.append, numbers(4), [exact()], concurrency="4")
    assert called == []


def test_a_misspelt_scorer_is_no_accuracy_of_zero():
    result = run(parity, numbers(4), [exact()])
    with pytest.raises(ValueError, match="no scorer 'exakt'; it has 'exact'"):
        result.accuracy(scorer="exakt")


def test_a_scorer_that_raises_stops_the_run_because_it_is_no_fault_of_the_feature():
    def broken(*_: object) -> Score:
        raise KeyError("rubric")

    with pytest.raises(KeyError, match="rubric"):
        run(parity, numbers(2), [broken])


def test_an_output_that_cannot_be_kept_names_the_sample(tmp_path):
    with pytest.raises(TypeError, match="output for sample '0' cannot be kept"):
        run(lambda _: object(), numbers(1), [exact()], cache=tmp_path / "run.jsonl")


@pytest.mark.parametrize(
    ("eval_set", "scorers", "concurrency", "words"),
    [
        (numbers(1), [], 1, "at least one scorer"),
        (numbers(0), [exact()], 1, "numbers is empty"),
        (numbers(1), [exact()], 0, "at least 1, got 0"),
    ],
)
def test_senseless_requests_are_refused_in_words(eval_set, scorers, concurrency, words):
    with pytest.raises(ValueError, match=words):
        run(parity, eval_set, scorers, concurrency=concurrency)


def test_the_version_sees_code_and_the_values_that_it_reads():
    def make(prompt: str):
        return lambda text: prompt + text

    assert feature_version(make("a")) == feature_version(make("a"))
    assert feature_version(make("a")) != feature_version(make("b"))
    assert feature_version(parity) != feature_version(make("a"))


class Prompted:
    """A feature that is an object: its prompt is an attribute."""

    system = "Be brief."

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt

    def __call__(self, text: str) -> str:
        return self.prompt + text

    def answer(self, text: str) -> str:
        return self.prompt + text


def joined(prompt: str, text: str) -> str:
    return prompt + text


class Formal(Prompted):
    system = "Be formal."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda text: [w for w in text if w != "a"], lambda text: [w for w in text if w != "b"]),
        (lambda text: (lambda: text + "a")(), lambda text: (lambda: text + "b")()),
        (lambda text: text in {"a", "b"}, lambda text: text in {"a", "c"}),
        (Prompted("a"), Prompted("b")),
        (Prompted("a"), Formal("a")),
        (Prompted("a").answer, Prompted("b").answer),
        (partial(joined, "a"), partial(joined, "b")),
        (partial(joined, prompt="a"), partial(joined, prompt="b")),
        (cache(lambda text: text + "a"), cache(lambda text: text + "b")),
        (str.upper, str.lower),
    ],
    ids=[
        "comprehension",
        "inner function",
        "set",
        "object",
        "class",
        "method",
        "partial",
        "partial by name",
        "cached",
        "written in C",
    ],
)
def test_a_cache_never_gives_the_answers_of_another_version(one, other):
    assert feature_version(one) == feature_version(one)
    assert feature_version(one) != feature_version(other)


def test_the_version_is_the_same_in_every_process():
    code = (
        "from evalfirst.evals.running import feature_version\n"
        "print(feature_version(lambda text: text in {'alpha', 'beta', 'gamma'}))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_nothing_is_written_to_stderr_where_nobody_watches(capfd):
    run(parity, numbers(3), [exact()])
    assert capfd.readouterr().err == ""


def test_a_person_who_asks_for_it_sees_a_bar_with_running_accuracy(capfd):
    run(parity, numbers(3), [exact()], progress=True)
    assert "right so far 100%" in capfd.readouterr().err


def test_the_summary_gives_the_interval_beside_the_share():
    result = run(lambda _: 1, numbers(50), [exact()])
    shown = result.summary()
    assert (shown["passes"], shown["n"]) == (25, 50)
    # Wilson 95 % for 25 of 50
    assert shown["low"] == pytest.approx(0.366, abs=5e-4)
    assert shown["high"] == pytest.approx(0.634, abs=5e-4)
    assert "37% to 63%" in result._repr_html_()
    assert repr(result).endswith(": 25 of 50 right, 0 failed)")


def test_labels_are_compared_without_case_and_an_invented_one_is_named():
    scorer = label(["billing", "email"])
    assert scorer(" Billing ", "billing").value == 1.0
    assert scorer("email", "billing").explanation == "email instead of billing"
    invented = scorer("invoices", "billing")
    assert (invented.value, invented.explanation) == (0.0, "'invoices' is none of billing, email")
    assert scorer(None, "billing").value == 0.0


def test_exact_mirrors_its_own_target():
    assert exact()({"a": [1]}, {"a": [1]}).value == 1.0
    assert exact()("x", "y").explanation == "expected 'y'"


def test_the_table_of_several_runs_puts_the_best_first_and_shows_failures():
    def broken(_: str) -> int:
        raise TimeoutError

    runs = {
        "broken": run(broken, numbers(4), [exact()]),
        "good": run(parity, numbers(4), [exact()]),
    }
    table = summary_table(runs)
    assert list(table.index) == ["good", "broken"]
    assert table.loc["good", "right"] == "4 of 4"
    assert table.loc["broken", "failed calls"] == 4


def test_a_scorer_that_raises_stops_the_whole_run_and_leaves_no_false_failures(tmp_path):
    scored: list[object] = []

    def broken(output, _target):
        scored.append(output)
        raise RuntimeError("the scorer has a fault")

    async def cell() -> set[asyncio.Task]:
        with pytest.raises(RuntimeError, match="the scorer has a fault"):
            await arun(parity, numbers(9), [broken], concurrency=3, cache=tmp_path / "run.jsonl")
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(cell()) == set()
    assert len(scored) <= 3
    assert not (tmp_path / "run.jsonl").exists()


def test_a_feature_that_exits_is_a_failed_sample_and_not_the_end_of_the_run():
    def leaves(text: str) -> int:
        if text == "1":
            sys.exit(3)
        return int(text) % 2

    done = run(leaves, numbers(4), [exact()])
    assert [(r.id, r.failure.kind) for r in done.failures] == [("1", "SystemExit")]
    assert done.passes() == 3


def test_what_a_feature_leaves_behind_ends_with_the_run_and_says_nothing(caplog, capfd):
    ended: list[str] = []

    async def pieces(text: str):
        try:
            yield text
            yield "never read"
        finally:
            ended.append(text)

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("forever")

    kept: set[asyncio.Task] = set()

    async def careless(text: str) -> int:
        kept.add(asyncio.create_task(forever()))
        async for piece in pieces(text):
            return int(piece) % 2
        return -1

    assert run(careless, numbers(2), [exact()]).accuracy() == 1.0
    gc.collect()
    assert sorted(ended) == ["0", "1", "forever", "forever"]
    assert caplog.text == ""
    assert capfd.readouterr().err == ""


def test_a_plain_function_may_hand_on_what_an_async_one_returned():
    async def answer(text: str) -> int:
        return parity(text)

    result = run(lambda text: answer(text), numbers(4), [exact()])
    assert (result.passes(), result.failures) == (4, ())
