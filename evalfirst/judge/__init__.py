"""A model as judge of answers, and the measurements that say how far to trust it.

```python
judge = RubricJudge("The reply names the next step that the customer takes.", examples=shots)
judge("Where is my invoice?", "In the panel, under Billing.").passes

calibrate(judge, labelled)                 # against people: TPR, TNR, agreement
position_swap(judge, pairs)                # does the place of an answer decide?
verbosity_bias(judge, answers)             # does padding decide?  length_preference: of two
run(feature, eval_set, [judged(judge)])    # as a scorer
```

Every measurement takes a plain function too: `f(input, output) -> bool` in place of a judge of one
answer, `f(input, first, second) -> "first" | "second" | "tie"` in place of one that chooses.
"""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "Answer": "answers",
        "Calibration": "calibration",
        "Choice": "verdict",
        "Consistency": "consistency",
        "Labelled": "answers",
        "LengthPreference": "length",
        "Pair": "answers",
        "PositionSwap": "position",
        "Preference": "verdict",
        "RubricJudge": "rubric_judge",
        "Verdict": "verdict",
        "VerbosityBias": "verbosity",
        "calibrate": "calibration",
        "length_preference": "length",
        "padded": "verbosity",
        "position_swap": "position",
        "self_consistency": "consistency",
        "verbosity_bias": "verbosity",
    },
)
