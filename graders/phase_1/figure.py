"""Exercise: a figure of a run that a colleague understands.

What is plotted is judged, however it was drawn: a confusion matrix as image, mesh or numbers in
cells, or one value for each category as bars or points, upright or lying, as shares, percents or
counts.
"""

from __future__ import annotations

import random
import re
from functools import partial
from itertools import combinations
from typing import Any

from graders.exercise import Case, Exercise, Mistake
from graders.figures import NoFigure, drawn
from graders.phase_1.chart_claims import Claims, all_words, claims
from graders.phase_1.chart_match import (
    Match,
    contradicts,
    drops_failures,
    find_matches,
    has_failed_column,
    missing_categories,
)
from graders.phase_1.coverage import exact_width, score_width
from graders.phase_1.run_facts import RunFacts, make_run, run_facts
from graders.support_desk.tickets import CATEGORIES

_LEAST_WORDS_IN_A_TITLE = 3
# Error bars come from many methods; what is refused has no width or another meaning, such as a
# standard deviation.
_LEAST_WIDTH, _MOST_WIDTH = 0.5, 1.6
_FAILURE = re.compile(
    r"fail|no answer|no output|error|time[d -]*out|unanswered|not answered|without (an )?answer|"
    r"missing|crash|\bnone\b|\bnan\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"%|per ?cent|per 100", re.IGNORECASE)

NOT_A_FIGURE = (
    "Your function returns no matplotlib figure and draws on none. Make one with "
    "`figure, axes = plt.subplots()` and return `figure`."
)
NOT_A_FUNCTION = (
    "This check draws several runs, so it needs your function, not one figure of it. Hand over "
    "`draw`, without parentheses."
)
NOTHING_DRAWN = (
    "Your figure is empty: it has no bars, no points, no matrix and no numbers in cells."
)
UNNAMED = (
    "Your figure does not name the six categories at its marks, so a reader cannot tell which is "
    "which. Put the categories at the ticks."
)
ONE_NUMBER = (
    "Your figure does not show the six categories one by one. One number for the whole run hides "
    "where the model fails."
)
MISSING_CATEGORY = (
    "Your figure leaves out a category that the run has. A reader takes what is not shown for "
    "fine. Show every category, also the one with few tickets."
)
IGNORES_FRAME = (
    "Your function draws the same figure for every run. It must use the `frame` that it is given, "
    "not one from elsewhere in the notebook."
)
DROPPED = (
    "Your figure leaves failed calls out of what it divides by. Their users got no answer, so a "
    "category looks better the more often its calls fail. Count them as not right."
)
WRONG_VALUES = (
    "The numbers in your figure are not those of the run. Expected is a confusion matrix (true "
    "category against answer), or for each category the share, percentage or number of right or "
    "wrong answers."
)
CELLS_DISAGREE = (
    "The numbers in the cells do not belong to the colours under them. `axes.text(x, y, ...)` "
    "takes the column first, then the row."
)
HIDDEN_FAILURES = (
    "This run has failed calls, and nothing in your figure says so. Show them as a column or a "
    "part of the bar, or state their number in words."
)
NO_UNCERTAINTY = (
    "Your figure shows shares without an interval and without the number of tickets. 2 of 3 and "
    "40 of 60 then look equally sure. Add intervals, or the number of tickets for each category."
)
NO_WIDTH = (
    "An interval in your figure has no width. A category that is all right, or all wrong, in a few "
    "tickets is not certain. The textbook interval does this; Wilson's does not."
)
ODD_INTERVALS = (
    "The intervals in your figure are not 95% intervals of a share for the number of tickets in "
    "each category: too narrow, too wide, or not around the value."
)
NO_LABELS = (
    "An axis has no label. Without one a reader cannot tell the true category from the "
    "answer, or a share from a count."
)
NO_TITLE = "Your figure has no title. The title is what a hurried colleague reads."
SHORT_TITLE = (
    f"Your title has fewer than {_LEAST_WORDS_IN_A_TITLE} words. Say what the figure shows of "
    "which run, or better what it found."
)
NO_UNIT = (
    "Your numbers are percents and nothing says so. Put `%` on the axis, so that 60 is not read as "
    "60 tickets."
)
BARE_COLOURS = (
    "Your figure shows numbers by colour alone. Nobody can read 7 from a shade: write the number "
    "into each cell, or add a colour bar with a label."
)
FIRST_THE_DATA = (
    "This counts once the figure shows the numbers of the run. See the first case that is not "
    "right yet."
)


def _runs(seed: int, *sizes: dict[str, int], **options: Any) -> dict[str, Any]:
    rng = random.Random(seed)  # noqa: S311  (an invented run; nothing secret)
    return {"runs": [make_run(rng, size, **options) for size in sizes]}


_EVEN = dict.fromkeys(CATEGORIES, 10)
_UNEVEN = dict(zip(CATEGORIES, (12, 9, 8, 14, 11, 6), strict=True))
_RARE = dict(zip(CATEGORIES, (14, 12, 9, 15, 7, 3), strict=True))

# Two runs unmask a figure that was drawn in advance; one is enough where only words are judged.
_PLAIN_RUNS = _runs(4, _EVEN, _UNEVEN)
_RARE_RUNS = _runs(9, _EVEN, _RARE, all_right="access")
_FAILED_RUNS = _runs(5, _EVEN, _UNEVEN, failed=7)


def _last(given: dict[str, Any]) -> dict[str, Any]:
    return {"runs": given["runs"][-1:]}


def _held_out(rng: random.Random) -> list[Case]:
    def sizes(least: int, most: int) -> dict[str, int]:
        return {name: rng.randint(least, most) for name in CATEGORIES}

    rare = {**sizes(7, 15), rng.choice(CATEGORIES): rng.randint(2, 4)}
    failing = make_run(rng, sizes(8, 14), failed=rng.randint(5, 9))
    return [
        Case(
            "Another run, one category with few tickets",
            given={"runs": [make_run(rng, rare)]},
            expected={"part": "data"},
        ),
        Case(
            "Another run with failed calls",
            given={"runs": [failing]},
            expected={"part": "failures"},
        ),
    ]


FIGURE = Exercise(
    id="p1-figure",
    title="Draw a figure that a colleague understands",
    points=6,
    minutes=25,
    difficulty=2,
    importance=4,
    closes="1.2",
    why=(
        "A table of outputs convinces nobody. One honest figure shows a product manager where "
        "the model fails, how sure you are, and what to mend first."
    ),
    checked=(
        "Your function is called with several runs. Its figure is read as data: the numbers at "
        "each category, the labels, the title, the intervals or counts. Bars, points, images and "
        "tables all pass; how it looks is not judged."
    ),
    cases=[
        Case("The numbers of the run", given=_PLAIN_RUNS, expected={"part": "data"}, weight=2),
        Case("A category with few tickets", given=_RARE_RUNS, expected={"part": "data"}, weight=1),
        Case(
            "A run with failed calls: the numbers",
            given=_FAILED_RUNS,
            expected={"part": "data"},
            weight=1,
        ),
        Case(
            "A run with failed calls: a reader can see them",
            given=_last(_FAILED_RUNS),
            expected={"part": "failures"},
            weight=1,
        ),
        Case(
            "How sure it is: intervals or numbers of tickets",
            given=_last(_RARE_RUNS),
            expected={"part": "uncertainty"},
            weight=1.5,
        ),
        Case("Both axes say what they show", given=_last(_PLAIN_RUNS), expected={"part": "labels"}),
        Case("The title", given=_last(_PLAIN_RUNS), expected={"part": "title"}, weight=0.75),
        Case(
            "Units and counts can be read",
            given=_last(_PLAIN_RUNS),
            expected={"part": "units"},
            weight=0.75,
        ),
    ],
    held_out=_held_out,
    hints=[
        "Decide first what your colleague should take away: which category fails most (bars with "
        "intervals), or what it is mistaken for (a confusion matrix).",
        "For bars: `frame.groupby('target')['correct'].agg(['sum', 'count'])` gives right answers "
        "and tickets of each category, failed calls included. For a matrix: "
        "`pandas.crosstab(frame['target'], frame['output'].fillna('no answer'))`.",
        "Your `accuracy(outcomes)` gives one bar and its interval, and so does "
        "`evalfirst.stats.wilson(passes, n)`. `axes.barh(..., xerr=...)` wants "
        "distances from the value, not ends: `[share - low, high - share]`, one row each.",
        "Write the number of tickets into the tick label, such as `f'{name} (n = {n})'`, label "
        "both axes, and give a title in words. Say how many calls failed: "
        "`frame['output'].isna().sum()`.",
        "Nearly all of it: `figure, axes = plt.subplots()`; "
        "`axes.barh(names, shares, xerr=distances)`; "
        "`axes.set_xlabel('share of right answers (95% interval)')`; "
        "`axes.set_ylabel('true category')`; "
        "`axes.set_title(f'Which tickets the model gets right; {failed} calls failed')`; "
        "`return figure`.",
    ],
)


@FIGURE.probe
def _probe(answer: Any, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Draw each run and return what is in the figures."""
    import pandas as pd

    if not callable(answer):
        raise Mistake(NOT_A_FUNCTION, detail=f"You gave a {type(answer).__name__}.")
    figures = []
    for rows in given["runs"]:
        frame = pd.DataFrame(rows)
        try:
            figures.append(drawn(partial(answer, frame)))
        except NoFigure as error:
            raise Mistake(NOT_A_FIGURE, detail=f"It returns: {error}.") from error
    return figures


@FIGURE.judge
def _judge(observed: list[dict[str, Any]], case: Case) -> None:
    """Judge one part of what the figures of two runs show."""
    # the last run is the one that a case is about
    part = case.expected["part"]
    runs = case.given["runs"]
    try:
        found = [_data_of(figure, rows) for figure, rows in zip(observed, runs, strict=True)]
    except Mistake as mistake:
        if (
            len(observed) > 1
            and observed[0] == observed[1]
            and mistake.message in (WRONG_VALUES, MISSING_CATEGORY)
        ):
            mistake = Mistake(IGNORES_FRAME)
        if part in ("data", "failures"):
            raise mistake from None
        raise Mistake(FIRST_THE_DATA) from None
    read, facts, matches = found[-1]
    figure = observed[-1]
    if part == "failures":
        _judge_failures(figure, facts, matches)
    elif part == "uncertainty":
        _judge_uncertainty(read, facts, matches)
    elif part == "labels":
        _judge_labels(figure, matches)
    elif part == "title":
        _judge_title(figure)
    elif part == "units":
        _judge_units(figure, read, matches)


def _data_of(
    figure: dict[str, Any], rows: list[dict[str, Any]]
) -> tuple[Claims, RunFacts, list[Match]]:
    """Return what a figure claims and where it is right, or raise what is wrong with it."""
    facts = run_facts(rows)
    read = claims(figure, CATEGORIES)
    matches = find_matches(read, facts)
    for match in matches:
        if contradicts(read, match, facts):
            raise Mistake(CELLS_DISAGREE)
    if matches:
        return read, facts, matches
    marks = ("bars", "points", "lines", "matrices", "texts", "tables")
    if not any(axes[kind] for axes in figure["axes"] for kind in marks):
        raise Mistake(NOTHING_DRAWN)
    if not read.series and not read.matrices:
        count = sum(len(axes[kind]) for axes in figure["axes"] for kind in ("bars", "matrices"))
        raise Mistake(ONE_NUMBER if count == 1 and not _has_matrix(figure) else UNNAMED)
    if missing := missing_categories(read, facts):
        raise Mistake(MISSING_CATEGORY, detail=f"Not found: {', '.join(missing)}.")
    if any(facts.failed.values()) and drops_failures(read, facts):
        raise Mistake(DROPPED)
    raise Mistake(WRONG_VALUES, detail=_example(read, facts))


def _has_matrix(figure: dict[str, Any]) -> bool:
    return any(axes["matrices"] for axes in figure["axes"])


def _example(read: Claims, facts: RunFacts) -> str:
    """Return one number that is shown beside what the run has."""
    for series in read.series:
        if set(facts.categories) <= set(series.values):
            name = facts.categories[0]
            return (
                f"At {name} your figure shows {series.values[name]:g}; the run has "
                f"{facts.right[name]} right of {facts.total[name]}."
            )
    for matrix in read.matrices:
        for (row, column), value in matrix.cells.items():
            if (count := facts.cells.get((row, column))) is not None and value != count:
                return (
                    f"At {row} and {column} your figure shows {value:g}; the run has {count} "
                    f"tickets with the true category {row} and the answer {column}."
                )
    return ""


def _judge_failures(figure: dict[str, Any], facts: RunFacts, matches: list[Match]) -> None:
    if any(match.matrix and has_failed_column(match.matrix) for match in matches):
        return
    if not any(_FAILURE.search(words) for words in all_words(figure)):
        detail = f"Failed calls in this run: {sum(facts.failed.values())}."
        raise Mistake(HIDDEN_FAILURES, detail=detail)


def _judge_uncertainty(read: Claims, facts: RunFacts, matches: list[Match]) -> None:
    if any(match.matrix and match.mode.unit == "count" for match in matches):
        return
    problem = Mistake(NO_UNCERTAINTY)
    for match in matches:
        series = match.series
        if series and all(series.intervals.get(name) for name in facts.categories):
            if (found := _interval_problem(match, facts)) is None:
                return
            problem = found
    if problem.message == NO_UNCERTAINTY and (
        all(facts.total[name] in read.numbers_beside(name) for name in facts.categories)
        or _stacks_up(read, facts)
    ):
        return
    raise problem


def _interval_problem(match: Match, facts: RunFacts) -> Mistake | None:
    assert match.series is not None
    for name in facts.categories:
        n, value = facts.total[name], match.series.values[name]
        whole = {"share": 1.0, "percent": 100.0}.get(match.mode.unit, float(n))
        held = [(a, b) for a, b in match.series.intervals[name] if a <= value <= b]
        if not held:
            return Mistake(ODD_INTERVALS, detail=f"The interval at {name} misses its value.")
        low, high = max(held, key=lambda ends: ends[1] - ends[0])
        width = (high - low) / whole
        count = round(match.mode.values[name] / whole * n)
        detail = f"At {name}, {facts.right[name]} right of {n}: from {low:.3g} to {high:.3g}."
        if width < 1e-9:
            return Mistake(NO_WIDTH, detail=detail, share=0.3)
        least, most = _LEAST_WIDTH * score_width(count, n), _MOST_WIDTH * exact_width(count, n)
        if not least <= width <= most:
            return Mistake(ODD_INTERVALS, detail=detail, share=0.3)
    return None


def _stacks_up(read: Claims, facts: RunFacts) -> bool:
    """Return whether bars of counts show all tickets of each category, stacked or side by side."""
    counts = [
        series.values
        for series in read.series
        if all(float(value).is_integer() for value in series.values.values())
    ]
    return any(
        all(sum(one.get(name, 0) for one in some) == facts.total[name] for name in facts.categories)
        for pieces in (1, 2, 3)
        for some in combinations(counts, pieces)
    )


def _judge_labels(figure: dict[str, Any], matches: list[Match]) -> None:
    for match in matches:
        axes = figure["axes"][match.axes]
        if match.matrix and match.matrix.kind == "table":
            corner = axes["tables"][0][0][0].strip()
            if corner or (axes["xlabel"] and axes["ylabel"]):
                return
        elif axes["visible"] and all(
            (axes[side] or figure[side]).strip() for side in ("xlabel", "ylabel")
        ):
            return
    axes = figure["axes"][matches[0].axes]
    labelled = [side for side in ("xlabel", "ylabel") if (axes[side] or figure[side]).strip()]
    share = 0.5 if labelled and axes["visible"] else 0.0
    raise Mistake(NO_LABELS, share=share)


def _judge_title(figure: dict[str, Any]) -> None:
    titles = [figure["title"], *(axes["title"] for axes in figure["axes"])]
    words = max((len(re.findall(r"\w+", title)) for title in titles), default=0)
    if not words:
        raise Mistake(NO_TITLE)
    if words < _LEAST_WORDS_IN_A_TITLE:
        raise Mistake(SHORT_TITLE, detail=f"Your title: {max(titles, key=len)}", share=0.3)


def _judge_units(figure: dict[str, Any], read: Claims, matches: list[Match]) -> None:
    if any(match.matrix is None for match in matches) or not _has_matrix(figure):
        bare = False
    else:
        written = any(matrix.kind != "colours" for matrix in read.matrices)
        bare = not written and not any(label.strip() for label in figure["colorbars"])
    if bare:
        raise Mistake(BARE_COLOURS)
    in_percent = all(match.mode.unit == "percent" for match in matches)
    if in_percent and not any(_PERCENT.search(words) for words in all_words(figure)):
        raise Mistake(NO_UNIT)
