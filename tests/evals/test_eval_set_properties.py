"""Any set is loaded as it was saved; any file is loaded or refused with lines."""

import json

from hypothesis import given
from hypothesis import strategies as st

from evalfirst.evals import BadEvalSet, EvalSet, Sample
from tests.any_values import JSON, ODD_JSON, TEXT, files, objects

MESSAGES = st.lists(st.fixed_dictionaries({"role": TEXT, "content": JSON}), min_size=1, max_size=2)
INPUT = TEXT.filter(str.strip) | MESSAGES
SLICES = st.lists(TEXT, max_size=2)
METADATA = st.dictionaries(TEXT.filter(lambda name: name != "slices"), JSON, max_size=3)
SETS = st.lists(
    st.builds(Sample, TEXT.filter(bool), INPUT, JSON, METADATA),
    max_size=4,
    unique_by=lambda sample: sample.id,
).map(lambda samples: EvalSet(tuple(samples), "saved"))
ROWS = objects(id=TEXT, input=INPUT, target=JSON, metadata=objects(slices=SLICES))
LINES = st.lists(ROWS.map(json.dumps) | ODD_JSON | TEXT, max_size=4).map("\n".join)


@given(samples=SETS, card=TEXT)
def test_any_set_is_loaded_and_streamed_as_it_was_saved(tmp_path_factory, samples, card):
    folder = tmp_path_factory.mktemp("saved")
    samples = EvalSet(samples.samples, "saved", card.removeprefix("\ufeff"))
    path = samples.save(folder / "saved.jsonl")
    assert EvalSet.load(path) == samples
    assert EvalSet.load(path).version == samples.version
    assert tuple(EvalSet.stream(path)) == samples.samples
    assert EvalSet.stream(path).version == samples.version


@given(content=files(LINES))
def test_any_file_is_loaded_and_streamed_or_refused_with_its_lines(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    loaded, problems = outcome(lambda: EvalSet.load(path).samples)
    streamed, told = outcome(lambda: tuple(EvalSet.stream(path)))
    assert streamed == loaded
    assert bool(told) == bool(problems)
    assert all(problem.startswith("line ") for problem in [*problems, *told])


def outcome(read):
    try:
        return read(), ()
    except BadEvalSet as error:
        return None, error.problems
