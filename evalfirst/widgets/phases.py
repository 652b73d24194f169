"""The card at the top of a phase: what changes, what you leave with, and how long it takes."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from evalfirst.curriculum import load
from evalfirst.exercise_index import closing, listed_exercises
from evalfirst.widgets.card import OWN_KEYS, Card, resource_item

if TYPE_CHECKING:
    from evalfirst.curriculum import Criterion, Curriculum
    from evalfirst.exercise_index import ListedExercise


def phase_opening(number: int, curriculum: Curriculum | None = None) -> Card:
    """Return the card that opens a phase.

    Raises:
        KeyError: there is no such phase.
    """
    phase = (curriculum or load()).phase(number)
    exercises = listed_exercises()
    rows = "".join(
        f'<tr><th scope="row">{escape(d.name)}</th><td>{escape(d.before)}</td>'
        f"<td>{escape(d.after)}</td></tr>"
        for d in phase.dimensions
    )
    body = (
        f'<p class="ef-lead">{escape(phase.story)}</p>'
        f'<div class="ef-callout"><p><strong>The gate.</strong> {escape(phase.gate)}</p></div>'
        f'<h3 class="ef-subheading">{phase.criteria_are.capitalize()}</h3>'
        '<ul class="ef-list">'
        + "".join(_criterion(criterion, exercises) for criterion in phase.criteria)
        + "</ul>"
        f'<p class="ef-muted"><strong>How people get stuck here.</strong> '
        f"{escape(phase.failure_mode)}</p>"
        f'<details class="ef-details"><summary {OWN_KEYS}>What changes in this phase</summary>'
        '<div><table class="ef-table"><thead><tr><th scope="col">Dimension</th>'
        f'<th scope="col">Before</th><th scope="col">After</th></tr></thead><tbody>{rows}</tbody>'
        "</table></div></details>"
    )
    plain = "\n".join(
        [phase.story, phase.gate]
        + [f"{d.name}: {d.before} -> {d.after}" for d in phase.dimensions]
        + [f"{c.id} {c.text}" for c in phase.criteria]
        + [phase.failure_mode]
    )
    return Card(f"Phase {phase.number}: {phase.title}", body, plain)


def phase_resources(number: int, curriculum: Curriculum | None = None) -> Card:
    """Return the card with what to read at this level.

    Raises:
        KeyError: there is no such phase.
    """
    c = curriculum or load()
    phase = c.phase(number)
    resources = (*phase.resources, c.any_phase)
    body = (
        f'<p>{escape(c.resource_advice)}</p><ul class="ef-list">'
        + "".join(resource_item(resource) for resource in resources)
        + "</ul>"
    )
    plain = "\n".join([c.resource_advice, *(f"{r.name}: {r.use} ({r.url})" for r in resources)])
    return Card("To read at this level", body, plain)


def _criterion(criterion: Criterion, exercises: tuple[ListedExercise, ...]) -> str:
    here = closing(criterion.id, exercises)
    names = ", ".join(f"{escape(e.title)} ({e.minutes} min)" for e in here)
    practised = f'<br><span class="ef-muted">You practise it with: {names}.</span>' if here else ""
    return f"<li><strong>{escape(criterion.id)}</strong> {escape(criterion.text)}{practised}</li>"
