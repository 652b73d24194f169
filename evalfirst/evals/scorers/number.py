"""A scorer for numbers, also for those that stand in a sentence."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Any, Literal

from evalfirst.evals.scorers.score import Score, Scorer

_NUMBER = re.compile(
    # a hyphen after a letter or digit is a dash (10-20, T-5), not a minus
    r"((?<!\w)[-\u2212+])?"
    # digits inside a word (T001) are a name
    r"(?<![\w.,])(\d+(?:[.,'\u2019\u00a0\u202f\u2009]\d+)*|\.\d+)"
    r"([eE][-+]?\d+)?"
)
_GAPS = "'\u2019\u00a0\u202f\u2009"
# decimals, because 1.1 - 1.0 in binary is more than 0.1; no traps: too large becomes infinite
_EXACT = Context(prec=100, traps=[])


def numeric(
    *,
    absolute: float = 0.0,
    relative: float = 0.0,
    decimal: Literal[".", ","] = ".",
    pick: Literal["only", "first", "last"] = "only",
) -> Scorer:
    """Return a scorer for numbers that may lie a little beside the target.

    Right is a distance of at most `absolute`, or of at most `relative` times the target's size,
    whichever is more. A text is searched for numbers; currency and units around them do not
    count, and a percent sign does not divide by 100.

    Args:
        absolute: tolerance in the target's unit.
        relative: tolerance as a share of the target, such as 0.01 for 1 %.
        decimal: what `1,234` and `1.234` mean: with "." the comma groups thousands, with "," the
            point does. A sign that cannot group (`3,5`) is a decimal sign either way.
        pick: which number of a text counts. "only" scores a text with two different numbers 0,
            because an answer that names several has not decided.

    Raises:
        ValueError: a tolerance below 0; or, when it scores, the target holds no single number.
    """
    if absolute < 0 or relative < 0:
        raise ValueError("a tolerance is 0 or more")
    if decimal not in (".", ",") or pick not in ("only", "first", "last"):
        raise ValueError("decimal is '.' or ',', and pick is 'only', 'first' or 'last'")
    other = "," if decimal == "." else "."

    def near(value: Decimal, goal: Decimal) -> bool:
        allowed = max(
            Decimal(str(absolute)), _EXACT.multiply(Decimal(str(relative)), _EXACT.abs(goal))
        )
        return _EXACT.abs(_EXACT.subtract(value, goal)) <= allowed

    def numeric(output: Any, target: Any) -> Score:
        goals = list(dict.fromkeys(_numbers(target, decimal)))
        if len(goals) != 1:
            raise ValueError(f"the target {target!r} is not one number")
        goal = goals[0]
        found = _numbers(output, decimal)
        if not found:
            return Score(0.0, output, f"no number in {output!r}")
        if pick == "only" and len(set(found)) > 1:
            named = ", ".join(_shown(number) for number in dict.fromkeys(found))
            return Score(0.0, output, f"several numbers ({named}): which one is the answer?")
        value = found[-1 if pick == "last" else 0]
        if near(value, goal):
            return Score(1.0, float(value))
        distance = _shown(_EXACT.subtract(value, goal))
        explanation = f"{_shown(value)} instead of {_shown(goal)} (off by {distance})"
        if any(near(number, goal) for number in _numbers(output, other)):
            explanation += f"; it would be right with {other!r} as the decimal sign"
        elif "%" in str(output) and near(_EXACT.divide(value, Decimal(100)), goal):
            explanation += "; the target is a share, the output a percentage"
        return Score(0.0, float(value), explanation)

    return numeric


def _numbers(value: Any, decimal: str) -> list[Decimal]:
    if isinstance(value, bool):
        return []
    if isinstance(value, (int, float, Decimal)):
        number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        return [number] if number.is_finite() else []
    if not isinstance(value, str):
        return []
    read: list[Decimal] = []
    for sign, digits, exponent in _NUMBER.findall(value):
        parts = _read(digits, decimal)
        for place, part in enumerate(parts):
            first, last = place == 0, place == len(parts) - 1
            text = ("-" if first and sign in ("-", "\u2212") else "") + part
            number = _EXACT.create_decimal(text + (exponent if last else ""))
            if number.is_finite():
                read.append(number)
    return read


def _read(digits: str, decimal: str) -> list[str]:
    """Return what `digits` mean, as Python writes it; several where they are no one number."""
    for sign in (decimal, "," if decimal == "." else "."):
        whole, _, rest = digits.partition(sign)
        group = "".join(s for s in {".", ","} - {sign}) + _GAPS
        if rest and not rest.isdigit():
            continue
        if whole.isdigit() or not whole or _grouped(whole, group):
            joined = re.sub(f"[{re.escape(group)}]", "", whole)
            return [f"{joined or '0'}.{rest or '0'}"]
    return re.findall(r"\d+", digits)


def _grouped(whole: str, signs: str) -> bool:
    """Whether `whole` is 1 to 3 digits and then threes, parted by one and the same sign."""
    return re.fullmatch(rf"\d{{1,3}}([{re.escape(signs)}])\d{{3}}(?:\1\d{{3}})*", whole) is not None


def _shown(number: Decimal) -> str:
    return f"{float(number):.12g}"
