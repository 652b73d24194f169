"""Any log is read as far as it holds results; any run is loaded as it was saved, or refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst.evals import BadEvalRun, EvalRun, Failure, SampleResult, Score
from evalfirst.evals.result_log import ResultLog
from evalfirst.llm import Usage
from tests.any_values import JSON, ODD_JSON, TEXT, files, objects

SECONDS = st.floats(0, 1e6)
COUNT = st.integers(0, 9)
SCORES = st.builds(Score, st.floats(0, 1), JSON, TEXT)
USAGES = st.builds(Usage, COUNT, COUNT)
FAILURES = st.builds(Failure, TEXT, TEXT, st.integers(1, 3))
RESULTS = st.builds(
    SampleResult,
    id=TEXT,
    input=TEXT | st.lists(st.fixed_dictionaries({"role": TEXT, "content": TEXT}), min_size=1),
    target=JSON,
    slices=st.lists(TEXT, max_size=2).map(tuple),
    output=JSON | st.just("half a pair: \ud83d"),
    scores=st.dictionaries(TEXT, SCORES, max_size=2),
    failure=st.none() | FAILURES,
    seconds=SECONDS,
    attempt=st.integers(1, 3),
    usage=st.none() | USAGES,
)
FIELDS = objects(
    id=TEXT,
    input=TEXT,
    target=JSON,
    slices=st.lists(TEXT, max_size=1),
    output=JSON,
    scores=st.dictionaries(TEXT, objects(value=SECONDS, answer=JSON, explanation=TEXT), max_size=1),
    failure=st.none() | objects(kind=TEXT, message=TEXT, attempt=COUNT),
    seconds=SECONDS,
    attempt=COUNT,
    usage=st.none() | objects(calls=COUNT, models=st.lists(TEXT, max_size=1)),
)
# a whole result of which one field is another
EDITED = st.tuples(RESULTS, FIELDS).map(lambda pair: pair[0].as_dict() | pair[1])
ROWS = EDITED | FIELDS | objects(key=TEXT, result=EDITED)
HEADERS = objects(
    eval_run=st.just(1),
    feature=TEXT,
    eval_set=TEXT,
    scorers=st.just(["exact"]),
    started=TEXT,
    versions=st.dictionaries(TEXT, TEXT, max_size=1),
    samples=COUNT,
)
LINES = st.lists(ROWS.map(json.dumps) | HEADERS.map(json.dumps) | ODD_JSON, max_size=3).map(
    "\n".join
)


@settings(max_examples=60)
@given(content=files(LINES), results=st.lists(RESULTS, max_size=3))
def test_results_appended_to_any_log_are_found_again(tmp_path_factory, content, results):
    path = tmp_path_factory.getbasetemp() / "log.jsonl"
    path.write_bytes(content)
    tried = {}
    with ResultLog(path) as log:
        for number, result in enumerate(results):
            tried[number] = log.attempt(f"key {number}")
            log.append(f"key {number}", result)
    assert path.read_bytes().startswith(content)
    again = ResultLog(path)
    for number, result in enumerate(results):
        place = again.finished(f"key {number}")
        if result.failure is None:
            assert place is not None
            assert again.read(place) == result
        else:
            assert place is None
            assert again.attempt(f"key {number}") > tried[number]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 7),
        ("slices", "x"),
        ("scores", [1]),
        ("seconds", "1.5"),
        ("attempt", "2"),
        ("attempt", [2]),
        ("failure", "x"),
        ("failure", 7),
        ("failure", {"kind": "E"}),
    ],
)
def test_a_result_with_a_field_of_another_kind_is_no_result(field, value, tmp_path):
    whole = SampleResult("1", "x", None, failure=Failure("E", "no")).as_dict()
    row = json.dumps({"key": "k", "result": whole | {field: value}})
    (tmp_path / "log.jsonl").write_text(row + "\n" + row + "\n")
    log = ResultLog(tmp_path / "log.jsonl")
    assert (log.finished("k"), log.attempt("k")) == (None, 1)


@settings(max_examples=60)
@given(results=st.lists(RESULTS, min_size=1, max_size=3), name=TEXT)
def test_any_run_is_loaded_as_it_was_saved(tmp_path_factory, results, name):
    run = EvalRun(tuple(results), name, name, ("exact",), "2026-01-01T00:00:00", {"python": name})
    path = tmp_path_factory.getbasetemp() / "run.jsonl"
    run.save(path)
    again = EvalRun.load(path)
    assert list(again.results) == results
    assert (again.feature, again.eval_set, again.versions) == (name, name, {"python": name})


@given(content=files(LINES))
def test_any_run_file_is_loaded_or_refused_with_a_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any-run.jsonl"
    path.write_bytes(content)
    try:
        said = f"{path}: line {len(EvalRun.load(path).results)}"
    except BadEvalRun as error:
        said = str(error)
    assert said.startswith(f"{path}: line ")
