"""Intervals of 95% hold the truth in 93 to 97 of 100 sets, where the course uses them.

Regimes and draws are those of `python -m benchmarks coverage`.
"""

from __future__ import annotations

import pytest

from benchmarks.coverage import REGIMES, coverage

# they promise at least 95%, or rest on so few groups that the result carries a caution
WIDER = {
    "Clopper-Pearson, n = 50, p = .8": 0.99,
    "clustered share, 10 groups, p = .8": 0.985,
    "clustered share, 5 groups, p = .8": 0.995,
}
REPLICATIONS = 600
# three standard errors of a share of .95 over so many replications
CHANCE = 3 * (0.95 * 0.05 / REPLICATIONS) ** 0.5


@pytest.mark.parametrize("name", REGIMES)
def test_a_95_percent_interval_keeps_its_promise(name):
    held, _ = coverage(REGIMES[name], REPLICATIONS, seed=1)
    assert 0.93 - CHANCE / 2 <= held <= WIDER.get(name, 0.97) + CHANCE / 2


@pytest.mark.slow
@pytest.mark.parametrize("name", REGIMES)
def test_it_does_so_over_many_more_sets(name):
    held, _ = coverage(REGIMES[name], 5000, seed=2)
    assert 0.93 <= held <= WIDER.get(name, 0.97)
