from __future__ import annotations

import math

import pytest
from scipy.stats import binomtest

from graders.phase_1.coverage import exact_width, honesty, score_width


def table(interval, n):
    return [interval(passes, n) for passes in range(n + 1)]


def exact(passes, n, confidence=0.95):
    found = binomtest(passes, n).proportion_ci(confidence, method="exact")
    return found.low, found.high


def textbook(passes, n):
    p = passes / n
    half = 1.96 * math.sqrt(p * (1 - p) / n)
    return p - half, p + half


def test_the_exact_interval_keeps_its_promise_everywhere_and_is_the_yardstick_of_width():
    measured = honesty(table(exact, 50))
    assert measured.middle_coverage >= 0.95
    assert measured.relative_width == pytest.approx(1)


def test_the_textbook_interval_covers_as_badly_as_published():
    # Brown, Cai and DasGupta (2001), section 2: at n = 50 it "erratically" falls far below .95
    measured = honesty(table(textbook, 50))
    assert 0.88 < measured.mean_coverage < 0.92
    assert measured.middle_coverage < 0.85


def test_coverage_of_everything_is_one_and_of_a_point_is_nothing():
    everything = honesty([(0.0, 1.0)] * 21)
    assert everything.mean_coverage == pytest.approx(1)
    assert everything.relative_width > 2
    assert honesty([(0.123, 0.123)] * 21).mean_coverage == 0


def test_coverage_by_hand_for_one_ticket():
    # [0, .5] after a failure and [.5, 1] after a pass: right with chance max(p, 1 - p)
    measured = honesty([(0.0, 0.5), (0.5, 1.0)])
    truths = [k / 200 for k in range(1, 200)]
    # at exactly one half both hold it
    expected = sum(max(p, 1 - p) if p != 0.5 else 1 for p in truths) / 199
    assert measured.mean_coverage == pytest.approx(expected)


def test_widths_are_those_of_the_published_intervals():
    # Newcombe (1998): Wilson for 10 of 100 is .0552 to .1744, for 0 of 20 0 to .1611
    assert score_width(10, 100) == pytest.approx(0.1744 - 0.0552, abs=1e-4)
    assert score_width(0, 20) == pytest.approx(0.1611, abs=1e-4)
    # the rule of three: about 3.7 / n for a two-sided exact interval without a pass
    assert exact_width(0, 100) == pytest.approx(0.0362, abs=1e-4)
