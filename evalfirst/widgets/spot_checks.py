"""Look at a few random answers, as before a demo, and only then at whether they are right."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from evalfirst.widgets.theme import CARD_CSS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from evalfirst.evals import EvalSet

_STATIC = Path(__file__).resolve().parent / "static"


class SpotCheck(anywidget.AnyWidget):
    """The displayable spot check.

    Attributes:
        draws: how many of the answers were right, one number a draw that was uncovered.
    """

    _esm = _STATIC / "spot_checks.js"
    _css = CARD_CSS + (_STATIC / "spot_checks.css").read_text(encoding="utf-8")
    state = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        feature: Callable[[Any], Any],
        pool: EvalSet,
        answers: Mapping[str, str],
        *,
        k: int = 5,
        noun: str = "ticket",
        seed: int | None = None,
    ) -> None:
        """Draw `k` samples of `pool` at each press; `seed` makes the draws repeatable.

        Raises:
            ValueError: `pool` is smaller than `k`, or `answers` lacks one of its samples.
        """
        if not 1 <= k <= len(pool):
            raise ValueError(f"k must be within 1 to the pool's {len(pool)} samples, got {k}")
        if missing := [sample.id for sample in pool if sample.id not in answers]:
            raise ValueError(f"no right answer is known for {', '.join(missing[:5])}")
        self._feature, self._pool, self._answers, self._k = feature, pool, answers, k
        self._noun = noun
        self._random = random.Random(seed)  # noqa: S311  (chooses examples, protects nothing)
        self._rows: list[dict[str, Any]] = []
        self._uncovered = False
        self.draws: list[int] = []
        super().__init__()
        self._push("")
        self.on_msg(lambda _, message, __: self._receive(message))

    def draw(self) -> None:
        """Draw new samples and call the feature on each; a call that raises shows its error."""
        self._rows = [self._row(s) for s in self._random.sample(list(self._pool), self._k)]
        self._uncovered = False
        self._push(f"{self._k} {self._noun}s drawn")

    def uncover(self) -> None:
        """Say which of the answers were right, and add the draw to the tally."""
        if not self._rows or self._uncovered:
            return
        self._uncovered = True
        self.draws.append(sum(row["right"] for row in self._rows))
        self._push(f"{self.draws[-1]} of {self._k} were right")

    def __repr__(self) -> str:
        """Say what came out so far, where no widget can be shown."""
        return f"Spot check of {self._k}; right so far: {self.draws}"

    def _row(self, sample: Any) -> dict[str, Any]:
        try:
            given = str(self._feature(sample.input))
        except Exception as error:  # the learner shall see it, and the other rows as well
            given = f"{type(error).__name__}: {error}"
        expected = self._answers[sample.id]
        return {
            "id": sample.id,
            "text": sample.text,
            "language": str(sample.metadata.get("language", "")),
            "given": given,
            "expected": expected,
            "right": given == expected,
        }

    def _receive(self, message: Any) -> None:
        actions = {"draw": self.draw, "uncover": self.uncover}
        if isinstance(message, dict) and message.get("do") in actions:
            actions[message["do"]]()

    def _push(self, said: str) -> None:
        hidden = ("expected", "right")
        self.state = {
            "k": self._k,
            "noun": self._noun,
            "said": said,
            "uncovered": self._uncovered,
            # what is not uncovered yet does not even reach the page
            "rows": [
                {key: value for key, value in row.items() if self._uncovered or key not in hidden}
                for row in self._rows
            ],
            "draws": list(self.draws),
        }


def spot_check(
    feature: Callable[[Any], Any], pool: EvalSet, answers: Mapping[str, str], *, k: int = 5
) -> SpotCheck:
    """Return a card that draws `k` random samples and shows what `feature` answers to each.

    Args:
        feature: what answers.
        pool: the samples to draw from.
        answers: the right answer by sample id; shown only on demand.
        k: how many samples a draw has.

    Raises:
        ValueError: `pool` is smaller than `k`, or `answers` lacks one of its samples.
    """
    return SpotCheck(feature, pool, answers, k=k)
