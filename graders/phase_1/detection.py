"""Exercise: does the eval set notice when triage gets worse?

The set runs against degraded and harmless versions of the desk's triage, with the learner's own
labels as targets. The versions' answers are recorded, so no model is asked. Practice versions are
named on the card; the held-out cases draw from another family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graders.exercise import Case, Exercise, Mistake
from graders.mutants.detection import detects
from graders.mutants.recorded import mutants
from graders.phase_1.eval_set import is_unlabelled
from graders.phase_1.set_facts import set_facts
from graders.phase_1.set_rows import plain_set

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from graders.mutants.detection import Detection
    from graders.mutants.recorded import Family, Mutant
    from graders.phase_1.set_facts import SetFacts

# Nobody catches everything with one afternoon of labels.
_SHARE_CAUGHT = 5 / 6
_DRAWN = 6

SLIPPED = (
    "Some of these changes would have gone out: your set has too few examples of the kind that "
    "they break, so too few answers change to stand out from chance."
)
BLIND = (
    "Your set notices hardly any of these changes. Fifty easy tickets see what a demo sees. Add "
    "the kinds of ticket that break first."
)
CRIES_WOLF = (
    "Your set stops changes that harm nothing. Each of them costs a colleague a day, and after the "
    "third nobody believes the gate. Look at the labels of the rows that changed."
)
SILENT = (
    "Your set stops no harmless change, but it stops next to nothing at all. A gate that never "
    "closes earns no praise for being open."
)
UNRELIABLE = (
    "Your labels agree with the guide too little for these alarms to mean anything: a set that "
    "holds wrong answers for right ones rings when triage improves."
)
NO_ROWS = (
    "No row of your set is a labelled ticket of the pool, unaltered. Label tickets of the pool "
    "first: only for those is it known what each version answers."
)

_CASES = [
    Case("Eight changes that break triage", expected={"family": "practice"}, weight=2),
    Case(
        "Harmless changes go through",
        expected={"family": "practice", "harmless": True},
        weight=1,
    ),
]


def _held_out(rng: random.Random) -> list[Case]:
    worse = [m.name for m in mutants("grading", harmless=False)]
    return [
        Case(
            "Other changes that break triage, drawn at random",
            expected={"names": sorted(rng.sample(worse, min(_DRAWN, len(worse))))},
            weight=2,
        ),
        Case(
            "Other harmless changes",
            expected={"family": "grading", "harmless": True},
            weight=1,
        ),
    ]


DETECTION = Exercise(
    id="p1-detection",
    title="Make your eval set notice what breaks",
    points=8,
    minutes=25,
    difficulty=3,
    importance=5,
    closes="1.2",
    why=(
        "An eval set is bought for one thing: it must go red when the feature gets worse. Rows are "
        "what it costs, and detected regressions are what it earns."
    ),
    checked=(
        "Your set runs against eight changes that make triage clearly worse and some that harm "
        "nothing, with your labels as the right answers. A change counts as caught when so many of "
        "your rows get worse that chance explains it in at most one case of twenty. Held-out "
        "changes of other kinds decide on half of the marks."
    ),
    cases=_CASES,
    held_out=_held_out,
    blank=is_unlabelled,
    hints=[
        "Read the list of changes that slipped through. Each names the kind of ticket that it "
        "breaks. How many rows of that kind does your set hold?",
        "Five rows must get worse, and none better, before chance is ruled out. If triage is right "
        "on two of three tickets of a kind, you need seven or eight rows of that kind.",
        "In the labeller, *Show me next* fetches tickets of one slice. Go for the kinds that you "
        "have fewest of: other languages, very short, long, two intents. Then ten tickets for each "
        "category.",
    ],
)


@DETECTION.probe
def _probe(answer: Any, given: Any) -> dict[str, Any]:  # noqa: ARG001  (every case looks at the same rows)
    return {"rows": plain_set(answer)["rows"]}


@DETECTION.judge
def _judge(observed: dict[str, Any], case: Case) -> None:
    facts = set_facts(observed["rows"])
    labels = {row.id: row.label for row in facts.usable if row.label}
    if not labels:
        raise Mistake(NO_ROWS)
    if case.expected.get("harmless"):
        _judge_harmless(facts, labels, case.expected["family"])
    else:
        _judge_degraded(facts, labels, _degraded(case.expected))


def _degraded(expected: dict[str, Any]) -> tuple[Mutant, ...]:
    if "names" in expected:
        return tuple(m for m in mutants() if m.name in expected["names"])
    return mutants("practice", harmless=False)


def _judge_degraded(facts: SetFacts, labels: dict[str, str], versions: Sequence[Mutant]) -> None:
    seen = [(version, detects(labels, version)) for version in versions]
    slipped = [(version, found) for version, found in seen if not found.alarm]
    caught = 1 - len(slipped) / len(versions)
    share = min(1.0, caught / _SHARE_CAUGHT)
    if share < 1:
        detail = "\n".join(_slipped(version, found) for version, found in slipped)
        count = f"Caught {len(versions) - len(slipped)} of {len(versions)}. Slipped through:"
        message = BLIND if caught <= 1 / 4 else SLIPPED
        raise Mistake(message, detail=f"{count}\n{detail}", share=share * facts.trust)
    if facts.trust < 1:
        raise Mistake(UNRELIABLE, share=share * facts.trust)


def _slipped(version: Mutant, found: Detection) -> str:
    return (
        f"- {version.change} In your set {found.worse} got worse and {found.better} better. "
        f"Seen by: {version.seen_by}."
    )


def _judge_harmless(facts: SetFacts, labels: dict[str, str], family: Family) -> None:
    versions = mutants(family, harmless=True)
    alarms = [version for version in versions if detects(labels, version).alarm]
    worse = mutants("practice", harmless=False)
    caught = sum(detects(labels, version).alarm for version in worse) / len(worse)
    # staying silent is worth only as much as speaking up where it matters
    earned = min(1.0, caught / _SHARE_CAUGHT) * facts.trust
    if alarms:
        detail = "\n".join(f"- {version.change}" for version in alarms)
        raise Mistake(CRIES_WOLF, detail=detail, share=earned * (1 - len(alarms) / len(versions)))
    if caught <= 1 / 4:
        raise Mistake(SILENT, share=earned)
    if facts.trust < 1:
        raise Mistake(UNRELIABLE, share=earned)
    if earned < 1:
        raise Mistake(SLIPPED, share=earned)
