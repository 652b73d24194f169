"""How often 95% intervals hold the truth, simulated where the course uses them."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Literal

import numpy as np

from evalfirst.stats import (
    clopper_pearson,
    clustered_difference,
    clustered_mean,
    cohen_kappa,
    corrected_share,
    judge_rates,
    paired_interval,
    prediction_powered_mean,
    variance_parts,
    wilson,
)
from evalfirst.stats.calibration import FEWEST_LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Interval = tuple[float, float]
    Draw = Callable[[np.random.Generator], tuple[Interval, float]]


def share(n: int, p: float, interval: Callable[[int, int], Interval]) -> Draw:
    """Return a draw of one eval set of independent samples."""
    return lambda rng: (interval(int(rng.binomial(n, p)), n), p)


def paired(n: int, better: float, worse: float) -> Draw:
    """Return a draw of two versions on the same samples."""

    def draw(rng: np.random.Generator) -> tuple[Interval, float]:
        up, down, _ = rng.multinomial(n, [better, worse, 1 - better - worse])
        return paired_interval(*table(n, int(up), int(down), rng)), better - worse

    return draw


def table(n: int, up: int, down: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Return both right, better, worse, both wrong; four in five of the unchanged are right."""
    both = int(rng.binomial(n - up - down, 0.8))
    return both, up, down, n - up - down - both


def judged(rng: np.random.Generator, n: int) -> tuple[list[int], list[int]]:
    """Return what people and a judge with TPR .92 and TNR .88 say; 80% pass."""
    truth = rng.random(n) < 0.8
    verdict = np.where(truth, rng.random(n) < 0.92, rng.random(n) > 0.88)
    return truth.astype(int).tolist(), verdict.astype(int).tolist()


def powered(labels: int, others: int) -> Draw:
    """Return a draw of prediction-powered inference."""

    def draw(rng: np.random.Generator) -> tuple[Interval, float]:
        result = prediction_powered_mean(*judged(rng, labels), judged(rng, others)[1])
        return (result.low, result.high), 0.8

    return draw


def corrected(labels: int, others: int) -> Draw:
    """Return a draw of the Rogan-Gladen correction."""

    def draw(rng: np.random.Generator) -> tuple[Interval, float]:
        people, judge = judged(rng, labels)
        while labels - sum(people) < FEWEST_LABELS:  # with fewer fails it refuses
            people, judge = judged(rng, labels)
        rates = judge_rates([bool(x) for x in people], [bool(x) for x in judge])
        result = corrected_share(rates, sum(judged(rng, others)[1]), others, resamples=1000)
        return (result.low, result.high), 0.8

    return draw


def clustered(groups: int, p: float, correlation: float) -> Draw:
    """Return a draw of grouped right and wrong answers, 2 to 10 a group."""

    def draw(rng: np.random.Generator) -> tuple[Interval, float]:
        while True:
            names, values = grouped(rng, groups, p, correlation)
            result = clustered_mean(values, names)
            if not np.isnan(result.low):
                return (result.low, result.high), p

    return draw


def clustered_change(groups: int, rise: float = 0.0) -> Draw:
    """Return a draw of two versions on the same grouped samples.

    The second turns the share `rise` of the first one's wrong answers, a fifth of all, right.
    """

    def draw(rng: np.random.Generator) -> tuple[Interval, float]:
        while True:
            sizes = rng.integers(2, 11, groups)
            shares = np.repeat(rng.beta(3.2, 0.8, groups), sizes)
            before, after = (rng.random(len(shares)) < shares for _ in range(2))
            after |= rng.random(len(shares)) < rise
            names = np.repeat(np.arange(groups), sizes).tolist()
            result = clustered_difference(
                before.astype(int).tolist(), after.astype(int).tolist(), names
            )
            if not np.isnan(result.low):
                return (result.low, result.high), 0.2 * rise

    return draw


