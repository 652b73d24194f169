"""The work behind the routes: who is let in, who waits, and the call of the feature."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.evals.callables import is_async, prompt_version_of
from evalfirst.evals.versions import feature_version
from evalfirst.llm import counting
from evalfirst.llm.tally import Tally, Usage
from evalfirst.service.calling import outcome_of, tell
from evalfirst.service.fallback import says_fallback, watching
from evalfirst.service.problems import Problem
from evalfirst.service.telemetry import workflow

if TYPE_CHECKING:
    from collections.abc import Callable

    from evalfirst.service.budget import Budget

# seconds after which a client may try again: an answer's time, and a new process's start
_BUSY_RETRY = 1
_DRAINING_RETRY = 5


@dataclass(frozen=True)
class Feature:
    """A feature with what is known of it before it is called."""

    name: str
    call: Callable[..., Any]
    is_async: bool
    version: str
    prompt_version: str | None

    @classmethod
    def of(cls, name: str, call: Callable[..., Any]) -> Feature:
        """Look at a callable once."""
        return cls(name, call, is_async(call), feature_version(call), prompt_version_of(call))


class Job:
    """One call of a feature: what it used so far, and what came of it."""

    def __init__(self, request_id: str) -> None:
        """Begin with nothing, for the request of this id."""
        self.request_id = request_id
        self.started = False
        self.fallback = False
        self._tally: Tally | None = None

    def watch(self, tally: Tally) -> None:
        """Count what this tally counts."""
        self._tally = tally

    @property
    def usage(self) -> Usage:
        """What was used so far."""
        return (self._tally and self._tally.usage) or Usage()


class Desk:
    """Lets requests in, `concurrency` at once and `queue` behind them, until it drains.

    Attributes:
        draining: whether new requests are refused because the service shuts down.
        under_way: requests that are not answered yet.
    """

    def __init__(
        self, *, budget: Budget | None, timeout: float, concurrency: int, queue: int
    ) -> None:
        """Set the limits."""
        self.draining = False
        self.under_way = 0
        self._budget, self._timeout = budget, timeout
        self._slots = asyncio.Semaphore(concurrency)
        self._room = concurrency + queue
        self._inside = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._awaited: set[asyncio.Future[bool]] = set()

    def admit(self) -> None:
        """Let one request in; `call` must follow.

        Raises:
            Problem: `draining`, `busy`, `budget_spent` or `unpriced`.
        """
        if self.draining:
            raise Problem(
                "draining",
                "The service is shutting down. Try again; another process will answer.",
                retry_after=_DRAINING_RETRY,
                # so that the client's next request finds that other process
                headers={"Connection": "close"},
            )
        if self._inside >= self._room:
            raise Problem(
                "busy",
                "All places are taken, those in the queue too. Try again shortly.",
                retry_after=_BUSY_RETRY,
            )
        refusal = self._budget.admit() if self._budget else None
        if refusal is not None:
            raise Problem(
                refusal.kind,
                f"{refusal.reason[0].upper()}{refusal.reason[1:]}. Try again when the next period "
                "begins.",
                retry_after=refusal.retry_after,
            )
        self._inside += 1

    async def call(self, feature: Feature, given: Any, job: Job) -> Any:
        """Return the feature's output.

        Args:
            feature: what to call.
            given: its input.
            job: gets to know what was used, also if there is no output.

        Raises:
            TimeoutError: waiting and work together took longer than the time-out. A sync feature
                goes on in its thread, and keeps its place until it ends: Python cannot stop it.
            FeatureFailed: the feature raised.
            Problem: `cut_off`.
        """
        task = asyncio.create_task(self._work(feature, given, job))
        # a task that nobody holds may be collected before it ends
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        whole = asyncio.get_running_loop().create_future()
        task.add_done_callback(lambda _: tell(whole, True))
        self._awaited.add(whole)
        try:
            async with asyncio.timeout(self._timeout):
                if not await whole:
                    raise Problem(
                        "cut_off",
                        "The service shut down before the feature had answered. Try again.",
                        retry_after=_DRAINING_RETRY,
                    )
        finally:
            self._awaited.discard(whole)
            if not job.started or feature.is_async:
                task.cancel()
        if task.cancelled():
            # an async feature may give itself up
            raise FeatureFailed(asyncio.CancelledError())
        failure, output = task.result()
        if failure is not None:
            raise FeatureFailed(failure)
        return output

    def cut_off(self) -> None:
        """Answer all requests under way with the problem `cut_off`."""
        for whole in self._awaited:
            tell(whole, False)

    async def _work(
        self, feature: Feature, given: Any, job: Job
    ) -> tuple[BaseException | None, Any]:
        try:
            async with self._slots:
                job.started = True
                with (
                    counting() as tally,
                    watching() as mark,
                    workflow(
                        feature.name,
                        request_id=job.request_id,
                        feature_version=feature.version,
                        prompt_version=feature.prompt_version,
                    ) as span,
                ):
                    job.watch(tally)
                    # what stays so if the request is given up before the feature ends
                    failure: BaseException | None = asyncio.CancelledError()
                    output: Any = None
                    try:
                        failure, output = await outcome_of(feature.call, given)
                        return failure, output
                    finally:
                        job.fallback = mark.set or says_fallback(output)
                        span.ended(failure, tally.usage, fallback=job.fallback)
                        if self._budget is not None:
                            self._budget.spend(tally.usage)
        finally:
            self._inside -= 1


class FeatureFailed(Exception):
    """The feature raised `cause`."""

    def __init__(self, cause: BaseException) -> None:
        """Keep the exception."""
        super().__init__(type(cause).__name__)
        self.cause = cause

    @property
    def by_model(self) -> bool:
        """Whether it is an error of the SDK or of `evalfirst.llm`, whose errors are the SDK's."""
        kinds = type(self.cause).__mro__
        return any(kind.__module__.split(".")[0] == "openai" for kind in kinds)
