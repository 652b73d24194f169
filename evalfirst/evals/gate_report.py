"""What a gate decided, for a pull request (Markdown), for CI (JUnit XML) and for a notebook."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html import escape
from typing import TYPE_CHECKING

from evalfirst.evals.comparison_view import (
    PAIR_HEADINGS,
    answer_of,
    in_points,
    pair_cells,
    short,
    signed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evalfirst.evals.comparison import Pair
    from evalfirst.evals.decision import Decision, Guard, Verdict

_SHOWN = 10
_WORDS: dict[Verdict, str] = {
    "pass": "pass",
    "fail": "FAIL",
    "too small": "too small to tell",
    "unknown": "cannot tell",
}
_HEADINGS: dict[Verdict, str] = {
    "pass": "Eval gate: pass",
    "fail": "Eval gate: fail",
    "too small": "Eval gate: the set is too small to tell",
    "unknown": "Eval gate: cannot tell",
}
# what XML 1.0 cannot hold, not even escaped
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# what a Markdown reader would take as its own; a model's answer is data, never a link or a mention
_MARKDOWN = re.compile(r"[\\`*_\[\]|<>&@~#!]|:(?=//|\w+:)|(?<=www)\.")


def markdown(decision: Decision) -> str:
    """Return the summary for a pull request: verdict, table, worst samples, what to do next."""
    comparison, gate = decision.comparison, decision.gate
    parts = [
        f"## {_HEADINGS[decision.outcome]}",
        "\n".join(f"- {_plain(line)}" for line in _verdict_lines(decision)),
        _table(
            ("guard", "verdict", "measured", "asked for"),
            [(g.name, _WORDS[g.outcome], g.measured, g.allowed) for g in decision.guards],
        ),
    ]
    parts += [f"> **Warning:** {_plain(w[:1].upper() + w[1:])}" for w in comparison.warnings]
    if len(comparison.slices):
        parts += ["### By slice", _slices(decision)]
    if comparison.worse:
        parts += [_worst_heading(comparison.worse), _worst(decision)]
    parts += ["### What to do next", "\n".join(f"- {step}" for step in next_steps(decision))]
    parts.append(
        f"<sub>{_plain(comparison.after.feature)} against {_plain(comparison.before.feature)} on "
        f"{_plain(comparison.after.eval_set)}. Fails where a drop is demonstrated (McNemar's exact "
        f"test, one-sided, false alarms at most {100 * gate.false_alarm:g}%); passes where a drop "
        f"of {in_points(gate.drop)} is excluded or would have been seen with a chance of "
        f"{gate.power:.0%}. Failed calls "
        f"{'count as wrong' if gate.errors == 'wrong' else 'are left out'}.</sub>"
    )
    return "\n\n".join(parts) + "\n"


def next_steps(decision: Decision) -> list[str]:
    """Return what the person who reads the verdict can do, most useful first."""
    accept = "`evalfirst eval --baseline`, with the reason in a decision record"
    if decision.outcome == "pass":
        merge = (
            "Merge: it is better than the baseline."
            if decision.comparison.difference.low > 0
            else f"Merge: a drop of {in_points(decision.gate.drop)} is kept out, as promised. A "
            "smaller one may be in it."
        )
        return [merge, f"If later changes shall be compared with this version: {accept}."]
    steps = []
    if decision.outcome == "fail":
        steps.append(
            "Read the samples that got worse before you change anything; they share a cause "
            "more often than not."
            if decision.comparison.worse
            else "Look at the guards that failed: the answers themselves did not get worse."
        )
        steps.append("Mend the prompt or the code, and run `evalfirst gate` again.")
        steps.append(f"If the drop is worth what you get for it, accept it deliberately: {accept}.")
    small = [g for g in decision.guards if g.outcome == "too small"]
    if small:
        enough = "; ".join(f"{_plain(g.name)}: about {g.needed}" for g in small if g.needed)
        steps.append(
            f"Add samples{f' (needed in all: {enough})' if enough else ''} from real use, each of "
            "another case: paraphrases of one case count once."
        )
        steps.append(
            "Or ask for less: state a larger drop that you can live with, in `evalfirst.toml`. "
            "Do that before you look at the next result, not after."
        )
    if "unknown" in {g.outcome for g in decision.guards}:
        steps.append("Give the gate the missing figure, or take that guard out.")
    return steps


def junit(decision: Decision) -> str:
    """Return JUnit XML: one test case a guard; what cannot be told is an error, not a pass."""
    guards = decision.guards
    failed = sum(g.outcome == "fail" for g in guards)
    untold = sum(g.outcome in ("too small", "unknown") for g in guards)
    counts = {"tests": str(len(guards)), "failures": str(failed), "errors": str(untold)}
    root = ET.Element("testsuites", {"name": "evalfirst gate", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": "evalfirst gate", **counts, "skipped": "0"})
    comparison = decision.comparison
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("feature", comparison.after.feature),
        ("baseline", comparison.before.feature),
        ("eval_set", comparison.after.eval_set),
    ):
        ET.SubElement(properties, "property", {"name": name, "value": _xml(value)})
    for guard in guards:
        case = ET.SubElement(
            suite,
            "testcase",
            {"classname": "evalfirst.gate", "name": _xml(guard.name), "time": "0"},
        )
        if guard.outcome != "pass":
            tag = "failure" if guard.outcome == "fail" else "error"
            told = ET.SubElement(
                case, tag, {"type": guard.outcome, "message": _xml(guard.reason or guard.measured)}
            )
            told.text = _xml(_detail(guard, decision))
        ET.SubElement(case, "system-out").text = _xml(
            f"measured: {guard.measured}\nasked for: {guard.allowed}"
        )
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ['<?xml version="1.0" encoding="UTF-8"?>\n', "\n"]
    )


def html(decision: Decision) -> str:
    """Return the verdict and its guards as a small table for a notebook."""
    cells = "".join(
        "<tr>"
        + "".join(
            f"<td style='text-align:left'>{escape(value)}</td>"
            for value in (g.name, _WORDS[g.outcome], g.measured, g.allowed)
        )
        + "</tr>"
        for g in decision.guards
    )
    heads = "".join(
        f"<th scope='col' style='text-align:left'>{name}</th>"
        for name in ("guard", "verdict", "measured", "asked for")
    )
    warnings = "".join(
        f"<p><strong>Warning:</strong> {escape(w)}</p>" for w in decision.comparison.warnings
    )
    return (
        f"<div><p>{escape(decision.sentence)}</p>{warnings}<table><caption>"
        f"{_HEADINGS[decision.outcome]}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{cells}</tbody></table></div>"
    )


def _verdict_lines(decision: Decision) -> list[str]:
    reasons = [g.reason for g in decision.guards if g.reason and g.outcome != "pass"]
    return reasons or [decision.guards[0].reason]


def _slices(decision: Decision) -> str:
    comparison = decision.comparison
    rows = []
    for name, s in comparison.slices.iterrows():
        note = (
            "too small to judge"
            if s.too_small
            else "clear"
            if s.adjusted_p <= decision.gate.false_alarm
            else ""
        )
        rows.append(
            (
                str(name),
                f"{s.n:.0f}",
                f"{s.better:.0f}",
                f"{s.worse:.0f}",
                f"{signed(s.effect, 'passes')} points",
                note,
            )
        )
    return _table(("slice", "samples", "better", "worse", "change", ""), rows)


def _worst_heading(worse: Sequence[Pair]) -> str:
    shown = f", the worst {_SHOWN}" if len(worse) > _SHOWN else ""
    return f"### Got worse: {len(worse)}{shown}"


def _worst(decision: Decision) -> str:
    scorer = decision.comparison.scorer

    def loss(pair: Pair) -> tuple[bool, float]:
        # a wrong answer that nothing reports is worse than a call that says that it failed
        now = pair.after.scores.get(scorer)
        return pair.after.failure is not None, now.value if now else 0.0

    worst = sorted(decision.comparison.worse, key=loss)[:_SHOWN]
    return _table(("sample", *PAIR_HEADINGS), [pair_cells(pair, scorer) for pair in worst])


def _detail(guard: Guard, decision: Decision) -> str:
    told = [guard.reason]
    if guard.name == "accuracy" and guard.outcome == "fail":
        told += [
            f"{pair.id}: {answer_of(pair.before)} -> {answer_of(pair.after)} "
            f"(target {short(pair.after.target)})"
            for pair in decision.comparison.worse[:_SHOWN]
        ]
    return "\n".join(told)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    one_line = " ".join(_xml(text).split())
    return _MARKDOWN.sub(lambda found: f"&#{ord(found[0])};", one_line)


def _xml(text: str) -> str:
    """Return a text with what XML cannot hold made visible, such as \\x1b."""
    return _NOT_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
