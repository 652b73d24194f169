"""Evidence, exercise index, curriculum, progress: any file is read, or refused in its words."""

import sqlite3
from datetime import date

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst import curriculum, evidence, located_yaml
from evalfirst.evidence import BadEvidence, Practice
from evalfirst.exercise_index import BadExerciseIndex, ListedExercise, listed_exercises
from evalfirst.progress import ProgressError, ProgressStore
from evalfirst.workspace import Workspace
from tests.any_values import JSON, ODD_JSON, TEXT, files, json_texts, objects

NUMBER = st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False)


def outcome(read, *refusals):
    """Return what was read, or what the refusal says."""
    try:
        return read(), ""
    except refusals as error:
        return None, str(error)


# --- Evidence

PRACTICES = st.builds(Practice, TEXT, TEXT, NUMBER, NUMBER, TEXT, st.integers(), st.integers())
ENTRIES = objects(exercise=TEXT, title=TEXT, marks=NUMBER, points=NUMBER, at=TEXT)
EVIDENCE = objects(
    practised=st.dictionaries(TEXT, ENTRIES, max_size=2),
    done_at_work=objects(link=TEXT, on=TEXT, confirmed_by=TEXT, note=TEXT),
)


@given(content=files(json_texts(EVIDENCE)), practice=PRACTICES)
def test_any_evidence_file_is_added_to_or_refused_and_left(tmp_path_factory, content, practice):
    workspace = Workspace(tmp_path_factory.getbasetemp())
    path = workspace.evidence("1.2")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    before, refused = outcome(lambda: evidence.read(workspace, "1.2"), BadEvidence)
    if refused:
        assert str(path) in refused
        with pytest.raises(BadEvidence):
            evidence.practised(workspace, "1.2", practice)
        assert path.read_bytes() == content
        return
    evidence.practised(workspace, "1.2", practice)
    after = evidence.read(workspace, "1.2")
    assert after.done_at_work == before.done_at_work
    assert after.practised.keys() == before.practised.keys() | {practice.exercise}
    known = before.practised.get(practice.exercise)
    kept = known if known and known.marks >= practice.marks else practice
    assert after.practised[practice.exercise] == kept


@given(link=TEXT, name=TEXT, note=TEXT, day=st.dates())
def test_what_was_done_at_work_comes_back(tmp_path_factory, link, name, note, day: date):
    workspace = Workspace(tmp_path_factory.getbasetemp())

    def say():
        return evidence.done_at_work(
            workspace, "1.3", link=link, confirmed_by=name, on=day, note=note
        )

    _, refused = outcome(say, ValueError)
    assert bool(refused) == (not link.strip() or not name.strip())
    if not refused:
        work = evidence.read(workspace, "1.3").done_at_work
        assert (work.link, work.confirmed_by) == (link.strip(), name.strip())
        assert (work.on, work.note) == (day.isoformat(), note)


# --- Exercise index

LISTED = objects(id=TEXT, title=TEXT, closes=st.just("1.2"), phase=NUMBER, minutes=NUMBER)


@given(content=files(json_texts(st.lists(LISTED, max_size=2))))
def test_any_exercise_index_is_listed_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "exercises.json"
    path.write_bytes(content)
    listed, refused = outcome(lambda: listed_exercises(path), BadExerciseIndex)
    assert (
        (str(path) in refused)
        if listed is None
        else all(isinstance(exercise, ListedExercise) and exercise.id for exercise in listed)
    )


# --- YAML

YAML_JSON = JSON.map(lambda value: yaml.safe_dump(value, allow_unicode=True))
YAML = (
    st.text()
    | ODD_JSON.map(lambda text: text[:600])  # this reader is slow, and that deep enough
    | YAML_JSON
    | st.sampled_from(
        [
            "&a [*a]",
            "&a {x: *a}",
            "? [a]\n: b",
            "--- a\n--- b",
            "!!python/none x",
            "\t- a",
            "2026-02-30",
            "!!binary x",
            "!!int x",
            "!!timestamp x",
            "? ",
            "<<: {a: 1}",
            "!!set {a}",
            "a: *b",
            "1_e: =",
        ]
    )
)


@given(text=YAML)
def test_any_text_is_yaml_with_lines_or_refused_with_one(text):
    read, refused = outcome(lambda: located_yaml.read(text), located_yaml.BadYaml)
    if read is None:
        assert refused.startswith("line ")
    else:
        assert read.line(()) >= 1


def texts_for_names(value):
    """Return the value with what this YAML's reader has for names: texts."""
    if isinstance(value, list):
        return [texts_for_names(item) for item in value]
    if isinstance(value, dict):
        return {name: texts_for_names(item) for name, item in value.items()}
    return value


@given(value=JSON)
def test_data_written_as_yaml_are_read_as_they_were(value):
    assert located_yaml.read(yaml.safe_dump(value)).data == texts_for_names(value)


@settings(max_examples=50)
@given(content=files(YAML))
def test_any_curriculum_file_is_refused_with_its_name(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "curriculum.yaml"
    path.write_bytes(content)
    with pytest.raises(curriculum.BadCurriculum) as error:
        curriculum.load(path)
    assert str(path) in str(error.value)
    assert error.value.problems


@settings(max_examples=30)
@given(at=st.integers(0, 3000), cut=st.integers(1, 40), put=st.text(max_size=5))
def test_an_edited_curriculum_is_read_or_refused_with_lines(tmp_path_factory, at, cut, put):
    published = curriculum.dataset("curriculum") / "curriculum.yaml"
    text = published.read_text(encoding="utf-8")
    at = at * len(text) // 3000
    path = tmp_path_factory.getbasetemp() / "edited.yaml"
    path.write_bytes((text[:at] + put + text[at + cut :]).encode())
    read, refused = outcome(lambda: curriculum.load(path), curriculum.BadCurriculum)
    assert read is not None or "line " in refused


# --- Progress


@settings(max_examples=30)
@given(notes=st.dictionaries(TEXT, JSON, max_size=3))
def test_progress_recalls_what_it_was_told(tmp_path_factory, notes):
    store = ProgressStore(tmp_path_factory.mktemp("progress") / "progress.sqlite")
    for key, value in notes.items():
        store.remember(key, value)
    assert {key: store.recall(key) for key in notes} == notes
    assert store.recall("never told " * 3, "default") == "default"


@given(content=st.binary(min_size=1, max_size=200), sqlite=st.booleans())
def test_any_progress_file_is_used_or_refused_with_its_name(tmp_path_factory, content, sqlite):
    path = tmp_path_factory.getbasetemp() / "any.sqlite"
    path.write_bytes(b"SQLite format 3\x00" * sqlite + content)
    _, refused = outcome(lambda: ProgressStore(path).recall("x"), ProgressError)
    assert not refused or str(path) in refused


@given(value=ODD_JSON)
def test_a_note_that_somebody_broke_is_refused_with_the_files_name(tmp_path_factory, value):
    store = ProgressStore(tmp_path_factory.mktemp("progress") / "progress.sqlite")
    store.remember("x", 1)
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE note SET value = ?", (value,))
    _, refused = outcome(lambda: store.recall("x"), ProgressError)
    assert not refused or str(store.path) in refused
