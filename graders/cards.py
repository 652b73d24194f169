"""What a learner sees of a verdict: one card, as HTML and as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from evalfirst.widgets.theme import CARD_CSS
from graders.exercise import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graders.exercise import CaseVerdict, Verdict

# Details wrap instead of scrolling: a scrolling box would need the keyboard's focus. The tripled
# class outranks JupyterLab's own rules for lists, paragraphs and code in an output, and the cards'
# common rules, which every later card on the page brings again.
_CSS = (
    CARD_CSS
    + """
.ef-card.ef-card.ef-card pre {
  margin: 6px 0 0;
  padding: 8px 12px;
  border: 0;
  border-radius: 7px;
  background: var(--ef-soft);
  color: var(--ef-ink);
  font-family: var(--jp-code-font-family, monospace);
  font-size: 13px;
  line-height: 1.45;
  white-space: pre-wrap;
}
.ef-card.ef-card.ef-card code { padding: 0 2px; background: transparent; color: inherit; }
.ef-card.ef-card.ef-card pre code { padding: 0; font-size: inherit; white-space: inherit; }
.ef-card.ef-card.ef-card :not(pre) > code { white-space: nowrap; }
.ef-card.ef-card.ef-card summary { display: list-item; }
.ef-card.ef-card.ef-card .ef-heading { margin: 10px 0 6px; }
.ef-card.ef-card.ef-card > .ef-heading:first-child { margin-top: 0; }
.ef-card.ef-card.ef-card .ef-cases { margin: 0 0 12px; padding: 0; list-style: none; }
.ef-card.ef-card.ef-card .ef-cases > li {
  margin: 0;
  padding: 10px 0;
  border-top: 1px solid var(--ef-line);
}
.ef-card.ef-card.ef-card .ef-cases p { margin: 4px 0 0; }
.ef-card.ef-card.ef-card .ef-detail {
  margin: 6px 0 0;
  padding: 8px 12px;
  border-radius: 7px;
  background: var(--ef-soft);
  font-size: 14px;
}
.ef-card.ef-card.ef-card .ef-detail p { white-space: pre-line; }
.ef-card.ef-card.ef-card .ef-detail p + p { margin-top: 10px; }
.ef-card.ef-card.ef-card .ef-detail p:first-child { margin-top: 0; }
.ef-card.ef-card.ef-card .ef-names { display: flex; align-items: flex-start; gap: 12px; }
.ef-card.ef-card.ef-card .ef-names .ef-badge { flex: none; }
.ef-card.ef-card.ef-card .ef-names ul { margin: 0; padding: 0; list-style: none; }
.ef-card.ef-card.ef-card .ef-names li { margin: 0 0 2px; }
"""
)

_HEADLINES = {
    Outcome.NOT_ATTEMPTED: ("", "Not attempted yet"),
    Outcome.CORRECT: ("ef-badge-good", "Correct"),
    Outcome.WRONG: ("ef-badge-warn", "Not right yet"),
    Outcome.CRASHED: ("ef-badge-bad", "Your code stopped"),
    Outcome.UNGRADABLE: ("ef-badge-bad", "Could not be checked"),
}
# They illustrate one message, so a few are as good as all.
_MOST_DETAILS = 3
_CASE_WORDS = {
    Outcome.CORRECT: ("ef-badge-good", "Passed"),
    Outcome.WRONG: ("ef-badge-warn", "Not yet"),
    Outcome.CRASHED: ("ef-badge-bad", "Stopped"),
    Outcome.UNGRADABLE: ("ef-badge-bad", "Not checked"),
}


@dataclass(frozen=True)
class Card:
    """A card for a notebook: HTML where it can be shown, plain text everywhere else."""

    html: str
    text: str

    def __repr__(self) -> str:
        """Return the plain text, which is what a terminal shows."""
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def verdict_card(
    verdict: Verdict, *, after: Sequence[str] = (), next_step: str = "", checked: str = ""
) -> Card:
    """Show a verdict: marks, what passed, what did not and why, then the lines of `after`.

    Args:
        verdict: what is shown.
        after: sentences below the cases: what remains held out, attempts, what was saved.
        next_step: what to do now.
        checked: how the exercise is checked, folded away.
    """
    badge, headline = _HEADLINES[verdict.outcome]
    marks = f"{number(verdict.marks)} of {number(verdict.points)} points"
    shown = _shown(verdict.cases)
    held = _summary_of_held_out(verdict.cases)
    lines = [*([held] if held else []), *verdict.notes, *after]
    html = [
        f'<div class="ef-row"><span class="ef-badge {badge}">{headline}</span>'
        f"<strong>{marks}</strong></div>",
        f'<p class="ef-heading">{escape(verdict.title)}</p>',
    ]
    if shown:
        html.append(_cases_html(shown))
    html += [f"<p>{_inline(line)}</p>" for line in lines]
    if next_step:
        lines.append(f"Next step: {next_step}")
        html.append(f'<p class="ef-callout"><strong>Next step:</strong> {_inline(next_step)}</p>')
    if checked:
        html.append(
            '<details class="ef-details"><summary>How this is checked</summary>'
            f"<p>{_inline(checked)}</p></details>"
        )
    text = [f"{verdict.title}: {headline.lower()}, {marks}."]
    text += [line for group in _grouped(shown) for line in _group_text(group)]
    return _card(html, text + lines, f"Result of the check: {verdict.title}")


def note_card(title: str, paragraphs: Sequence[str], *, code: str = "", bad: bool = False) -> Card:
    """Show a few paragraphs under a title, and code below them."""
    html = [f'<p class="ef-heading">{escape(title)}</p>']
    html += [f"<p>{_inline(text)}</p>" for text in paragraphs]
    if bad:
        html.insert(0, '<span class="ef-badge ef-badge-bad">Could not be checked</span>')
    if code:
        html.append(f"<pre><code>{escape(code)}</code></pre>")
    return _card(html, [title, *paragraphs, *([code] if code else [])], title)


def list_card(title: str, items: Sequence[str], after: str) -> Card:
    """Show numbered items under a title, and a sentence below them."""
    html = [f'<p class="ef-heading">{escape(title)}</p>', '<ol class="ef-list">']
    html += [f"<li>{_inline(item)}</li>" for item in items]
    html += ["</ol>", f"<p>{_inline(after)}</p>"]
    text = [title, *(f"{n}. {item}" for n, item in enumerate(items, start=1)), after]
    return _card(html, text, title)


def number(value: float) -> str:
    """Return marks as people write them: `3`, `2.5`, `1.33`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _shown(cases: Sequence[CaseVerdict]) -> list[CaseVerdict]:
    """Return the visible cases, and one held-out case per mistake that no visible case names.

    What is to be changed comes first, then what has a remark, then what passed.
    """
    shown = [case for case in cases if not case.held_out]
    said = {case.message for case in shown}
    for case in cases:
        if case.held_out and case.outcome is not Outcome.CORRECT and case.message not in said:
            said.add(case.message)
            shown.append(case)
    return sorted(shown, key=lambda case: (case.outcome is Outcome.CORRECT, not case.message))


