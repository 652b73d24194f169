"""Several attempts at one task: does one of them succeed, do all of them?"""

from __future__ import annotations

from math import comb

from evalfirst.stats.checks import whole


def pass_at_k(right: int, attempts: int, k: int) -> float:
    """Return the chance that at least one of `k` attempts at a task succeeds: pass@k.

    For a feature that may try again because something checks its answers, such as code with
    tests. Without bias, from more attempts than `k`: the plain `1 - (1 - right / attempts) ** k`
    is too low. Assumes attempts that are independent and alike (no cache, temperature above 0).
    One task says nothing about others: take the mean over tasks, and its interval from
    `clustered_mean` or, for two versions, `paired_scores`.

    Args:
        right: successful attempts, 0 to `attempts`.
        attempts: how often the task was tried, at least `k`.
        k: attempts that the feature has, at least 1.

    Raises:
        ValueError: a count is no whole number or out of range.

    Source: M. Chen and others, "Evaluating Large Language Models Trained on Code",
    arXiv:2107.03374 (2021), equation 1.

    >>> round(pass_at_k(right=3, attempts=10, k=1), 6), round(pass_at_k(3, 10, k=5), 4)
    (0.3, 0.9167)
    """
    right, attempts, k = _checked(right, attempts, k)
    return 1 - comb(attempts - right, k) / comb(attempts, k)


def pass_hat_k(right: int, attempts: int, k: int) -> float:
    """Return the chance that all of `k` attempts at a task succeed: pass^k.

    For a feature that has to be right every time, such as a support agent that many people ask
    the same. Without bias. Assumes attempts that are independent and alike.

    Args:
        right: successful attempts, 0 to `attempts`.
        attempts: how often the task was tried, at least `k`.
        k: attempts that must all succeed, at least 1.

    Raises:
        ValueError: a count is no whole number or out of range.

    Source: S. Yao, N. Shinn, P. Razavi and K. Narasimhan, "tau-bench", arXiv:2406.12045 (2024),
    section 3.

    >>> round(pass_hat_k(right=9, attempts=10, k=1), 6), round(pass_hat_k(9, 10, k=5), 6)
    (0.9, 0.5)
    """
    right, attempts, k = _checked(right, attempts, k)
    return comb(right, k) / comb(attempts, k)


def _checked(right: int, attempts: int, k: int) -> tuple[int, int, int]:
    right, attempts, k = whole("right", right), whole("attempts", attempts), whole("k", k)
    if k < 1:
        raise ValueError(f"k is at least 1, got {k}")
    if attempts < k:
        raise ValueError(f"{attempts} attempts say nothing about {k}: try the task {k} times")
    if not 0 <= right <= attempts:
        raise ValueError(f"right must be within 0 to attempts = {attempts}, got {right}")
    return right, attempts, k
