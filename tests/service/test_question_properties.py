"""Any body is a question, or a problem that says so."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from evalfirst.service.problems import Problem
from evalfirst.service.question import question, request_id
from tests.any_values import JSON, TEXT, files, json_texts, objects

MESSAGES = st.lists(st.fixed_dictionaries({"role": TEXT, "content": JSON}), min_size=1, max_size=2)
INPUTS = TEXT | MESSAGES


@given(body=files(json_texts(objects(input=INPUTS))))
def test_any_body_is_a_question_or_a_problem(body):
    asked, kind = outcome(body)
    assert kind in ("", "bad_body")
    assert kind or asked == json.loads(body)["input"]


def outcome(body):
    try:
        return question(body), ""
    except Problem as problem:
        return None, problem.kind


@given(given_id=st.none() | st.text())
def test_any_request_id_becomes_a_plain_one(given_id):
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", request_id(given_id))
