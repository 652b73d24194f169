"""The two promises of the gate's rule: summed up over all outcomes, and simulated with a seed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import multinomial

from evalfirst.evals.regression_rule import judge, samples_needed

SETTINGS = {"drop": 0.1, "false_alarm": 0.05, "power": 0.8}


@cache
def verdict(n: int, better: int, worse: int, **settings: float) -> str:
    return judge(n, better, worse, **(settings or SETTINGS)).outcome


def simulated(n: int, better: float, worse: float, draws: int = 5000) -> dict[str, float]:
    rng = np.random.default_rng(2026)
    counts = rng.multinomial(n, [better, worse, 1 - better - worse], size=draws)
    found = [verdict(n, int(up), int(down)) for up, down, _ in counts]
    return {v: found.count(v) / draws for v in ("pass", "fail", "too small")}


def noise(share: float, draws: int = 5000) -> float:
    """Three standard errors of a simulated share."""
    return 3 * (share * (1 - share) / draws) ** 0.5


@pytest.mark.parametrize("changed", [0.05, 0.1, 0.2])
def test_at_200_samples_a_change_that_costs_nothing_rarely_fails_and_mostly_passes(changed):
    found = simulated(200, changed / 2, changed / 2)
    assert found["fail"] <= 0.05 + noise(0.05)
    assert found["pass"] >= 0.85


@pytest.mark.parametrize("changed", [0.1, 0.15, 0.2, 0.25])
def test_at_200_samples_a_drop_of_ten_points_fails_with_the_stated_power(changed):
    found = simulated(200, (changed - 0.1) / 2, (changed + 0.1) / 2)
    assert found["fail"] >= 0.8 - noise(0.8)
    assert found["pass"] <= 0.2


@pytest.mark.parametrize(
    ("settings", "sizes"),
    [
        (SETTINGS, (3, 5, 8, 10, 15, 25, 40, 60, 66, 68, 70, 80, 100)),
        ({"drop": 0.1, "false_alarm": 0.1, "power": 0.9}, (20, 60, 67, 82)),
        ({"drop": 0.2, "false_alarm": 0.05, "power": 0.9}, (5, 16, 26, 34, 50)),
        ({"drop": 0.05, "false_alarm": 0.01, "power": 0.5}, (20, 60, 90)),
    ],
)
def test_at_any_size_both_promises_hold_over_all_outcomes(settings, sizes):
    drop = settings["drop"]
    for n in sizes:
        cells = [(b, w) for b in range(n + 1) for w in range(n + 1 - b) if b + w < 0.7 * n + 5]
        found = np.array([verdict(n, b, w, **settings) for b, w in cells])
        counts = np.array([(b, w, n - b - w) for b, w in cells])
        for changed in (drop, 1.1 * drop, 1.2 * drop, 1.5 * drop, 2 * drop, 0.4):
            nothing = multinomial.pmf(counts, n, [changed / 2, changed / 2, 1 - changed])
            up, down = (changed - drop) / 2, (changed + drop) / 2
            dropped = multinomial.pmf(counts, n, [up, down, 1 - changed])
            assert nothing[found == "fail"].sum() <= settings["false_alarm"], (n, changed)
            assert dropped[found == "pass"].sum() <= 1 - settings["power"], (n, changed)


def test_a_set_of_the_size_that_is_asked_for_mostly_tells():
    n = samples_needed(20, 1, 1, drop=0.1, alpha=0.05, power=0.8)
    for better, worse in ((0.05, 0.05), (0, 0.1)):
        assert simulated(n, better, worse)["too small"] <= 0.2


@pytest.mark.parametrize("n", range(1, 20))
def test_a_tiny_set_on_which_nothing_changed_is_too_small(n):
    assert verdict(n, 0, 0) == "too small"


@pytest.mark.parametrize(("n", "worse"), [(5, 5), (200, 5), (1000, 5)])
def test_five_samples_worse_and_none_better_is_a_demonstrated_drop_at_every_size(n, worse):
    assert verdict(n, 0, worse) == "fail"
    assert verdict(n, 0, worse - 1) != "fail"


def test_a_set_that_is_large_enough_but_undecided_asks_for_more_than_it_has():
    rule = judge(72, 1, 6, **SETTINGS)
    assert (rule.outcome, rule.chance >= 0.8) == ("too small", True)
    assert samples_needed(72, 1, 6, drop=0.1, alpha=0.05, power=0.8) > 72
