"""A learner's eval set as plain data, for every exercise that looks at one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalfirst.evals import EvalSet, Sample
from graders.exercise import Mistake
from graders.support_desk.tickets import tickets

_MOST_ROWS = 2000

NOT_A_SET = (
    "This is not an eval set. Give what `labelling.eval_set(card=card)` returns, or load your "
    "file with `EvalSet.load(path)`."
)
TOO_LONG = f"Your set has more than {_MOST_ROWS} rows. The pool has {len(tickets())} tickets."


def plain_set(answer: Any) -> dict[str, Any]:
    """Return the rows (`id`, `text`, `target`, `slices`) and the card of an eval set.

    Raises:
        Mistake: the answer is no eval set, or an absurdly long one.
    """
    if isinstance(answer, (str, Path)) or callable(getattr(answer, "eval_set", None)):
        raise Mistake(NOT_A_SET, detail=f"You gave a {type(answer).__name__}.")
    if not isinstance(answer, (EvalSet, list, tuple)) or not all(
        isinstance(sample, Sample) for sample in answer
    ):
        raise Mistake(NOT_A_SET, detail=f"You gave a {type(answer).__name__}.")
    if len(answer) > _MOST_ROWS:
        raise Mistake(TOO_LONG)
    card = getattr(answer, "card", "")
    return {
        "rows": [
            {
                "id": str(sample.id),
                "text": sample.text if isinstance(sample.input, (str, list)) else "",
                "target": sample.target,
                "slices": _claimed(sample),
            }
            for sample in answer
        ],
        "card": card if isinstance(card, str) else "",
    }


def _claimed(sample: Sample) -> list[str]:
    metadata = sample.metadata if isinstance(sample.metadata, Mapping) else {}
    slices = metadata.get("slices")
    return [name for name in slices if isinstance(name, str)] if isinstance(slices, list) else []
