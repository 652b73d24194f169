"""What the statistics ask of their arguments, and the words in which they refuse."""

from __future__ import annotations

import math
import operator
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import numpy as np
    from numpy.typing import NDArray


def check_confidence(confidence: float) -> None:
    """Refuse what is not between 0 and 1, above all 95.

    Raises:
        ValueError: it is not.

    >>> check_confidence(0.95)
    """
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, such as 0.95, got {confidence!r}")


def check_resamples(resamples: int, fewest: int) -> None:
    """Refuse fewer draws than the ends of an interval need.

    Raises:
        ValueError: there are fewer than `fewest`.

    >>> check_resamples(1000, fewest=99)
    """
    if not resamples >= fewest:
        raise ValueError(f"fewer than {fewest:,} resamples cannot show 5% or 95%, got {resamples}")


def whole(name: str, value: float) -> int:
    """Return a count as `int`; 8.0 and numpy's integers are counts, 8.7 and NaN are not.

    Raises:
        ValueError: the number is not whole.

    >>> whole("passes", 8.0)
    8
    """
    try:
        return operator.index(value)  # type: ignore[arg-type]  # what is no integer raises
    except TypeError:
        # numpy's numbers of 32 bits are `Real`, and no `float`
        if isinstance(value, Real) and float(value).is_integer():
            return int(value)
        raise ValueError(f"{name} is a count, a whole number, got {value!r}") from None


def finite_scores(name: str, scores: Sequence[float] | NDArray[Any]) -> NDArray[np.float64]:
    """Return the scores as a flat array of floats; True is 1 and False is 0.

    Raises:
        ValueError: one is missing, no number, or not finite, or they are not a flat sequence.

    >>> finite_scores("scores", [True, 0.5]).tolist()
    [1.0, 0.5]
    """
    import numpy as np

    if np.ndim(scores) != 1:
        raise ValueError(
            f"{name} is one flat sequence of numbers, got {np.ndim(scores)} dimensions"
        )
    try:
        array = np.array(list(scores), dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} holds something that is no number") from None
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise ValueError(
            f"{name}: number {bad[0]} (counted from 0) is {array[bad[0]]}: decide first whether a "
            "missing answer counts as wrong or is left out"
        )
    return array


def group_numbers(name: str, groups: Sequence[Hashable]) -> NDArray[np.intp]:
    """Return for each entry the number, from 0, of its group, in order of first appearance.

    Raises:
        ValueError: an entry is None or NaN.

    >>> group_numbers("clusters", ["b", "a", "b"]).tolist()
    [0, 1, 0]
    """
    import numpy as np

    numbers: dict[Hashable, int] = {}
    for i, group in enumerate(groups):
        if group is None or (isinstance(group, float) and math.isnan(group)):
            raise ValueError(f"{name}: entry {i} (counted from 0) is missing")
        numbers.setdefault(group, len(numbers))
    return np.array([numbers[group] for group in groups], dtype=np.intp)
