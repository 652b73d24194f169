"""The parsers of what clients send: whatever comes, it is an input or a problem."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalfirst.service.problems import Problem
from evalfirst.service.question import MAX_BYTES, question, request_id

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
UTF8 = st.text(st.characters(codec="utf-8"))


@given(UTF8.filter(str.strip), st.booleans())
def test_a_text_arrives_as_it_was_sent(text, escaped):
    body = json.dumps({"input": text}, ensure_ascii=escaped).encode()
    assert question(body) == text


@given(st.lists(st.fixed_dictionaries({"role": UTF8, "content": UTF8}), min_size=1))
def test_messages_arrive_as_they_were_sent(messages):
    assert question(json.dumps({"input": messages}).encode()) == messages


@given(
    st.binary()
    | JSON.map(lambda row: json.dumps(row).encode())
    | JSON.map(lambda given: json.dumps({"input": given}).encode())
)
def test_anything_else_is_a_problem_that_can_be_sent(body):
    outcome: object
    try:
        outcome = question(body)
    except Problem as problem:
        outcome = problem
    if isinstance(outcome, Problem):
        assert outcome.kind == "bad_body"
        assert json.loads(outcome.response("id").body)["detail"]
    else:
        assert isinstance(outcome, (str, list))
        assert json.dumps(outcome, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON from line 1, column 1 on"),
        (b'{"input": "x"', "not JSON from line 1"),
        (b"\xff", "not UTF-8"),
        (b'{"input": "\\ud800"}', "not UTF-8"),
        (b"[]", "no field 'input'"),
        (b'{"text": "x"}', "no field 'input'"),
        (b'{"input": "x", "user": "Ada"}', "fields other than 'input'"),
        (b'{"input": ""}', "field 'input': empty"),
        (b'{"input": 3}', "neither a text nor a list of messages"),
        (b'{"input": [{"role": "user"}]}', "neither a text nor a list of messages"),
        (b'{"input": [{"role": "user", "content": NaN}]}', "not JSON that can be read here"),
        (b"[" * 100_000, "not JSON that can be read here"),
        (b'{"input": "x"}' + b" " * MAX_BYTES, "at most 1,000,000 bytes"),
    ],
)
def test_a_bad_body_is_told_what_is_wrong_and_nothing_of_it_is_repeated(body, words):
    with pytest.raises(Problem, match=re.escape(words)) as caught:
        question(body)
    assert "Ada" not in caught.value.detail


@given(st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True))
def test_a_plain_request_id_is_taken_over(given_id):
    assert request_id(given_id) == given_id


@given(st.none() | st.text())
def test_every_request_gets_an_id_that_is_safe_in_a_header_and_a_log(given_id):
    made = request_id(given_id)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", made)
    assert made == given_id or re.fullmatch(r"[0-9a-f]{32}", made)


@pytest.mark.parametrize("given_id", ["", "a" * 65, "a b", "a\n", "é", "a\r\nSet-Cookie: x"])
def test_any_other_request_id_is_replaced(given_id):
    assert re.fullmatch(r"[0-9a-f]{32}", request_id(given_id))
