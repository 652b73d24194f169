"""A progress bar with running accuracy and cost, for a person who watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalfirst.evals.sample_result import SampleResult


class ProgressBar:
    """Shows how far a run is, or nothing at all."""

    def __init__(self, total: int, wanted: bool | None) -> None:
        """Show a bar if it is `wanted`; `None` means only for a person."""
        from evalfirst.audience import a_person_watches

        self.seen = self.right = 0
        # None once the money is unknown: a sum that leaves calls out misleads
        self.dollars: float | None = 0.0
        self._bar: Any = None
        if wanted or (wanted is None and a_person_watches()):
            from tqdm.auto import tqdm

            self._bar = tqdm(total=total, unit="sample", leave=False)

    def add(self, result: SampleResult) -> None:
        """Count one finished sample."""
        if self._bar is None:
            return
        self.seen += 1
        if result.scores:
            self.right += next(iter(result.scores.values())).value >= 1.0
        if result.usage is not None and self.dollars is not None:
            spent = result.usage.dollars
            self.dollars = None if spent is None else self.dollars + spent
        # drawn when the bar moves, some times a second: not for every sample
        self._bar.set_postfix_str(self._told(), refresh=False)
        self._bar.update(1)

    def _told(self) -> str:
        from evalfirst.evals.run_view import dollars

        right = f"right so far {self.right / self.seen:.0%}"
        return f"{right}, {dollars(self.dollars)}" if self.dollars else right

    def __enter__(self) -> ProgressBar:
        """Return the bar."""
        return self

    def __exit__(self, *_: object) -> None:
        """Draw the last state, and take the bar away."""
        if self._bar is not None:
            self._bar.refresh()
            self._bar.close()