def _summary_of_held_out(cases: Sequence[CaseVerdict]) -> str:
    held = [case for case in cases if case.held_out]
    passed = sum(case.outcome is Outcome.CORRECT for case in held)
    return f"Held-out cases: {passed} of {len(held)} passed." if held else ""


def _grouped(cases: Sequence[CaseVerdict]) -> list[list[CaseVerdict]]:
    """Put cases that share outcome and message together, so that it is said once."""
    groups: dict[tuple[Outcome, str], list[CaseVerdict]] = {}
    for case in cases:
        groups.setdefault((case.outcome, case.message), []).append(case)
    return list(groups.values())


def _details(group: Sequence[CaseVerdict]) -> list[tuple[str, str]]:
    """Return the first few different details of a group, each with the case it belongs to."""
    found: dict[str, str] = {}
    for case in group:
        if case.detail:
            found.setdefault(case.detail, _name(case))
    # with one detail nobody asks whose it is
    named = [(name if len(found) > 1 else "", detail) for detail, name in found.items()]
    return named[:_MOST_DETAILS]


def _cases_html(cases: Sequence[CaseVerdict]) -> str:
    return f'<ul class="ef-cases">{"".join(map(_group_html, _grouped(cases)))}</ul>'


def _group_html(group: Sequence[CaseVerdict]) -> str:
    badge, word = _CASE_WORDS[group[0].outcome]
    names = "".join(f"<li>{escape(_name(case))}{_partial(case)}</li>" for case in group)
    message = f"<p>{_inline(group[0].message)}</p>" if group[0].message else ""
    details = "".join(_detail_html(group[0].outcome, *found) for found in _details(group))
    return (
        f'<li><div class="ef-names"><span class="ef-badge {badge}">{word}</span>'
        f"<ul>{names}</ul></div>{message}{details}</li>"
    )


def _detail_html(outcome: Outcome, name: str, detail: str) -> str:
    title = f"<p><strong>{escape(name)}</strong></p>" if name else ""
    if outcome in (Outcome.CRASHED, Outcome.UNGRADABLE):
        return f"{title}<pre>{escape(detail)}</pre>"
    paragraphs = "".join(f"<p>{_inline(part)}</p>" for part in detail.split("\n\n"))
    return f'<div class="ef-detail">{title}{paragraphs}</div>'


def _name(case: CaseVerdict) -> str:
    return f"Held-out case: {case.name}" if case.held_out else case.name


def _partial(case: CaseVerdict) -> str:
    share = _earned(case)
    return f' <span class="ef-muted">{share}</span>' if share else ""


def _earned(case: CaseVerdict) -> str:
    return f"earns {case.share:.0%} of its marks" if 0 < case.share < 1 else ""


def _group_text(group: Sequence[CaseVerdict]) -> list[str]:
    lines = []
    for case in group:
        share = _earned(case)
        lines.append(
            f"- {_CASE_WORDS[case.outcome][1]}: {_name(case)}" + (f" ({share})" if share else "")
        )
    parts = [group[0].message]
    for name, detail in _details(group):
        parts += [f"{name}:", detail] if name else [detail]
    return lines + [f"  {line}" for part in parts for line in part.splitlines()]


def _inline(text: str) -> str:
    """Escape a sentence; what stands between backticks becomes code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:  # a lone backtick is only a character
        return escape(text)
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))


def _card(html: Sequence[str], text: Sequence[str], label: str) -> Card:
    return Card(
        f'<style>{_CSS}</style><section class="ef-card" aria-label="{escape(label)}">'
        f"{''.join(html)}</section>",
        "\n".join(text),
    )
