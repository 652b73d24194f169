"""The result of the self-assessment as a card: where you are, what is open, where to go on."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from evalfirst.exercise_index import closing
from evalfirst.plots.ladder import DARK, LIGHT, ladder_alt, ladder_svg
from evalfirst.widgets.card import OWN_KEYS, Card, resource_item

if TYPE_CHECKING:
    from evalfirst.curriculum import Curriculum, Phase
    from evalfirst.exercise_index import ListedExercise
    from evalfirst.routing import Placement


def nearest_notebook(phase: int, curriculum: Curriculum, folder: Path) -> Phase | None:
    """Return the phase to open: this one if its notebook is there, else the nearest that is.

    Of two equally near ones it is the earlier: it is what the later one builds on.
    """
    there = [p for p in curriculum.phases if (folder / p.notebook).is_file()]
    return min(there, key=lambda p: (abs(p.number - phase), p.number), default=None)


def placement_card(
    placement: Placement,
    curriculum: Curriculum,
    exercises: tuple[ListedExercise, ...],
    folder: Path,
) -> Card:
    """Return the card; `folder` is where the notebooks lie."""
    phase = curriculum.phase(placement.phase)
    rung = curriculum.level(placement.rung)
    lead = _why(placement, curriculum)
    facts = [
        ("Level", placement.level),
        (f"Usual tenure, {rung.name.lower()}", rung.tenure),
        (f"US pay a year, {rung.name.lower()}", curriculum.pay_at(rung.key).text),
    ]
    body = (
        f'<p class="ef-lead">{escape(lead)}</p>'
        f"{_open_button(phase, curriculum, folder)}"
        f"{_picture(placement, curriculum)}"
        '<dl class="ef-facts">'
        + "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts)
        + "</dl>"
        f"{_gaps(placement, curriculum, exercises, folder)}"
        '<h3 class="ef-subheading">Where people at this point get stuck</h3>'
        f"<p>{escape(placement.plateau)}</p>"
        '<div class="ef-callout">'
        f"<p><strong>{escape(placement.roadblock.symptom)}.</strong> "
        f"{escape(placement.roadblock.mechanism)}</p>"
        f"<p><strong>What unlocks it.</strong> {escape(placement.roadblock.unlock)}</p></div>"
        f"<p><strong>{_unlock_title(placement)}</strong> {escape(placement.unlock)}</p>"
        f"{_phase_details(phase)}"
        '<h3 class="ef-subheading">What to read now</h3>'
        f"<p>{escape(curriculum.resource_advice)}</p>"
        '<ul class="ef-list">'
        + "".join(map(resource_item, [*phase.resources, curriculum.any_phase]))
        + "</ul>"
    )
    return Card(_title(placement, phase), f"<style>{_CSS}</style>{body}", lead)


def _title(placement: Placement, phase: Phase) -> str:
    return f"You are here: {placement.level}. Start with Phase {phase.number}, {phase.title}"


def _why(placement: Placement, c: Curriculum) -> str:
    route = next(
        r for r in c.routing if r.label == placement.level and placement.yes_count in r.yes
    )
    if route.all_standard:
        return (
            "You answered all six with a yes, and you set the standard in each. That is what Phase "
            f"{placement.phase} asks for."
        )
    if placement.yes_count == 0:
        return (
            "None of your answers is a yes yet. That puts you before the ladder, and Phase "
            f"{placement.phase} is where everybody starts."
        )
    if placement.yes_count == len(c.questions):
        return (
            f"All {placement.yes_count} answers are a yes. That leads to Phase {placement.phase}."
        )
    said = f"{placement.yes_count} of your {len(c.questions)} answers " + (
        "is a yes." if placement.yes_count == 1 else "are a yes."
    )
    rule = " or ".join(map(str, route.yes))
    return f"{said} With {rule}, you start with Phase {placement.phase}."


def _open_button(phase: Phase, c: Curriculum, folder: Path) -> str:
    opened = nearest_notebook(phase.number, c, folder)
    if opened is None:
        return (
            '<p class="ef-callout">No phase notebook lies in this folder '
            f"(<code>{escape(str(folder))}</code>). Stop JupyterLab, run <code>make lab</code>: it "
            "copies the missing ones and touches none of yours.</p>"
        )
    # a relative link in an output is one that JupyterLab opens in a tab of its own
    button = (
        f'<p><a class="ef-button ef-button-primary ef-open" {OWN_KEYS} '
        f'href="{escape(opened.notebook)}">'
        f"Open Phase {opened.number}: {escape(opened.title)}</a></p>"
    )
    if opened is phase:
        return button
    return (
        f'<p class="ef-callout">The notebook of Phase {phase.number} is not in this edition yet. '
        f"The nearest that is there is Phase {opened.number}: its exercises are the groundwork "
        f"for yours.</p>{button}"
    )


def _picture(placement: Placement, c: Curriculum) -> str:
    alt = escape(ladder_alt(placement, curriculum=c))
    return "".join(
        f'<img class="ef-ladder ef-for-{name}" alt="{alt}" src="data:image/svg+xml;base64,'
        + base64.b64encode(ladder_svg(placement, curriculum=c, colours=colours).encode()).decode()
        + '">'
        for name, colours in (("light", LIGHT), ("dark", DARK))
    )


def _gaps(
    placement: Placement,
    c: Curriculum,
    exercises: tuple[ListedExercise, ...],
    folder: Path,
) -> str:
    heading = '<h3 class="ef-subheading">What is still open</h3>'
    if not placement.gaps:
        return (
            f"{heading}<p>No question is open. What Phase {placement.phase} adds goes beyond "
            "the six.</p>"
        )
    intro = "Each is a question without a yes, with the exit criterion that closes it."
    if placement.to_find_out:
        intro += f" {c.not_sure}"
    if not all(closing(c.question(number).closes, exercises) for number in placement.gaps):
        intro += " Where no exercise is named, this edition has none yet."
    items = "".join(_gap(number, placement, c, exercises, folder) for number in placement.gaps)
    return f'{heading}<p>{escape(intro)}</p><ul class="ef-gaps">{items}</ul>'


def _gap(
    number: int,
    placement: Placement,
    c: Curriculum,
    exercises: tuple[ListedExercise, ...],
    folder: Path,
) -> str:
    question = c.question(number)
    unsure = number in placement.to_find_out
    badge = ' <span class="ef-badge ef-badge-warn">to find out</span>' if unsure else ""
    find_out = f"<p>Find out: {escape(question.find_out)}</p>" if unsure else ""
    closers = closing(question.closes, exercises)
    practice = (
        '<ul class="ef-list">'
        + "".join(f"<li>{_exercise(exercise, folder)}</li>" for exercise in closers)
        + "</ul>"
        if closers
        else ""
    )
    return (
        f"<li><p><strong>{number}. {escape(question.topic.capitalize())}</strong>{badge}</p>"
        f"{find_out}<p>Closed by {escape(question.closes)}: "
        f"{escape(c.criterion(question.closes).text)}</p>{practice}</li>"
    )


def _exercise(exercise: ListedExercise, folder: Path) -> str:
    title = escape(exercise.title)
    if exercise.notebook and (folder / exercise.notebook).is_file():
        anchor = f"#{exercise.anchor.lstrip('#')}" if exercise.anchor else ""
        title = f'<a {OWN_KEYS} href="{escape(exercise.notebook + anchor)}">{title}</a>'
    minutes = f", about {exercise.minutes} minutes" if exercise.minutes else ""
    return f"Exercise: {title} (Phase {exercise.phase}{minutes})"


def _unlock_title(placement: Placement) -> str:
    return (
        "What the level consists of."
        if placement.rung == "principal"
        else "What unlocks the next level."
    )


def _phase_details(phase: Phase) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(d.name)}</th><td>{escape(d.before)}</td>'
        f"<td>{escape(d.after)}</td></tr>"
        for d in phase.dimensions
    )
    criteria = "".join(f"<li>{escape(c.id)} {escape(c.text)}</li>" for c in phase.criteria)
    return (
        f'<details class="ef-details"><summary {OWN_KEYS}>'
        f"What Phase {phase.number} asks of you</summary>"
        f"<div><p>{escape(phase.story)}</p><p><strong>The gate.</strong> {escape(phase.gate)}</p>"
        '<div class="ef-scroll" tabindex="0" role="group" aria-label="Table of what changes">'
        '<table class="ef-table"><caption>What changes</caption><thead><tr>'
        '<th scope="col">Dimension</th><th scope="col">Before</th><th scope="col">After</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<p style="margin-top: 14px"><strong>{phase.criteria_are.capitalize()}.</strong></p>'
        f'<ul class="ef-list">{criteria}</ul>'
        f"<p><strong>How it usually fails.</strong> {escape(phase.failure_mode)}</p>"
        "</div></details>"
    )


_CSS = (Path(__file__).parent / "static" / "placement.css").read_text(encoding="utf-8")
