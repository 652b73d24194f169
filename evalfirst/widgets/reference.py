"""What stands below the self-assessment: thesis, ladder, roadblocks, frequent questions."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from evalfirst.curriculum import load
from evalfirst.widgets.card import OWN_KEYS, Card

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evalfirst.curriculum import Curriculum


def thesis(curriculum: Curriculum | None = None) -> Card:
    """Return the card that says why evals come first, how long it takes and what it pays."""
    c = curriculum or load()
    t = c.thesis
    names = {level.key: level.name.lower() for level in c.levels}
    years = [(step.name.capitalize(), step.text) for step in c.timelines.steps]
    pay = [(_and(names[k] for k in band.levels).capitalize(), band.text) for band in c.pay.bands]
    body = (
        f'<p class="ef-lead"><strong>{escape(t.claim)}</strong> {escape(t.explanation)}</p>'
        f"<p>{escape(t.plateau)}</p><p>{escape(t.tools)} {escape(t.market)} "
        f"{escape(t.principle)}</p><p>{escape(t.habit)}</p>"
        '<h3 class="ef-subheading">Honest numbers</h3>'
        '<div class="ef-row" style="align-items: flex-start; gap: 8px 40px">'
        + _pairs(f"Realistic time, {c.timelines.assumes}", years)
        + _pairs(f"Pay in the {c.pay.where}, {c.pay.currency} a {c.pay.per}", pay)
        + f'</div><p class="ef-muted" style="margin-top: 12px">{escape(c.timelines.caveat)}</p>'
    )
    plain = "\n".join(
        [t.claim, t.explanation, t.plateau, t.tools, t.market, t.principle, t.habit]
        + [f"{name}: {value}" for name, value in [*years, *pay]]
    )
    return Card("Why evals come first", body, plain)


def ladder_table(curriculum: Curriculum | None = None) -> Card:
    """Return the whole ladder: tenure, pay, what unlocks the next level, the usual plateau."""
    c = curriculum or load()
    head = ("Level", "Usual tenure", "Pay a year", "What unlocks the next level", "Usual plateau")
    rows = [(v.name, v.tenure, c.pay_at(v.key).text, v.unlock, v.plateau) for v in c.levels]
    body = (
        '<div class="ef-scroll" tabindex="0" role="group" aria-label="Table of the ladder">'
        '<table class="ef-table" style="min-width: 660px"><thead><tr>'
        + "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
        + "</tr></thead><tbody>"
        + "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>'
            + "".join(
                f"<td>{cell}</td>"
                for cell in (*map(_keep_together, row[1:3]), *map(escape, row[3:]))
            )
            + "</tr>"
            for row in rows
        )
        + "</tbody></table></div>"
        f'<p class="ef-muted" style="margin-top: 12px">Pay in the {escape(c.pay.where)}. '
        f"{escape(c.timelines.caveat)} For principal, the fourth column says what the level "
        "consists of.</p>"
    )
    return Card("The whole ladder", body, "\n".join(" | ".join(row) for row in rows))


def symptom_finder(curriculum: Curriculum | None = None) -> Card:
    """Return the six roadblocks, to be opened by what somebody notices."""
    c = curriculum or load()
    items = []
    for roadblock in c.roadblocks:
        phase = c.phase(roadblock.phase)
        items.append(
            _disclosure(
                "ef-symptom",
                roadblock.symptom,
                f"<p><strong>Why it happens.</strong> {escape(roadblock.mechanism)}</p>"
                f"<p><strong>What unlocks it.</strong> {escape(roadblock.unlock)}</p>"
                f'<p class="ef-muted">Worked on in Phase {phase.number}, '
                f"{escape(phase.title)}.</p>",
            )
        )
    body = "<p>Open the line that sounds like your week.</p>" + "".join(items)
    plain = "\n".join(f"{r.symptom}: {r.mechanism} -> {r.unlock}" for r in c.roadblocks)
    return Card("What is holding you up?", body, plain)


def faq(curriculum: Curriculum | None = None) -> Card:
    """Return the frequent questions."""
    c = curriculum or load()
    body = "".join(
        _disclosure("ef-faq", entry.question, f"<p>{escape(entry.answer)}</p>") for entry in c.faq
    )
    return Card("Frequent questions", body, "\n".join(f"{e.question} {e.answer}" for e in c.faq))


def _disclosure(group: str, summary: str, inside: str) -> str:
    # one name: the browser closes the open line when another one opens
    return (
        f'<details class="ef-details" name="{group}">'
        f"<summary {OWN_KEYS}>{escape(summary)}</summary>"
        f"<div>{inside}</div></details>"
    )


def _keep_together(span: str) -> str:
    # a line may break before "or more", never within a range
    numbers, more, _ = span.partition(" or more")
    return f'<span style="white-space: nowrap">{escape(numbers)}</span>{more}'


def _pairs(caption: str, rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{_keep_together(value)}</td></tr>'
        for name, value in rows
    )
    return (
        '<table class="ef-table" style="width: auto">'
        f'<caption style="white-space: nowrap">{escape(caption)}</caption>'
        f"<tbody>{cells}</tbody></table>"
    )


def _and(words: Iterable[str]) -> str:
    return " and ".join(words)
