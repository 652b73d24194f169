"""Playing traffic: every arrival asks, as fast as the target answers, and each answer is kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any

from anyio.from_thread import start_blocking_portal

from evalfirst.audience import a_person_watches
from evalfirst.traffic.played import Played
from evalfirst.traffic.tables import PlayStore
from evalfirst.traffic.targets import CallableTarget, CannotPlay, ServiceTarget, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from evalfirst.traffic.arrivals import Traffic

__all__ = ["CannotPlay", "play"]


def play(
    traffic: Traffic,
    target: Callable[..., Any] | str,
    *,
    store: str = "sqlite:///traffic.sqlite",
    concurrency: int = 8,
    timeout: float = 60.0,
    progress: bool | None = None,
) -> Played:
    """Let simulated users ask, and keep what they got.

    Time is compressed: arrivals ask in their order, `concurrency` at once, without waiting for
    their hour. Nobody asks again on an error; what was refused is a row that says so.

    An arrival whose answer is stored is not asked again. So a play that was interrupted, even by
    `kill -9`, goes on where it was: call it again. Requests that were under way at that moment,
    at most `concurrency`, are sent again under their old request ids. Another version of the
    feature, or other traffic, is another play.

    Args:
        traffic: from `simulate`.
        target: a feature, sync or async; or the URL of a service, `http://127.0.0.1:8000`, with
            `/v1/NAME` if it serves several features.
        store: database URL; SQLite files are written in WAL mode.
        concurrency: requests at once.
        timeout: seconds for one request to a service.
        progress: whether to show a bar; by default if a person watches.

    Raises:
        CannotPlay: nothing answers at the URL, at the beginning or later.
        BadStore: the store cannot be used or written.
        ValueError: `concurrency` is below 1.
    """
    if concurrency < 1:
        raise ValueError(f"concurrency must be at least 1, got {concurrency}")
    if not isinstance(target, str) and not callable(target):
        raise ValueError(f"{target!r} is neither a feature nor the URL of a service")
    kept = PlayStore(store)
    try:
        # a notebook has an event loop of its own, which cannot wait for us
        with start_blocking_portal() as portal:
            number = portal.call(_play, traffic, target, kept, concurrency, timeout, progress)
    finally:
        kept.close()
    return Played(store, number)


async def _play(
    traffic: Traffic,
    target: Callable[..., Any] | str,
    store: PlayStore,
    concurrency: int,
    timeout: float,
    progress: bool | None,
) -> int:
    asked: Target = (
        ServiceTarget(target, concurrency=concurrency, timeout=timeout)
        if isinstance(target, str)
        else CallableTarget(target)
    )
    try:
        who = await asked.identity()
        facts = {
            "traffic": traffic.key,
            "samples": f"{traffic.samples.name} {traffic.samples.version}",
            "arrivals": len(traffic),
            **vars(who),
        }
        key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]
        number = store.begin(key, facts)
        finished = store.finished(number)
        left = [position for position in range(len(traffic)) if position not in finished]
        keeper = _Keeper(store, len(left), progress)
        questions = _questions(traffic, left)

        async def worker() -> None:
            for arrival, given, row in questions:
                # the same in every attempt, so that a log shows what was sent twice
                request_id = f"{key[:12]}-{arrival}"
                answer = await asked.ask(given, request_id)
                about = {"play_id": number, "arrival": arrival, "request_id": request_id}
                await keeper.keep({**about, **row, **answer})

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, len(left))):
                    group.create_task(worker())
        except BaseExceptionGroup as several:
            # the others are what the first one did to the workers beside it
            raise several.exceptions[0] from None
        finally:
            await keeper.close()
    finally:
        await asked.close()
    return number


def _questions(traffic: Traffic, left: list[int]) -> Iterator[tuple[int, Any, dict[str, Any]]]:
    inputs = {sample.id: sample.input for sample in traffic.samples}
    chosen = traffic.frame.iloc[left]
    times = chosen["at"].dt.tz_localize(None).dt.to_pydatetime()
    for arrival, at, user, sample in zip(
        left, times, chosen["user"], chosen["sample"], strict=True
    ):
        yield arrival, inputs[sample], {"at": at, "user": user, "sample": sample}


class _Keeper:
    """Writes answers in the order in which they come, several in a transaction under load."""

    def __init__(self, store: PlayStore, total: int, progress: bool | None) -> None:
        self._store = store
        self._rows: list[dict[str, Any]] = []
        self._writing = asyncio.Lock()
        self._bar: Any = None
        if progress or (progress is None and a_person_watches()):
            from tqdm.auto import tqdm

            self._bar = tqdm(total=total, unit="request", leave=False)

    async def keep(self, row: dict[str, Any]) -> None:
        """Return when the row is on disk."""
        self._rows.append(row)
        await self._flush()
        if self._bar is not None:
            self._bar.update(1)

    async def _flush(self) -> None:
        async with self._writing:
            # whoever wrote before us may have taken our row along
            rows, self._rows = self._rows, []
            if rows:
                await asyncio.to_thread(self._store.add, rows)

    async def close(self) -> None:
        """Write what workers that were stopped had in hand, and take the bar away."""
        await self._flush()
        if self._bar is not None:
            self._bar.close()
