"""A scorer that asks a judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evalfirst.evals.scorers.score import NoVerdict, Score, Scorer

if TYPE_CHECKING:
    from evalfirst.judge.asking import Judge


def judged(judge: Judge, *, reference: bool = True, name: str = "judged") -> Scorer:
    """Return a scorer that asks a judge: 1 if it passes the output, 0 if not, and its critique.

    The judge sees the sample's input and the output. A verdict that cannot be had makes the sample
    a failed one, of kind `NoVerdict`: it counts as `accuracy(errors=...)` says, never as a silent
    pass or fail, and is tried again in the next run with the same cache.

    How much a judge's share is worth, and the share behind it: `evalfirst.judge.calibrate`.

    Args:
        judge: a `RubricJudge`, or `f(input, output)` or `f(input, output, target)` -> bool or
            `Verdict`. A run calls it on a thread, several at once.
        reference: whether the judge sees the target. Turn it off where the target is a label
            for the answer itself, which would tell the judge its verdict.
        name: the scorer's name; give two judges in one run different names.

    Raises (when it scores):
        NoVerdict: the judge gave none.
        TypeError: it returned something else.
        LLMError: its model cannot be asked as things are set up.
    """

    def judged(output: Any, target: Any, *, input: Any = None) -> Score:  # noqa: A002  (the field's own word)
        from evalfirst.judge.answers import Answer
        from evalfirst.judge.asking import verdict_on

        verdict = verdict_on(judge, Answer(input, output, target if reference else None))
        if verdict.passes is None:
            failure = verdict.failure
            said = f"{failure.kind}: {failure.message}" if failure else "it did not say why"
            raise NoVerdict(f"{name} gave no verdict ({said})")
        return Score(float(verdict.passes), output, verdict.critique)

    judged.__name__ = name
    # a run calls it on a thread, and does not take another judge's verdicts from its cache
    judged.__dict__["blocking"] = True
    if hasattr(judge, "version"):
        judged.__dict__["version"] = f"{judge.version} {'with' if reference else 'no'} reference"
    return judged
