"""How many examples it takes, and how small a change a set of examples can show.

Ask before the run. A set that is too small does not say "no difference": it says nothing.
Throughout, `alpha` is the two-sided chance of a false alarm, and `power` the chance to notice a
change that is there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from evalfirst.stats.checks import whole

if TYPE_CHECKING:
    import numpy as np

OMEGA_SQUARED = 1 / 9
"""Miller's example value for the variance, over questions, of the difference of two models."""


def share_sample_size(
    baseline: float, changed: float, *, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Return how many examples tell a share of `changed` from the known share `baseline`.

    For one set against a fixed bar. From this size on *every* larger set has the power too: exact
    power goes up and down with single examples. Assumes independent examples, and that a change
    counts as noticed when the `clopper_pearson` interval leaves out the bar.

    Args:
        baseline: the bar, between 0 and 1.
        changed: the share to notice, between 0 and 1, not equal to `baseline`.
        power: between `alpha` and 1.
        alpha: between 0 and 1.

    Raises:
        ValueError: a share, `power` or `alpha` is out of range, the shares are equal, or more than
            a million examples would be needed.

    Source: the binomial distribution, from scipy.

    >>> share_sample_size(0.8, 0.7)
    155
    """
    import numpy as np
    from scipy.stats import norm

    _check_chances(power, alpha)
    for share in (baseline, changed):
        if not 0 < share < 1:
            raise ValueError(f"a share must lie between 0 and 1, got {share}")
    if baseline == changed:
        raise ValueError(f"both shares are {baseline}: no set can show a change that is not there")
    if changed > baseline:
        # a rise of right answers is a drop of wrong ones
        baseline, changed = 1 - baseline, 1 - changed
    spread = norm.isf(alpha / 2) * math.sqrt(baseline * (1 - baseline))
    spread += norm.isf(1 - power) * math.sqrt(changed * (1 - changed))
    roughly = (spread / (baseline - changed)) ** 2
    if roughly > 1_000_000:
        raise ValueError(f"telling {changed} from {baseline} takes more than a million examples")
    sizes = np.arange(1, 2 * math.ceil(roughly) + 100)
    enough = _lowest_share_missed(sizes, baseline, power, alpha) >= changed
    return int(sizes[~enough].max(initial=0)) + 1


def share_minimum_effect(
    n: int, baseline: float, *, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Return the smallest drop below the known share `baseline` that `n` examples can show.

    For one set against a fixed bar, as a fraction (0.1 is ten percentage points). For a rise,
    give the share of wrong answers as the baseline. Assumes independent examples, and that a
    drop counts as noticed when the `clopper_pearson` interval lies below the bar.

    Args:
        n: number of examples, at least 1.
        baseline: the bar, between 0 and 1.
        power: between `alpha` and 1.
        alpha: between 0 and 1.

    Raises:
        ValueError: an argument is out of range, or `n` is so small that even all answers wrong
            would not be clear.

    Source: the binomial distribution, from scipy.

    >>> round(share_minimum_effect(50, 0.8), 3)
    0.188
    """
    import numpy as np

    _check_chances(power, alpha)
    _check_size(n)
    if not 0 < baseline < 1:
        raise ValueError(f"a share must lie between 0 and 1, got {baseline}")
    lowest = float(_lowest_share_missed(np.array([n]), baseline, power, alpha)[0])
    if math.isinf(lowest):
        raise ValueError(
            f"{n} {'example' if n == 1 else 'examples'} cannot show any drop below {baseline}: "
            "even all answers wrong could be chance. Add examples"
        )
    return baseline - lowest


def paired_sample_size(
    difference: float,
    *,
    omega_squared: float = OMEGA_SQUARED,
    sigma_squared: float = 0.0,
    samples: int = 1,
    power: float = 0.8,
    alpha: float = 0.05,
) -> int:
    """Return how many examples show a mean `difference` of two versions on the same examples.

    The variance of one example's difference is `omega_squared + 2 * sigma_squared / samples`.
    Assumes independent examples, a difference that is normal enough at the size returned (do not
    trust an answer below 30), and the same noise in both versions. For right and wrong answers
    asked once, see `mcnemar_sample_size`.

    Args:
        difference: mean difference to notice, in the unit of the score (shares as fractions).
        omega_squared: variance over examples of the difference of the two *expected* scores.
        sigma_squared: variance of one version's score when the same example is asked again; 0 at
            temperature 0.
        samples: how often each version answers each example (K in the source).
        power: between `alpha` and 1.
        alpha: between 0 and 1.

    Raises:
        ValueError: an argument is out of range.

    Source: E. Miller, "Adding error bars to evals", arXiv:2411.00640 (2024), section 5.

    >>> paired_sample_size(0.03)
    969
    """
    if not (math.isfinite(difference) and difference):
        raise ValueError(
            f"no set can show a difference of {difference}: name the smallest one that matters"
        )
    variance = _paired_variance(omega_squared, sigma_squared, samples)
    needed = _reach(power, alpha) ** 2 * variance / difference**2
    # a rounding error of the machine is not worth one more example; one alone has no interval
    return max(2, math.ceil(round(needed, 6)))


def paired_minimum_effect(
    n: int,
    *,
    omega_squared: float = OMEGA_SQUARED,
    sigma_squared: float = 0.0,
    samples: int = 1,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """Return the smallest mean difference of two versions that the same `n` examples can show.

    In the unit of the score (shares as fractions). Assumes what `paired_sample_size` does.

    Args:
        n: number of examples, at least 2.
        omega_squared: as for `paired_sample_size`, like the other arguments.
        sigma_squared: likewise.
        samples: likewise.
        power: between `alpha` and 1.
        alpha: between 0 and 1.

    Raises:
        ValueError: an argument is out of range, or `n` is below 2.

    Source: E. Miller, arXiv:2411.00640 (2024), section 5.

    >>> round(paired_minimum_effect(198, sigma_squared=1 / 6), 3)
    0.133
    """
    _check_size(n)
    if n == 1:
        raise ValueError("one example says nothing about a difference: take two or more")
    variance = _paired_variance(omega_squared, sigma_squared, samples)
    return _reach(power, alpha) * math.sqrt(variance / n)


def mcnemar_power(
    n: int, better: float, worse: float, *, alpha: float = 0.05, exact: bool = False
) -> float:
    """Return the chance that McNemar's test on `n` examples notices a change.

    Sums over all outcomes, without approximation. Assumes independent examples.

    Args:
        n: number of examples, at least 1.
        better: share of examples expected to turn from wrong to right.
        worse: share of examples expected to turn from right to wrong.
        alpha: between 0 and 1.
        exact: for the exact test instead of the mid-p test.

    Raises:
        ValueError: an argument is out of range, or the shares add up to more than 1.

    Source: the binomial distribution, from scipy; the test: see `evalfirst.stats.mcnemar`.

    >>> round(mcnemar_power(50, better=0.32, worse=0.08), 2)
    0.8
    """
    import numpy as np
    from scipy.stats import binom

    _check_size(n)
    _check_changes(better, worse)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, such as 0.05, got {alpha}")
    if better + worse == 0:
        return 0.0
    total = 0.0
    chances = binom.pmf(np.arange(n + 1), n, better + worse)
    for changed in np.flatnonzero(chances > 1e-12):
        fewer = np.arange(changed // 2 + 1)
        tails = 2 * binom.cdf(fewer, changed, 0.5)
        if not exact:
            tails -= binom.pmf(fewer, changed, 0.5)
        critical = int(np.count_nonzero(tails <= alpha)) - 1
        if critical < 0:
            continue
        share = better / (better + worse)
        alarm = binom.cdf(critical, changed, share) + binom.cdf(critical, changed, 1 - share)
        total += float(chances[changed] * alarm)
    return total


def mcnemar_sample_size(
    better: float, worse: float, *, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Return how many examples McNemar's test needs to notice a change.

    Check a small answer with `mcnemar_power`: this is a normal approximation. What counts is how
    many examples *change*: the more a new prompt shuffles answers around, the more examples it
    takes to see the same gain. Assumes independent examples.

    Args:
        better: share of examples expected to turn from wrong to right.
        worse: share of examples expected to turn from right to wrong.
        power: between `alpha` and 1.
        alpha: between 0 and 1.

    Raises:
        ValueError: an argument is out of range, the shares add up to more than 1, or are equal.

    Source: R. J. Connor, Biometrics 43 (1987), 207-211.

    >>> mcnemar_sample_size(better=0.10, worse=0.05), mcnemar_sample_size(better=0.20, worse=0.15)
    (469, 1097)
    """
    from scipy.stats import norm

    _check_chances(power, alpha)
    _check_changes(better, worse)
    if better == worse:
        raise ValueError("as many better as worse is no change in the share: nothing to notice")
    changed, difference = better + worse, abs(better - worse)
    needed = norm.isf(alpha / 2) * math.sqrt(changed)
    needed += norm.isf(1 - power) * math.sqrt(changed - difference**2)
    return math.ceil((needed / difference) ** 2)


def _lowest_share_missed(
    sizes: np.ndarray[tuple[int], np.dtype[np.int64]], baseline: float, power: float, alpha: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return for each size the share below which a drop is noticed; minus infinity for none."""
    import numpy as np
    from scipy.stats import beta, binom

    quantile = np.asarray(binom.ppf(alpha / 2, sizes, baseline))
    critical = quantile - (binom.cdf(quantile, sizes, baseline) > alpha / 2)
    # at most `critical` right answers have the chance `power` at this share: the binomial
    # distribution function is the beta distribution's, seen from the share
    lowest = beta.isf(power, np.maximum(critical, 0) + 1, sizes - np.maximum(critical, 0))
    return np.where(critical < 0, -np.inf, lowest)


def _reach(power: float, alpha: float) -> float:
    from scipy.stats import norm

    _check_chances(power, alpha)
    return float(norm.isf(alpha / 2) + norm.isf(1 - power))


def _paired_variance(omega_squared: float, sigma_squared: float, samples: int) -> float:
    if not (min(omega_squared, sigma_squared) >= 0 < omega_squared + sigma_squared < math.inf):
        raise ValueError(
            "variances are 0 or more and not both 0, got "
            f"omega_squared = {omega_squared}, sigma_squared = {sigma_squared}"
        )
    samples = whole("samples", samples)
    if samples < 1:
        raise ValueError(f"each example is answered at least once, got samples = {samples}")
    return omega_squared + 2 * sigma_squared / samples


def _check_size(n: int) -> None:
    n = whole("n", n)
    if n < 1:
        raise ValueError(f"a set has at least one example, got n = {n}")


def _check_chances(power: float, alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, such as 0.05, got {alpha}")
    if not alpha < power < 1:
        raise ValueError(f"power must lie between alpha = {alpha} and 1, such as 0.8, got {power}")


def _check_changes(better: float, worse: float) -> None:
    if not (min(better, worse) >= 0 and better + worse <= 1):
        raise ValueError(
            "the shares that get better and worse are 0 or more and together at most 1, got "
            f"better = {better}, worse = {worse}"
        )