def repeated(items: int, repeats: int, part: Literal["between", "within"]) -> Draw:
    """Return a draw of either variance part of right and wrong answers, of which 80% are right."""
    # expected scores of a beta(4, 1) distribution
    truth = {"between": 4 / (5**2 * 6), "within": 4 / (5 * 6)}[part]

    def draw(rng: np.random.Generator) -> tuple[Interval, float]:
        answers = rng.random((items, repeats)) < rng.beta(4, 1, items)[:, None]
        parts = variance_parts(answers.astype(int).tolist())
        return (getattr(parts, f"{part}_low"), getattr(parts, f"{part}_high")), truth

    return draw


def grouped(
    rng: np.random.Generator, groups: int, p: float, correlation: float
) -> tuple[list[int], list[int]]:
    """Return the group and the value of each sample."""
    strength = (1 - correlation) / correlation
    sizes = rng.integers(2, 11, groups)
    shares = np.repeat(rng.beta(p * strength, (1 - p) * strength, groups), sizes)
    values = (rng.random(len(shares)) < shares).astype(int).tolist()
    return np.repeat(np.arange(groups), sizes).tolist(), values


def labelled(items: int) -> Draw:
    """Return a draw of Cohen's kappa of two people who agree on 87% of the items."""
    table = np.array([[0.62, 0.08], [0.05, 0.25]])
    by_chance = float(table.sum(axis=0) @ table.sum(axis=1))
    truth = (float(np.trace(table)) - by_chance) / (1 - by_chance)

    def draw(rng: np.random.Generator) -> tuple[Interval, float]:
        pairs = rng.choice(4, items, p=table.ravel())
        result = cohen_kappa((pairs // 2).tolist(), (pairs % 2).tolist())
        return (result.low, result.high), truth

    return draw


REGIMES: dict[str, Draw] = {
    "Wilson, n = 50, p = .8": share(50, 0.8, wilson),
    "Wilson, n = 20, p = .8": share(20, 0.8, wilson),
    "Clopper-Pearson, n = 50, p = .8": share(50, 0.8, clopper_pearson),
    "paired (Newcombe), n = 50, .10 better, .06 worse": paired(50, 0.10, 0.06),
    "paired (Newcombe), n = 200, .15 better, .05 worse": paired(200, 0.15, 0.05),
    "Rogan-Gladen, 100 labels + 50 unlabelled": corrected(100, 50),
    "Rogan-Gladen, 100 labels + 1,000 unlabelled": corrected(100, 1000),
    "prediction-powered, 100 labels + 50 unlabelled": powered(100, 50),
    "prediction-powered, 100 labels + 1,000 unlabelled": powered(100, 1000),
    "clustered share, 30 groups, p = .8": clustered(30, 0.8, 0.2),
    "clustered share, 10 groups, p = .8": clustered(10, 0.8, 0.2),
    "clustered share, 5 groups, p = .8": clustered(5, 0.8, 0.2),
    "clustered difference, 30 groups": clustered_change(30),
    "clustered difference, 10 groups": clustered_change(10),
    "clustered difference, 30 groups, .10 better": clustered_change(30, 0.5),
    "Cohen's kappa, 50 items, .70": labelled(50),
    "variance between examples, 50 asked 5 times": repeated(50, 5, "between"),
    "variance within examples, 50 asked 5 times": repeated(50, 5, "within"),
}


def coverage(draw: Draw, replications: int, seed: int = 0) -> tuple[float, float]:
    """Return the share of intervals that hold the truth, and their mean width."""
    rng = np.random.default_rng(seed)
    held, widths = zip(*_tried(draw, replications, rng), strict=True)
    return float(np.mean(held)), float(np.mean(widths))


def _tried(draw: Draw, replications: int, rng: np.random.Generator) -> Iterator[tuple[bool, float]]:
    for _ in range(replications):
        (low, high), truth = draw(rng)
        yield low <= truth <= high, high - low


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=2000)
    replications = parser.parse_args().replications
    sys.stdout.write(f"{replications:,} replications each; the truth is known.\n\n")
    sys.stdout.write("| 95% interval | coverage | mean width |\n|---|---|---|\n")
    for name, draw in REGIMES.items():
        held, width = coverage(draw, replications)
        sys.stdout.write(f"| {name} | {held:.3f} | {width:.3f} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
