"""Run a feature over an eval set: bounded, resumable, and with errors kept as data."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import inspect
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import CodeType
from typing import TYPE_CHECKING, Any

from evalfirst.evals.eval_run import EvalRun, Failure, SampleResult
from evalfirst.evals.result_log import ResultLog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from evalfirst.evals.eval_set import EvalSet, Sample
    from evalfirst.evals.scorers import Scorer

    Feature = Callable[[Any], Any]

# Seconds that tasks which a feature left behind get to end by themselves.
_PATIENCE = 0.5
# Values whose text is the same in every process.
_PLAIN = (str, int, float, bool, bytes, list, tuple, dict)


def run(
    feature: Feature,
    eval_set: EvalSet,
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
        eval_set: the samples.
        scorers: what judges an output; summaries use the first.
        concurrency: calls under way at once, at least 1.
        cache: JSONL file that keeps every finished sample. A run that was killed continues
            where it was; failed samples are tried again.
        progress: show a bar with running accuracy; by default only for a person, that is in a
            terminal or a notebook.
        timeout: seconds for one sample, for an async feature.

    Returns:
        A result for every sample, in the set's order. A feature's exception is a `Failure` in
        it and counts as a wrong answer unless you exclude it explicitly.

    Raises:
        ValueError: no scorers, an empty set, or a concurrency below 1.
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
    eval_set: EvalSet,
    scorers: Sequence[Scorer],
    *,
    concurrency: int = 4,
    cache: str | Path | None = None,
    progress: bool | None = None,
    timeout: float | None = None,
) -> EvalRun:
    """Do what `run` does, as a coroutine."""
    if not scorers:
        raise ValueError("give at least one scorer, such as scorers=[exact()]")
    if not len(eval_set):
        raise ValueError(f"{eval_set.name} is empty: label some examples first")
    if concurrency < 1:
        raise ValueError(f"concurrency must be at least 1, got {concurrency}")
    version = feature_version(feature)
    names = tuple(scorer_name(scorer) for scorer in scorers)
    # a scorer with another tolerance or label list gives other verdicts under the same name
    judged = [(n, feature_version(scorer)) for n, scorer in zip(names, scorers, strict=True)]
    keys = {sample.id: _key(version, judged, sample) for sample in eval_set}
    log = ResultLog(cache)
    done = {
        sample.id: log.finished[keys[sample.id]]
        for sample in eval_set
        if keys[sample.id] in log.finished
    }
    waiting = iter([sample for sample in eval_set if sample.id not in done])
    with (
        log,
        _bar(len(eval_set), progress) as bar,
        ThreadPoolExecutor(concurrency, thread_name_prefix="evalfirst-feature") as threads,
    ):
        bar.add(done.values())

        async def worker() -> None:
            for sample in waiting:
                result = await _one(feature, sample, scorers, names, threads, timeout)
                log.append(keys[sample.id], result)
                done[sample.id] = result
                bar.add([result])

        workers = [asyncio.create_task(worker()) for _ in range(min(concurrency, len(eval_set)))]
        try:
            await asyncio.gather(*workers)
        finally:
            # when one stops, the others must not go on with threads and a log that are closed
            for task in workers:
                task.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    return EvalRun(
        results=tuple(done[sample.id] for sample in eval_set),
        feature=f"{_name(feature)} {version}",
        eval_set=f"{eval_set.name} {eval_set.version}",
        scorers=names,
    )


async def _one(
    feature: Feature,
    sample: Sample,
    scorers: Sequence[Scorer],
    names: Sequence[str],
    threads: ThreadPoolExecutor,
    timeout: float | None,
) -> SampleResult:
    common: dict[str, Any] = {
        "id": sample.id,
        "input": sample.input,
        "target": sample.target,
        "slices": sample.slices,
    }
    start = time.perf_counter()
    try:
        call: Awaitable[Any]
        if _is_async(feature):
            call = feature(sample.input)
        else:
            call = asyncio.get_running_loop().run_in_executor(threads, feature, sample.input)
        output = await asyncio.wait_for(call, timeout)
    except (Exception, SystemExit) as error:  # sys.exit in a feature must not end the run
        seconds = time.perf_counter() - start
        failure = Failure(type(error).__name__, str(error) or repr(error))
        return SampleResult(**common, failure=failure, seconds=seconds)
    seconds = time.perf_counter() - start
    # a scorer that raises is a fault of the eval, not of the feature: it stops the run
    scores = {n: scorer(output, sample.target) for n, scorer in zip(names, scorers, strict=True)}
    return SampleResult(**common, output=output, scores=scores, seconds=seconds)


def feature_version(feature: Callable[..., Any]) -> str:
    """Return what tells one version of a feature from another.

    Its `version` attribute if it has one; else a hash of its code and of the plain values
    (texts, numbers, lists, ...) that the code reads from its closure, defaults and module, and
    for an object from its attributes. Functions in its closure count; a change in a function of
    its module is not seen: give such a feature a `version`.
    """
    named = getattr(feature, "version", None)
    if named is not None:
        return str(named)
    return hashlib.sha256(repr(list(_decisive(feature))).encode()).hexdigest()[:12]


def _decisive(feature: Any, above: tuple[object, ...] = ()) -> Iterator[object]:
    """Yield what decides on a feature's answers, as far as it can be seen from outside.

    `above` are the functions that hold this one in their closure: a function may hold itself.
    """
    if isinstance(feature, functools.partial):
        yield from _decisive(feature.func)
        yield [_plain(value) for value in feature.args]
        yield _plain_items(feature.keywords)
        return
    if (wrapped := getattr(feature, "__wrapped__", None)) is not None:
        yield from _decisive(wrapped)  # what functools.wraps or cache stands around
    function = feature if inspect.isroutine(feature) else type(feature).__call__
    owner = getattr(feature, "__self__", None) if inspect.isroutine(feature) else feature
    code = getattr(function, "__code__", None)
    if code is None:  # written in C: its name is all there is
        yield getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
        return
    yield _code_facts(code)
    read = inspect.getclosurevars(function)
    yield _plain_items({**read.globals, **read.nonlocals})
    for name, held_function in sorted(read.nonlocals.items()):
        if inspect.isfunction(held_function) and held_function not in (*above, function):
            yield name, list(_decisive(held_function, (*above, function)))
    yield getattr(function, "__defaults__", None), getattr(function, "__kwdefaults__", None)
    if owner is not None:
        kinds = [vars(kind) for kind in reversed(type(owner).__mro__)]
        held = [*kinds, getattr(owner, "__dict__", {})]
        yield _plain_items({k: v for d in held for k, v in d.items() if not k.startswith("__")})


def _code_facts(code: CodeType) -> list[object]:
    # comprehensions and inner functions are constants of the code around them
    constants = [
        _code_facts(constant) if isinstance(constant, CodeType) else _plain(constant)
        for constant in code.co_consts
    ]
    return [code.co_code, code.co_names, constants]


def _plain(value: object) -> object:
    """Return what tells a value from another one in every process; None for an opaque one."""
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    return repr(value) if isinstance(value, _PLAIN) else None


def _plain_items(values: Mapping[str, object]) -> list[tuple[str, object]]:
    return [(name, told) for name, v in sorted(values.items()) if (told := _plain(v)) is not None]


def scorer_name(scorer: Scorer) -> str:
    """Return the name under which a scorer's verdicts are kept."""
    return str(getattr(scorer, "__name__", type(scorer).__name__))


