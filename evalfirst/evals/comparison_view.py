"""A comparison as a small table, and values as texts that fit into one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evalfirst.evals.comparison import Comparison, Measure, Pair
    from evalfirst.evals.eval_run import SampleResult

# samples that the notebook shows of each kind; all are in `.better` and `.worse`
_SHOWN = 5
# what a sample that changed is shown with, after its id
PAIR_HEADINGS = ("input", "target", "before", "after", "why")
_NAMES = {"holm": "Holm", "benjamini-hochberg": "Benjamini and Hochberg"}


def html(comparison: Comparison) -> str:
    """Return a comparison as a sentence, a table by slice, and the samples that changed."""
    d = comparison.difference
    rows = [_row("all samples", d.n, d.better, d.worse, d.effect, d.low, d.high, "", comparison)]
    for name, s in comparison.slices.iterrows():
        p = s.adjusted_p
        note = "too small to judge" if s.too_small else "" if p != p else f"p = {p:.3f}"
        rows.append(
            _row(str(name), s.n, s.better, s.worse, s.effect, s.low, s.high, note, comparison)
        )
    unit = "change (points)" if comparison.measure == "passes" else "change"
    heads = ("samples", "n", "better", "worse", unit, f"{comparison.confidence:.0%} interval", "")
    warnings = "".join(f"<p><strong>Warning:</strong> {escape(w)}</p>" for w in comparison.warnings)
    failures = "; ".join(
        f"{kind}: {b} before, {a} after" for kind, (b, a) in comparison.failures.T.items()
    )
    counted = "counted as wrong" if comparison.errors == "wrong" else "left out"
    return "".join(
        [
            f"<div><p>{escape(comparison.sentence)}</p>{warnings}<table>",
            "<caption>What changed, by slice "
            f"(p adjusted for the number of slices: {_NAMES[comparison.correction]})</caption>",
            f"<thead>{_cells(heads, 'th')}</thead><tbody>{''.join(rows)}</tbody></table>",
            f"<p>Failed calls ({counted}): {escape(failures)}.</p>" if failures else "",
            _side_by_side("Got worse", comparison.worse, comparison.scorer, opened=True),
            _side_by_side("Got better", comparison.better, comparison.scorer, opened=False),
            "</div>",
        ]
    )


def short(value: Any, length: int = 120) -> str:
    """Return a value on one line that fits into a table cell."""
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= length else text[: length - 3] + "..."


def answer_of(result: SampleResult) -> str:
    """Return what a version made of a sample: its output, or why there is none."""
    if result.failure:
        return short(f"failed: {result.failure.kind}: {result.failure.message}")
    return short(result.output)


def question_of(result: SampleResult) -> str:
    """Return the input of a sample on one line; of messages, the last one's content."""
    if isinstance(result.input, list) and result.input:
        return short(result.input[-1].get("content", result.input[-1]))
    return short(result.input)


def signed(value: float, measure: Measure) -> str:
    """Return a change with its sign, in points for shares."""
    if value != value:
        return "unknown"
    return f"{100 * value:+.1f}" if measure == "passes" else f"{value:+.3g}"


def in_points(share: float) -> str:
    """Return a share as percentage points, such as `3.3 points`."""
    points = round(100 * share, 1)
    return f"{points:g} point{'' if points == 1 else 's'}"


def _cells(values: Sequence[Any], tag: str = "td") -> str:
    # a screen reader says the column's name with each cell
    scope = " scope='col'" if tag == "th" else ""
    cells = "".join(
        f"<{tag}{scope} style='text-align:left'>{escape(str(value))}</{tag}>" for value in values
    )
    return f"<tr>{cells}</tr>"


def _row(
    name: str,
    n: int,
    better: int,
    worse: int,
    effect: float,
    low: float,
    high: float,
    note: str,
    comparison: Comparison,
) -> str:
    interval = (
        f"{signed(low, comparison.measure)} to {signed(high, comparison.measure)}"
        if low == low
        else "none"
    )
    return _cells(
        (name, int(n), int(better), int(worse), signed(effect, comparison.measure), interval, note)
    )


def _side_by_side(title: str, pairs: Sequence[Pair], scorer: str, *, opened: bool) -> str:
    if not pairs:
        return ""
    rows = [_cells(("id", *PAIR_HEADINGS), "th")]
    rows += [_cells(pair_cells(pair, scorer)) for pair in pairs[:_SHOWN]]
    more = f", the first {_SHOWN}" if len(pairs) > _SHOWN else ""
    return (
        f"<details{' open' if opened else ''}><summary>{title}: {len(pairs)}{more}</summary>"
        f"<table>{''.join(rows)}</table></details>"
    )


def pair_cells(pair: Pair, scorer: str) -> tuple[str, ...]:
    """Return a sample under both versions as cells: its id, and those of `PAIR_HEADINGS`."""
    return (
        pair.id,
        question_of(pair.after),
        short(pair.after.target),
        answer_of(pair.before),
        answer_of(pair.after),
        why(pair, scorer),
    )


def why(pair: Pair, scorer: str) -> str:
    """Return what the scorer says about the version that is wrong."""
    for result in (pair.after, pair.before):
        score = result.scores.get(scorer)
        if score is not None and score.explanation:
            return short(score.explanation)
    return ""
