"""Whatever stands in its files, a labelling session starts, and says what is wrong with them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalfirst.evals import BadEvalSet, EvalSet, Sample
from evalfirst.evals.label_session import LabelSession
from tests.any_values import JSON, ODD_JSON, TEXT, files, json_texts, objects

CATEGORIES = ["billing", "other"]
POOL = EvalSet(tuple(Sample(f"T{n}", f"text {n}") for n in range(4)), "pool")
ID = st.sampled_from(["T0", "T1", "T9"])
LABELS = objects(
    id=ID,
    input=TEXT,
    target=st.sampled_from(CATEGORIES),
    metadata=objects(note=TEXT, slices=st.lists(TEXT, max_size=1)),
)
PLACE = objects(
    ticket=ID,
    show=st.sampled_from(["any", "rare", "slice:x"]),
    skipped=st.lists(ID, max_size=2),
    notes=st.dictionaries(ID, TEXT, max_size=2),
)
LINES = st.lists(LABELS.map(json.dumps) | ODD_JSON | st.just("\r"), max_size=3).map("\n".join)


@given(labels=files(LINES), place=files(json_texts(PLACE)))
def test_any_files_are_taken_up_or_refused_and_left(tmp_path_factory, labels, place):
    path = tmp_path_factory.getbasetemp() / "triage.jsonl"
    path.write_bytes(labels)
    (path.parent / ".triage.labelling.json").write_bytes(place)
    session = LabelSession(POOL, CATEGORIES, path)
    try:
        session.reload()
    except BadEvalSet as error:
        problems = error.problems
    else:
        problems = ()
    assert all(problem.startswith("line ") for problem in problems)
    if problems:
        with pytest.raises(BadEvalSet):
            session.label("T2", "other")
        assert path.read_bytes() == labels
        return
    before = session.labels
    session.label("T2", "other")
    again = LabelSession(POOL, CATEGORIES, path)
    again.reload()
    assert again.labels == session.labels
    assert again.labels["T2"].target == "other"
    assert {i: s for i, s in again.labels.items() if i != "T2"} == {
        i: s for i, s in before.items() if i != "T2"
    }


@given(notes=st.dictionaries(st.sampled_from(["T0", "T1", "T2"]), TEXT, max_size=3))
def test_notes_and_skips_come_back(tmp_path_factory, notes):
    path = tmp_path_factory.mktemp("labels") / "triage.jsonl"
    session = LabelSession(POOL, CATEGORIES, path)
    for ticket, text in notes.items():
        session.note(ticket, text)
    session.skip("T0")
    session.label("T1", "billing")
    again = LabelSession(POOL, CATEGORIES, path)
    again.reload()
    assert {t: again.note_on(t) for t in notes} == {t: text.strip() for t, text in notes.items()}
    assert again.skipped == ("T0",)


@given(value=JSON)
def test_a_place_of_any_json_is_a_fresh_start(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "fresh.jsonl"
    (path.parent / ".fresh.labelling.json").write_text(json.dumps(value))
    session = LabelSession(POOL, CATEGORIES, path)
    assert session.shown.id in {sample.id for sample in POOL}
