"""The self-assessment: six questions, and the phase of the course that fits the answers."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets

from evalfirst.curriculum import load
from evalfirst.exercise_index import listed_exercises
from evalfirst.progress import ProgressError, ProgressStore
from evalfirst.routing import Placement, place
from evalfirst.widgets.theme import CARD_CSS
from evalfirst.workspace import Workspace

if TYPE_CHECKING:
    from evalfirst.curriculum import Curriculum

KEY = "self_assessment.answers"

_STATIC = Path(__file__).parent / "static"


class _Form(anywidget.AnyWidget):
    """The six questions; `answers` maps a question's number, as text, to an answer."""

    _esm = _STATIC / "router.js"
    _css = CARD_CSS + (_STATIC / "router.css").read_text(encoding="utf-8")

    title = traitlets.Unicode().tag(sync=True)
    lead = traitlets.List(traitlets.Unicode()).tag(sync=True)
    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    choices = traitlets.List(traitlets.Dict()).tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    received = traitlets.Dict().tag(sync=True)  # the answers that reached this process
    status = traitlets.Unicode().tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)


class Router:
    """The form and, once all questions are answered, the result below it."""

    def __init__(
        self,
        progress: ProgressStore | None = None,
        curriculum: Curriculum | None = None,
        folder: Path | None = None,
    ) -> None:
        """Show the answers that `progress` holds; `folder` is where the notebooks lie."""
        self._curriculum = curriculum or load()
        self._progress = progress or ProgressStore(Workspace.here().progress)
        self._folder = folder or Path.cwd()
        c = self._curriculum
        self.form = _Form(
            title="Where do you stand?",
            lead=[
                c.thesis.claim,
                "The questions are about your work. Your answers say which phase of the course to "
                f"start with. {c.not_sure}",
            ],
            questions=[{"number": q.number, "text": q.text, "note": q.note} for q in c.questions],
            choices=[{"value": a.value, "label": a.label} for a in c.answers],
            answers=self._recall(),
        )
        # an Output, because JupyterLab opens a relative link in a tab only where it renders it
        self.result = ipywidgets.Output()
        self.widget = ipywidgets.VBox([self.form, self.result])
        self.form.observe(self._answered, "answers")
        # the picture's library loads while the person reads the first question
        threading.Thread(
            target=importlib.import_module, args=("evalfirst.widgets.placement",), daemon=True
        ).start()
        self._show()

    def _repr_mimebundle_(self, **wanted: Any) -> Any:
        return self.widget._repr_mimebundle_(**wanted)

    @property
    def answers(self) -> dict[int, str]:
        """The answers so far, by the question's number."""
        return {int(number): answer for number, answer in self.form.answers.items()}

    @property
    def placement(self) -> Placement | None:
        """Where the answers lead, or None while a question is open."""
        answers = self.answers
        if len(answers) < len(self._curriculum.questions):
            return None
        ordered = [answers[question.number] for question in self._curriculum.questions]
        return place(ordered, self._curriculum)

    def _recall(self) -> dict[str, str]:
        try:
            kept = self._progress.recall(KEY, {})
        except ProgressError:
            return {}  # the first answer tries to save, and then says what is wrong
        numbers = {str(question.number) for question in self._curriculum.questions}
        values = [choice.value for choice in self._curriculum.answers]
        if not isinstance(kept, dict):
            return {}
        return {n: answer for n, answer in kept.items() if n in numbers and answer in values}

    def _answered(self, change: dict[str, Any]) -> None:
        try:
            self._progress.remember(KEY, change["new"])
            self.form.notice = ""
        except ProgressError as error:
            self.form.notice = f"Your answers count, but they are not saved: {error}"
        self.form.received = change["new"]
        self._show()

    def _show(self) -> None:
        placement = self.placement
        if placement is None:
            self.form.status = ""
            self.result.outputs = ()
            return
        from evalfirst.widgets.placement import placement_card

        card = placement_card(placement, self._curriculum, listed_exercises(), self._folder)
        self.result.outputs = (
            {
                "output_type": "display_data",
                "data": {"text/html": card.html(), "text/plain": repr(card)},
                "metadata": {},
            },
        )
        self.form.status = (
            "Every question is answered. Your result is below: "
            f"{placement.level}, Phase {placement.phase}."
        )


def router() -> Router:
    """Show the self-assessment; answers are kept in the workspace and survive a restart."""
    return Router()
