"""Whatever a model says, a scorer has a verdict from 0 to 1 and words for it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalfirst.evals import scorers
from tests.any_values import JSON, ODD_JSON, TEXT, json_texts, objects

OBJECTS = st.dictionaries(TEXT, JSON, max_size=3)
NUMBERS = (
    st.integers().map(str) | st.floats().map(str) | st.from_regex(r"[-+]?[\d.,' ]{1,8}(e\d+)?")
)
SAID = (
    JSON
    | ODD_JSON
    | json_texts(objects(a=TEXT, total=st.floats()))
    | OBJECTS.map(lambda fields: f"```json\n{json.dumps(fields)}\n```")
    | st.lists(NUMBERS, max_size=3).map(" and ".join)
    | st.sampled_from(["1e999999999", "9" * 400, "²", "٣", "½", "-0", "1,2,3.4,5", "1'000"])
)
NAMES = st.lists(TEXT.filter(str.strip), min_size=1, max_size=3, unique=True)
WAYS = {
    "exact": (scorers.exact(), JSON),
    "label": (scorers.label(["billing", "other"]), st.sampled_from(["billing", "other"])),
    "contains": (scorers.contains(), TEXT.filter(str.strip)),
    "matches": (scorers.matches(r"\d+|billing", whole=False), st.none()),
    "json_fields": (
        scorers.json_fields(compare={"total": scorers.numeric(relative=0.1)}),
        st.dictionaries(TEXT | st.just("a"), JSON, max_size=3),
    ),
    "numeric": (scorers.numeric(absolute=0.5, pick="first"), st.integers() | st.just(2.5)),
    "set_overlap": (scorers.set_overlap(), NAMES),
    "recall_at_k": (scorers.recall_at_k(3), NAMES),
    "reciprocal_rank": (scorers.reciprocal_rank(), NAMES),
    "ndcg": (scorers.ndcg(3), NAMES),
    "token_f1": (scorers.token_f1(), TEXT.filter(str.strip)),
}


@pytest.mark.parametrize("name", WAYS)
@settings(max_examples=50)
@given(data=st.data(), said=SAID)
def test_any_output_gets_a_verdict(name, data, said):
    scorer, targets = WAYS[name]
    score = scorer(said, data.draw(targets))
    assert 0 <= score.value <= 1
    assert isinstance(score.explanation, str)


@given(target=st.dictionaries(TEXT, JSON, min_size=1, max_size=3))
def test_an_object_is_right_in_every_form_that_a_model_may_give_it(target):
    text = json.dumps(target)
    for said in (target, text, f" {text} ", f"```json\n{text}\n```"):
        assert scorers.json_fields()(said, target).value == 1


@given(names=NAMES)
def test_names_are_right_in_any_order_and_as_json(names):
    for said in (names, names[::-1], set(names), json.dumps(names)):
        assert scorers.set_overlap(ignore_case=False)(said, names).value == 1


@given(number=st.integers(-(10**15), 10**15), places=st.integers(0, 3))
def test_a_number_is_found_in_a_sentence(number, places):
    value = number / 10**places
    assert scorers.numeric()(f"It is {value:.{places}f} in all", f"{value:.{places}f}").value == 1
