"""Any set comes back from any format as it was; any file is read or refused with a place."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evalfirst.evals import BadEvalSet, EvalSet, Sample, interchange
from tests.any_values import JSON, ODD_JSON, TEXT, files, json_texts, objects

FORMATS = {
    "openai": (interchange.read_openai, interchange.write_openai, "set.jsonl"),
    "inspect": (interchange.read_inspect, interchange.write_inspect, "set.jsonl"),
    "inspect-list": (interchange.read_inspect, interchange.write_inspect, "set.json"),
    "csv": (interchange.read_csv, interchange.write_csv, "set.csv"),
    "promptfoo": (interchange.read_promptfoo, interchange.write_promptfoo, "set.yaml"),
}
# promptfoo fills these in where they stand in an input, so that its writer refuses them
MARKS = ("{{", "{%", "{#", "#}", "file://", "package:")
MARKED = st.lists(st.sampled_from([*MARKS, "}}", '{{ "', '" }}', "x", " "]), max_size=4).map(
    "".join
)

NAMES = TEXT | st.sampled_from(["openai_evals", "inspect_ai", "promptfoo", "id", "input", "target"])
METADATA = st.dictionaries(NAMES, JSON, max_size=4).filter(
    lambda metadata: not {"evalfirst", "slices"} & metadata.keys()
)
MESSAGE = st.fixed_dictionaries({"role": TEXT, "content": TEXT | JSON})
INPUT = TEXT.filter(str.strip) | st.lists(MESSAGE, min_size=1, max_size=2)
SETS = st.lists(
    st.builds(
        Sample, TEXT.filter(bool), INPUT, JSON | MARKED | st.lists(MARKED, max_size=2), METADATA
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda sample: sample.id,
).map(lambda samples: EvalSet(tuple(samples)))

ROWS = objects(
    id=TEXT,
    input=INPUT,
    target=TEXT,
    ideal=TEXT,
    metadata=objects(evalfirst=objects(target=JSON, input=TEXT, id=JSON), slices=TEXT),
    vars=objects(input=TEXT, x=TEXT),
    description=TEXT,
    eval=objects(),
    samples=st.lists(objects(id=TEXT, input=INPUT, epoch=JSON), max_size=2),
    tests=st.lists(objects(vars=objects(input=TEXT)), max_size=2),
)
ASSERTS = st.lists(objects(type=st.just("equals"), value=TEXT | MARKED), max_size=2)
TESTS = st.lists(objects(vars=objects(input=TEXT | MARKED), **{"assert": ASSERTS}), max_size=2)
LINES = st.lists(ROWS.map(json.dumps) | ODD_JSON, max_size=3).map("\n".join)
CELLS = st.lists(
    st.lists(
        TEXT | ODD_JSON | st.sampled_from(['"', "input", "input:json", "slices"]), max_size=3
    ).map(",".join),
    max_size=3,
).map(lambda rows: "\n".join(["input,target:json,slices", *rows]))
YAML = st.sampled_from(
    [
        "&a [*a]",
        "- {vars: {input: x}, <<: {}}",
        "? [a]\n: b",
        "--- a\n--- b",
        "!!python/none x",
        "\t- a",
    ]
)
CONTENT = files(json_texts(ROWS | st.lists(ROWS, max_size=2) | TESTS) | LINES | CELLS | YAML)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=100)
@given(samples=SETS)
def test_any_set_comes_back_as_it_was(name, tmp_path_factory, samples):
    read, write, file = FORMATS[name]
    told = json.dumps([sample.input for sample in samples])
    assume(name != "promptfoo" or not any(mark in told for mark in MARKS))
    path = write(samples, tmp_path_factory.getbasetemp() / f"{name}-{file}")
    assert list(read(path)) == list(samples)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=200)
@given(content=CONTENT)
def test_any_file_is_read_or_refused_with_its_name_and_a_place(name, tmp_path_factory, content):
    read, write, file = FORMATS[name]
    path = tmp_path_factory.getbasetemp() / f"{name}-broken-{file}"
    path.write_bytes(content)
    samples, problems = outcome(read, path)
    # never neither, never both
    assert bool(samples) != bool(problems)
    assert all(problem.startswith(("line ", "row ")) for problem in problems)
    if samples:
        # what was read can be written, and is then read as the same
        again = write(EvalSet(samples), path.with_name(f"{name}-again-{file}"))
        assert tuple(read(again)) == samples


def outcome(read, path):
    try:
        return read(path).samples, ()
    except BadEvalSet as error:
        return (), error.problems
