"""The data file holds every fact of the curriculum, and a bad file is refused where it is bad."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from evalfirst.curriculum import BadCurriculum, load
from evalfirst.datasets import dataset

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHED = dataset("curriculum") / "curriculum.yaml"


def test_pay_bands_are_the_published_figures() -> None:
    curriculum = load()
    assert {level.key: curriculum.pay_at(level.key).text for level in curriculum.levels} == {
        "junior": "$120,000-160,000",
        "mid": "$160,000-220,000",
        "senior": "$160,000-220,000",
        "staff": "$220,000-280,000 or more",
        "principal": "$220,000-280,000 or more",
    }
    assert (curriculum.pay.where, curriculum.pay.currency) == ("United States", "USD")


def test_timelines_are_the_published_years_and_state_their_assumption() -> None:
    timelines = load().timelines
    assert {step.name: step.text for step in timelines.steps} == {
        "junior to mid": "1-2 years",
        "to senior": "3-5 years",
        "to staff and principal": "5-8+ years",
    }
    assert "deliberate eval practice" in timelines.assumes
    assert "usual" in timelines.caveat


def test_the_ladder_has_five_rungs_with_the_published_tenures() -> None:
    assert [(level.name, level.tenure) for level in load().levels] == [
        ("Junior", "0-18 months"),
        ("Mid", "18 months-3 years"),
        ("Senior", "3-6 years"),
        ("Staff", "6-9 years"),
        ("Principal", "9+ years"),
    ]


@pytest.mark.parametrize(
    ("level", "unlock", "plateau"),
    [
        ("junior", ["basic eval loop", "prompt to deployment"], ["notebooks", "eval coverage"]),
        ("mid", ["RAG", "fine-tuned", "review"], ["without adding eval coverage", "by hand"]),
        ("senior", ["product area", "with evidence"], ["scope", "business case"]),
        ("staff", ["standard across teams", "mentor"], ["individual contributor", "multiply"]),
        ("principal", ["philosophy", "hiring bar", "division"], ["research or ML", "boundary"]),
    ],
)
def test_each_rung_names_what_unlocks_it_and_where_people_stall(
    level: str, unlock: list[str], plateau: list[str]
) -> None:
    rung = load().level(level)
    assert [words for words in unlock if words not in rung.unlock] == []
    assert [words for words in plateau if words not in rung.plateau] == []


def test_the_thesis_says_evaluation_skill_and_the_junior_mid_gap() -> None:
    thesis = load().thesis
    assert "evaluation skill" in thesis.claim
    assert "one level for years" in thesis.explanation
    assert "junior and mid" in thesis.plateau
    assert "Phase 1" in thesis.habit
    assert "entry ticket" in thesis.tools
    assert "competition for advancement" in thesis.market
    assert "part of the feature" in thesis.principle


def test_six_questions_each_close_with_the_published_criterion() -> None:
    assert {q.number: q.closes for q in load().questions} == {
        1: "2.1",
        2: "2.2",
        3: "2.3",
        4: "1.2",
        5: "3.2",
        6: "2.4",
    }


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, ["own an eval framework", "LLM features"]),
        (2, ["product meeting", "RAG", "fine-tuning", "evidence"]),
        (3, ["failed silently in production", "stack traces"]),
        (4, ["evals before the feature code"]),
        (5, ["6-week", "engineering manager"]),
        (6, ["another engineer", "review"]),
    ],
)
def test_each_question_asks_what_was_published(number: int, words: list[str]) -> None:
    assert [part for part in words if part not in load().question(number).text] == []


def test_only_the_two_kinds_of_yes_count() -> None:
    assert {a.value: a.counts for a in load().answers} == {
        "no": False,
        "not sure": False,
        "yes": True,
        "standard": True,
    }


def test_the_routing_table_is_the_published_one() -> None:
    rows = [(r.yes, r.all_standard, r.label, r.phase) for r in load().routing]
    assert rows == [
        ((0,), False, "pre-role", 1),
        ((1, 2), False, "junior", 1),
        ((3, 4), False, "mid", 2),
        ((5,), False, "senior range", 3),
        ((6,), False, "nearing staff", 4),
        ((6,), True, "principal range", 5),
    ]


def test_five_phases_name_the_notebooks_that_teach_them() -> None:
    assert [(p.number, p.level, p.notebook) for p in load().phases] == [
        (1, "junior", "phase_1_ship.ipynb"),
        (2, "mid", "phase_2_own_quality.ipynb"),
        (3, "senior", "phase_3_scope_with_evidence.ipynb"),
        (4, "staff", "phase_4_set_standards.ipynb"),
        (5, "principal", "phase_5_shape_philosophy.ipynb"),
    ]


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        ("1.1", ["production", "Not a demo"]),
        ("1.2", ["documented eval set", "50+", "production"]),
        ("1.3", ["non-engineer", "evals"]),
        ("1.4", ["latency and cost"]),
        ("2.1", ["eval framework", "quality trend over time"]),
        ("2.2", ["architectural choice", "defended it with evidence"]),
        ("2.3", ["quality regression", "without user complaints"]),
        ("2.4", ["junior's LLM architecture"]),
        ("3.1", ["product area", "not just"]),
        ("3.2", ["6-week deliverable", "quality criteria"]),
        ("3.3", ["non-technical stakeholder", "alignment"]),
        ("3.4", ["not using an LLM", "evidence"]),
        ("4.1", ["materially shaped by your work"]),
        ("4.2", ["two engineers to mid or senior"]),
        ("4.3", ["internal standard", "decision record"]),
        ("4.4", ["several systems", "more than one team"]),
        ("5.1", ["hiring bar", "technical direction"]),
        ("5.2", ["evaluation philosophy"]),
        ("5.3", ["role-boundary call", "from-scratch ML"]),
        ("5.4", ["decisions you were not in the room for"]),
    ],
)
def test_each_exit_criterion_asks_what_was_published(criterion: str, words: list[str]) -> None:
    text = load().criterion(criterion).text
    assert [part for part in words if part not in text] == []


def test_there_are_twenty_criteria_and_no_other() -> None:
    ids = [c.id for phase in load().phases for c in phase.criteria]
    assert ids == [f"{phase}.{number}" for phase in range(1, 6) for number in range(1, 5)]


def test_every_dimension_of_every_phase_has_its_before_and_after() -> None:
    found = {(p.number, d.name): (d.before, d.after) for p in load().phases for d in p.dimensions}
    assert set(found) == {
        (1, "Scope"),
        (1, "Eval coverage"),
        (1, "Code ownership"),
        (1, "Production awareness"),
        (2, "Scope"),
        (2, "Eval ownership"),
        (2, "Decisions"),
        (2, "Failure mode"),
        (3, "Scope"),
        (3, "Communication"),
        (3, "Decision evidence"),
        (3, "Stakeholders"),
        (4, "Scope"),
        (4, "Impact"),
        (4, "Output"),
        (4, "Failure mode"),
        (5, "Scope"),
        (5, "Role boundary"),
        (5, "Hiring"),
        (5, "Failure mode"),
    }
    assert found[1, "Eval coverage"] == ("none", "a basic eval set (50+) with manual review")
    assert found[2, "Failure mode"] == ("no eval coverage", "coverage without a quality trend")
    assert found[5, "Role boundary"][1] == "defines where gen-AI engineering ends"


@pytest.mark.parametrize(
    ("phase", "gate", "failure"),
    [
        (1, ["at least 50 examples", "whenever the prompt changes", "vibe check"], "notebook"),
        (2, ["quality trend", "before a user reports it"], "without a quality trend"),
        (3, ["product area", "business outcomes"], "case"),
        (4, ["Another engineer's eval approach", "decision record"], "senior's work"),
        (5, ["fine-tuned foundation model", "fraction of the time"], "from-scratch ML"),
    ],
)
def test_each_phase_has_its_gate_and_failure_mode(
    phase: int, gate: list[str], failure: str
) -> None:
    found = load().phase(phase)
    assert [words for words in gate if words not in found.gate] == []
    assert failure in found.failure_mode


@pytest.mark.parametrize(
    ("number", "symptom", "mechanism", "unlock"),
    [
        (1, "production fails", "silent (wrong output)", "50-example eval set before"),
        (2, "mid despite skill", "by hand is the tell", "one quarter"),
        (3, "case to leadership", "not why", "because [evidence]"),
        (4, "ML research", "boundary", "pre-trained models"),
        (5, "solid, not promoted", "does not multiply", "two juniors"),
        (6, "Staff or principal stall", "IC mode", "cross-team eval standard"),
    ],
)
def test_each_roadblock_has_its_mechanism_and_unlock(
    number: int, symptom: str, mechanism: str, unlock: str
) -> None:
    roadblock = load().roadblock(number)
    assert symptom in roadblock.symptom
    assert mechanism in roadblock.mechanism
    assert unlock in roadblock.unlock


def test_resources_stand_with_the_phase_they_belong_to() -> None:
    curriculum = load()
    names = {p.number: " | ".join(r.name for r in p.resources) for p in curriculum.phases}
    assert "LangChain" in names[1]
    assert "LlamaIndex" in names[1]
    assert "OpenAI Evals" in names[1]
    assert "EvidentlyAI" in names[2]
    assert "Hugging Face" in names[2]
    assert "Minions" in names[3]
    assert "Senior GenAI Engineer" in names[3]
    assert names[4] == names[5]
    assert "decision record templates" in names[4]
    assert "Chip Huyen" in names[4]
    assert "MentorCruise" in curriculum.any_phase.name
    assert "Fewer than 5%" in curriculum.any_phase.use
    assert "7-day free trial" in curriculum.any_phase.use
    assert "at your level" in curriculum.resource_advice


def test_the_faq_answers_the_four_published_questions() -> None:
    answers = [entry.answer for entry in load().faq]
    assert len(answers) == 4
    assert "3-5 years" in answers[0]
    assert "retrieval, evaluation and production reliability" in answers[1]
    assert "follow because of it" in answers[2]
    assert "Specialise in evals" in answers[3]


def test_facts_cannot_be_changed_by_accident() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load().thesis.claim = "models"  # type: ignore[misc]  # that it fails is the point


def _line_of(text: str, part: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "at", "field", "what"),
    [
        ("low: 120000", "low: lots", "low: lots", "pay.bands[0].low", "integer"),
        ("low: 120000", "low: 170000", "low: 170000", "pay.bands[0].low", "not below"),
        ("    name: Senior\n", "    nom: Senior\n", "key: senior", "levels[2].name", "missing"),
        (
            "    name: Senior\n",
            "    name: Senior\n    rank: 3\n",
            "rank: 3",
            "levels[2].rank",
            "no such",
        ),
        ("months: [36, 72]", "months: [36, 30]", "[36, 30]", "levels[2].months", "not after"),
        ('closes: "3.2"', 'closes: "3.9"', '"3.9"', "questions[4].closes", "no criterion '3.9'"),
        ('closes: "3.2"', "closes: 3.2", "closes: 3.2", "questions[4].closes", "string"),
        ('value: "no"', "value: no", "value: no", "answers[0].value", "'no'"),
        ("yes: [3, 4]", "yes: [3]", "routing:", "routing", "0 to 6"),
        (
            "standing: nearing, phase: 4",
            "standing: nearing, phase: 2",
            "nearing, phase: 2",
            "routing[4].phase",
            "lower",
        ),
        ("all_standard: true", "all_standard: false", "routing:", "routing", "all_standard"),
        ('id: "2.3"', 'id: "3.3"', 'id: "3.3"', "phases[1].criteria[2].id", "phase's number"),
        (
            "    roadblock: 5\n",
            "    roadblock: 9\n",
            "roadblock: 9",
            "phases[3].roadblock",
            "no roadblock 9",
        ),
        ("where: United States", "where: ''", "where: ''", "pay.where", "empty"),
        (
            "  - number: 2\n    text",
            "  - number: 3\n    text",
            "questions:",
            "questions",
            "[1, 2, 3",
        ),
        ("levels: [junior], low", "levels: [mid], low", "bands:", "pay.bands", "'junior'"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_field(
    tmp_path: Path, old: str, new: str, at: str, field: str, what: str
) -> None:
    text = PUBLISHED.read_text(encoding="utf-8")
    assert old in text
    broken = text.replace(old, new, 1)
    (tmp_path / "curriculum.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(BadCurriculum) as caught:
        load(tmp_path / "curriculum.yaml")
    wanted = f"line {_line_of(broken, at)}, {field}: "
    assert [p for p in str(caught.value).splitlines() if wanted in p and what in p] != [], (
        f"no {wanted!r} with {what!r} in:\n{caught.value}"
    )


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "empty"),
        ("thesis:\n  claim: a\n  claim: b\n", 3, "twice"),
        ("thesis: [1\npay: 2\n", 2, "expected"),
        ("thesis: !!python/object:os.system x\n", 1, "could not determine"),
    ],
)
def test_what_is_no_proper_yaml_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, what: str
) -> None:
    (tmp_path / "curriculum.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadCurriculum, match=rf"line {line}, the file: .*{what}"):
        load(tmp_path / "curriculum.yaml")


def test_all_mistakes_are_named_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = PUBLISHED.read_text(encoding="utf-8")
    text = text.replace("low: 120000", "low: lots").replace("    name: Senior\n", "")
    (tmp_path / "curriculum.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadCurriculum) as caught:
        load(tmp_path / "curriculum.yaml")
    assert [field for _, field, _ in caught.value.problems] == [
        "pay.bands[0].low",
        "levels[2].name",
    ]


def test_what_the_card_counts_is_what_the_file_holds() -> None:
    card = (PUBLISHED.parent / "card.md").read_text(encoding="utf-8")
    c = load()
    criteria = sum(len(phase.criteria) for phase in c.phases)
    dimensions = sum(len(phase.dimensions) for phase in c.phases)
    size = (
        f"{len(c.levels)} levels, {len(c.questions)} questions, {len(c.routing)} routes, "
        f"{len(c.phases)} phases with {criteria} criteria and {dimensions} dimensions, "
        f"{len(c.roadblocks)} roadblocks, {len(c.faq)} frequent questions"
    )
    assert size in card


def test_the_start_page_types_no_fact_again() -> None:
    source = PUBLISHED.parents[2] / "notebooks" / "source" / "start_here.py"
    text, c = source.read_text(encoding="utf-8"), load()
    facts = [
        *(level.tenure for level in c.levels),
        *(step.text for step in c.timelines.steps),
        *(f"{amount:,}" for band in c.pay.bands for amount in (band.low, band.high)),
        *(question.text for question in c.questions),
        *(criterion.text for phase in c.phases for criterion in phase.criteria),
        *(roadblock.unlock for roadblock in c.roadblocks),
        *dataclasses.astuple(c.thesis),
    ]
    assert len(facts) > 50
    assert [fact for fact in facts if fact in text] == []
