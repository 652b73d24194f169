"""What is known of a feature before it is called."""

from __future__ import annotations

from functools import partial

from evalfirst.evals.callables import is_async, name_of, prompt_version_of


async def later(text: str) -> str:
    return text


class Plain:
    prompt_version = 7

    def __call__(self, text: str) -> str:
        return text


class Later:
    async def __call__(self, text: str) -> str:
        return text


def test_functions_and_objects_are_async_if_their_call_is():
    assert [is_async(call) for call in (later, Later(), partial(later))] == [True] * 3
    assert [is_async(call) for call in (len, Plain(), Plain)] == [False] * 3


def test_an_object_without_a_name_has_its_classs():
    named = Plain()
    named.__name__ = "triage"
    assert [name_of(call) for call in (later, Plain(), named)] == ["later", "Plain", "triage"]


def test_a_prompt_version_is_a_text_or_unknown():
    assert prompt_version_of(Plain()) == "7"
    assert prompt_version_of(later) is None
