"""Failures that raise no error: the store's alarms find them as soon as they promise.

A feature answers through the real SDK, night after night, on fresh tickets. From one night on
something behind it is silently worse. Nothing is raised, every answer is well-formed.
"""

from __future__ import annotations

import hashlib
from typing import Any

import httpx2
import pytest

from evalfirst.evals import EvalSet, Sample, run
from evalfirst.evals.scorers import exact
from evalfirst.llm import FaultyTransport, client, faults, wire
from evalfirst.trend import AlarmPolicy, TrendStore
from tests.llm.conftest import answer

N, NIGHTS, CHANGE = 60, 26, 18
GOOD, BAD = 0.85, 0.60


class Model(httpx2.BaseTransport):
    """Right on a share of the tickets, which ones a hash decides; knows what it was told."""

    def __init__(self, share: float, uninstructed: float = GOOD, stale: float = GOOD) -> None:
        self.share, self.uninstructed, self.stale = share, uninstructed, stale

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        messages = wire.asked(request).body["messages"]
        text = messages[-1]["content"]
        share = self.share if messages[0]["role"] == "system" else self.uninstructed
        if "edition 1" in text:
            share = min(share, self.stale)
        ticket = text.split("|")[0]
        drawn = int(hashlib.sha256(ticket.encode()).hexdigest()[:8], 16) / 16**8
        right = ticket.rsplit(" ", 1)[-1]
        return httpx2.Response(200, json=answer(right if drawn < share else "other"))


def yesterday(body: dict[str, Any]) -> dict[str, Any]:
    messages = [
        {**m, "content": m["content"].replace("edition 2", "edition 1")} for m in body["messages"]
    ]
    return {**body, "messages": messages}


def nights(transport: FaultyTransport, night: list[int], store: TrendStore) -> None:
    sdk = client(transport, max_retries=0)

    def triage(text: str) -> str:
        messages = [
            {"role": "system", "content": "Name the team."},
            {"role": "user", "content": f"{text}|help centre, edition 2"},
        ]
        reply = sdk.chat.completions.create(model="small", temperature=0, messages=messages)
        return reply.choices[0].message.content

    for day in range(NIGHTS):
        night[0] = day
        tickets = EvalSet(
            tuple(Sample(f"{day}-{i}", f"ticket {day}.{i} billing", "billing") for i in range(N)),
            "last night",
        )
        done = run(triage, tickets, [exact()], concurrency=4)
        assert not done.failures
        store.record(done, at=f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}")


@pytest.mark.parametrize(
    ("kind", "behind", "means"),
    [
        ("worse_model", Model(GOOD), {"worse": Model(BAD)}),
        ("changed_prompt", Model(GOOD, uninstructed=BAD), {}),
        ("stale_context", Model(GOOD, stale=BAD), {"stale": yesterday}),
    ],
)
def test_a_silent_failure_raises_the_alarm_within_the_promised_run_length(
    kind, behind, means, tmp_path
):
    night = [0]
    schedule = faults.While(faults.Outage(kind), lambda: night[0] >= CHANGE)
    store = TrendStore(f"sqlite:///{tmp_path / 'quality.sqlite'}")
    nights(FaultyTransport(behind, schedule, **means), night, store)
    policy = AlarmPolicy()
    promised = policy.run_length(n=N, share=GOOD, drop=GOOD - BAD)
    assert promised < 3
    (alarm,) = store.alarms("triage")
    assert alarm.kind == "drop"
    assert 0 <= alarm.position - CHANGE < 2 * promised
    assert abs(alarm.first - CHANGE) <= 1


def test_nights_without_a_fault_raise_no_alarm(tmp_path):
    store = TrendStore(f"sqlite:///{tmp_path / 'quality.sqlite'}")
    nights(FaultyTransport(Model(GOOD), faults.AtRandom({})), [0], store)
    assert store.alarms("triage") == ()
