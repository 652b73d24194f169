"""Run a feature over an eval set: bounded, resumable, and with errors kept as data."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import inspect
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from evalfirst.evals.callables import is_async, name_of
from evalfirst.evals.eval_run import EvalRun
from evalfirst.evals.eval_set import EvalSet
from evalfirst.evals.kept_results import KeptResults
from evalfirst.evals.logged_results import Scratch
from evalfirst.evals.progress_bar import ProgressBar
from evalfirst.evals.result_log import ResultLog
from evalfirst.evals.sample_result import Failure, SampleResult
from evalfirst.evals.sample_stream import SampleStream
from evalfirst.evals.scorers import NoVerdict
from evalfirst.evals.scorers.calling import ScorerCall
from evalfirst.evals.versions import feature_version, run_versions, scorer_name
from evalfirst.llm.tally import counting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from evalfirst.evals.eval_set import Sample
    from evalfirst.evals.scorers import Scorer

    Feature = Callable[[Any], Any]

__all__ = ["arun", "feature_version", "run", "scorer_name"]

# Seconds that tasks which a feature left behind get to end by themselves.
_PATIENCE = 0.5


def run(
    feature: Feature,
    eval_set: EvalSet | SampleStream,
    scorers: Sequence[Scorer],
    *,
    concurrency: int = 4,
    cache: str | Path | None = None,
    progress: bool | None = None,
    timeout: float | None = None,
) -> EvalRun:
    """Call `feature` on every sample and score what it returns.

    Works in a notebook, where an event loop runs already: the run has a thread of its own.

    Args:
        feature: any callable that takes a sample's input, sync or async. Retries are its own
            business. A `version` attribute names its version; else its code is hashed.
        eval_set: the samples; with `EvalSet.stream(path)` neither they nor the results are held
            in memory.
        scorers: what judges an output; summaries use the first.
        concurrency: calls under way at once, at least 1.
        cache: JSONL file that keeps every finished sample. A run that was killed continues
            where it was; failed samples are tried again. Several runs may share a file.
        progress: show a bar with running accuracy and cost; by default only for a person, that
            is in a terminal or a notebook.
        timeout: seconds for one sample, for an async feature; a thread cannot be stopped, so a
            plain function has its time limit in its client, as in `client(timeout=10)`.

    Returns:
        A result for every sample, in the set's order. A feature's exception is a `Failure` in
        it and counts as a wrong answer unless you exclude it explicitly; so does an output on
        which a scorer cannot decide (`NoVerdict`).

    Raises:
        ValueError: no scorers, two of one name, an empty set, a concurrency below 1, or a timeout
            for a feature that is not async; or a scorer's value is not between 0 and 1.
        TypeError: the feature cannot be called, the set is none, or a scorer takes something else
            than `(output, target)` or returns no score.
        OSError: `cache` cannot be written; finished samples stay on disk.
    """
    outcome: list[EvalRun] = []
    problem: list[BaseException] = []
    loop = asyncio.new_event_loop()
    task = loop.create_task(
        arun(
            feature,
            eval_set,
            scorers,
            concurrency=concurrency,
            cache=cache,
            progress=progress,
            timeout=timeout,
        )
    )

    def work() -> None:
        try:
            outcome.append(loop.run_until_complete(task))
        except BaseException as error:
            problem.append(error)
        finally:
            _end(loop)

    thread = threading.Thread(target=work, name="evalfirst-run")
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        # the person pressed stop: finished samples are on disk, calls under way are dropped
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        raise
    if problem:
        raise problem[0]
    return outcome[0]


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop without leaving tasks that would complain on stderr, which costs marks."""
    if left := asyncio.all_tasks(loop):
        # streams that a feature has read end in tasks of their own, and at once
        loop.run_until_complete(asyncio.wait(left, timeout=_PATIENCE))
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


async def arun(
    feature: Feature,
    eval_set: EvalSet | SampleStream,
    scorers: Sequence[Scorer],
    *,
    concurrency: int = 4,
    cache: str | Path | None = None,
    progress: bool | None = None,
    timeout: float | None = None,
) -> EvalRun:
    """Do what `run` does, as a coroutine."""
    _check(feature, eval_set, scorers, concurrency, timeout)
    # so fine that two short runs, one after the other, are two in a store of runs
    started = datetime.now(UTC).isoformat(timespec="milliseconds")
    versions = run_versions(feature)
    judges = _calls(scorers)
    # a scorer with another tolerance or label list gives other verdicts under the same name
    judged = [(n, feature_version(scorer)) for n, scorer in zip(judges, scorers, strict=True)]
    key = _Key(versions["feature"], judged)
    streamed = isinstance(eval_set, SampleStream)
    scratch = Scratch() if streamed and cache is None else None
    log = ResultLog(cache if scratch is None else scratch.path)
    kept = KeptResults(len(eval_set), log, in_memory=not streamed)

    with (
        log,
        ProgressBar(len(eval_set), progress) as bar,
        ThreadPoolExecutor(concurrency, thread_name_prefix="evalfirst-feature") as threads,
    ):
        one = _One(feature, judges, threads, timeout, is_async=is_async(feature))

        def waiting() -> Iterator[tuple[int, Sample, str]]:
            for position, sample in enumerate(eval_set):
                sample_key = key.of(sample)
                place = log.finished(sample_key)
                if place is None:
                    log.ready()
                    yield position, sample, sample_key
                else:
                    bar.add(kept.found(position, place))

        samples = waiting()

        async def worker() -> None:
            for position, sample, sample_key in samples:
                result = await one.result(sample, log.attempt(sample_key))
                kept.add(position, result, log.append(sample_key, result))
                bar.add(result)

        workers = [asyncio.create_task(worker()) for _ in range(min(concurrency, len(eval_set)))]
        try:
            await asyncio.gather(*workers)
        finally:
            # when one stops, the others must not go on with threads and a log that are closed
            for task in workers:
                task.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    if kept.models:
        versions["model"] = ", ".join(sorted(kept.models))
    return EvalRun(
        results=kept.results(scratch),
        feature=f"{name_of(feature)} {versions['feature']}",
        eval_set=f"{eval_set.name} {eval_set.version}",
        scorers=tuple(judges),
        started=started,
        versions=versions,
    )