def _name(feature: Feature) -> str:
    return str(getattr(feature, "__name__", type(feature).__name__))


def _is_async(feature: Feature) -> bool:
    call = getattr(feature, "__call__", None)  # noqa: B004  (callable objects may be async too)
    return inspect.iscoroutinefunction(feature) or inspect.iscoroutinefunction(call)


def _key(version: str, scorers: Sequence[tuple[str, str]], sample: Sample) -> str:
    content = json.dumps(
        [version, scorers, sample.as_dict()], sort_keys=True, ensure_ascii=False, default=str
    )
    return hashlib.sha256(content.encode()).hexdigest()[:24]


class _Bar:
    """A progress bar with running accuracy, or nothing at all."""

    def __init__(self, bar: Any) -> None:
        self.bar = bar
        self.seen = self.right = 0

    def add(self, results: Iterable[SampleResult]) -> None:
        if self.bar is None:
            return
        new = list(results)
        self.seen += len(new)
        self.right += sum(next(iter(r.scores.values())).value >= 1.0 for r in new if r.scores)
        self.bar.update(len(new))
        if self.seen:
            self.bar.set_postfix_str(f"right so far {self.right / self.seen:.0%}")

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()


def _bar(total: int, wanted: bool | None) -> _Bar:
    from evalfirst.audience import a_person_watches

    if wanted is False or (wanted is None and not a_person_watches()):
        return _Bar(None)
    from tqdm.auto import tqdm

    return _Bar(tqdm(total=total, unit="sample", leave=False))
