"""What an eval set holds, and how small a change it can show."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalfirst.evals.eval_set import EvalSet

# The accuracy for which the size of a set is judged; most features worth shipping are near it.
BASELINE = 0.8
# Below this many rows the arithmetic of paired differences promises more than it keeps.
_FEW = 30


class Description(dict[str, Any]):
    """Facts by name, as `EvalSet.describe` lists them; a notebook shows them as a table."""

    def _repr_html_(self) -> str:
        from evalfirst.evals.run_view import html_table

        rows = [
            ("rows", self["rows"]),
            ("labelled", f"{self['labelled']} of {self['rows']}"),
            ("repeated texts", self["duplicates"]),
            ("targets", _counts(self["targets"])),
            ("slices", _counts(self["slices"])),
        ]
        sentences = (self["precision"], self["minimum_effect"])
        told = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
        return html_table("Eval set", rows) + told


def _counts(counted: dict[str, int]) -> str:
    if not counted:
        return "none"
    common = Counter(counted).most_common(8)
    told = ", ".join(f"{name}: {count}" for name, count in common)
    rest = len(counted) - len(common)
    return f"{told}, and {rest} more" if rest else told


def describe(eval_set: EvalSet) -> Description:
    """Count what is in the set; the keys are those of `EvalSet.describe`."""
    from evalfirst.stats import wilson

    texts = {" ".join(sample.text.split()).lower() for sample in eval_set.samples}
    n = len(eval_set.samples)
    labelled = sum(sample.target is not None for sample in eval_set.samples)
    low, high = wilson(round(BASELINE * n), n) if n else (0.0, 1.0)
    return Description(
        rows=n,
        labelled=labelled,
        duplicates=n - len(texts),
        targets=dict(Counter(str(sample.target) for sample in eval_set.samples)),
        slices=dict(Counter(name for sample in eval_set.samples for name in sample.slices)),
        precision=(
            f"With {n} rows, a measured accuracy of {BASELINE:.0%} means a true one of "
            f"{low:.0%} to {high:.0%} (95% interval)."
        ),
        minimum_effect=minimum_effect(labelled),
    )


def minimum_effect(n: int) -> str:
    """Say the smallest changes that `n` labelled rows can show, with 80% power at 5%."""
    from evalfirst.stats import paired_minimum_effect, share_minimum_effect

    if n < 2:
        return f"{_rows(n)} cannot show any change: label more."
    try:
        drop = share_minimum_effect(n, BASELINE)
    except ValueError:
        return (
            f"{_rows(n)} cannot show any drop below a bar of {BASELINE:.0%}: even all answers "
            "wrong could be chance. Label more."
        )
    between = (
        f"Between two versions on the same rows it is a difference of about "
        f"{_points(paired_minimum_effect(n))}."
        if n >= _FEW
        else f"To compare two versions on the same rows, label {_FEW} or more."
    )
    return (
        f"{_rows(n)} can show a drop of {_points(drop)} or more below a bar of {BASELINE:.0%} (in "
        f"4 of 5 tries). {between} Smaller changes look like chance."
    )


def _rows(n: int) -> str:
    return f"{n} labelled row" + ("" if n == 1 else "s")


def _points(share: float) -> str:
    points = round(100 * share, 1)
    told = f"{points:.1f}" if points < 10 else f"{points:.0f}"
    return f"{told} points"
