"""What a service says of itself is what it does, and needs nothing from elsewhere."""

from __future__ import annotations

import asyncio
import json
import re
from html.parser import HTMLParser

import openai
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from evalfirst.service import Budget
from evalfirst.service.kinds import KINDS
from evalfirst.service.problems import Problem
from evalfirst.service.question import SCHEMA, question
from tests.service.conftest import Service, until


def validator(told, schema):
    """Return a validator whose references are those of the description `told`."""
    return Draft202012Validator({**schema, "components": told["components"]})


def response(told, operation, answer):
    """Return what the description says of an answer's status."""
    said = operation["responses"][str(answer.status_code)]
    if "$ref" in said:
        said = told["components"]["responses"][said["$ref"].rpartition("/")[2]]
    return said


def check(service, answer):
    """Compare an answer of `/v1/triage` with the description."""
    told = service.app.openapi()
    said = response(told, told["paths"]["/v1/triage"]["post"], answer)
    [(media, content)] = said["content"].items()
    assert answer.headers["content-type"] == media
    validator(told, content["schema"]).validate(answer.json())
    assert ("Retry-After" in said.get("headers", {})) == ("retry-after" in answer.headers)
    return answer.json().get("kind")


def raising(error):
    def triage(_):
        raise error

    return triage


async def never(_):
    await asyncio.Event().wait()


def test_every_kind_of_answer_is_as_described():
    seen = set()
    for feature, settings, asked in (
        (str, {}, "hello"),
        (str, {}, ""),
        (str, {}, "x" * 1_000_001),
        (raising(ValueError()), {}, "x"),
        (raising(openai.APITimeoutError(request=None)), {}, "x"),
        (lambda _: object, {}, "x"),
        (never, {"timeout": 0.01}, "x"),
    ):
        service = Service(feature, **settings)
        seen.add(check(service, service.ask(asked)))
    spent = Service(str, budget=Budget(requests=1))
    spent.ask()
    seen.add(check(spent, spent.ask()))
    draining = Service(str)
    draining.app.state.drain()
    seen.add(check(draining, draining.ask()))

    async def cut_off_and_busy():
        service = Service(never, concurrency=1, queue=0)
        async with service.client() as http:
            first = asyncio.create_task(http.post("/v1/triage", json={"input": "x"}))
            await until(lambda: service.app.state.under_way() == 1)
            await asyncio.sleep(0)
            second = await http.post("/v1/triage", json={"input": "x"})
            service.app.state.cut_off()
            return [check(service, answer) for answer in (await first, second)]

    seen.update(asyncio.run(cut_off_and_busy()))
    assert seen == {
        None,
        *("bad_body", "too_large", "feature_error", "model_error", "bad_output", "timeout"),
        *("budget_spent", "draining", "cut_off", "busy"),
    }


def test_every_status_of_a_feature_is_described_and_no_other():
    told = Service({"triage": str, "summary": str}).app.openapi()
    elsewhere = {"client_gone", "unknown_feature", "not_found", "method_not_allowed"}
    statuses = {str(status) for kind, (status, *_) in KINDS.items() if kind not in elsewhere}
    for path in ("/v1/triage", "/v1/summary"):
        assert set(told["paths"][path]["post"]["responses"]) == {"200", *statuses}
    for kind, (status, title, _) in KINDS.items():
        if kind not in elsewhere:
            said = told["components"]["responses"][f"Problem{status}"]["description"]
            assert f"`{kind}`: {title}" in said


def test_health_is_as_described_well_or_not():
    service = Service(str)
    told = service.app.openapi()
    for _ in range(2):
        answer = service.request("GET", "/healthz")
        said = response(told, told["paths"]["/healthz"]["get"], answer)
        validator(told, said["content"]["application/json"]["schema"]).validate(answer.json())
        service.app.state.drain()
    assert answer.status_code == 503


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "name"]), inner)
    ),
    max_leaves=8,
)
BLANKS = st.text(st.sampled_from("\t\n\v\f\r\x1c\x1f \x85\xa0\u2003\u2028\u3000\u200b\ufeff"))


@given(
    VALUES | st.fixed_dictionaries({"input": VALUES | BLANKS}, optional={"other": st.integers()})
)
def test_the_described_bodies_are_those_that_are_accepted(row):
    try:
        question(json.dumps(row).encode())
    except Problem:
        accepted = False
    else:
        accepted = True
    assert Draft202012Validator(SCHEMA).is_valid(row) == accepted


class Page(HTMLParser):
    """Collects the addresses, tags and texts of a page."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.tags, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "data-path")]

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_loads_nothing_and_shows_what_a_version_is_called_as_text():
    class Triage:
        version = "<script>alert(1)</script>"
        prompt_version = 'p"7&'

        def __call__(self, text):
            return text

    answer = Service({"triage": Triage(), "summary": str}).request("GET", "/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = Page(answer.text)
    assert page.addresses == ["/healthz", "/openapi.json", "/v1/triage", "/v1/summary"]
    assert not re.search(r"https?://|url\(|@import", answer.text)
    assert page.tags.count("script") == 1
    assert 'Version <script>alert(1)</script>, prompt p"7&' in page.texts
    assert set(KINDS) - {"client_gone"} <= set(page.texts)