@dataclass(frozen=True)
class _One:
    """Calls a feature for one sample, and scores what it returns."""

    feature: Feature
    judges: dict[str, ScorerCall]
    threads: ThreadPoolExecutor
    timeout: float | None
    is_async: bool

    async def result(self, sample: Sample, attempt: int) -> SampleResult:
        """Return what became of one sample."""
        common: dict[str, Any] = {
            "id": sample.id,
            "input": sample.input,
            "target": sample.target,
            "slices": sample.slices,
            "attempt": attempt,
        }
        with counting() as tally:
            start = time.perf_counter()
            try:
                output = await self._output(sample)
            except (Exception, SystemExit) as error:  # sys.exit in a feature must not end the run
                seconds = time.perf_counter() - start
                failure = Failure(type(error).__name__, self._said(error), attempt)
                return SampleResult(**common, failure=failure, seconds=seconds, usage=tally.usage)
            seconds = time.perf_counter() - start
        # a scorer that raises is a fault of the eval, not of the feature: it stops the run. What
        # a judge among the scorers asks of models is no cost of the feature, and is not counted
        told: dict[str, Any] = {"output": output, "seconds": seconds, "usage": tally.usage}
        try:
            scores = {
                name: await judge(output, sample, self.threads)
                for name, judge in self.judges.items()
            }
        except NoVerdict as error:
            failure = Failure(type(error).__name__, str(error), attempt)
            return SampleResult(**common, **told, failure=failure)
        return SampleResult(**common, **told, scores=scores)

    async def _output(self, sample: Sample) -> Any:
        call: Awaitable[Any]
        if self.is_async:
            call = self.feature(sample.input)
        else:
            # a thread of the pool has no context of its own
            context = contextvars.copy_context()
            call = asyncio.get_running_loop().run_in_executor(
                self.threads, context.run, self.feature, sample.input
            )
        found = await (call if self.timeout is None else asyncio.wait_for(call, self.timeout))
        # a plain function may hand on what an async one returned
        return await found if inspect.isawaitable(found) else found

    def _said(self, error: BaseException) -> str:
        if isinstance(error, TimeoutError) and not str(error) and self.timeout is not None:
            return f"no answer within {self.timeout:g} s"
        return str(error) or repr(error)


def _check(
    feature: object, eval_set: object, scorers: object, concurrency: object, timeout: float | None
) -> None:
    """Refuse what no run can be made of, before anything is called."""
    if not callable(feature):
        raise TypeError(f"the feature must be a function of a sample's input, got {feature!r}")
    if not isinstance(eval_set, EvalSet | SampleStream):
        raise TypeError(
            "the second argument must be an EvalSet, as from EvalSet.load(path) or "
            f"EvalSet((Sample(...), ...)), got {type(eval_set).__name__}"
        )
    if callable(scorers):
        raise TypeError("scorers is a list: write scorers=[...], also around a single one")
    if not scorers:
        raise ValueError("give at least one scorer, such as scorers=[exact()]")
    if not len(eval_set):
        raise ValueError(f"{eval_set.name} is empty: label some examples first")
    if not isinstance(concurrency, int) or concurrency < 1:
        raise ValueError(f"concurrency must be a whole number of at least 1, got {concurrency!r}")
    if timeout is not None and not is_async(feature):
        raise ValueError(
            "timeout is for an async feature: a thread cannot be stopped, and would keep the next "
            "samples waiting. Give the client of this one a time limit, as in client(timeout=10)."
        )


class _Key:
    """Makes the key under which a sample's result is kept: feature, scorers and sample."""

    def __init__(self, version: str, scorers: Sequence[tuple[str, str]]) -> None:
        """Prepare what is the same for every sample."""
        self._start = _json([version, scorers]).removesuffix("]") + ", "

    def of(self, sample: Sample) -> str:
        """Return 24 hexadecimal digits."""
        content = f"{self._start}{_json(sample.as_dict())}]"
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _calls(scorers: Sequence[Scorer]) -> dict[str, ScorerCall]:
    calls: dict[str, ScorerCall] = {}
    for scorer in scorers:
        name = scorer_name(scorer)
        if name in calls:
            raise ValueError(
                f"two scorers are called {name}, so that one would hide the other: give one of "
                "them another __name__"
            )
        calls[name] = ScorerCall(scorer, name)
    return calls
