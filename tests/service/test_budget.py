"""The ledger of a budget."""

from __future__ import annotations

import threading

import pytest

from evalfirst.llm import Usage
from evalfirst.service import Budget


class Clock:
    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_requests_are_let_in_up_to_the_limit_and_again_in_the_next_period():
    clock = Clock(86_400 * 100 + 86_399.5)
    budget = Budget(requests=2, clock=clock)
    assert [budget.admit() for _ in range(2)] == [None, None]
    refusal = budget.admit()
    assert refusal is not None
    assert refusal.kind == "budget_spent"
    assert refusal.reason == "the budget of 2 requests a day is spent"
    assert refusal.retry_after == 1
    clock.now += 0.5
    assert budget.admit() is None
    assert budget.spent.requests == 1


@pytest.mark.parametrize(("per", "wait"), [("minute", 60), ("hour", 3_600), ("day", 86_400)])
def test_retry_after_is_the_rest_of_the_period(per, wait):
    budget = Budget(tokens=10, per=per, clock=Clock(wait * 20_000))
    budget.spend(Usage(calls=1, prompt_tokens=8, completion_tokens=2))
    assert budget.check().retry_after == wait


def test_tokens_and_dollars_are_spent_after_the_call():
    budget = Budget(tokens=100, dollars=0.5, clock=Clock())
    budget.spend(Usage(calls=1, prompt_tokens=60, completion_tokens=30, dollars=0.25))
    assert budget.check() is None
    budget.spend(Usage(calls=1, prompt_tokens=1, completion_tokens=1, dollars=0.25))
    assert budget.check().reason == "the budget of $0.5 a day is spent"
    assert (budget.spent.tokens, budget.spent.dollars) == (92, 0.5)


def test_an_unpriced_call_stops_a_budget_in_dollars_and_no_other():
    money, tokens = Budget(dollars=1, clock=Clock()), Budget(tokens=100, clock=Clock())
    for budget in (money, tokens):
        budget.spend(Usage(calls=2, prompt_tokens=3, completion_tokens=4, dollars=None))
    refusal = money.check()
    assert refusal.kind == "unpriced"
    assert refusal.reason.startswith("the price of 2 calls is unknown")
    assert tokens.check() is None
    assert tokens.spent.tokens == 7


def test_a_request_without_a_model_costs_nothing():
    budget = Budget(dollars=1, clock=Clock())
    budget.spend(None)
    budget.spend(Usage())
    assert budget.check() is None


def test_a_clock_that_is_set_back_spends_nothing_twice():
    clock = Clock(3_600.0)
    budget = Budget(requests=1, per="hour", clock=clock)
    assert budget.admit() is None
    clock.now = 3_599.0
    assert budget.admit() is not None


def test_threads_together_are_let_in_up_to_the_limit():
    budget = Budget(requests=500, clock=Clock())
    let_in = []

    def ask():
        let_in.extend(budget.admit() is None for _ in range(200))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(let_in), sum(let_in)) == (1000, 500)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "needs a limit"),
        ({"requests": 0}, "requests is 0"),
        ({"dollars": float("nan")}, "dollars is nan"),
        ({"tokens": 5, "per": "week"}, "per is 'week'"),
    ],
)
def test_a_budget_that_limits_nothing_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Budget(**settings)
